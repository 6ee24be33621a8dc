include tests/unit/core/advance.mk
check_PROGRAMS += tests/unit/unit_core
TESTS += tests/unit/unit_core
tests_unit_unit_core_SOURCES = $(UNIT_CORE_ADVANCE) tests/unit/main.c tests/support/unit.h tests/unit/core/suites.def \
    tests/unit/core/kit.h tests/unit/core/kit.c \
    tests/unit/core/test_calendar.c tests/unit/core/test_retrace.c tests/unit/core/test_schedule.c tests/unit/core/test_shelf.c tests/unit/core/test_builtins.c tests/unit/core/test_eval.c \
    tests/unit/core/test_subscribe.c tests/unit/core/test_value.c tests/unit/core/test_wire.c \
    tests/unit/core/test_decision.c tests/unit/core/test_instance.c tests/unit/core/test_view.c
tests_unit_unit_core_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/unit/core/suites.def"'
tests_unit_unit_core_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_unit_unit_core_LDADD = libplay.a $(LINK_CORE) $(CUNIT_LIBS)
