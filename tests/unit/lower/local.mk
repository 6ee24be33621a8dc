check_PROGRAMS += tests/unit/unit_lower
TESTS += tests/unit/unit_lower
tests_unit_unit_lower_SOURCES = tests/unit/main.c tests/support/unit.h tests/unit/lower/suites.def \
    tests/unit/lower/compiled.h tests/unit/lower/compiled.c tests/unit/lower/test_lower.c \
    tests/unit/lower/test_bind.c
tests_unit_unit_lower_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/unit/lower/suites.def"'
tests_unit_unit_lower_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_unit_unit_lower_LDADD = $(LINK_DSL) $(CUNIT_LIBS)
