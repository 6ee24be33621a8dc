# What is remembered: the verbs, PostgreSQL, memory, the schema.
STORE_SCHEMA = engine/store/schema/0001_tables.sql engine/store/schema/0002_functions.sql \
    engine/store/schema/0003_views.sql engine/store/schema/0004_roles.sql \
    engine/store/schema/0005_judging.sql engine/store/schema/0006_kin.sql engine/store/schema/0007_inbound.sql \
    engine/store/schema/0008_moving.sql engine/store/schema/0009_moments.sql \
    engine/store/schema/0010_nodes.sql engine/store/schema/0011_room.sql \
    engine/store/schema/0012_folders.sql engine/store/schema/0013_poison.sql engine/store/schema/0014_found.sql \
    engine/store/schema/0015_retention.sql engine/store/schema/0021_forgetting.sql \
    engine/store/schema/0023_lean.sql engine/store/schema/0024_adapters.sql engine/store/schema/0026_formats.sql \
    engine/store/schema/0028_lived.sql engine/store/schema/0029_values.sql engine/store/schema/0030_held_versions.sql
STORE_SQL = engine/store/sql/control.sql engine/store/sql/door.sql engine/store/sql/fence.sql \
    engine/store/sql/lane.sql engine/store/sql/match.sql engine/store/sql/poison.sql engine/store/sql/read.sql engine/store/sql/scan.sql

noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = \
    engine/store/store.h engine/store/store_ops.h engine/store/store.c \
    engine/store/transition.c engine/store/version_meta.h engine/store/version_meta.c \
    engine/store/migrate.c \
    engine/store/pg_wire.h engine/store/pg_wire.c engine/store/pg_link.h engine/store/pg_link.c \
    engine/store/pg_store.h engine/store/pg_store.c engine/store/pg_node.c engine/store/pg_read.c \
    engine/store/pg_commit.h engine/store/pg_commit.c engine/store/pg_commit_rows.c \
    engine/store/pg_settle.c engine/store/pg_match.c engine/store/pg_door.c engine/store/pg_moment.c engine/store/pg_poison.c engine/store/pg_breaker.c engine/store/pg_scan.c engine/store/scans.def \
    engine/store/mem_world.h engine/store/store_mem.c engine/store/mem_read.c engine/store/mem_commit.c \
    engine/store/mem_travel.c engine/store/mem_events.c engine/store/mem_door.c engine/store/mem_moment.c engine/store/mem_values.c engine/store/mem_breaker.c engine/store/mem_hold.c
nodist_libstore_a_SOURCES = engine/store/statements.inc engine/store/migrations.inc
BUILT_SOURCES += engine/store/statements.inc engine/store/migrations.inc
CLEANFILES += engine/store/statements.inc engine/store/migrations.inc
$(libstore_a_OBJECTS): engine/store/statements.inc engine/store/migrations.inc
EXTRA_DIST += engine/store/README.md engine/store/sql_embed.awk $(STORE_SCHEMA) $(STORE_SQL)

engine/store/statements.inc: engine/store/sql_embed.awk $(STORE_SQL)
	$(AM_V_GEN)$(MKDIR_P) engine/store && cd $(srcdir) && \
	    $(AWK) -v mode=statements -f engine/store/sql_embed.awk $(STORE_SQL) > $(abs_builddir)/$@.new && \
	    mv $(abs_builddir)/$@.new $(abs_builddir)/$@
engine/store/migrations.inc: engine/store/sql_embed.awk $(STORE_SCHEMA)
	$(AM_V_GEN)$(MKDIR_P) engine/store && cd $(srcdir) && \
	    $(AWK) -f engine/store/sql_embed.awk $(STORE_SCHEMA) > $(abs_builddir)/$@.new && \
	    mv $(abs_builddir)/$@.new $(abs_builddir)/$@
