# Each target with the replay: what `make check` runs.
check_PROGRAMS += tests/fuzz/fuzz_json tests/fuzz/fuzz_ir tests/fuzz/fuzz_eval tests/fuzz/fuzz_wire tests/fuzz/fuzz_flow
TESTS += tests/fuzz/replay.sh
EXTRA_DIST += tests/fuzz/replay.sh tests/fuzz/README.md tests/fuzz/corpus
FUZZ_REPLAY = tests/fuzz/fuzz.h
if !FUZZ
FUZZ_REPLAY += tests/fuzz/replay.c
endif
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_json_LDADD = $(LINK_BASE) $(FUZZ_LIBS)
tests_fuzz_fuzz_ir_SOURCES = tests/fuzz/fuzz_ir.c tests/unit/ir/sample.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_ir_LDADD = $(LINK_IR) $(FUZZ_LIBS)
tests_fuzz_fuzz_eval_SOURCES = tests/fuzz/fuzz_eval.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_eval_LDADD = $(LINK_CORE) $(FUZZ_LIBS)
tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz_wire.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_wire_LDADD = $(LINK_CORE) $(FUZZ_LIBS)
tests_fuzz_fuzz_flow_SOURCES = tests/fuzz/fuzz_flow.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_flow_LDADD = $(LINK_DSL) $(FUZZ_LIBS)
