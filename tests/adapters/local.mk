# Every adapter against its scripted other side.
check_PROGRAMS += tests/adapters/conformance tests/adapters/child_peer
TESTS += tests/adapters/conformance
tests_adapters_conformance_SOURCES = tests/unit/main.c tests/support/unit.h \
    tests/support/peer.h tests/support/peer.c tests/adapters/bed.h tests/adapters/bed.c \
    tests/adapters/suites.def tests/adapters/scenarios.def tests/adapters/conformance.c \
    tests/adapters/test_http.c tests/adapters/test_process.c tests/adapters/test_fake.c
tests_adapters_conformance_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/adapters/suites.def"'
tests_adapters_conformance_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_adapters_conformance_LDADD = $(LINK_ADAPTERS) $(CUNIT_LIBS)
EXTRA_tests_adapters_conformance_DEPENDENCIES = tests/adapters/child_peer

tests_adapters_child_peer_SOURCES = tests/adapters/child_peer.c
tests_adapters_child_peer_LDADD = $(JANSSON_LIBS)

# By hand: how fast is an adapter?
check_PROGRAMS += tests/adapters/speed
tests_adapters_speed_SOURCES = tests/adapters/speed.c
tests_adapters_speed_LDADD = $(LINK_ADAPTERS)
