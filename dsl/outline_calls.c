/* Calls of an outline: what puts each back, what it happens once per, who may say no. */
#include "dsl/outline_in.h"

enum { UNWINDS_DEPTH_MAX = 3 }; /* children of children; a flow may run itself */

/* Names of what is computed, texts as they are written: enough to know it again. */
static void write_args(struct buf *out, struct nodes args)
{
    buf_char(out, '(');
    node_each(arg, args)
    {
        if (arg != args.first)
            buf_chars(out, ", ");
        if (arg->value->kind == NODE_TEXT || arg->name.n == 0)
            buf_text(out, span_text(arg->value->span));
        else
            buf_text(out, arg->name);
    }
    buf_char(out, ')');
}

static struct text member_name(struct arena *compile, const struct symbol *operation,
                               struct text name)
{
    return text_of(arena_printf(compile, TEXT_FMT "." TEXT_FMT,
                                TEXT_ARG(operation->owner->name), TEXT_ARG(name)));
}

static struct text operation_back(struct arena *compile, const struct symbol *operation,
                                  const struct node *undone_by)
{
    struct buf out;
    buf_init(&out, compile);
    buf_text(&out, member_name(compile, operation, undone_by->name));
    write_args(&out, undone_by->args);
    return buf_done(&out);
}

/* ---- what a child unwinds ---- */

static void add_unwinds(struct buf *out, const struct node *node, uint32_t depth);

static void add_unwinds_list(struct buf *out, struct nodes list, uint32_t depth)
{
    node_each(item, list) add_unwinds(out, item, depth);
}

static void add_name(struct buf *out, const struct symbol *operation, struct text name)
{
    buf_chars(out, out->n == 0 ? "" : ", ");
    buf_text(out, operation->owner->name);
    buf_char(out, '.');
    buf_text(out, name);
}

static void add_unwinds(struct buf *out, const struct node *node, uint32_t depth)
{
    if (node == NULL || depth > UNWINDS_DEPTH_MAX)
        return;
    const struct symbol *operation = node->target == NULL ? NULL : node->target->symbol;
    if (node->kind == NODE_CALL && operation != NULL && operation->node != NULL) {
        const struct node *back = node_clause(operation->node, NODE_UNDONE_BY_OP);
        if (back != NULL && node_clause(node, NODE_NEVER_UNDONE) == NULL)
            add_name(out, operation, back->name);
    } else if (node->kind == NODE_RUN && operation != NULL && operation->node != NULL) {
        add_unwinds_list(out, operation->node->items, depth + 1);
    }
    add_unwinds(out, node->block, depth);
    add_unwinds(out, node->otherwise, depth);
    add_unwinds_list(out, node->items, depth);
    add_unwinds_list(out, node->whens, depth);
}

static struct text child_back(struct arena *compile, const struct symbol *flow)
{
    struct buf names;
    buf_init(&names, compile);
    if (flow != NULL && flow->node != NULL)
        add_unwinds_list(&names, flow->node->items, 1);
    if (names.n == 0)
        return TEXT("child unwinds: nothing to put back");
    return text_of(
        arena_printf(compile, "child unwinds: " TEXT_FMT, TEXT_ARG(buf_done(&names))));
}

/* ---- who answers an undo that says no ---- */

static const struct node *answer_in(const struct node *node, struct text error,
                                    const struct node *step);

static const struct node *answer_in_list(struct nodes list, struct text error,
                                         const struct node *step)
{
    const struct node *found = NULL;
    for (const struct node *item = list.first; item != NULL && found == NULL;
         item = item->next)
        found = answer_in(item, error, step);
    return found;
}

/* The UNDO of that very step that lists the error; with `step` NULL an UNDO_ALL or
 * UNDO_SINCE that does. */
static const struct node *answer_in(const struct node *node, struct text error,
                                    const struct node *step)
{
    if (node == NULL)
        return NULL;
    bool is_it = step == NULL
                     ? node->kind == NODE_UNDO_ALL || node->kind == NODE_UNDO_SINCE
                     : node->kind == NODE_UNDO && node->symbol != NULL &&
                           node->symbol->node == step;
    node_each(when, node->whens) if (is_it && text_is(when->name, error)) return node;
    const struct node *found = answer_in(node->block, error, step);
    if (found == NULL)
        found = answer_in(node->otherwise, error, step);
    if (found == NULL)
        found = answer_in_list(node->items, error, step);
    return found != NULL ? found : answer_in_list(node->whens, error, step);
}

static void say_answered(struct buf *out, const struct outlining *o, struct text error,
                         const struct node *step)
{
    const struct node *by = answer_in(o->outline->flow, error, step);
    if (by == NULL)
        by = answer_in(o->outline->flow, error, NULL);
    if (by == NULL)
        return;
    if (by->kind == NODE_UNDO_ALL)
        buf_chars(out, " (answered by `undo all when …`)");
    else
        buf_printf(out, " (answered by `%s" TEXT_FMT " when …`)",
                   by->kind == NODE_UNDO ? "undo " : "undo since ", TEXT_ARG(by->name));
}

static struct text may_fail(const struct outlining *o, const struct node *step,
                            const struct symbol *undo)
{
    struct buf out;
    buf_init(&out, o->compile);
    for (uint32_t i = 0; undo != NULL && i < undo->errors_n; i++) {
        buf_chars(&out, i == 0 ? "may fail: " : ", ");
        buf_text(&out, undo->errors[i]->name);
        say_answered(&out, o, undo->errors[i]->name, step);
    }
    return buf_done(&out);
}

/* ---- a call ---- */

static void fill_operation(struct outlining *o, struct outline_call *call)
{
    const struct node *operation = call->operation->node,
                      *once = node_clause(operation, NODE_ONCE_PER),
                      *found_by = node_clause(operation, NODE_FOUND_BY),
                      *back = node_clause(operation, NODE_UNDONE_BY_OP);
    if (once != NULL)
        call->key = once->value == NULL ? TEXT("step")
                                        : outline_source(o->compile, once->value->span);
    if (found_by != NULL)
        call->found_by = member_name(o->compile, call->operation, found_by->name);
    if (!operation->flag) {
        call->back = OUTLINE_BACK_READ;
    } else if (back != NULL) {
        call->back = OUTLINE_BACK_OPERATION;
        call->undone_by = back;
        call->put_back = operation_back(o->compile, call->operation, back);
        call->note = may_fail(o, call->node, back->symbol);
    } else if (node_clause(operation, NODE_HARMLESS) != NULL) {
        call->back = OUTLINE_BACK_HARMLESS;
        call->put_back = TEXT("harmless");
    } else {
        call->back = OUTLINE_BACK_IRREVERSIBLE;
        call->put_back = TEXT("irreversible");
    }
}

static void fill_child(struct outlining *o, struct outline_call *call)
{
    bool is_run = call->node->kind == NODE_RUN;
    call->back = is_run ? OUTLINE_BACK_CHILD : OUTLINE_BACK_LET_GO;
    call->put_back = is_run ? child_back(o->compile, call->operation)
                            : TEXT("let go: a flow of its own");
    call->name =
        text_of(arena_printf(o->compile, "%s " TEXT_FMT, is_run ? "run" : "start",
                             TEXT_ARG(call->node->target->name)));
}

/* What is said at the call goes before what its operation says. */
static void fill_own(struct outlining *o, struct outline_call *call)
{
    const struct node *never = node_clause(call->node, NODE_NEVER_UNDONE),
                      *steps = node_clause(call->node, NODE_UNDONE_BY);
    if (never != NULL) {
        call->back = OUTLINE_BACK_NEVER;
        call->put_back = text_of(arena_printf(o->compile, "stays: " TEXT_FMT,
                                              TEXT_ARG(span_text(never->value->span))));
        call->note = TEXT("");
    } else if (steps != NULL) {
        call->back = OUTLINE_BACK_STEPS;
        call->put_back = outline_source(o->compile, steps->block->span);
        call->note = TEXT("");
    }
}

void outline_fill_call(struct outlining *o, struct outline_call *call)
{
    call->operation = call->node->target->symbol;
    call->name = path_text(o->compile, call->node->target);
    if (call->node->kind != NODE_CALL)
        fill_child(o, call);
    else if (call->operation != NULL && call->operation->node != NULL)
        fill_operation(o, call);
    fill_own(o, call);
}

bool outline_is_rung(const struct outline_call *call)
{
    return call->operation == NULL ||
           (call->back != OUTLINE_BACK_READ && call->back != OUTLINE_BACK_HARMLESS &&
            call->back != OUTLINE_BACK_LET_GO);
}
