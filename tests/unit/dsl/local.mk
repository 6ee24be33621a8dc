# check_PROGRAMS += tests/unit/unit_dsl
# TESTS += tests/unit/unit_dsl
# tests_unit_unit_dsl_SOURCES = tests/unit/main.c tests/support/unit.h tests/unit/dsl/suites.def \
#     tests/unit/dsl/test_….c
# tests_unit_unit_dsl_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/unit/dsl/suites.def"'
# tests_unit_unit_dsl_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
# tests_unit_unit_dsl_LDADD = $(LINK_DSL) $(CUNIT_LIBS)
