# check_PROGRAMS += tests/unit/unit_store
# TESTS += tests/unit/unit_store
# tests_unit_unit_store_SOURCES = tests/unit/main.c tests/support/unit.h tests/unit/store/suites.def \
#     tests/unit/store/test_….c
# tests_unit_unit_store_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/unit/store/suites.def"'
# tests_unit_unit_store_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
# tests_unit_unit_store_LDADD = $(LINK_STORE) $(CUNIT_LIBS)
