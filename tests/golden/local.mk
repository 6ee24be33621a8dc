# Pairs of a text and what the compiler says about it.
dist_check_SCRIPTS = tests/golden/golden.sh
TESTS += tests/golden/golden.sh
EXTRA_DIST += tests/golden/lex tests/golden/ast tests/golden/check tests/golden/promised tests/golden/fix tests/golden/fmt tests/golden/ir tests/golden/test tests/golden/graph \
    tests/golden/explore tests/golden/simulate tests/golden/versions tests/golden/schema tests/golden/doc

# Would each rule of the compiler be missed? What is beyond its bounds is said, just what is within is taken.
check_PROGRAMS += tests/golden/rules
tests_golden_rules_SOURCES = tests/golden/rules.c
tests_golden_rules_LDADD = libcli.a $(LINK_DSL) $(LINK_ADAPTERS)
dist_check_SCRIPTS += tests/golden/mutate.sh tests/golden/bounds.sh
TESTS += tests/golden/mutate.sh tests/golden/bounds.sh

# A prompt at a terminal of its own.
dist_check_SCRIPTS += tests/golden/prompt.py
TESTS += tests/golden/prompt.py
