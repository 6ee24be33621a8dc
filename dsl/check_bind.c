/* Environments: do they speak of settings, adapters and calendars that are there? What
 * may be said about a transport is bind_check.c's. */
#include "dsl/check_in.h"
#include "dsl/fold.h"

static void check_adapter(struct check *c, struct node *item)
{
    struct symbol *adapter = scope_find_kind(c->scope, SYMBOL_ADAPTER, item->name);
    item->symbol = adapter;
    if (adapter == NULL)
        check_unknown(c, item->name_span, "adapter", item->name, c->scope,
                      1U << SYMBOL_ADAPTER);
    check_mappings(c, item);
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

static void check_day(struct check *c, struct text name, struct span at)
{
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
    struct near near = near_to(name);
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        if (text_is_chars(name, days[i]))
            return;
        near_try(&near, text_of(days[i]), NULL);
    }
    struct diag *diag = diag_add(c->diags, DIAG_F0101, at,
                                 "`" TEXT_FMT "` is no day of the week", TEXT_ARG(name));
    if (!near_say(c, diag, at, &near))
        diag_help(c->diags, diag, "monday, tuesday, … sunday");
}

static void check_open(struct check *c, const struct node *row)
{
    check_day(c, row->name, row->name_span);
    if (row->as.n > 0)
        check_day(c, row->as, row->as_span);
    int64_t from = fold_time_of_day(row->value->name),
            to = fold_time_of_day(row->other->name);
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
    c->scope = scope_new(c->compile, c->module->scope);
    check_library_of_bindings(c, c->scope);
    node_each(item, environment->items)
    {
        for (const struct node *other = environment->items.first; other != item;
             other = other->next)
            if (other->kind == item->kind && item->name.n > 0 &&
                text_is(other->name, item->name) &&
                node_is_folder(other) == node_is_folder(item)) {
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
        case NODE_BIND_EVENTS:
            check_inbound(c, item);
            break;
        }
    }
}
