/* Whether what an exploration expects is so where the flow stands. */
#include "tools/explore/explore_in.h"

static bool is_at(const struct world *world, const struct node *node, uint32_t state)
{
    const struct instance *inst = node->inst;
    if (state == IR_NONE)
        return inst->status == STATUS_FAILED;
    if (inst->status == STATUS_FAILED || inst->status == STATUS_CANCELLED ||
        !(node_has_ended(node) || node_is_at_rest(node)))
        return false;
    for (uint32_t s = inst->state; s != IR_NONE; s = world->ir->states[s].parent)
        if (s == state)
            return true;
    return false;
}

static uint32_t standing(const struct world *world, const struct node *node)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < node->inst->undo.n; i++)
        n += test_stands(world->ir, &node->inst->undo.at[i]);
    return n;
}

/* Empty: it is so. On the scratch arena. */
static struct text why_not_so(struct world *world, const struct test_step *step,
                              const struct node *node)
{
    struct test_run *run = &world->run;
    struct instance *of_play = run->play->inst;
    arena_reset(world->scratch);
    run->arena = world->scratch;
    run->step = step;
    run->play->inst = node->inst;
    run->play->now = node->now;
    struct text why = test_not_so(run, step);
    run->play->inst = of_play;
    run->arena = world->arena;
    run->has_failed = false;
    return why;
}

static bool holds_at(struct world *world, const struct test_step *step,
                     const struct node *node)
{
    if (!is_at(world, node, step->what))
        return true;
    return step->value == IR_NONE ? standing(world, node) == 0
                                  : why_not_so(world, step, node).n == 0;
}

static bool is_final_expected(const struct test_step *step, const struct node *node)
{
    bool is_expected = node->inst->status != STATUS_COMPLETED;
    for (uint32_t i = 0; i < step->finals_n; i++)
        is_expected = is_expected || step->finals[i] == node->inst->state;
    return is_expected;
}

static bool holds(struct world *world, const struct test_step *step,
                  const struct node *node)
{
    if (step->kind == TEST_EXPECT_AT)
        return holds_at(world, step, node);
    if (step->kind == TEST_EXPECT_FINAL)
        return is_final_expected(step, node);
    return step->kind != TEST_EXPECT_NO_LETTER || !node_is_parked(node);
}

/* What became of an effect is learned by one at a time: two answers for it would be told
 * to a record that the first has settled. This is asked of the interpreter. */
static bool is_asked_by_two(const struct instance *inst)
{
    for (uint32_t i = 0; i < inst->fibres.n; i++) {
        const struct fibre *tries = &inst->fibres.at[i];
        if (tries->number == 0 || tries->wait != FIBRE_CALL || tries->call.number == 0 ||
            tries->call.record == 0)
            continue;
        for (uint32_t k = 0; k < inst->fibres.n; k++) {
            const struct fibre *undoes = &inst->fibres.at[k];
            if (undoes->number != 0 && undoes->wait == FIBRE_UNDOING &&
                undoes->call.number != 0 && undoes->call.record == tries->call.record)
                return true;
        }
    }
    return false;
}

struct broken expect_at_node(struct world *world, const struct node *node)
{
    const struct compiled_test *test = world->run.test;
    if (world->is_restless)
        return (struct broken){.kind = BROKEN_RESTLESS};
    if (is_asked_by_two(node->inst))
        return (struct broken){.kind = BROKEN_TWO};
    for (uint32_t i = 0; i < test->steps_n; i++)
        if (!holds(world, &test->steps[i], node))
            return (struct broken){.kind = BROKEN_EXPECT, .step = &test->steps[i]};
    return (struct broken){.kind = BROKEN_NOTHING};
}

/* ---- in words ---- */

static struct text state_name(const struct world *world, uint32_t state)
{
    return state == IR_NONE ? TEXT("failed")
                            : ir_text(world->ir, world->ir->states[state].path);
}

static struct text expectation_label(struct world *world, const struct test_step *step,
                                     const struct node *node)
{
    if (step->kind == TEST_EXPECT_FINAL)
        return text_of(arena_printf(world->arena, "it ends in " TEXT_FMT,
                                    TEXT_ARG(state_name(world, node->inst->state))));
    if (step->kind == TEST_EXPECT_NO_LETTER)
        return TEXT("a step is parked in a dead letter");
    if (step->value != IR_NONE)
        return text_dup(world->arena, why_not_so(world, step, node));
    uint32_t n = standing(world, node);
    return text_of(
        arena_printf(world->arena, "%u effect%s", n, n == 1 ? " stands" : "s stand"));
}

struct text expect_label(struct world *world, const struct broken *broken,
                         const struct node *node)
{
    switch (broken->kind) {
    case BROKEN_EXPECT:
        return expectation_label(world, broken->step, node);
    case BROKEN_WAITS:
        return text_of(arena_printf(world->arena,
                                    "in " TEXT_FMT " nothing that is allowed can move it",
                                    TEXT_ARG(state_name(world, node->inst->state))));
    case BROKEN_RESTLESS:
        return TEXT("it never comes to rest");
    case BROKEN_TWO:
        return TEXT("an undoing asks after an effect that its step still tries");
    case BROKEN_ENDLESS:
        return text_of(arena_printf(world->arena, "from " TEXT_FMT " on it can never end",
                                    TEXT_ARG(state_name(world, node->inst->state))));
    case BROKEN_NOTHING:
        break;
    }
    return TEXT("");
}
