#!/bin/sh
# Some seeds of the simulator, the stories in turn; more by hand: tests/sim/sim --seeds 100000.
exec "${top_builddir:-.}/tests/sim/sim" --flows "${top_srcdir:-.}/tests/sim" --seeds "${SEEDS:-600}"
