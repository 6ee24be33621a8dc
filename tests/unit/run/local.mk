check_PROGRAMS += tests/unit/unit_run
TESTS += tests/unit/unit_run
tests_unit_unit_run_SOURCES = tests/unit/main.c tests/support/unit.h tests/unit/run/suites.def \
    tests/unit/core/advance_flow.h tests/unit/core/advance_flow.c \
    tests/unit/run/stage.h tests/unit/run/stage.c \
    tests/unit/run/test_engine.c tests/unit/run/test_secrets.c tests/unit/run/test_slots.c tests/unit/run/test_breaker.c tests/unit/run/test_blame.c tests/unit/run/test_holds.c \
    tests/unit/run/test_table.c tests/unit/run/test_many.c tests/unit/run/test_turns.c tests/unit/run/test_crowd.c tests/unit/run/test_mapping.c tests/unit/run/test_hooks.c \
    tests/unit/lower/compiled.h tests/unit/lower/compiled.c
tests_unit_unit_run_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/unit/run/suites.def"'
tests_unit_unit_run_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_unit_unit_run_LDADD = libplay.a libdsl.a $(LINK_RUN) $(CUNIT_LIBS)
