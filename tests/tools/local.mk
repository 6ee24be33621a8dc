# Programs of tools/, as people use them.
TESTS += tests/tools/flowctl.sh
EXTRA_DIST += tests/tools/flowctl.sh tests/tools/README.md
