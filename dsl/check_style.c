/* Matters of style: names that nobody reads, answers that are never taken, states called
 * by a command, handlers that are long. (F0901, F0903, F0904, F0905) */
#include "dsl/check_in.h"

enum { HANDLER_STEPS_MAX = 25 };

static const struct {
    const char *verb;
    const char *doing;
} verbs[] = {
#define VERB(verb, doing) {verb, doing},
#include "dsl/verbs.def"
#undef VERB
};

/* ---- F0901 ---- */

static void check_used(struct check *c, const struct node *step)
{
    if ((step->kind != NODE_LET && step->kind != NODE_VAR) || step->declares == NULL ||
        step->declares->uses > 0)
        return;
    struct diag *diag =
        diag_add(c->diags, DIAG_F0901, step->name_span, "`%s " TEXT_FMT "` is never read",
                 node_word(step->kind), TEXT_ARG(step->name));
    diag_help(c->diags, diag, "remove it");
    if (step->kind == NODE_LET)
        diag_offer(c->diags, diag, step->span, "%s", "");
}

/* ---- F0903 ---- */

static void check_state_name(struct check *c, const struct node *state)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        struct text verb = text_of(verbs[i].verb);
        struct text rest = text_cut(state->name, verb.n, state->name.n);
        if (!text_starts(state->name, verb) || (rest.n > 0 && rest.chars[0] != '_'))
            continue;
        struct diag *diag =
            diag_add(c->diags, DIAG_F0903, state->name_span,
                     "state `" TEXT_FMT "` reads better as `%s" TEXT_FMT "`",
                     TEXT_ARG(state->name), verbs[i].doing, TEXT_ARG(rest));
        diag_label(c->diags, diag, "what the order is doing");
        return;
    }
}

/* ---- F0904 ---- */

static void check_answers(struct check *c, const struct node *step)
{
    node_each(when, step->whens)
    {
        if (when->kind != NODE_WHEN)
            continue;
        const struct node *above = NULL;
        for (const struct node *at = step->whens.first; at != when; at = at->next)
            if (at->kind == NODE_WHEN && at->where == NULL &&
                text_is(at->name, when->name) &&
                (at->target == NULL || at->target->args.n == 0))
                above = at;
        if (above == NULL)
            continue;
        struct diag *diag =
            diag_add(c->diags, DIAG_F0904, when->name_span,
                     "this `when " TEXT_FMT "` is never taken", TEXT_ARG(when->name));
        diag_also(c->diags, diag, above->name_span, "answered here already");
    }
}

/* ---- F0905 ---- */

static uint32_t steps_in(const struct node *node)
{
    if (node == NULL || node_is_expr(node))
        return 0;
    uint32_t n =
        node->kind > NODE_BLOCK && node->kind <= NODE_STAY && node->kind != NODE_WHEN;
    node_each(item, node->items) n += steps_in(item);
    node_each(when, node->whens) n += steps_in(when);
    return n + steps_in(node->block) + steps_in(node->otherwise);
}

static void check_length(struct check *c, const struct node *handler)
{
    uint32_t n = steps_in(handler->block);
    if (n <= HANDLER_STEPS_MAX)
        return;
    struct span at =
        source_span(handler->span.source, handler->span.from, handler->span.from + 2);
    struct diag *diag = diag_add(c->diags, DIAG_F0905, at, "a handler of %u steps", n);
    diag_label(c->diags, diag, "more than %d are hard to read", HANDLER_STEPS_MAX);
    diag_help(c->diags, diag, "let it lead to a state that does them");
}

void check_style(struct check *c, const struct node *node)
{
    if (node == NULL || node_is_expr(node) || node_is_type(node))
        return;
    check_used(c, node);
    if (node->kind == NODE_STATE)
        check_state_name(c, node);
    if (node->kind >= NODE_ON && node->kind <= NODE_EVERY)
        check_length(c, node);
    if (node->kind != NODE_MATCH)
        check_answers(c, node);
    node_each(item, node->items) check_style(c, item);
    node_each(when, node->whens) check_style(c, when);
    node_each(clause, node->clauses) check_style(c, clause);
    check_style(c, node->block);
    check_style(c, node->otherwise);
}
