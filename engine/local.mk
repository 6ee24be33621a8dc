include engine/base/local.mk
include engine/sys/local.mk
include engine/core/local.mk
include engine/store/local.mk
include engine/run/local.mk
include engine/api/local.mk

# The engine as a process: the only program that names all of it.
bin_PROGRAMS += flowd
flowd_SOURCES = engine/flowd.c engine/dev_cluster.h engine/dev_cluster.c
flowd_CPPFLAGS = $(AM_CPPFLAGS)
flowd_LDFLAGS = $(AM_LDFLAGS) -rdynamic
flowd_LDADD = $(LINK_API)
EXTRA_DIST += engine/README.md
