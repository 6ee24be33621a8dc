# Real processes, loopback only, through flowctl and the door.
TESTS += tests/e2e/basics.sh
EXTRA_DIST += tests/e2e
