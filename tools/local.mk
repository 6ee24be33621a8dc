# Programs that people start: flowc, flowctl, and what tests and demonstrations need.

# What their command lines share. Link with libcli.a $(LINK_DSL) libsys.a $(LINK_BASE) $(EVENT_LIBS).
noinst_LIBRARIES += libcli.a
libcli_a_SOURCES = tools/cli.c tools/cli.h tools/sources.c tools/sources.h
