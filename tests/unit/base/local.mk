# The tests of the ground floor.
check_PROGRAMS += tests/unit/unit_base
TESTS += tests/unit/unit_base
tests_unit_unit_base_SOURCES = tests/unit/main.c tests/support/unit.h tests/unit/base/suites.def \
    tests/unit/base/decimal_vectors.def tests/unit/base/test_arena.c tests/unit/base/test_base64.c tests/unit/base/test_buf.c \
    tests/unit/base/test_decimal.c tests/unit/base/test_digest.c tests/unit/base/test_err.c \
    tests/unit/base/test_id.c tests/unit/base/test_json.c tests/unit/base/test_map.c \
    tests/unit/base/test_must.c tests/unit/base/test_text.c tests/unit/base/test_utf8.c \
    tests/unit/base/test_memory.c tests/unit/base/test_vec.c tests/unit/base/test_when.c tests/unit/base/test_wide.c
tests_unit_unit_base_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/unit/base/suites.def"'
tests_unit_unit_base_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_unit_unit_base_LDADD = $(LINK_BASE) $(CUNIT_LIBS)
EXTRA_DIST += tests/unit/base/decimal_vectors.py
