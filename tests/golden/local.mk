# Pairs of a text and what the compiler says about it.
dist_check_SCRIPTS = tests/golden/golden.sh
TESTS += tests/golden/golden.sh
EXTRA_DIST += tests/golden/lex tests/golden/ast tests/golden/check tests/golden/fmt tests/golden/ir tests/golden/test tests/golden/graph \
    tests/golden/explore tests/golden/simulate tests/golden/versions
EXTRA_DIST += tests/golden/schema tests/golden/doc
