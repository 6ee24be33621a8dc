# One suite for both stores, and every statement against the schema.
check_PROGRAMS += tests/store/conformance
tests_store_conformance_SOURCES = tests/store/conformance.c tests/store/kin.c tests/store/moments.c tests/store/values.c tests/store/statements.c tests/store/breakers.c tests/store/check.h tests/store/random.c tests/store/random.h \
    tests/store/sides.c tests/store/sides.h
tests_store_conformance_LDADD = $(LINK_STORE)
TESTS += tests/store/conformance.sh tests/store/spread.py tests/store/interleave.py tests/store/plans.py
EXTRA_DIST += tests/store/conformance.sh tests/store/spread.py tests/store/interleave.py tests/store/plans.py
