# check_PROGRAMS += tests/unit/unit_run
# TESTS += tests/unit/unit_run
# tests_unit_unit_run_SOURCES = tests/unit/main.c tests/support/unit.h tests/unit/run/suites.def \
#     tests/unit/run/test_….c
# tests_unit_unit_run_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/unit/run/suites.def"'
# tests_unit_unit_run_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
# tests_unit_unit_run_LDADD = $(LINK_RUN) $(CUNIT_LIBS)
