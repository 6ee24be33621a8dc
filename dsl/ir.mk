noinst_LIBRARIES += libir.a
libir_a_SOURCES = dsl/ir.h dsl/ir.def dsl/ir_builtins.def dsl/ir_columns.h dsl/ir_columns.c \
    dsl/ir.c dsl/ir_build.h dsl/ir_build.c dsl/ir_pack.h dsl/ir_pack.c dsl/ir_verify.h dsl/ir_verify.c \
    dsl/ir_verify_in.h dsl/ir_verify_rows.c \
    dsl/ir_verify_code.c dsl/ir_verify_temps.c dsl/ir_signature.h dsl/ir_signature.c dsl/ir_text.h dsl/ir_text.c \
    dsl/ir_meaning.h dsl/ir_meaning.c dsl/ir_fit.h dsl/ir_fit.c dsl/ir_shift.h dsl/ir_shift.c
