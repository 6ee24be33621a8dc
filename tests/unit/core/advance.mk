# The heart's own: played by tools/play.
UNIT_CORE_ADVANCE = tests/unit/core/advance_flow.h tests/unit/core/advance_flow.c \
    tests/unit/core/test_advance.c
