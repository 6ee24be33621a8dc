#!/bin/sh
# A few seeds of the simulator; more by hand: tests/sim/sim --seeds 10000.
exec "${top_builddir:-.}/tests/sim/sim" --flow "${top_srcdir:-.}/tests/sim/trade.flow" --seeds "${SEEDS:-100}"
