noinst_LIBRARIES += libir.a
libir_a_SOURCES =
