/* Temps are set before they are read: on every path, since the block began, or since the
 * last operation that moved the flow — which leaves none of them. */
#include "dsl/ir_verify_in.h"
#include "engine/base/arena.h"
#include "engine/base/limits.h"

struct temps {
    struct ir_verifying *v;
    const struct ir_stretch *stretch;
    uint32_t words;   /* of 64 temps each */
    uint64_t *set;    /* words for each operation: surely set before it */
    bool *is_reached; /* of each operation */
    bool *is_waiting;
    uint32_t *todo;
    uint32_t todo_n;
    uint64_t *now; /* one set: after the operation looked at */
};

static uint64_t *set_before(const struct temps *t, uint32_t pc)
{
    return t->set + (size_t)(pc - t->stretch->from) * t->words;
}

/* What reaches `pc` now is what every path to it has set. */
static void lead_to(struct temps *t, uint32_t pc)
{
    uint64_t *before = set_before(t, pc);
    uint32_t at = pc - t->stretch->from;
    bool changed = !t->is_reached[at];
    for (uint32_t i = 0; i < t->words; i++) {
        uint64_t meet = t->is_reached[at] ? before[i] & t->now[i] : t->now[i];
        changed = changed || meet != before[i];
        before[i] = meet;
    }
    t->is_reached[at] = true;
    if (changed && !t->is_waiting[at]) {
        t->is_waiting[at] = true;
        t->todo[t->todo_n++] = pc;
    }
}

static bool has(const struct temps *t, uint32_t temp)
{
    return (t->now[temp / 64] >> temp % 64 & 1) != 0;
}

static void set(struct temps *t, uint32_t temp)
{
    t->now[temp / 64] |= UINT64_C(1) << temp % 64;
}

static bool reads_fit(const struct temps *t, struct ir_op op)
{
    if (op.code == IR_TEMP || op.code == IR_APPEND)
        return has(t, op.a);
    return op.code != IR_NEXT || (has(t, op.a) && has(t, op.a + 1u));
}

static bool follow(struct temps *t, uint32_t pc)
{
    struct ir_op op = t->v->ir->code[pc];
    memcpy(t->now, set_before(t, pc), t->words * sizeof *t->now);
    if (!reads_fit(t, op))
        return ir_refuse(t->v, "a temp is read before it is set at %u", pc);
    if (op.code == IR_SET_TEMP)
        set(t, op.a);
    if (ir_op_moves(op.code))
        memset(t->now, 0, t->words * sizeof *t->now);
    if (ir_op_has_target(op.code) && op.code != IR_WAIT_UNTIL)
        lead_to(t, op.b); /* NEXT: the list is through, there is no item */
    if (op.code == IR_NEXT)
        set(t, op.a + 2u);
    if (!ir_op_leaves(op.code))
        lead_to(t, pc + 1);
    return true;
}

static bool stretch_fits(struct ir_verifying *v, const struct ir_stretch *stretch,
                         uint32_t given)
{
    uint32_t n = stretch->to - stretch->from, temps = v->ir->code[stretch->from].a;
    if (temps == 0)
        return true;
    if ((uint64_t)temps * n > LIMIT_TEMPS_WORK)
        return ir_refuse(v, "a block has too many temps at %u", stretch->from);
    struct temps t = {.v = v, .stretch = stretch, .words = temps / 64 + 1};
    t.set = arena_array(v->scratch, uint64_t, (size_t)n * t.words);
    t.is_reached = arena_array(v->scratch, bool, n);
    t.is_waiting = arena_array(v->scratch, bool, n);
    t.todo = arena_array(v->scratch, uint32_t, n);
    t.now = arena_array(v->scratch, uint64_t, t.words);
    for (uint32_t i = 0; i < given; i++)
        set(&t, i);
    lead_to(&t, stretch->from);
    memset(t.now, 0, t.words * sizeof *t.now);
    for (uint32_t pc = stretch->from + 1; pc < stretch->to; pc++)
        if (v->entered[pc])
            lead_to(&t, pc);
    while (t.todo_n > 0) {
        uint32_t pc = t.todo[--t.todo_n];
        t.is_waiting[pc - stretch->from] = false;
        if (!follow(&t, pc))
            return false;
    }
    return true;
}

/* ---- what a block is given ---- */

static void give(const struct ir_verifying *v, uint32_t *given, uint32_t block,
                 uint32_t n)
{
    if (block == IR_NONE)
        return;
    uint32_t *most = &given[v->stretch_of[block]];
    if (*most == IR_NONE || n < *most)
        *most = n;
}

static uint32_t *find_given(struct ir_verifying *v)
{
    const struct ir *ir = v->ir;
    uint32_t *given = arena_array(v->scratch, uint32_t, v->stretches_n + 1);
    memset(given, 0xff, v->stretches_n * sizeof *given);
    for (uint32_t i = 0; i < ir->functions_n; i++)
        give(v, given, ir->functions[i].block, ir->functions[i].params);
    for (uint32_t i = 0; i < ir->types_n; i++)
        give(v, given, ir->types[i].refined, 1);
    for (uint32_t i = 0; i < ir->operations_n; i++) {
        const struct ir_operation *op = &ir->operations[i];
        give(v, given, op->key, op->params.n);
        give(v, given, op->found_args, op->params.n);
        give(v, given, op->within, op->params.n);
        give(v, given, op->undone_args, op->params.n + (op->gives != IR_NONE));
    }
    for (uint32_t i = 0; i < ir->children_n; i++)
        give(v, given, ir->children[i].key, ir->children[i].params.n);
    return given;
}

bool ir_verify_temps(struct ir_verifying *v)
{
    uint32_t *given = find_given(v);
    for (uint32_t i = 0; i < v->stretches_n; i++)
        if (!stretch_fits(v, &v->stretches[i], given[i] == IR_NONE ? 0 : given[i]))
            return false;
    return true;
}
