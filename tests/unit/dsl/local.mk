check_PROGRAMS += tests/unit/unit_dsl
TESTS += tests/unit/unit_dsl
tests_unit_unit_dsl_SOURCES = tests/unit/main.c tests/support/unit.h tests/unit/dsl/suites.def \
    tests/unit/dsl/dsl_text.h tests/unit/dsl/dsl_text.c tests/unit/dsl/test_source.c tests/unit/dsl/test_diag.c \
    tests/unit/dsl/test_parse.c tests/unit/dsl/test_fmt.c tests/unit/dsl/test_type.c tests/unit/dsl/test_check.c tests/unit/dsl/test_examples.c
tests_unit_unit_dsl_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/unit/dsl/suites.def"'
tests_unit_unit_dsl_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_unit_unit_dsl_LDADD = $(LINK_DSL) $(CUNIT_LIBS)
