/* Steps, one after the other: code of a body. */
#include "dsl/lower_in.h"
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/map.h"
#include "engine/base/must.h"

static void lower_step(struct lower *l, const struct node *node);

/* ---- bodies ---- */

bool lower_is_step(const struct node *node)
{
    return node->kind >= NODE_VAR && node->kind <= NODE_STAY && node->kind != NODE_AS &&
           node->kind != NODE_UNDONE_BY && node->kind != NODE_NEVER_UNDONE;
}

void lower_steps(struct lower *l, struct nodes steps)
{
    node_each(step, steps)
    {
        if (!ir_goes_on(l->b))
            return; /* never reached: F0205 has said so */
        if (lower_is_step(step))
            lower_step(l, step);
    }
}

void lower_action(struct lower *l, const struct node *action)
{
    if (action == NULL)
        return;
    if (action->kind == NODE_BLOCK)
        lower_steps(l, action->items);
    else
        lower_step(l, action);
}

uint32_t lower_body(struct lower *l, const struct node *action)
{
    if (action != NULL)
        lower_line(l, action);
    ir_open_body(l->b);
    lower_action(l, action);
    return ir_close(l->b);
}

void lower_jump(struct lower *l, uint32_t label)
{
    if (ir_goes_on(l->b))
        ir_emit(l->b, IR_JUMP, 0, label);
}

/* The spot where ways come together again; nothing, when none of them goes on. */
void lower_join(struct lower *l, uint32_t label)
{
    if (ir_goes_on(l->b) || l->b->labels.at[label].depth != IR_NONE)
        ir_here(l->b, label);
}

uint32_t lower_step_name(struct lower *l, struct text name)
{
    struct buf out;
    buf_init(&out, l->compile);
    buf_text(&out, l->now.path);
    if (l->now.path.n > 0)
        buf_char(&out, '.');
    buf_text(&out, name);
    struct text plain = buf_done(&out);
    uint32_t before = lower_known_text(l->steps, plain);
    uint32_t which = before == IR_NONE ? 1 : before + 1;
    lower_remember_text(l, l->steps, plain, which);
    if (which == 1)
        return lower_text(l, plain);
    buf_printf(&out, "#%u", which);
    return lower_text(l, buf_done(&out));
}

/* ---- data ---- */

static void lower_var(struct lower *l, const struct node *node)
{
    uint32_t place = lower_declare(l, node->declares);
    if (node->value != NULL) {
        lower_expr(l, node->value);
        ir_emit(l->b, IR_SET, 0, place);
    } else if (node->declares->type->kind == TYPE_OPTIONAL) {
        ir_emit(l->b, IR_UNSET, 0, place);
    }
}

static void lower_let(struct lower *l, const struct node *node)
{
    lower_expr(l, node->value);
    ir_emit(l->b, IR_SET, 0, lower_declare(l, node->declares));
}

static void lower_set(struct lower *l, const struct node *node, enum ir_op_code code)
{
    lower_expr(l, node->value);
    ir_emit(l->b, code, 0, lower_target(l, node->symbol));
}

/* ---- choices ---- */

static void lower_if(struct lower *l, const struct node *node)
{
    uint32_t other = ir_label(l->b), end = ir_label(l->b);
    lower_expr(l, node->value);
    ir_emit(l->b, IR_JUMP_FALSE, 0, other);
    lower_action(l, node->block);
    if (node->otherwise == NULL) {
        ir_here(l->b, other);
        return;
    }
    lower_jump(l, end);
    ir_here(l->b, other);
    lower_action(l, node->otherwise);
    lower_join(l, end);
}

/* What a `match` looks at: a temp, which no SET outlives; or a hidden place, where an arm
 * may bind its data and then, by its `where`, leave the subject to the next. */
struct subject {
    bool is_temp;
    uint32_t at;
};

static struct subject take_subject(struct lower *l, const struct node *match)
{
    struct subject subject = {.is_temp = true};
    node_each(arm, match->whens)
    {
        subject.is_temp =
            subject.is_temp && (arm->where == NULL || arm->declares == NULL);
    }
    subject.at = subject.is_temp ? ir_temp_take(l->b) : lower_hidden(l);
    lower_expr(l, match->value);
    if (subject.is_temp)
        ir_emit(l->b, IR_SET_TEMP, subject.at, 0);
    else
        ir_emit(l->b, IR_SET, 0, subject.at);
    return subject;
}

static void push_subject(struct lower *l, struct subject subject)
{
    if (subject.is_temp)
        ir_emit(l->b, IR_TEMP, subject.at, 0);
    else
        ir_emit(l->b, IR_LOAD, 0, subject.at);
}

/* Leaves a truth: does the subject fit this arm? */
static void test_arm(struct lower *l, const struct node *arm, struct subject subject)
{
    push_subject(l, subject);
    if (arm->position >= 0) {
        ir_emit(l->b, IR_IS_CASE, (uint32_t)arm->position, 0);
        return;
    }
    lower_expr(l, arm->value);
    ir_emit(l->b, IR_EQ, 0, 0);
}

static void bind_arm(struct lower *l, const struct node *arm, struct subject subject)
{
    if (arm->declares == NULL)
        return;
    uint32_t place = lower_declare(l, arm->declares);
    push_subject(l, subject);
    if (arm->position >= 0)
        ir_emit(l->b, IR_DATA, 0, 0);
    ir_emit(l->b, IR_SET, 0, place);
}

static void lower_arm(struct lower *l, const struct node *arm, struct subject subject,
                      uint32_t end)
{
    uint32_t next = ir_label(l->b);
    lower_line(l, arm);
    if (arm->value != NULL) {
        test_arm(l, arm, subject);
        ir_emit(l->b, IR_JUMP_FALSE, 0, next);
    }
    bind_arm(l, arm, subject);
    if (arm->where != NULL) {
        lower_expr(l, arm->where);
        ir_emit(l->b, IR_JUMP_FALSE, 0, next);
    }
    lower_action(l, arm->block);
    lower_jump(l, end);
    lower_join(l, next);
}

static void lower_match_step(struct lower *l, const struct node *node)
{
    struct subject subject = take_subject(l, node);
    uint32_t end = ir_label(l->b);
    node_each(arm, node->whens)
    {
        if (ir_goes_on(l->b))
            lower_arm(l, arm, subject, end);
    }
    if (subject.is_temp)
        ir_temps_back(l->b, subject.at);
    lower_join(l, end);
}

/* ---- saying and leaving ---- */

static void lower_emit(struct lower *l, const struct node *node)
{
    const struct node *made = node->target;
    struct symbol *symbol = made->symbol;
    uint32_t event = lower_event(l, symbol);
    uint32_t type = lower_type(l, symbol->type);
    lower_fields(l, symbol->type, made->args);
    ir_emit(l->b, IR_RECORD, symbol->type->fields_n, type);
    ir_emit(l->b, IR_EMIT, 0, event);
}

static void lower_fail(struct lower *l, const struct node *node)
{
    const struct node *made = node->target;
    struct symbol *symbol = made->symbol;
    uint32_t error = lower_error(l, symbol);
    lower_fields(l, symbol->type, made->args);
    ir_emit(l->b, IR_RECORD, symbol->type == NULL ? 0 : symbol->type->fields_n,
            l->b->errors.at[error].record);
    ir_emit(l->b, IR_FAIL, 0, error);
}

static void lower_go_to(struct lower *l, const struct node *node)
{
    const struct symbol *symbol = node->target->symbol;
    must(symbol != NULL && symbol->node != NULL);
    ir_emit(l->b, IR_GO_TO, 0, lower_known(l->states, symbol->node));
}

static void lower_wait_until(struct lower *l, const struct node *node)
{
    if (node->value->type->kind == TYPE_BOOL) {
        uint32_t block = lower_block(l, node->value);
        ir_emit(l->b, IR_WAIT_UNTIL, 0, block);
        return;
    }
    lower_expr(l, node->value);
    ir_emit(l->b, IR_WAIT_TIME, 1, 0);
}

static void lower_step(struct lower *l, const struct node *node)
{
    lower_line(l, node);
    switch ((int)node->kind) {
    case NODE_BLOCK:
        lower_steps(l, node->items);
        return;
    case NODE_VAR:
        lower_var(l, node);
        return;
    case NODE_LET:
        lower_let(l, node);
        return;
    case NODE_SET:
        lower_set(l, node, IR_SET);
        return;
    case NODE_ADD:
        lower_set(l, node, IR_ADD_TO);
        return;
    case NODE_CALL:
        lower_call(l, node);
        return;
    case NODE_RUN:
    case NODE_START:
        lower_run(l, node);
        return;
    case NODE_WAIT:
        lower_expr(l, node->value);
        ir_emit(l->b, IR_WAIT_TIME, 0, 0);
        return;
    case NODE_WAIT_UNTIL:
        lower_wait_until(l, node);
        return;
    case NODE_WAIT_FOR:
        lower_wait_for(l, node);
        return;
    case NODE_WAIT_ANY:
        lower_wait_any(l, node);
        return;
    case NODE_ASK:
        lower_ask(l, node);
        return;
    case NODE_IF:
        lower_if(l, node);
        return;
    case NODE_MATCH:
        lower_match_step(l, node);
        return;
    case NODE_FOR_EACH:
        lower_for_each(l, node);
        return;
    case NODE_REPEAT:
        lower_repeat(l, node);
        return;
    case NODE_TOGETHER:
        lower_together(l, node);
        return;
    case NODE_ATTEMPT:
        lower_attempt(l, node);
        return;
    case NODE_EMIT:
        lower_emit(l, node);
        return;
    case NODE_MARK:
        ir_emit(l->b, IR_MARK, 0, lower_text(l, node->name));
        return;
    case NODE_NOTE:
        lower_expr_as_text(l, node->value);
        ir_emit(l->b, IR_NOTE, 0, 0);
        return;
    case NODE_UNDO_ALL:
        lower_undo(l, node, IR_UNDO_ALL);
        return;
    case NODE_UNDO_SINCE:
        lower_undo(l, node, IR_UNDO_SINCE);
        return;
    case NODE_UNDO:
        lower_undo(l, node, IR_UNDO_NAMED);
        return;
    case NODE_KEEP_ALL:
        ir_emit(l->b, IR_KEEP_ALL, 0, 0);
        return;
    case NODE_KEEP:
        lower_keep(l, node);
        return;
    case NODE_GO_TO:
        lower_go_to(l, node);
        return;
    case NODE_REFER_TO:
        ir_emit(l->b, IR_REFER, 0, lower_known_text(l->letters, node->name));
        return;
    case NODE_GIVE:
        lower_give(l, node);
        return;
    case NODE_FAIL:
        lower_fail(l, node);
        return;
    case NODE_RETRY:
        ir_emit(l->b, IR_RETRY, 0, 0);
        return;
    case NODE_STAY:
        ir_emit(l->b, IR_STAY, 0, 0);
        return;
    }
    lower_cannot(l, node, node_word(node->kind));
}
