# What the pages show, compiled and typed.
TESTS += tests/docs/docs.sh
EXTRA_DIST += tests/docs
