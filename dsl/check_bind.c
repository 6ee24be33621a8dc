/* Environments: do they speak of settings, adapters and calendars that are there? */
#include "dsl/check_in.h"

enum { OPTION_ONCE = 1, OPTION_MANY = 2, OPTION_NAMED = 4 };

/* What each transport may be told. */
static const struct {
    const char *transport;
    const char *option; /* NULL: it takes none */
    int how;
} options[] = {{"http", "url", OPTION_ONCE},
               {"http", "header", OPTION_NAMED},
               {"process", "command", OPTION_MANY},
               {"fake", NULL, 0}};

enum { OPTIONS_N = sizeof options / sizeof *options };

static bool is_transport(struct text name)
{
    for (size_t i = 0; i < OPTIONS_N; i++)
        if (text_is_chars(name, options[i].transport))
            return true;
    return false;
}

static void check_secret(struct check *c, struct node *part)
{
    bool is_secret = part->kind == NODE_APPLY && text_is_chars(part->name, "secret");
    if (!is_secret) {
        struct diag *diag = diag_add(c->diags, DIAG_F0111, part->span,
                                     "an option holds text and secrets only");
        diag_help(c->diags, diag, "{secret(\"name\")}");
    } else if (part->args.n != 1 || part->args.first->value->kind != NODE_TEXT) {
        diag_add(c->diags, DIAG_F0110, part->span,
                 "`secret` takes the secret's name, a text");
    }
    part->type = &type_text;
    node_each(arg, part->args) arg->value->type = &type_text;
}

static void check_option_text(struct check *c, struct node *text)
{
    text->type = &type_text;
    if (text->kind != NODE_TEMPLATE)
        return;
    node_each(part, text->items)
    {
        if (part->kind == NODE_TEXT)
            part->type = &type_text;
        else
            check_secret(c, part);
    }
}

static void check_option(struct check *c, const struct node *adapter, struct node *option)
{
    node_each(text, option->items) check_option_text(c, text);
    const struct text transport = adapter->target->name;
    struct diag *diag = NULL;
    for (size_t i = 0; i < OPTIONS_N; i++) {
        if (!text_is_chars(transport, options[i].transport) || options[i].option == NULL)
            continue;
        if (text_is_chars(option->name, options[i].option)) {
            if ((options[i].how == OPTION_NAMED) != (option->value != NULL) ||
                (options[i].how != OPTION_MANY && option->items.n != 1))
                diag_add(c->diags, DIAG_F0110, option->span,
                         options[i].how == OPTION_NAMED
                             ? "`%s` is written   %s \"Name\": \"value\""
                             : "`%s` is written   %s \"value\"",
                         options[i].option, options[i].option);
            return;
        }
    }
    diag = diag_add(c->diags, DIAG_F0101, option->name_span,
                    "`" TEXT_FMT "` has no option `" TEXT_FMT "`", TEXT_ARG(transport),
                    TEXT_ARG(option->name));
    for (size_t i = 0; i < OPTIONS_N; i++)
        if (text_is_chars(transport, options[i].transport) && options[i].option != NULL &&
            text_distance(option->name, text_of(options[i].option), 2) <= 2)
            diag_label(c->diags, diag, "did you mean `%s`?", options[i].option);
}

static void check_adapter(struct check *c, struct node *item)
{
    struct symbol *adapter = scope_find_kind(c->scope, SYMBOL_ADAPTER, item->name);
    item->symbol = adapter;
    if (adapter == NULL)
        check_unknown(c, item->name_span, "adapter", item->name, c->scope,
                      1U << SYMBOL_ADAPTER);
    if (!is_transport(item->target->name)) {
        struct diag *diag = diag_add(c->diags, DIAG_F0101, item->target->span,
                                     "there is no transport `" TEXT_FMT "`",
                                     TEXT_ARG(item->target->name));
        diag_label(c->diags, diag, "http, process and fake are known");
        return;
    }
    node_each(option, item->items) check_option(c, item, option);
}

static void check_setting(struct check *c, struct node *item)
{
    struct symbol *setting = scope_find_kind(c->scope, SYMBOL_SETTING, item->name);
    if (setting != NULL && setting->kind != SYMBOL_SETTING)
        setting = NULL;
    item->symbol = setting;
    if (setting == NULL)
        check_unknown(c, item->name_span, "setting", item->name, c->scope,
                      1U << SYMBOL_SETTING);
    check_want(c, item->value,
               setting == NULL || setting->type == NULL ? &type_poison : setting->type);
}

static bool is_day(struct text name)
{
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        if (text_is_chars(name, days[i]))
            return true;
    return false;
}

/* Minutes of "08:30"; -1: no time of day. */
static int minutes_of(struct text t)
{
    int64_t hours, minutes;
    if (t.n != 5 || t.chars[2] != ':' || !text_to_i64(text_cut(t, 0, 2), &hours) ||
        !text_to_i64(text_cut(t, 3, 2), &minutes) || hours < 0 || hours > 24 ||
        minutes < 0 || minutes > 59 || (hours == 24 && minutes > 0))
        return -1;
    return (int)(hours * 60 + minutes);
}

static void check_open(struct check *c, const struct node *row)
{
    if (!is_day(row->name))
        diag_add(c->diags, DIAG_F0101, row->name_span,
                 "`" TEXT_FMT "` is no day of the week", TEXT_ARG(row->name));
    if (row->as.n > 0 && !is_day(row->as))
        diag_add(c->diags, DIAG_F0101, row->as_span,
                 "`" TEXT_FMT "` is no day of the week", TEXT_ARG(row->as));
    int from = minutes_of(row->value->name), to = minutes_of(row->other->name);
    if (from < 0 || to < 0)
        diag_add(c->diags, DIAG_F0102, (from < 0 ? row->value : row->other)->span,
                 "a time of day is wanted, as \"08:00\"");
    else if (from >= to)
        diag_add(c->diags, DIAG_F0107, row->other->span, "this is not after " TEXT_FMT,
                 TEXT_ARG(row->value->name));
}

static void check_calendar(struct check *c, struct node *item)
{
    bool has_zone = false, has_hours = false;
    node_each(row, item->items)
    {
        has_zone |= row->kind == NODE_ZONE;
        has_hours |= row->kind == NODE_OPEN;
        if (row->kind == NODE_OPEN)
            check_open(c, row);
        if (row->kind == NODE_CLOSED)
            node_each(date, row->items) check_want(c, date, &type_date);
    }
    if (!has_zone || !has_hours)
        diag_add(c->diags, DIAG_F0110, item->name_span,
                 "calendar `" TEXT_FMT "` wants %s", TEXT_ARG(item->name),
                 has_zone ? "its `open` hours" : "its `zone`");
}

void check_environment(struct check *c, struct node *environment)
{
    c->facts = NULL;
    c->scope = c->module->scope;
    node_each(item, environment->items)
    {
        for (const struct node *other = environment->items.first; other != item;
             other = other->next)
            if (other->kind == item->kind && item->name.n > 0 &&
                text_is(other->name, item->name)) {
                struct diag *diag =
                    diag_add(c->diags, DIAG_F0109, item->name_span,
                             "`" TEXT_FMT "` is said twice", TEXT_ARG(item->name));
                diag_also(c->diags, diag, other->name_span, "here first");
            }
        switch ((int)item->kind) {
        case NODE_BIND_SETTING:
            check_setting(c, item);
            break;
        case NODE_BIND_CALENDAR:
            check_calendar(c, item);
            break;
        case NODE_BIND_ADAPTER:
            check_adapter(c, item);
            break;
        }
    }
}
