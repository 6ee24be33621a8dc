# The heart: the files of advance*.c.
CORE_ADVANCE_SOURCES = engine/core/advance_turn.h
