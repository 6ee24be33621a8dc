/* Flows that the explored one runs: how they may end, without being walked themselves. */
#include "tools/explore/explore_in.h"
#include "tools/test_kin.h"

/* ---- mocks ---- */

uint32_t kin_mock_of(const struct world *world, struct text flow)
{
    const struct ir *ir = world->ir;
    for (uint32_t i = 0; i < ir->children_n; i++)
        if (text_is(ir_text(ir, ir->children[i].flow), flow))
            return ir->operations_n + i;
    return IR_NONE;
}

uint32_t kin_mock(const struct world *world, uint32_t child)
{
    return kin_mock_of(world, ir_text(world->ir, world->ir->children[child].flow));
}

/* ---- who is under way ---- */

void kin_note(struct world *world, struct arena *arena, struct node *node,
              const struct decision *decision)
{
    uint32_t n = node->children_n;
    if (decision->children.n > 0) {
        struct node_child *all =
            arena_array(arena, struct node_child, n + decision->children.n);
        for (uint32_t i = 0; i < n; i++)
            all[i] = node->children[i];
        for (uint32_t i = 0; i < decision->children.n; i++) {
            const struct child_order *order = &decision->children.at[i];
            world->has_run[order->child] = true;
            if (world->ir->children[order->child].is_owned)
                all[n++] = (struct node_child){order->id, order->child};
        }
        node->children = all;
        node->children_n = n;
    }
    if (decision->unwinds.n > 0) {
        struct id *all =
            arena_array(arena, struct id, node->unwinds_n + decision->unwinds.n);
        for (uint32_t i = 0; i < node->unwinds_n; i++)
            all[i] = node->unwinds[i];
        for (uint32_t i = 0; i < decision->unwinds.n; i++)
            all[node->unwinds_n++] = decision->unwinds.at[i];
        node->unwinds = all;
    }
}

static void forget(struct arena *arena, struct node *node, struct id id)
{
    struct node_child *all = arena_array(arena, struct node_child, node->children_n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < node->children_n; i++)
        if (!id_is(node->children[i].id, id))
            all[n++] = node->children[i];
    node->children = all;
    node->children_n = n;
}

struct text kin_begun(const struct world *world)
{
    struct buf names;
    const struct ir *ir = world->ir;
    buf_init(&names, world->arena);
    for (uint32_t i = 0; i < ir->children_n; i++) {
        bool has_run = false;
        for (uint32_t k = i; k < ir->children_n; k++)
            has_run = has_run ||
                      (world->has_run[k] && kin_mock(world, k) == ir->operations_n + i);
        if (has_run)
            buf_printf(&names, "%s" TEXT_FMT, buf_done(&names).n > 0 ? ", " : "",
                       TEXT_ARG(ir_text(ir, ir->children[i].flow)));
    }
    return buf_done(&names);
}

/* ---- how they may end ---- */

/* A test's `mock` ends the oldest of its flow. */
static bool is_oldest(const struct node *node, uint32_t which, uint32_t mock,
                      const struct world *world)
{
    for (uint32_t i = 0; i < which; i++)
        if (kin_mock(world, node->children[i].child) == mock)
            return false;
    return true;
}

static void offer_failures(struct offer *o, uint32_t which,
                           const struct world_answer *usual)
{
    const struct ir *ir = o->world->ir;
    struct ir_range errors = ir->children[o->node->children[which].child].errors;
    for (uint32_t use = errors.first; use < errors.first + errors.n; use++)
        if (usual == NULL || !usual->said->fails ||
            !text_is(usual->name, ir_text(ir, ir->errors[ir->error_uses[use]].name)))
            offer_choice(o, CHOICE_CHILD_FAILS, true, which, use);
    offer_choice(o, CHOICE_CHILD_FAILS, true, which, IR_NONE);
}

void kin_offer(struct offer *o)
{
    const struct world *world = o->world;
    for (uint32_t i = 0; i < o->node->children_n; i++) {
        uint32_t mock = kin_mock(world, o->node->children[i].child);
        if (!is_oldest(o->node, i, mock, world))
            continue;
        const struct world_answer *usual = world_answer_due(world, o->node, mock);
        if (usual == NULL || !usual->said->waits)
            offer_choice(o, CHOICE_CHILD, false, i, 0);
        if (world->allows_failures)
            offer_failures(o, i, usual);
    }
}

/* ---- their end ---- */

static void end(struct world *world, struct arena *arena, struct node *node, struct id id,
                struct text how, const json_t *told)
{
    forget(arena, node, id);
    (void)world_go(
        world, arena, node,
        (struct stimulus){
            .kind = STIMULUS_CHILD_END, .child = id, .verb = how, .data = told});
}

/* As the mock says, or with what is made from the type. */
static json_t *usual_end(struct world *world, struct arena *arena, struct node *node,
                         uint32_t child, const struct world_answer *answer,
                         struct text *how)
{
    struct value value;
    json_t *data = NULL;
    if (answer != NULL && (answer->said->fails ? answer->said->record != IR_NONE
                                               : answer->said->value != IR_NONE)) {
        uint32_t type =
            answer->said->fails ? answer->said->record : world->ir->children[child].gives;
        if (world_answer_value(world, arena, node, answer, &value))
            data = wire_write(world->ir, type, value, WIRE_WHOLE);
    }
    return test_child_told(arena, world->ir, child, answer != NULL ? answer->said : NULL,
                           data, how);
}

/* Every field of the error is made from its type. */
static json_t *failure(const struct world *world, struct arena *arena, uint32_t use,
                       struct text *how)
{
    const struct ir *ir = world->ir;
    json_t *told = json_object();
    *how = TEXT("cancelled");
    if (use == IR_NONE)
        return told;
    const struct ir_error *error = &ir->errors[ir->error_uses[use]];
    *how = TEXT("failed");
    json_object_set_new(told, "error", json_text(ir_text(ir, error->name)));
    json_object_set_new(
        told, "data",
        wire_write(ir, error->record, wire_sample(arena, ir, error->record), WIRE_WHOLE));
    return told;
}

void kin_end(struct world *world, struct arena *arena, struct node *node,
             const struct choice *choice)
{
    const struct ir *ir = world->ir;
    const struct node_child child = node->children[choice->what];
    uint32_t mock = kin_mock(world, child.child);
    const struct world_answer *answer = NULL;
    struct text how, error = TEXT("");
    scoped_json json_t *told = NULL;
    if (choice->kind == CHOICE_CHILD) {
        answer = world_answer_due(world, node, mock);
        told = usual_end(world, arena, node, child.child, answer, &how);
        world_answer_used(world, node, mock, answer);
    } else {
        told = failure(world, arena, choice->detail, &how);
        error = choice->detail == IR_NONE
                    ? how
                    : ir_text(ir, ir->errors[ir->error_uses[choice->detail]].name);
    }
    if (world->story != NULL)
        story_child(world, child.child, answer, error);
    end(world, arena, node, child.id, how, told);
}

bool kin_unwound(struct world *world, struct arena *arena, struct node *node)
{
    if (node->unwinds_n == 0)
        return false;
    const struct id *all = node->unwinds;
    uint32_t n = node->unwinds_n;
    scoped_json json_t *told = json_object();
    node->unwinds_n = 0;
    for (uint32_t i = 0; i < n; i++)
        end(world, arena, node, all[i], TEXT("cancelled"), told);
    return true;
}
