/* Code: stretches, operands, the stack on every path, and calls without circles. */
#include "dsl/ir_verify_in.h"
#include "engine/base/arena.h"

struct op_facts {
    int pops;
    int pushes;
};

static const struct op_facts op_facts[] = {
#define OP(name, pops, pushes, operands, sentence) {pops, pushes},
#include "dsl/ir.def"
#undef OP
};

static const struct {
    uint32_t fewest;
    uint32_t most;
} builtins[] = {
#define BUILTIN(NAME, name, fewest, most, sentence) {fewest, most},
#include "dsl/ir_builtins.def"
#undef BUILTIN
};

/* ---- stretches ---- */

static bool stretch_begin(struct ir_verifying *v, uint32_t pc)
{
    if (pc == 0 && v->ir->code[pc].code != IR_ENTER)
        return ir_refuse(v, "the code does not begin with ENTER");
    if (v->ir->code[pc].code == IR_ENTER)
        v->stretches[v->stretches_n++] = (struct ir_stretch){.from = pc};
    struct ir_stretch *stretch = &v->stretches[v->stretches_n - 1];
    v->stretch_of[pc] = v->stretches_n - 1;
    stretch->to = pc + 1;
    stretch->is_body = stretch->is_body || ir_op_moves(v->ir->code[pc].code);
    return true;
}

bool ir_verify_stretches(struct ir_verifying *v)
{
    const struct ir *ir = v->ir;
    if (ir->lines_n != ir->code_n)
        return ir_refuse(v, "there are %u lines for %u operations", ir->lines_n,
                         ir->code_n);
    v->stretches = arena_array(v->scratch, struct ir_stretch, ir->code_n + 1);
    v->stretch_of = arena_array(v->scratch, uint32_t, ir->code_n + 1);
    v->entered = arena_array(v->scratch, bool, ir->code_n + 1);
    for (uint32_t pc = 0; pc < ir->code_n; pc++) {
        if (ir->code[pc].code >= IR_OP_COUNT)
            return ir_refuse(v, "operation %u is none there is", pc);
        if (!stretch_begin(v, pc))
            return false;
    }
    for (uint32_t pc = 0; pc < ir->code_n; pc++)
        if (ir->code[pc].code == IR_RETURN && v->stretches[v->stretch_of[pc]].is_body)
            return ir_refuse(v, "RETURN in a body at %u", pc);
    return true;
}

/* ---- operands ---- */

static bool place_fits(const struct ir *ir, uint32_t place)
{
    return (place & IR_FRAME) != 0 ? (place & ~IR_FRAME) < ir->flow.frame_slots
                                   : place < ir->slots_n;
}

static bool record_fits(const struct ir_verifying *v, struct ir_op op)
{
    return ir_is_record(v, op.b) && v->ir->types[op.b].parts.n == op.a;
}

static bool builtin_fits(struct ir_op op)
{
    return op.b < IR_BUILTINS_N && op.a >= builtins[op.b].fewest &&
           op.a <= builtins[op.b].most;
}

/* Bodies lie before who begins them: so none begins itself, and nesting has an end. */
static bool fork_is_below(const struct ir *ir, const struct ir_fork *fork, uint32_t pc)
{
    for (uint32_t i = 0; i < fork->branches.n; i++)
        if (ir->branches[fork->branches.first + i].body >= pc)
            return false;
    return true;
}

static bool operands_fit(const struct ir_verifying *v, uint32_t pc)
{
    const struct ir *ir = v->ir;
    const struct ir_stretch *stretch = &v->stretches[v->stretch_of[pc]];
    struct ir_op op = ir->code[pc];
    uint32_t temps = ir->code[stretch->from].a;
    bool target = op.b > stretch->from && op.b < stretch->to;
    switch ((enum ir_op_code)op.code) {
    case IR_ENTER: /* no operation pushes more than one */
        return op.b <= stretch->to - stretch->from;
    case IR_CONST:
        return op.b < ir->consts_n;
    case IR_LOAD:
    case IR_SET:
    case IR_UNSET:
    case IR_ADD_TO:
        return place_fits(ir, op.b);
    case IR_TEMP:
    case IR_SET_TEMP:
    case IR_APPEND:
        return op.a < temps;
    case IR_NEXT:
        return op.a + 2u < temps && target;
    case IR_SETTING:
        return op.b < ir->settings_n;
    case IR_JUMP:
    case IR_JUMP_FALSE:
    case IR_JUMP_PRESENT:
        return target;
    case IR_RECORD:
        return record_fits(v, op);
    case IR_VARIANT:
        return op.b < ir->cases_n && ir->cases[op.b].fields.n == op.a;
    case IR_LIST:
        return op.b <= ir->code_n;
    case IR_MAP:
        return op.b <= ir->code_n && op.b % 2 == 0;
    case IR_CONVERT:
        return op.a < ir->types_n && op.b < ir->types_n;
    case IR_CALL_FUNCTION:
        return op.b < ir->functions_n && ir->functions[op.b].params == op.a;
    case IR_BUILTIN:
        return builtin_fits(op);
    case IR_TO_TEXT:
        return op.b < ir->types_n;
    case IR_EACH:
        return op.a < ir->loops_n && ir->loops[op.a].item != IR_NONE && target;
    case IR_ROUND:
        return op.a < ir->loops_n && target;
    case IR_CALL:
        return op.b < ir->sites_n &&
               ir->operations[ir->sites[op.b].operation].params.n == op.a;
    case IR_RUN:
    case IR_START:
        return op.b < ir->children_n && ir->children[op.b].params.n == op.a &&
               ir->children[op.b].is_owned == (op.code == IR_RUN);
    case IR_WAIT:
        return op.b < ir->waits_n;
    case IR_WAIT_UNTIL:
        return ir_is_block(v, op.b, 0);
    case IR_ASK:
        return op.b < ir->questions_n;
    case IR_ATTEMPT:
    case IR_ATTEMPT_END:
        return op.b < ir->attempts_n;
    case IR_UNDO:
        return op.b < ir->undos_n;
    case IR_KEEP:
        return op.b < ir->undos_n && ir->undos[op.b].mode == IR_UNDO_NAMED;
    case IR_MARK:
        return op.b < ir->texts_n;
    case IR_FORK:
        return op.b < ir->forks_n && fork_is_below(ir, &ir->forks[op.b], stretch->from);
    case IR_EMIT:
        return op.b < ir->events_n;
    case IR_FAIL:
        return op.b < ir->errors_n;
    case IR_GO_TO:
        return op.b < ir->states_n;
    case IR_REFER:
        return op.b < ir->dead_letters_n;
    case IR_PUSH_NONE:
    case IR_NOW:
    case IR_PROBLEM:
    case IR_NEW_ID:
    case IR_FIELD:
    case IR_FIELD_OR_NONE:
    case IR_DATA:
    case IR_INDEX:
    case IR_NEG:
    case IR_NOT:
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
    case IR_DIV:
    case IR_EQ:
    case IR_NE:
    case IR_LT:
    case IR_LE:
    case IR_GT:
    case IR_GE:
    case IR_IN:
    case IR_DROP:
    case IR_IS_CASE:
    case IR_WITH:
    case IR_JOIN_TEXT:
    case IR_RETURN:
    case IR_WAIT_TIME:
    case IR_KEEP_ALL:
    case IR_NOTE:
    case IR_GIVE:
    case IR_PART:
    case IR_RETRY:
    case IR_STAY:
    case IR_END:
    case IR_OP_COUNT:
        return true;
    }
    return false;
}

/* ---- the stack on every path ---- */

struct paths {
    struct ir_verifying *v;
    uint32_t *depth; /* pc → of the stack before it; IR_NONE: nothing leads here yet */
    uint32_t *todo;  /* pcs whose successors are still to be followed */
    uint32_t todo_n;
};

static bool lead_to(struct paths *p, uint32_t pc, uint32_t depth)
{
    if (p->depth[pc] == depth)
        return true;
    if (p->depth[pc] != IR_NONE)
        return ir_refuse(p->v, "paths of unlike depth meet at %u", pc);
    p->depth[pc] = depth;
    p->todo[p->todo_n++] = pc; /* once a pc: it had no depth before */
    return true;
}

static uint64_t pops_of(struct ir_op op)
{
    int pops = op_facts[op.code].pops;
    return pops == -1 ? op.a : pops == -2 ? op.b : (uint64_t)pops;
}

static bool follow(struct paths *p, uint32_t pc)
{
    struct ir_verifying *v = p->v;
    struct ir_op op = v->ir->code[pc];
    const struct ir_stretch *stretch = &v->stretches[v->stretch_of[pc]];
    uint64_t pops = pops_of(op), depth = p->depth[pc];
    if (pops > depth)
        return ir_refuse(v, "the stack is empty at %u", pc);
    if ((ir_op_moves(op.code) || op.code == IR_RETURN) && pops != depth)
        return ir_refuse(v, "something is left on the stack at %u", pc);
    depth = depth - pops + (uint64_t)op_facts[op.code].pushes;
    if (depth > v->ir->code[stretch->from].b)
        return ir_refuse(v, "the stack is deeper than ENTER says at %u", pc);
    if (ir_op_has_target(op.code) && op.code != IR_WAIT_UNTIL &&
        !lead_to(p, op.b, (uint32_t)depth))
        return false;
    if (ir_op_leaves(op.code))
        return true;
    if (pc + 1 == stretch->to)
        return ir_refuse(v, "the code goes on past the end of its block at %u", pc);
    return lead_to(p, pc + 1, (uint32_t)depth);
}

bool ir_verify_paths(struct ir_verifying *v)
{
    uint32_t n = v->ir->code_n;
    struct paths p = {.v = v,
                      .depth = arena_array(v->scratch, uint32_t, n + 1),
                      .todo = arena_array(v->scratch, uint32_t, n + 1)};
    memset(p.depth, 0xff, sizeof(uint32_t) * (n + 1));
    for (uint32_t pc = 0; pc < n; pc++)
        if (!operands_fit(v, pc))
            return ir_refuse(v, "%s at %u points nowhere",
                             ir_op_names[v->ir->code[pc].code], pc);
    for (uint32_t pc = 0; pc < n; pc++)
        if (v->ir->code[pc].code == IR_ENTER || v->entered[pc])
            if (!lead_to(&p, pc, 0))
                return false;
    while (p.todo_n > 0)
        if (!follow(&p, p.todo[--p.todo_n]))
            return false;
    return true;
}

/* ---- circles ---- */

/* Blocks call blocks: by CALL_FUNCTION, and by CONVERT through the refinements of types.
 * Stretches and types together are one graph; types may go in circles among themselves
 * (through lists), but a circle with a stretch in it would never end. Tarjan's strong
 * components, with a stack of our own, since hostile graphs are deep. */
struct circles {
    struct ir_verifying *v;
    uint32_t *order; /* node → when it was first seen, from 1; 0: not yet */
    uint32_t *low;   /* node → the earliest it leads back to */
    uint32_t *edge;  /* node → which of its edges is next */
    bool *waiting;   /* node → its component is not complete */
    uint32_t *path;  /* nodes on the way */
    uint32_t path_n;
    uint32_t *open; /* nodes whose component is not complete */
    uint32_t open_n;
    uint32_t seen;
};

/* Nodes: stretches, then types. */
static uint32_t edge_of_stretch(const struct circles *c, uint32_t node, uint32_t edge)
{
    const struct ir *ir = c->v->ir;
    struct ir_op op = ir->code[c->v->stretches[node].from + edge];
    if (op.code == IR_CALL_FUNCTION)
        return c->v->stretch_of[ir->functions[op.b].block];
    return op.code == IR_CONVERT ? c->v->stretches_n + op.b : IR_NONE;
}

static uint32_t edge_of_type(const struct circles *c, uint32_t type, uint32_t edge)
{
    const struct ir *ir = c->v->ir;
    const struct ir_type *t = &ir->types[type];
    if (edge == 0)
        return t->refined == IR_NONE ? IR_NONE : c->v->stretch_of[t->refined];
    uint32_t part = edge == 1   ? t->of
                    : edge == 2 ? t->key
                    : t->kind == IR_TYPE_RECORD
                        ? ir->fields[t->parts.first + edge - 3].type
                        : ir->cases[t->parts.first + edge - 3].record;
    return part == IR_NONE ? IR_NONE : c->v->stretches_n + part;
}

static uint32_t edges_of_type(const struct ir_type *t)
{
    bool has_parts = t->kind == IR_TYPE_RECORD || t->kind == IR_TYPE_VARIANT;
    return 3 + (has_parts ? t->parts.n : 0);
}

/* The next node that `node` leads to; IR_NONE when all have been given. */
static uint32_t next_edge(struct circles *c, uint32_t node)
{
    uint32_t stretches = c->v->stretches_n;
    uint32_t edges = node < stretches
                         ? c->v->stretches[node].to - c->v->stretches[node].from
                         : edges_of_type(&c->v->ir->types[node - stretches]);
    while (c->edge[node] < edges) {
        uint32_t edge = c->edge[node]++;
        uint32_t to = node < stretches ? edge_of_stretch(c, node, edge)
                                       : edge_of_type(c, node - stretches, edge);
        if (to != IR_NONE)
            return to;
    }
    return IR_NONE;
}

static void see(struct circles *c, uint32_t node)
{
    c->order[node] = c->low[node] = ++c->seen;
    c->path[c->path_n++] = node;
    c->open[c->open_n++] = node;
    c->waiting[node] = true;
}

/* Everything from `node` on is one component: is it a circle that runs? */
static bool component_ends(struct circles *c, uint32_t node)
{
    uint32_t n = 0, member;
    bool runs = false;
    do {
        member = c->open[--c->open_n];
        c->waiting[member] = false;
        runs = runs || member < c->v->stretches_n;
        n++;
    } while (member != node);
    return n == 1 || !runs;
}

static bool step_back(struct circles *c)
{
    uint32_t node = c->path[--c->path_n];
    if (c->low[node] == c->order[node] && !component_ends(c, node))
        return false;
    if (c->path_n > 0 && c->low[node] < c->low[c->path[c->path_n - 1]])
        c->low[c->path[c->path_n - 1]] = c->low[node];
    return true;
}

static bool walk_from(struct circles *c, uint32_t root)
{
    see(c, root);
    while (c->path_n > 0) {
        uint32_t node = c->path[c->path_n - 1], to = next_edge(c, node);
        if (to == node && node < c->v->stretches_n)
            return false;
        if (to == IR_NONE) {
            if (!step_back(c))
                return false;
        } else if (c->order[to] == 0) {
            see(c, to);
        } else if (c->waiting[to] && c->order[to] < c->low[node]) {
            c->low[node] = c->order[to];
        }
    }
    return true;
}

bool ir_verify_circles(struct ir_verifying *v)
{
    uint32_t n = v->stretches_n + v->ir->types_n;
    struct circles c = {.v = v,
                        .order = arena_array(v->scratch, uint32_t, n + 1),
                        .low = arena_array(v->scratch, uint32_t, n + 1),
                        .edge = arena_array(v->scratch, uint32_t, n + 1),
                        .waiting = arena_array(v->scratch, bool, n + 1),
                        .path = arena_array(v->scratch, uint32_t, n + 1),
                        .open = arena_array(v->scratch, uint32_t, n + 1)};
    for (uint32_t i = 0; i < n; i++)
        if (c.order[i] == 0 && !walk_from(&c, i))
            return ir_refuse(v, "a block calls itself");
    return true;
}
