# Values, blocks, wire, snapshots, views: computing without clock, dice, or store.
include engine/core/advance.mk
noinst_LIBRARIES += libcore.a
libcore_a_SOURCES = engine/core/value.c engine/core/value_pack.c \
    engine/core/advance.h engine/core/decision.h engine/core/eval.h engine/core/instance.h \
    engine/core/instance_status.def engine/core/journal.def engine/core/stimulus.def \
    engine/core/stimulus.h engine/core/subscribe.h engine/core/value.h engine/core/view.h \
    engine/core/wire.h \
    $(CORE_ADVANCE_SOURCES)
