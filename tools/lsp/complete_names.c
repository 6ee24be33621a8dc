/* Lists that need to know where in the tree the cursor is.
 *
 * While somebody types, the step they are at is in no tree. So a name that nobody uses is
 * put at the cursor, with whatever makes the step whole, and the text is compiled: where
 * the name turns up, there we are. */
#include "dsl/parser.h"
#include "tools/lsp/complete.h"
#include "tools/lsp/place.h"
#include "tools/lsp/tree.h"

static const char placeholder[] = "zz_here";

struct hunt {
    const struct node *found;  /* the node that has the name */
    const struct node *parent; /* of it */
    const struct node *now;    /* whose children are visited */
};

static bool has_it(const struct node *node)
{
    return (node->kind == NODE_MEMBER || node->kind == NODE_NAME ||
            node->kind == NODE_WHEN || node->kind == NODE_ARM) &&
           (text_is_chars(node->name, placeholder) ||
            (node->kind == NODE_ARM && node->value != NULL &&
             text_is_chars(node->value->name, placeholder)));
}

static void hunt(void *context, const struct node *node)
{
    struct hunt *h = context;
    const struct node *around = h->now;
    if (h->found == NULL && has_it(node)) {
        h->found = node;
        h->parent = around;
    }
    if (h->found != NULL || node->kind == NODE_ERROR)
        return;
    h->now = node;
    tree_children(node, hunt, h);
    h->now = around;
}

/* ---- making the step whole ---- */

/* The word the step begins with: what comes behind its parts depends on it. */
static int step_word(const struct cursor *cursor)
{
    for (uint32_t back = 1; back <= cursor->n; back++)
        switch (cursor_kind(cursor, back)) {
        case IF:
        case FOR_EACH:
        case REPEAT:
        case ON:
        case WHEN:
        case AFTER:
        case EVERY:
        case MATCH:
        case LET:
        case SET:
        case CALL:
        case LBRACE:
        case RBRACE:
            return cursor_kind(cursor, back);
        default:
            break;
        }
    return 0;
}

static const char *ending(const struct cursor *cursor)
{
    switch (step_word(cursor)) {
    case IF:
    case FOR_EACH:
    case REPEAT:
    case ON:
    case WHEN:
    case AFTER:
    case EVERY:
        return " {}";
    case MATCH:
        return " { else {} }";
    default:
        return "";
    }
}

static void write_closers(struct buf *out, const struct cursor *cursor)
{
    char closers[LIMIT_EXPR_DEPTH];
    uint32_t n = 0;
    for (uint32_t i = 0; i < cursor->n; i++) {
        int kind = cursor->parse.words.at[i].token.kind;
        if ((kind == LPAREN || kind == LBRACKET) && n < LIMIT_EXPR_DEPTH)
            closers[n++] = kind == LPAREN ? ')' : ']';
        else if ((kind == RPAREN || kind == RBRACKET) && n > 0)
            n--;
        else if (kind == LBRACE || kind == RBRACE)
            n = 0;
    }
    while (n > 0)
        buf_char(out, closers[--n]);
}

/* First as it is: the rest may be there already. NULL: it turned up nowhere. */
static struct reading *find_here(const struct cursor *cursor, struct hunt *h,
                                 struct tree_path *path)
{
    for (int round = 0; round < 2; round++) {
        struct buf put;
        buf_init(&put, cursor->memory);
        buf_chars(&put, placeholder);
        if (round == 1) {
            write_closers(&put, cursor);
            buf_chars(&put, ending(cursor));
        }
        struct reading *reading = cursor_try(cursor, buf_done(&put));
        *h = (struct hunt){0};
        if (reading->is_checked)
            hunt(h, reading->own->file);
        if (h->found != NULL) {
            tree_path(reading->own->file, cursor->from, path);
            return reading;
        }
        reading_free(reading);
    }
    return NULL;
}

/* ---- behind `when` ---- */

static bool is_answered(struct nodes whens, struct text name)
{
    node_each(when, whens) if (when->kind == NODE_WHEN && text_is(when->name, name) &&
                               when->where == NULL) return true;
    return false;
}

static void offer_errors(struct offer *offer, const struct node *step,
                         const struct symbol *fails)
{
    for (uint32_t i = 0; fails != NULL && i < fails->errors_n; i++)
        if (!is_answered(step->whens, fails->errors[i]->name))
            offer_item(offer, ITEM_EVENT, fails->errors[i]->name, "declared error", NULL,
                       0);
}

static void offer_own(struct offer *offer, const struct node *step, const char *name)
{
    if (!is_answered(step->whens, text_of(name)))
        offer_item(offer, ITEM_EVENT, text_of(name), "built in", NULL, 1);
}

struct gathering {
    struct offer *offer;
    const struct node *step;
};

/* Whatever the calls inside may fail with; for an undo, the operations that undo. */
static void offer_inner(void *context, const struct node *node)
{
    struct gathering *g = context;
    const struct symbol *operation =
        node->kind == NODE_CALL || node->kind == NODE_RUN ? node->target->symbol : NULL;
    bool is_undo = g->step->kind != NODE_ATTEMPT;
    const struct node *partner = operation == NULL || operation->node == NULL ||
                                         operation->kind != SYMBOL_OPERATION
                                     ? NULL
                                     : node_clause(operation->node, NODE_UNDONE_BY_OP);
    if (!is_undo)
        offer_errors(g->offer, g->step, operation);
    else if (partner != NULL)
        offer_errors(g->offer, g->step, partner->symbol);
    tree_children(node, offer_inner, g);
}

static void offer_cases(struct offer *offer, const struct node *match)
{
    const struct type *subject = match->value->type;
    const struct type *variant = subject == NULL ? NULL : type_present(subject);
    for (uint32_t i = 0; variant != NULL && i < variant->cases_n; i++) {
        bool is_taken = false;
        node_each(arm, match->whens) is_taken |=
            arm->value != NULL && arm->where == NULL &&
            text_is(arm->value->name, variant->cases[i].name);
        if (!is_taken)
            offer_item(offer, ITEM_CASE, variant->cases[i].name,
                       variant->cases[i].record == NULL ? "case" : "case with data", NULL,
                       0);
    }
    if (variant != NULL && variant->kind == TYPE_BOOL) {
        offer_item(offer, ITEM_CASE, TEXT("true"), NULL, NULL, 0);
        offer_item(offer, ITEM_CASE, TEXT("false"), NULL, NULL, 0);
    }
    if (subject != NULL && subject->kind == TYPE_OPTIONAL)
        offer_item(offer, ITEM_CASE, TEXT("none"), "absent", NULL, 1);
}

static void offer_events(struct offer *offer)
{
    offer_symbols(offer, 1U << SYMBOL_EVENT, 0);
}

static void offer_ways(struct offer *offer, const struct node *step,
                       const struct node *flow)
{
    struct gathering g = {offer, step};
    switch ((int)step->kind) {
    case NODE_MATCH:
        offer_cases(offer, step);
        return;
    case NODE_CALL:
    case NODE_RUN:
        offer_errors(offer, step, step->target->symbol);
        offer_own(offer, step, "unavailable");
        offer_own(offer, step, "in_doubt");
        break;
    case NODE_ATTEMPT:
        offer_inner(&g, step->block);
        break;
    case NODE_UNDO:
        if (step->symbol != NULL && step->symbol->node != NULL)
            offer_inner(&g, step->symbol->node);
        return;
    case NODE_UNDO_ALL:
    case NODE_UNDO_SINCE:
        if (flow != NULL)
            offer_inner(&g, flow);
        return;
    case NODE_WAIT_ANY:
        offer_events(offer);
        break;
    }
    if (step->limit != NULL)
        offer_own(offer, step, "late");
}

void offer_outcomes(struct offer *offer)
{
    struct hunt h;
    struct tree_path path;
    struct reading *reading = find_here(offer->cursor, &h, &path);
    if (reading == NULL)
        return;
    if (h.parent != NULL)
        offer_ways(offer, h.parent, tree_innermost(&path, NODE_FLOW));
    reading_free(reading);
}

/* ---- behind `.` ---- */

static void offer_map(struct offer *offer, const struct map *members)
{
    for (uint32_t i = 0; members != NULL && i < map_count(members); i++) {
        const struct symbol *symbol = map_item_at(members, i);
        if (symbol->kind == SYMBOL_OPERATION)
            offer_item(offer, ITEM_METHOD, symbol->name,
                       symbol->node->flag ? "effect" : "read", offer_call(offer, symbol),
                       0);
        else
            offer_item(offer, ITEM_CLASS, symbol->name, node_word(symbol->node->kind),
                       NULL, 0);
    }
}

/* `c.` of `use canonical as c`: what that file declares. */
static bool offer_file(struct offer *offer, struct text name)
{
    const struct cursor *cursor = offer->cursor;
    const struct symbol *file =
        scope_find_kind(cursor_scope(cursor), SYMBOL_MODULE, name);
    if (file == NULL)
        return false;
    const struct module *module = reading_module(cursor->known, file->node->span.source);
    for (uint32_t i = 0; module != NULL && i < map_count(module->scope->names); i++) {
        const struct symbol *symbol = map_item_at(module->scope->names, i);
        offer_item(offer, symbol->kind == SYMBOL_ADAPTER ? ITEM_MODULE : ITEM_TYPE,
                   symbol->name, NULL, NULL, 0);
    }
    return true;
}

/* Adapters, states and files: told by the word before the path. */
static bool offer_path(struct offer *offer)
{
    const struct cursor *cursor = offer->cursor;
    const struct scope *scope = cursor_scope(cursor);
    struct text name = cursor_text(cursor, 2);
    if (scope == NULL || (cursor_kind(cursor, 2) != NAME))
        return false;
    switch (cursor_kind(cursor, 3)) {
    case CALL:
    case MOCK:
    case CALLED:
    case UNDONE: {
        const struct symbol *adapter = scope_find_kind(scope, SYMBOL_ADAPTER, name);
        if (adapter != NULL)
            offer_map(offer, adapter->members);
        else
            offer_file(offer, name);
        return true;
    }
    case GO_TO:
    case STATE: {
        const struct symbol *state =
            cursor->flow == NULL || cursor->flow->inside == NULL
                ? NULL
                : scope_find_kind_here(cursor->flow->inside, SYMBOL_STATE, name);
        if (state != NULL)
            offer_map(offer, state->members);
        return true;
    }
    default:
        return offer_file(offer, name);
    }
}

/* A field of what may be absent wants `?.`: the dot is changed with it. */
static void offer_record(struct offer *offer, const struct type *type)
{
    const struct cursor *cursor = offer->cursor;
    const struct type *record = type_present(type);
    bool wants_mark = type->kind == TYPE_OPTIONAL && cursor_kind(cursor, 1) == DOT;
    for (uint32_t i = 0; record->kind == TYPE_RECORD && i < record->fields_n; i++) {
        struct text detail = type_text_of(offer->lsp->answer, record->fields[i].type);
        json_t *item = offer_item(offer, ITEM_FIELD, record->fields[i].name,
                                  text_chars(offer->lsp->answer, detail), NULL, 0);
        struct span dot = cursor->parse.words.at[cursor->n - 1].token.span;
        if (item != NULL && wants_mark)
            json_object_set_new(
                item, "additionalTextEdits",
                json_pack("[o]", place_edit(offer->lsp,
                                            source_span(dot.source, dot.from, dot.from),
                                            TEXT("?"))));
    }
}

void offer_members(struct offer *offer)
{
    struct hunt h;
    struct tree_path path;
    if (offer_path(offer))
        return;
    struct reading *reading = find_here(offer->cursor, &h, &path);
    if (reading == NULL)
        return;
    if (h.found->kind == NODE_MEMBER && h.found->value->type != NULL)
        offer_record(offer, h.found->value->type);
    reading_free(reading);
}

/* ---- where an expression stands ---- */

static void offer_value(struct offer *offer, const struct symbol *symbol)
{
    if (symbol == NULL || text_is_chars(symbol->name, placeholder))
        return;
    struct text detail = symbol->type == NULL
                             ? (struct text){"", 0}
                             : type_text_of(offer->lsp->answer, symbol->type);
    offer_item(offer, ITEM_VARIABLE, text_dup(offer->lsp->answer, symbol->name),
               text_chars(offer->lsp->answer, detail), NULL, 1);
}

static bool is_value(const struct symbol *symbol)
{
    return symbol != NULL &&
           (symbol->kind == SYMBOL_PARAMETER || symbol->kind == SYMBOL_VARIABLE ||
            symbol->kind == SYMBOL_LOCAL);
}

/* Does a step make a name for those that follow? */
static bool leaves_name(const struct node *step)
{
    switch ((int)step->kind) {
    case NODE_LET:
    case NODE_CALL:
    case NODE_RUN:
    case NODE_START:
    case NODE_WAIT_FOR:
    case NODE_ASK:
        return true;
    }
    return false;
}

/* Variables are seen by all beside them, other names by what comes after. */
static void offer_list(struct offer *offer, struct nodes list, uint32_t at)
{
    node_each(item, list)
    {
        const struct node *as = node_clause(item, NODE_AS);
        if (is_value(item->declares) &&
            (item->kind == NODE_VAR || (leaves_name(item) && item->span.to <= at)))
            offer_value(offer, item->declares);
        if (as != NULL && is_value(as->declares) && item->span.to <= at)
            offer_value(offer, as->declares);
    }
}

/* From the innermost outwards: what each node around brings into being. */
static void offer_visible(struct offer *offer, const struct tree_path *path, uint32_t at)
{
    for (uint32_t i = path->n; i-- > 0;) {
        const struct node *node = path->at[i];
        bool is_flow = node->kind == NODE_FLOW || node->kind == NODE_FUNCTION ||
                       node->kind == NODE_OPERATION;
        if (is_value(node->declares) && node->kind != NODE_VAR && !leaves_name(node))
            offer_value(offer, node->declares);
        for (uint32_t k = 0;
             is_flow && node->declares != NULL && k < node->declares->params_n; k++)
            offer_value(offer, node->declares->params[k]);
        offer_list(offer, node->items, at);
        if (node->other != NULL && node->other->kind == NODE_COMPREHENSION)
            node_each(one, node->other->items) offer_value(offer, one->declares);
    }
}

/* `x is `: the cases of what x is come first. */
static void offer_wanted(struct offer *offer, const struct hunt *h)
{
    const struct node *parent = h->parent;
    bool compares = parent != NULL &&
                    (parent->kind == NODE_IS || parent->kind == NODE_IS_NOT) &&
                    parent->other == h->found && parent->value->type != NULL;
    const struct type *variant =
        compares ? type_present(parent->value->type) : h->found->wanted;
    for (uint32_t i = 0; variant != NULL && i < variant->cases_n; i++)
        offer_item(offer, ITEM_CASE, text_dup(offer->lsp->answer, variant->cases[i].name),
                   "case", NULL, 0);
}

void offer_values(struct offer *offer)
{
    struct hunt h;
    struct tree_path path = offer->cursor->path;
    struct reading *reading = find_here(offer->cursor, &h, &path);
    uint32_t at = offer->cursor->from;
    if (reading != NULL)
        offer_wanted(offer, &h);
    offer_visible(offer, &path, at);
    reading_free(reading);
    offer_symbols(offer,
                  1U << SYMBOL_SETTING | 1U << SYMBOL_FUNCTION | 1U << SYMBOL_CASE |
                      1U << SYMBOL_NOW,
                  2);
    offer_symbols(offer, 1U << SYMBOL_BUILTIN, 3);
    offer_symbols(offer, 1U << SYMBOL_TYPE, 4);
    if (tree_innermost(&offer->cursor->path, NODE_DEAD_LETTER) != NULL)
        offer_item(offer, ITEM_VARIABLE, TEXT("problem"), "what went wrong", NULL, 0);
}
