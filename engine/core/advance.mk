# The heart: the files of advance*.c.
CORE_ADVANCE_SOURCES = engine/core/advance_turn.h engine/core/advance.c engine/core/advance_due.c \
    engine/core/advance_run.c engine/core/advance_fork.c engine/core/advance_gifts.c engine/core/advance_key.c engine/core/advance_call.c \
    engine/core/advance_outcome.c engine/core/advance_wait.c engine/core/advance_state.c \
    engine/core/advance_leave.c engine/core/advance_raise.c engine/core/advance_undo.c \
    engine/core/advance_people.c engine/core/advance_answer.c engine/core/migrate.h engine/core/migrate.c engine/core/migrate_ask.c engine/core/migrate_point.h engine/core/migrate_point.c \
    engine/core/advance_kin.c engine/core/advance_command.c engine/core/advance_check.c \
    engine/core/advance_measure.c
