#!/bin/sh
# A few seeds of the simulator for each flow; more by hand: tests/sim/sim --seeds 10000.
failed=0
for flow in trade blind; do
    "${top_builddir:-.}/tests/sim/sim" --flow "${top_srcdir:-.}/tests/sim/$flow.flow" --seeds "${SEEDS:-50}" || failed=1
done
exit $failed
