noinst_LIBRARIES += libdsl.a
include dsl/lower.mk
libdsl_a_SOURCES = $(LOWER_SOURCES) \
    dsl/source.h dsl/diag.h dsl/diags.def dsl/token.h dsl/ast.h dsl/ast.def dsl/type.h dsl/scope.h \
    dsl/check.h dsl/compile.h dsl/lower.h
