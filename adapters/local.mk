noinst_LIBRARIES += libadapters.a
libadapters_a_SOURCES =
