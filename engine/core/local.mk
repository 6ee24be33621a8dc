# Values, blocks, wire, snapshots, views: computing without clock, dice, or store.
include engine/core/advance.mk
noinst_LIBRARIES += libcore.a
libcore_a_SOURCES = \
    engine/core/decision.c engine/core/instance.c engine/core/instance_due.c \
    engine/core/instance_due.h engine/core/instance_pack_in.h engine/core/instance_pack.c engine/core/instance_pack_value.c engine/core/instance_pack_fibre.c \
    engine/core/subscribe.c engine/core/view.c engine/core/view_parts.c \
    engine/core/view_parts.h engine/core/view_why.c engine/core/view_why.h engine/core/view_why_words.c \
    engine/core/view_why_call.c engine/core/view_why_parked.c engine/core/view_why_fibre.c \
    engine/core/calendar.c engine/core/calendar.h engine/core/calendar_read.c \
    engine/core/retrace.c engine/core/retrace.h engine/core/schedule.c engine/core/schedule.h engine/core/begins.c engine/core/begins.h \
    engine/core/builtins.c engine/core/builtins_list.c engine/core/builtins_text.c \
    engine/core/eval.c engine/core/eval_convert.c engine/core/eval_json.c engine/core/eval_match.c \
    engine/core/eval_make.c engine/core/eval_math.c engine/core/eval_text.c engine/core/eval_work.c engine/core/value.c \
    engine/core/shelf.c engine/core/shelf.h engine/core/value_pack.c engine/core/value_sort.c engine/core/wire.c \
    engine/core/wire_sample.c engine/core/wire_write.c \
    engine/core/builtins.h engine/core/eval_machine.h engine/core/wire_types.h \
    engine/core/advance.h engine/core/decision.h engine/core/eval.h engine/core/instance.h \
    engine/core/instance_status.def engine/core/journal.def engine/core/stimulus.def \
    engine/core/stimulus.h engine/core/subscribe.h engine/core/value.h engine/core/view.h \
    engine/core/wire.h \
    $(CORE_ADVANCE_SOURCES)
