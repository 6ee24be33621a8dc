/* Is everything there that flows need, and nothing that no adapter knows? */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dsl/bind.h"
#include "engine/base/arena.h"

/* ---- what the flows need ---- */

struct need {
    struct program *program;
    const struct node *environment;
    struct map *seen; /* name → itself: one diagnostic a name */
};

static const struct node *env_item(const struct node *environment, enum node_kind kind,
                                   struct text name)
{
    node_each(item, environment->items)
    {
        if (item->kind == kind && text_is(item->name, name))
            return item;
    }
    return NULL;
}

/* The first time that this kind of name is needed and not there. */
static bool is_missing(struct need *need, enum node_kind kind, struct text name)
{
    if (env_item(need->environment, kind, name) != NULL)
        return false;
    struct buf key;
    buf_init(&key, need->program->compile);
    buf_u32(&key, kind);
    buf_text(&key, name);
    return map_put(need->seen, buf_done(&key), need);
}

static void need_adapter(struct need *need, const struct node *at, struct text name)
{
    if (!is_missing(need, NODE_BIND_ADAPTER, name))
        return;
    struct diags *diags = need->program->diags;
    struct diag *diag =
        diag_add(diags, DIAG_F0605, need->environment->name_span,
                 "environment `" TEXT_FMT "` does not say where `" TEXT_FMT "` is",
                 TEXT_ARG(need->environment->name), TEXT_ARG(name));
    diag_also(diags, diag, at->span, "called here");
    diag_help(diags, diag, "adapter " TEXT_FMT " over http { url \"http://…\" }",
              TEXT_ARG(name));
}

static void need_role(struct need *need, const struct node *at, struct text name)
{
    if (text_is_chars(name, "operator") || !is_missing(need, NODE_BIND_ROLE, name))
        return;
    struct diags *diags = need->program->diags;
    struct diag *diag = diag_add(diags, DIAG_F0603,
                                 at->name_span.source != NULL ? at->name_span : at->span,
                                 "no one is `" TEXT_FMT "` in environment `" TEXT_FMT "`",
                                 TEXT_ARG(name), TEXT_ARG(need->environment->name));
    diag_also(diags, diag, need->environment->name_span, "its roles are named here");
    diag_help(diags, diag, "role " TEXT_FMT " \"somebody@example.com\"", TEXT_ARG(name));
}

static void need_setting(struct need *need, const struct node *at,
                         const struct symbol *setting)
{
    if ((setting->node != NULL && setting->node->value != NULL) ||
        !is_missing(need, NODE_BIND_SETTING, setting->name))
        return;
    struct diags *diags = need->program->diags;
    struct diag *diag = diag_add(
        diags, DIAG_F0606, need->environment->name_span,
        "environment `" TEXT_FMT "` does not give `" TEXT_FMT "`, which has no default",
        TEXT_ARG(need->environment->name), TEXT_ARG(setting->name));
    diag_also(diags, diag, at->span, "used here");
    diag_help(diags, diag, "setting " TEXT_FMT " = …", TEXT_ARG(setting->name));
}

static void need_calendar(struct need *need, const struct node *at)
{
    if (!is_missing(need, NODE_BIND_CALENDAR, at->name))
        return;
    struct diags *diags = need->program->diags;
    struct diag *diag =
        diag_add(diags, DIAG_F0612, need->environment->name_span,
                 "environment `" TEXT_FMT "` does not say when `" TEXT_FMT "` is open",
                 TEXT_ARG(need->environment->name), TEXT_ARG(at->name));
    diag_also(diags, diag, at->span, "counted by here");
    diag_why(diags, diag, "Business time would be Monday to Friday, 08:00 to 17:00 UTC.");
    diag_help(diags, diag,
              "calendar " TEXT_FMT
              " { zone \"America/Chicago\"  open monday to friday from "
              "\"08:00\" to \"17:00\" }",
              TEXT_ARG(at->name));
}

static void walk(struct need *need, const struct node *node);

static void walk_list(struct need *need, struct nodes list)
{
    node_each(node, list)
    {
        walk(need, node);
    }
}

static void look_at(struct need *need, const struct node *node)
{
    switch ((int)node->kind) {
    case NODE_CALL:
        if (node->target->symbol != NULL && node->target->symbol->owner != NULL)
            need_adapter(need, node->target, node->target->symbol->owner->name);
        return;
    case NODE_ASK:
    case NODE_DEAD_LETTER:
        need_role(need, node->target, node->target->name);
        return;
    case NODE_CALENDAR_USE:
        need_calendar(need, node);
        return;
    case NODE_ESCALATE:
        need_role(need, node, node->name);
        return;
    case NODE_NAME:
        if (node->symbol != NULL && node->symbol->kind == SYMBOL_SETTING)
            need_setting(need, node, node->symbol);
        return;
    }
}

static void walk(struct need *need, const struct node *node)
{
    if (node == NULL)
        return;
    look_at(need, node);
    const struct node *const children[] = {node->target, node->value,    node->other,
                                           node->third,  node->where,    node->limit,
                                           node->block,  node->otherwise};
    for (size_t i = 0; i < sizeof children / sizeof *children; i++)
        walk(need, children[i]);
    const struct nodes lists[] = {node->args,    node->items,   node->whens,
                                  node->clauses, node->showing, node->params};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        walk_list(need, lists[i]);
}

void bind_check_flows(struct program *program, const struct node *environment)
{
    struct need need = {program, environment, map_new(program->compile)};
    for (uint32_t i = 0; i < program->modules_n; i++)
        node_each(declaration, program->modules[i]->file->items)
        {
            if (declaration->kind == NODE_FLOW)
                walk(&need, declaration);
        }
}

/* ---- what adapters know ---- */

static const struct catalog_transport *transport_of(const struct program *program,
                                                    const struct node *adapter)
{
    const struct catalog *catalog = program->catalog;
    for (uint32_t i = 0; catalog != NULL && i < catalog->n; i++)
        if (text_is_chars(adapter->target->name, catalog->transports[i].name))
            return &catalog->transports[i];
    return NULL;
}

const struct catalog_option *bind_option(const struct program *program,
                                         const struct node *adapter,
                                         const struct node *option)
{
    const struct catalog_transport *transport = transport_of(program, adapter);
    for (uint32_t i = 0; transport != NULL && i < transport->options_n; i++)
        if (text_is_chars(option->name, transport->options[i].name))
            return &transport->options[i];
    return NULL;
}

/* "fake, http and process": what could have been said. */
static struct text names_of(struct arena *compile, const char *const *names, uint32_t n)
{
    struct buf out;
    buf_init(&out, compile);
    for (uint32_t i = 0; i < n; i++)
        buf_printf(&out, "%s%s", i == 0 ? "" : i + 1 == n ? " and " : ", ", names[i]);
    return buf_done(&out);
}

static void unknown_transport(struct program *program, const struct node *adapter)
{
    const char *names[32];
    uint32_t n = program->catalog->n < 32 ? program->catalog->n : 32;
    for (uint32_t i = 0; i < n; i++)
        names[i] = program->catalog->transports[i].name;
    struct text all = names_of(program->compile, names, n);
    struct diag *diag =
        diag_add(program->diags, DIAG_F0607, adapter->target->span,
                 "there is no transport `" TEXT_FMT "`", TEXT_ARG(adapter->target->name));
    diag_why(program->diags, diag, "There are " TEXT_FMT ".", TEXT_ARG(all));
}

static void unknown_option(struct program *program, const struct node *option,
                           const struct catalog_transport *transport)
{
    const char *names[32];
    uint32_t n = transport->options_n < 32 ? transport->options_n : 32;
    for (uint32_t i = 0; i < n; i++)
        names[i] = transport->options[i].name;
    struct diag *diag = diag_add(program->diags, DIAG_F0607, option->name_span,
                                 "`%s` has no option `" TEXT_FMT "`", transport->name,
                                 TEXT_ARG(option->name));
    if (n == 0)
        diag_why(program->diags, diag, "It has none.");
    else
        diag_why(program->diags, diag, "It has " TEXT_FMT ".",
                 TEXT_ARG(names_of(program->compile, names, n)));
}

static void check_number(struct program *program, const struct node *option,
                         const struct catalog_option *known)
{
    const struct node *value = option->items.first;
    int64_t number;
    if (value == NULL || value->kind != NODE_TEXT)
        return;
    if (!text_to_i64(value->name, &number) || number < known->least ||
        number > known->most)
        diag_add(program->diags, DIAG_F0607, value->span,
                 "`%s` is a whole number from %lld to %lld", known->name,
                 (long long)known->least, (long long)known->most);
}

static void check_form(struct program *program, const struct node *option,
                       const struct catalog_option *known)
{
    bool is_row = option->value != NULL;
    if (is_row != (known->kind == CATALOG_TABLE)) {
        struct diag *diag =
            diag_add(program->diags, DIAG_F0607, option->span,
                     is_row ? "`%s` is one text" : "`%s` is a table", known->name);
        diag_help(program->diags, diag, is_row ? "%s \"…\"" : "%s \"NAME\": \"…\"",
                  known->name);
    } else if (known->kind != CATALOG_WORDS && option->items.n > 1) {
        diag_add(program->diags, DIAG_F0607, option->span, "`%s` is one text",
                 known->name);
    } else if (known->kind == CATALOG_NUMBER) {
        check_number(program, option, known);
    }
}

static void check_needed(struct program *program, const struct node *adapter,
                         const struct catalog_transport *transport)
{
    for (uint32_t i = 0; i < transport->options_n; i++) {
        const struct catalog_option *known = &transport->options[i];
        bool is_said = !known->is_needed;
        node_each(option, adapter->items)
        {
            is_said = is_said || text_is_chars(option->name, known->name);
        }
        if (is_said)
            continue;
        struct diag *diag =
            diag_add(program->diags, DIAG_F0607, adapter->name_span,
                     "`" TEXT_FMT "` over `%s` needs `%s`", TEXT_ARG(adapter->name),
                     transport->name, known->name);
        diag_help(program->diags, diag, "%s \"…\"", known->name);
    }
}

static bool is_header_name(struct text name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!isalnum((unsigned char)name.chars[i]) && name.chars[i] != '-' &&
            name.chars[i] != '_')
            return false;
    return name.n > 0;
}

static void check_header(struct program *program, const struct node *name,
                         const struct catalog_transport *transport)
{
    if (!is_header_name(name->name))
        diag_add(program->diags, DIAG_F0611, name->span,
                 "this is no name of a header: it is of letters, digits, `-` and `_`");
    for (size_t i = 0; transport->not_free != NULL && transport->not_free[i] != NULL; i++)
        if (strlen(transport->not_free[i]) == name->name.n &&
            strncasecmp(transport->not_free[i], name->name.chars, name->name.n) == 0)
            diag_add(program->diags, DIAG_F0611, name->span,
                     "`%s` is said by the engine itself", transport->not_free[i]);
}

static void check_mapping(struct program *program, const struct node *mapping,
                          const struct catalog_transport *transport)
{
    if (!transport->maps) {
        struct diag *diag =
            diag_add(program->diags, DIAG_F0608, mapping->name_span,
                     "`%s` takes calls by its own convention only", transport->name);
        diag_why(program->diags, diag,
                 "It has no requests that could be shaped; the other side is told "
                 "operation and arguments.");
        return;
    }
    node_each(item, mapping->items)
    {
        if (item->kind == NODE_MAP_PART && text_is_chars(item->name, "header"))
            check_header(program, item->target, transport);
    }
}

void bind_check_adapter(struct program *program, const struct node *adapter)
{
    if (program->catalog == NULL)
        return;
    const struct catalog_transport *transport = transport_of(program, adapter);
    if (transport == NULL) {
        unknown_transport(program, adapter);
        return;
    }
    node_each(option, adapter->items)
    {
        const struct catalog_option *known = bind_option(program, adapter, option);
        if (option->kind == NODE_BIND_OPERATION)
            check_mapping(program, option, transport);
        if (option->kind != NODE_OPTION)
            continue;
        if (option->value != NULL && text_is_chars(option->name, "header"))
            check_header(program, option->value, transport);
        if (known == NULL)
            unknown_option(program, option, transport);
        else
            check_form(program, option, known);
    }
    check_needed(program, adapter, transport);
}
