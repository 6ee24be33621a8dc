/* One mistake, one diagnostic: what could not be read may have been what it mentions, and
 * what is only said because of that is not said. */
#include "dsl/check_in.h"

bool mistake_says(const struct node *mistake, struct text word)
{
    node_each(said, mistake->items) if (text_is(said->name, word)) return true;
    return false;
}

bool mistake_leads_away(const struct node *mistake)
{
    static const char *const words[] = {"go to", "goto", "refer to", "fail",
                                        "retry", "stay", "go"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (mistake_says(mistake, text_of(words[i])))
            return true;
    return false;
}

bool mistake_may_answer(struct nodes items)
{
    static const char *const words[] = {"on",    "on error", "on late", "after",
                                        "every", "within",   "by"};
    node_each(item, items)
    {
        if (item->kind != NODE_ERROR)
            continue;
        if (mistake_leads_away(item))
            return true;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (mistake_says(item, text_of(words[i])))
                return true;
    }
    return false;
}

bool mistake_may_answer_in(const struct node *flow, const struct symbol *state)
{
    for (; state != NULL; state = state->owner)
        if (mistake_may_answer(state->node->items))
            return true;
    return mistake_may_answer(flow->items);
}

/* States it mentions may have been gone to, variables read or set. */
void check_mistake(struct check *c, struct node *mistake)
{
    node_each(said, mistake->items)
    {
        said->symbol = scope_find_kind_here(c->flow->names, SYMBOL_STATE, said->name);
        if (said->symbol == NULL)
            said->symbol = scope_find_kind(c->scope, SYMBOL_VARIABLE, said->name);
        if (said->symbol != NULL)
            said->symbol->uses++;
    }
}

/* ---- what follows from another mistake ---- */

struct following {
    struct check *c;
    VEC(const struct node *) mistakes;
    VEC(struct text) unknown; /* said already, and nothing is near */
};

static void collect(struct following *f, const struct node *node)
{
    if (node == NULL || node_is_expr(node))
        return;
    if (node->kind == NODE_ERROR) {
        vec_push(f->c->compile, &f->mistakes, node);
        return;
    }
    node_each(item, node->items) collect(f, item);
    node_each(clause, node->clauses) collect(f, clause);
    node_each(when, node->whens) collect(f, when);
    collect(f, node->block);
    collect(f, node->otherwise);
}

/* Said of a name because something is not there: it may stand in what was not read. */
static bool is_of_absence(enum diag_code code)
{
    switch ((int)code) {
    case DIAG_F0101:
    case DIAG_F0105:
    case DIAG_F0201:
    case DIAG_F0302:
    case DIAG_F0305:
    case DIAG_F0601:
    case DIAG_F0603:
    case DIAG_F0605:
    case DIAG_F0606:
        return true;
    }
    return false;
}

/* `NAME` as the message says it last; "" for none. */
static struct text name_said(struct text message)
{
    struct text name = {"", 0};
    for (size_t to = message.n; to-- > 0 && name.n == 0;)
        for (size_t from = to; message.chars[to] == '`' && from-- > 0;)
            if (message.chars[from] == '`') {
                name = text_cut(message, from + 1, to - from - 1);
                break;
            }
    return name;
}

static bool is_mentioned(const struct following *f, struct text name)
{
    for (uint32_t i = 0; i < f->mistakes.n; i++)
        if (mistake_says(f->mistakes.at[i], name))
            return true;
    return false;
}

static const struct module *module_of(const struct check *c, const struct source *source)
{
    for (uint32_t i = 0; i < c->program->modules_n; i++)
        if (c->program->modules[i]->source == source)
            return c->program->modules[i];
    return NULL;
}

/* More was to come: states, handlers, ways on. */
static bool may_be_cut_off(const struct diag *diag)
{
    switch ((int)diag->code) {
    case DIAG_F0202:
    case DIAG_F0203:
    case DIAG_F0204:
    case DIAG_F0501:
    case DIAG_F0502:
        return true;
    }
    return is_of_absence(diag->code) && !(diag->edits_n > 0 && diag->is_sure);
}

/* Nothing is near, and it has been said before. */
static bool is_said_before(struct following *f, const struct diag *diag)
{
    if (diag->code != DIAG_F0101 || diag->edits_n > 0)
        return false;
    for (uint32_t i = 0; i < f->unknown.n; i++)
        if (text_is(f->unknown.at[i], diag->message))
            return true;
    vec_push(f->c->compile, &f->unknown, diag->message);
    return false;
}

static bool is_about_a_file(const struct module *module, const struct diag *diag)
{
    uint32_t at = diag->primary.span.from;
    node_each(item, module->file->items) if ((item->kind == NODE_USE ||
                                              item->kind == NODE_SCHEMA_DECL) &&
                                             item->span.from <= at &&
                                             at < item->span.to) return true;
    return false;
}

static bool follows(struct following *f, const struct diag *diag)
{
    const struct module *module = module_of(f->c, diag->primary.span.source);
    if (module != NULL && module->is_cut && may_be_cut_off(diag))
        return true;
    if (!is_of_absence(diag->code))
        return false;
    struct text at = span_text(diag->primary.span), name = name_said(diag->message);
    if (is_mentioned(f, name.n > 0 ? name : at) || is_said_before(f, diag))
        return true;
    return diag->code == DIAG_F0101 && diag->edits_n == 0 && module != NULL &&
           module->lacks_a_file && !is_about_a_file(module, diag);
}

void check_followers(struct check *c)
{
    struct following f = {.c = c};
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->program->modules_n; i++)
        node_each(item, c->program->modules[i]->file->items) collect(&f, item);
    for (uint32_t i = 0; i < c->diags->n; i++)
        if (!follows(&f, c->diags->at[i]))
            c->diags->at[kept++] = c->diags->at[i];
    for (uint32_t i = 0; i < kept; i++)
        c->diags->at[i]->order = i;
    diags_cut(c->diags, kept);
}
