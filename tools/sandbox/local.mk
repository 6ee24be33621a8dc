# Stand-ins of the outside systems, for trying out and for tests.
bin_PROGRAMS += orderly-sandbox
orderly_sandbox_SOURCES = tools/sandbox/sandbox.c tools/sandbox/door.c tools/sandbox/door.h \
    tools/sandbox/routes.def tools/sandbox/operations.def tools/sandbox/db.c tools/sandbox/db.h \
    tools/sandbox/faults.c tools/sandbox/faults.h tools/sandbox/faults.def \
    tools/sandbox/outbox.c tools/sandbox/outbox.h
nodist_orderly_sandbox_SOURCES = tools/sandbox/sandbox_sql.inc
orderly_sandbox_LDADD = $(LINK_ADAPTERS) $(PQ_LIBS)
EXTRA_DIST += tools/sandbox/sandbox.sql tools/sandbox/README.md
BUILT_SOURCES += tools/sandbox/sandbox_sql.inc
CLEANFILES += tools/sandbox/sandbox_sql.inc

# The schema as one C string, a line of it a line.
tools/sandbox/sandbox_sql.inc: tools/sandbox/sandbox.sql
	$(AM_V_GEN)$(MKDIR_P) tools/sandbox && \
	$(SED) 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/' $(srcdir)/tools/sandbox/sandbox.sql >$@.tmp && mv $@.tmp $@
tools/sandbox/db.$(OBJEXT): tools/sandbox/sandbox_sql.inc
