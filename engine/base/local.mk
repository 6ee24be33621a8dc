# The ground floor.
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = engine/base/arena.c engine/base/base64.c engine/base/base64.h engine/base/arena.h engine/base/buf.c engine/base/buf.h \
    engine/base/currencies.def engine/base/decimal.c engine/base/decimal.h \
    engine/base/digest.c engine/base/digest.h engine/base/err.c engine/base/err.h engine/base/err_codes.def \
    engine/base/id.c engine/base/id.h engine/base/json.c engine/base/json.h engine/base/json_plain.c engine/base/json_plain.h \
    engine/base/limits.def engine/base/limits.h engine/base/map.c engine/base/map.h \
    engine/base/memory.c engine/base/memory.h engine/base/mutant.c engine/base/mutant.h engine/base/mutants.def engine/base/must.c engine/base/must.h engine/base/scoped.h engine/base/text.c engine/base/text.h \
    engine/base/utf8.c engine/base/utf8.h engine/base/vec.c engine/base/vec.h \
    engine/base/when.c engine/base/when.h engine/base/wide.c engine/base/wide.h engine/base/zone.c engine/base/zone.h
