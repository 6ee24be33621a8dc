# The tests of what the command lines share.
check_PROGRAMS += tests/unit/unit_tools
TESTS += tests/unit/unit_tools
tests_unit_unit_tools_SOURCES = tests/unit/main.c tests/support/unit.h tests/unit/tools/suites.def \
    tests/unit/tools/test_cli.c tests/unit/tools/test_lines.c tests/unit/tools/test_print.c \
    tests/unit/tools/test_schema.c tests/unit/tools/test_until.c tools/flowctl/cmd_wait.c tools/flowctl/kit.c tools/client.c \
    tools/lines.c tools/print.c
tests_unit_unit_tools_CPPFLAGS = $(AM_CPPFLAGS) -DSUITES='"tests/unit/tools/suites.def"' \
    -DSCHEMA_KINDS='"$(abs_top_srcdir)/tests/golden/schema/kinds.flow"' \
    -DSCHEMA_BASE='"$(abs_top_srcdir)/tests/tools/schema_base.json"' \
    -DSCHEMA_SAMPLES='"$(abs_top_srcdir)/tests/tools/schema_samples.jsonl"'
tests_unit_unit_tools_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_unit_unit_tools_LDADD = libcli.a libdsl.a $(LINK_STORE) $(CUNIT_LIBS)
