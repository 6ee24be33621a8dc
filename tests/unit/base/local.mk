# check_PROGRAMS += tests/unit/unit_base
# TESTS += tests/unit/unit_base
# tests_unit_unit_base_SOURCES = tests/unit/main.c tests/support/unit.h tests/unit/base/suites.def \
#     tests/unit/base/test_….c
# tests_unit_unit_base_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/unit/base/suites.def"'
# tests_unit_unit_base_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
# tests_unit_unit_base_LDADD = $(LINK_BASE) $(CUNIT_LIBS)
