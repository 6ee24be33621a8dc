check_PROGRAMS += tests/unit/unit_sys
TESTS += tests/unit/unit_sys
tests_unit_unit_sys_SOURCES = tests/unit/main.c tests/support/unit.h tests/unit/sys/suites.def \
    tests/unit/sys/test_clock.c tests/unit/sys/test_dice.c tests/unit/sys/test_log.c \
    tests/unit/sys/test_fault.c tests/unit/sys/test_config.c tests/unit/sys/test_stats.c \
    tests/unit/sys/test_loop.c tests/unit/sys/test_file.c tests/unit/sys/test_zone_file.c tests/unit/sys/test_panic.c
tests_unit_unit_sys_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/unit/sys/suites.def"'
tests_unit_unit_sys_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_unit_unit_sys_LDADD = $(LINK_SYS) $(CUNIT_LIBS)
