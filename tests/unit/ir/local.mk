check_PROGRAMS += tests/unit/unit_ir
TESTS += tests/unit/unit_ir
tests_unit_unit_ir_SOURCES = tests/unit/main.c tests/support/unit.h tests/unit/ir/suites.def \
    tests/unit/ir/sample.h tests/unit/ir/sample.c tests/unit/ir/test_ir_build.c tests/unit/ir/test_ir_pack.c \
    tests/unit/ir/test_ir_verify.c tests/unit/ir/test_ir_text.c
tests_unit_unit_ir_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/unit/ir/suites.def"'
tests_unit_unit_ir_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_unit_unit_ir_LDADD = $(LINK_IR) $(CUNIT_LIBS)
