noinst_LIBRARIES += libadapters.a
libadapters_a_SOURCES = %D%/adapter.h %D%/registry.h %D%/registry.def %D%/registry.c
