noinst_LIBRARIES += libapi.a
libapi_a_SOURCES =
