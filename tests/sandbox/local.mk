EXTRA_DIST += tests/sandbox/sandbox.sh
TESTS += tests/sandbox/sandbox.sh
