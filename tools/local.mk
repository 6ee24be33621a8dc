# Programs that people start: flowc, flowctl, and what tests and demonstrations need.

# What their command lines share. Link with libcli.a $(LINK_DSL) libsys.a $(LINK_BASE) $(EVENT_LIBS).
noinst_LIBRARIES += libcli.a
libcli_a_SOURCES = tools/cli.c tools/cli.h tools/sources.c tools/sources.h

# Plays an image on a held clock. Link with libplay.a $(LINK_CORE).
noinst_LIBRARIES += libplay.a
libplay_a_SOURCES = tools/play.h tools/play.c

bin_PROGRAMS += flowc
flowc_SOURCES = tools/flowc.c tools/flowc_commands.def tools/flowc_options.def tools/flowc/flowc.h \
    tools/flowc/cmd_check.c tools/flowc/cmd_dump.c tools/flowc/cmd_explain.c tools/flowc/cmd_fmt.c
flowc_LDADD = libcli.a $(LINK_DSL) $(LINK_SYS)
