# One suite for both stores, and every statement against the schema.
check_PROGRAMS += tests/store/conformance
tests_store_conformance_SOURCES = tests/store/conformance.c tests/store/check.h tests/store/promises.h \
    tests/store/starting.c tests/store/moving.c tests/store/nodes.c tests/store/events.c tests/store/people.c tests/store/breaks.c \
    tests/store/kin.c tests/store/moments.c tests/store/values.c tests/store/statements.c tests/store/breakers.c tests/store/holds.c tests/store/scans.c tests/store/random.c tests/store/random.h \
    tests/store/sides.c tests/store/sides.h
tests_store_conformance_LDADD = $(LINK_STORE)
TESTS += tests/store/conformance.sh tests/store/spread.py tests/store/roles.py tests/store/interleave.py tests/store/plans.py
EXTRA_DIST += tests/store/conformance.sh tests/store/spread.py tests/store/roles.py tests/store/interleave.py tests/store/plans.py
