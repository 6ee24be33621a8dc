# Lowering and bindings: what turns checked nodes into images and environments.
LOWER_SOURCES = dsl/lower_in.h dsl/lower.c dsl/lower_place.c dsl/lower_type.c dsl/lower_expr.c dsl/lower_world.c \
    dsl/lower_step.c dsl/lower_loop.c dsl/lower_fork.c dsl/lower_ways.c dsl/lower_child.c dsl/lower_state.c dsl/lower_starts.c dsl/lower_measure.c \
    dsl/lower_migrate.c dsl/test_plan.h dsl/lower_test.c \
    dsl/fold.h dsl/fold.c \
    dsl/catalog.h dsl/bind.h dsl/bind.c dsl/bind_check.c dsl/lower_map.c
