# The compiler's front end: texts to checked nodes, and the door to all of the compiler.
noinst_LIBRARIES += libdsl.a
include dsl/lower.mk
libdsl_a_SOURCES = $(LOWER_SOURCES) \
    dsl/source.h dsl/source.c \
    dsl/diag.h dsl/diag.c dsl/diag_draw.c dsl/diag_fix.c dsl/diag_sarif.c dsl/diag_example.c dsl/diags.def dsl/diag_examples.def \
    dsl/token.h dsl/parse.h dsl/parse_help.c dsl/parse_slips.c dsl/parse_braces.c dsl/parse_bounds.c dsl/words.def \
    dsl/ast.h dsl/ast.c dsl/ast_text.c dsl/ast.def \
    dsl/fmt.h dsl/fmt.c dsl/fmt_marks.h dsl/fmt_marks.c \
    dsl/type.h dsl/type.c dsl/scope.h dsl/scope.c \
    dsl/check.h dsl/check_in.h dsl/check.c dsl/check_names.c dsl/check_types.c dsl/check_expr.c \
    dsl/check_values.c dsl/check_near.c dsl/check_mistakes.c dsl/check_ops.c dsl/check_builtins.c dsl/check_facts.c dsl/check_find.c \
    dsl/check_flow.c dsl/check_steps.c dsl/check_calls.c dsl/check_tests.c dsl/check_bind.c dsl/check_map.c dsl/check_inbound.c \
    dsl/check_paths.c dsl/check_answers.h dsl/check_answers.c dsl/check_effects.c dsl/check_assign.c \
    dsl/flow_graph.h dsl/flow_graph.c dsl/flow_solve.c dsl/check_log.h dsl/check_log.c dsl/check_undo.c \
    dsl/check_circles.c dsl/check_type_circles.c dsl/check_functions.c dsl/check_waits.c dsl/check_allow.c dsl/check_states.c dsl/check_secrecy.c dsl/check_stale.c dsl/check_style.c dsl/verbs.def \
    dsl/check_writers.c dsl/check_letters.c dsl/check_events.c dsl/check_keys.c dsl/check_limits.c \
    dsl/check_versions.h dsl/check_versions.c dsl/diff.h dsl/diff.c dsl/diff_facts.h dsl/diff_facts.c \
    dsl/diff_stub.h dsl/diff_stub.c dsl/diff_text.c \
    dsl/schema.h dsl/schema_in.h dsl/schema_out.c dsl/schema_in.c dsl/schema_scalar.c dsl/schema_pattern.c \
    dsl/outline.h dsl/outline_in.h dsl/outline.def dsl/outline.c dsl/outline_calls.c dsl/outline_uses.c dsl/outline_text.c \
    dsl/compile_in.h dsl/compile_schema.c \
    dsl/compile.h dsl/compile.c dsl/compile_all.c dsl/lower.h
nodist_libdsl_a_SOURCES = dsl/parser.c dsl/parser.h dsl/lexer.c
EXTRA_DIST += dsl/parser.y dsl/lexer.l

dsl/parser.h: dsl/parser.c
dsl/parser.c: $(top_srcdir)/dsl/parser.y
	$(AM_V_GEN)$(MKDIR_P) dsl && $(BISON) -Wall -Wcounterexamples -Werror -d -o dsl/parser.c $(top_srcdir)/dsl/parser.y
dsl/lexer.c: $(top_srcdir)/dsl/lexer.l
	$(AM_V_GEN)$(MKDIR_P) dsl && $(FLEX) -o dsl/lexer.c $(top_srcdir)/dsl/lexer.l
BUILT_SOURCES += dsl/parser.c dsl/lexer.c
CLEANFILES += dsl/parser.c dsl/parser.h dsl/lexer.c
# Said outright, so that building one library alone works too.
dsl/lexer.$(OBJEXT) dsl/parse_help.$(OBJEXT) dsl/parse_slips.$(OBJEXT) dsl/parse_braces.$(OBJEXT) dsl/parse_bounds.$(OBJEXT) dsl/fmt.$(OBJEXT) dsl/fmt_marks.$(OBJEXT): dsl/parser.h
