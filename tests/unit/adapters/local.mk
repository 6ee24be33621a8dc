check_PROGRAMS += tests/unit/unit_adapters
TESTS += tests/unit/unit_adapters
tests_unit_unit_adapters_SOURCES = tests/unit/main.c tests/support/unit.h tests/unit/adapters/suites.def \
    tests/unit/adapters/test_registry.c tests/unit/adapters/test_options.c \
    tests/unit/adapters/test_http_outcome.c tests/unit/adapters/test_http_request.c \
    tests/unit/adapters/test_process_reply.c
tests_unit_unit_adapters_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/unit/adapters/suites.def"'
tests_unit_unit_adapters_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_unit_unit_adapters_LDADD = $(LINK_ADAPTERS) $(CUNIT_LIBS)
