/* What could be typed here. Names by the word before, which tells what is wanted; words
 * of the language by the grammar itself, which is asked what could follow. */
#include "tools/lsp/complete.h"

#include <dirent.h>

#include "dsl/parser.h"
#include "tools/lsp/place.h"

json_t *offer_item(struct offer *offer, enum item_kind kind, struct text label,
                   const char *detail, const char *insert, int rank)
{
    if (label.n == 0 || !map_put(offer->seen, label, offer))
        return NULL;
    json_t *item = json_pack(
        "{s:o,s:i,s:s}", "label", json_text(label), "kind", (int)kind, "sortText",
        arena_printf(offer->lsp->answer, "%d" TEXT_FMT, rank, TEXT_ARG(label)));
    if (detail != NULL && detail[0] != 0)
        json_object_set_new(item, "detail", json_string(detail));
    if (insert != NULL && offer->lsp->has_snippets) {
        json_object_set_new(item, "insertText", json_string(insert));
        json_object_set_new(item, "insertTextFormat", json_integer(2));
    }
    json_array_append_new(offer->items, item);
    return item;
}

static const char *type_line(struct offer *offer, const struct type *type)
{
    if (type == NULL || type->kind == TYPE_POISON)
        return "";
    return text_chars(offer->lsp->answer, type_text_of(offer->lsp->answer, type));
}

static enum item_kind kind_of(enum symbol_kind kind)
{
    switch (kind) {
    case SYMBOL_TYPE:
        return ITEM_TYPE;
    case SYMBOL_EVENT:
    case SYMBOL_ERROR:
        return ITEM_EVENT;
    case SYMBOL_ADAPTER:
    case SYMBOL_MODULE:
        return ITEM_MODULE;
    case SYMBOL_OPERATION:
        return ITEM_METHOD;
    case SYMBOL_FUNCTION:
    case SYMBOL_BUILTIN:
        return ITEM_FUNCTION;
    case SYMBOL_FLOW:
    case SYMBOL_STATE:
    case SYMBOL_DEAD_LETTER:
        return ITEM_CLASS;
    case SYMBOL_CASE:
        return ITEM_CASE;
    case SYMBOL_POLICY:
    case SYMBOL_MARK:
    case SYMBOL_CALENDAR:
        return ITEM_CONSTANT;
    case SYMBOL_SETTING:
    case SYMBOL_PARAMETER:
    case SYMBOL_VARIABLE:
    case SYMBOL_LOCAL:
    case SYMBOL_PROBLEM:
    case SYMBOL_NOW:
    case SYMBOL_NAMED_EFFECT:
        return ITEM_VARIABLE;
    }
    return ITEM_VARIABLE;
}

/* ---- what takes arguments ---- */

static const char *call_text(struct offer *offer, struct text name, uint32_t n,
                             const struct symbol *symbol, const struct type *record)
{
    struct buf out;
    buf_init(&out, offer->lsp->answer);
    buf_printf(&out, TEXT_FMT "(", TEXT_ARG(name));
    uint32_t stop = 1;
    for (uint32_t i = 0; i < n; i++) {
        bool has_standard = symbol != NULL ? symbol->params[i]->node->value != NULL
                                           : record->fields[i].standard != NULL;
        struct text field =
            symbol != NULL ? symbol->params[i]->name : record->fields[i].name;
        if (!has_standard)
            buf_printf(&out, "%s" TEXT_FMT ": $%u", stop > 1 ? ", " : "", TEXT_ARG(field),
                       stop);
        stop += !has_standard;
    }
    buf_chars(&out, ")$0");
    return buf_done(&out).chars;
}

const char *offer_call(struct offer *offer, const struct symbol *symbol)
{
    return call_text(offer, symbol->name, symbol->params_n, symbol, NULL);
}

const char *offer_fields(struct offer *offer, struct text name, const struct type *record)
{
    return call_text(offer, name, record->fields_n, NULL, record);
}

static const char *signature(struct offer *offer, const struct symbol *symbol)
{
    struct buf out;
    buf_init(&out, offer->lsp->answer);
    for (uint32_t i = 0; i < symbol->params_n; i++) {
        buf_printf(&out, "%s" TEXT_FMT ": ", i > 0 ? ", " : "(",
                   TEXT_ARG(symbol->params[i]->name));
        type_write(&out, symbol->params[i]->type);
    }
    buf_chars(&out, symbol->params_n > 0 ? ")" : "()");
    if (symbol->type != NULL) {
        buf_chars(&out, symbol->kind == SYMBOL_FUNCTION ? ": " : " gives ");
        type_write(&out, symbol->type);
    }
    return buf_done(&out).chars;
}

static void offer_symbol(struct offer *offer, const struct symbol *symbol, int rank)
{
    bool has_params = symbol->kind == SYMBOL_OPERATION || symbol->kind == SYMBOL_FLOW ||
                      symbol->kind == SYMBOL_FUNCTION;
    if (has_params)
        offer_item(offer, kind_of(symbol->kind), symbol->name, signature(offer, symbol),
                   symbol->kind == SYMBOL_FUNCTION
                       ? arena_printf(offer->lsp->answer, TEXT_FMT "($1)$0",
                                      TEXT_ARG(symbol->name))
                       : offer_call(offer, symbol),
                   rank);
    else if (symbol->kind == SYMBOL_BUILTIN)
        offer_item(
            offer, ITEM_FUNCTION, symbol->name, "of the library",
            arena_printf(offer->lsp->answer, TEXT_FMT "($1)$0", TEXT_ARG(symbol->name)),
            rank);
    else
        offer_item(offer, kind_of(symbol->kind), symbol->name,
                   type_line(offer, symbol->type), NULL, rank);
}

void offer_symbols(struct offer *offer, uint32_t kinds, int rank)
{
    for (const struct scope *scope = cursor_scope(offer->cursor); scope != NULL;
         scope = scope->outer)
        for (uint32_t i = 0; i < map_count(scope->names); i++) {
            const struct symbol *symbol = map_item_at(scope->names, i);
            if ((kinds & (1U << symbol->kind)) != 0)
                offer_symbol(offer, symbol, rank);
        }
}

/* ---- by the word before ---- */

static void offer_inside(struct offer *offer, uint32_t kinds)
{
    const struct symbol *flow = offer->cursor->flow;
    if (flow == NULL || flow->inside == NULL)
        return;
    for (uint32_t i = 0; i < map_count(flow->inside->names); i++) {
        const struct symbol *symbol = map_item_at(flow->inside->names, i);
        if ((kinds & (1U << symbol->kind)) != 0)
            offer_item(offer, kind_of(symbol->kind), symbol->name,
                       symbol->node == NULL ? "built in" : node_word(symbol->node->kind),
                       NULL, 0);
    }
}

static void states(struct offer *offer)
{
    offer_inside(offer, 1U << SYMBOL_STATE);
}

static void letters(struct offer *offer)
{
    offer_inside(offer, 1U << SYMBOL_DEAD_LETTER);
}

static void effects(struct offer *offer)
{
    offer_inside(offer, 1U << SYMBOL_NAMED_EFFECT);
}

static void marks(struct offer *offer)
{
    offer_inside(offer, 1U << SYMBOL_MARK);
}

static void adapters(struct offer *offer)
{
    offer_symbols(offer, 1U << SYMBOL_ADAPTER | 1U << SYMBOL_MODULE, 0);
}

static void flows(struct offer *offer)
{
    offer_symbols(offer, 1U << SYMBOL_FLOW, 0);
}

static void adapters_and_flows(struct offer *offer)
{
    adapters(offer);
    flows(offer);
}

/* Behind `emit` and `send` with what they carry. */
static void events_made(struct offer *offer)
{
    for (const struct scope *scope = cursor_scope(offer->cursor); scope != NULL;
         scope = scope->outer)
        for (uint32_t i = 0; i < map_count(scope->names); i++) {
            const struct symbol *symbol = map_item_at(scope->names, i);
            if (symbol->kind == SYMBOL_EVENT)
                offer_item(offer, ITEM_EVENT, symbol->name, "event",
                           offer_fields(offer, symbol->name, symbol->type), 0);
        }
}

/* Behind `on` and `wait for` with the keys they are found by. */
static void events_awaited(struct offer *offer)
{
    for (const struct scope *scope = cursor_scope(offer->cursor); scope != NULL;
         scope = scope->outer)
        for (uint32_t i = 0; i < map_count(scope->names); i++) {
            const struct symbol *symbol = map_item_at(scope->names, i);
            const struct node *keys = symbol->kind == SYMBOL_EVENT
                                          ? node_clause(symbol->node, NODE_EVENT_KEY)
                                          : NULL;
            const char *insert =
                keys == NULL
                    ? NULL
                    : arena_printf(offer->lsp->answer, TEXT_FMT "(" TEXT_FMT ": $1)$0",
                                   TEXT_ARG(symbol->name),
                                   TEXT_ARG(keys->items.first->name));
            if (symbol->kind == SYMBOL_EVENT)
                offer_item(offer, ITEM_EVENT, symbol->name, "event", insert, 0);
        }
    if (cursor_kind(offer->cursor, 1) != ON)
        return;
    static const char *const more[] = {"error", "late", "cancel"};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        offer_item(offer, ITEM_KEYWORD, text_of(more[i]), NULL, NULL, 1);
}

static void event_names(struct offer *offer)
{
    offer_symbols(offer, 1U << SYMBOL_EVENT, 0);
}

static void errors_known(struct offer *offer)
{
    const struct reading *known = offer->cursor->known;
    for (uint32_t i = 0; known != NULL && i < known->names->n; i++)
        if (known->names->at[i].thing->kind == THING_ERROR)
            offer_item(offer, ITEM_EVENT, known->names->at[i].thing->name, "error", NULL,
                       0);
}

static void errors_of_flow(struct offer *offer)
{
    const struct symbol *flow = offer->cursor->flow;
    for (uint32_t i = 0; flow != NULL && i < flow->errors_n; i++)
        offer_item(
            offer, ITEM_EVENT, flow->errors[i]->name, "error",
            flow->errors[i]->type->fields_n == 0
                ? NULL
                : offer_fields(offer, flow->errors[i]->name, flow->errors[i]->type),
            0);
}

/* `mock erp.create_order fails `. */
static void errors_of_mock(struct offer *offer)
{
    const struct scope *scope = cursor_scope(offer->cursor);
    uint32_t back = 2;
    while (back <= offer->cursor->n && cursor_kind(offer->cursor, back) != MOCK)
        back++;
    if (scope == NULL || back < 4)
        return;
    const struct symbol *adapter =
        scope_find_kind(scope, SYMBOL_ADAPTER, cursor_text(offer->cursor, back - 1));
    const struct symbol *operation =
        adapter == NULL ? NULL
                        : map_get(adapter->members, cursor_text(offer->cursor, back - 3));
    for (uint32_t i = 0; operation != NULL && i < operation->errors_n; i++)
        offer_item(offer, ITEM_EVENT, operation->errors[i]->name, "error", NULL, 0);
    static const char *const own[] = {"unavailable", "in_doubt", "broken"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        offer_item(offer, ITEM_EVENT, text_of(own[i]), "built in", NULL, 1);
}

static void policies(struct offer *offer)
{
    offer_symbols(offer, 1U << SYMBOL_POLICY, 0);
    offer_item(offer, ITEM_CONSTANT, TEXT("steady"), "built in", NULL, 1);
    offer_item(offer, ITEM_CONSTANT, TEXT("once"), "built in", NULL, 1);
}

static void things_named(struct offer *offer, enum thing_kind kind)
{
    const struct reading *known = offer->cursor->known;
    for (uint32_t i = 0; known != NULL && i < known->names->n; i++)
        if (known->names->at[i].thing->kind == kind)
            offer_item(offer, ITEM_CONSTANT, known->names->at[i].thing->name,
                       thing_word(kind), NULL, 0);
}

static void roles(struct offer *offer)
{
    things_named(offer, THING_ROLE);
}

static void calendars(struct offer *offer)
{
    things_named(offer, THING_CALENDAR);
}

static void answers(struct offer *offer)
{
    if (cursor_kind(offer->cursor, 3) == ANSWER)
        things_named(offer, THING_ANSWER);
}

/* `test "…" for `, `dead letter x for `. */
static void behind_for(struct offer *offer)
{
    int before = cursor_kind(offer->cursor, 3);
    if (before == TEST || before == EXPLORE)
        flows(offer);
    else if (before == DEAD_LETTER)
        roles(offer);
}

/* Variables only: what `set` and `add … to` may name. */
static void variables(struct offer *offer)
{
    const struct tree_path *path = &offer->cursor->path;
    for (uint32_t i = 0; i < path->n; i++)
        node_each(item, path->at[i]->items) if (item->kind == NODE_VAR &&
                                                item->declares != NULL)
            offer_symbol(offer, item->declares, 0);
}

static void behind_to(struct offer *offer)
{
    for (uint32_t back = 2; back <= 24 && back <= offer->cursor->n; back++)
        if (cursor_kind(offer->cursor, back) == ADD) {
            variables(offer);
            return;
        }
}

/* The operations of the adapter it stands in. */
static void partners(struct offer *offer)
{
    const struct node *adapter = NULL;
    for (uint32_t i = 0; i < offer->cursor->path.n; i++)
        if (offer->cursor->path.at[i]->kind == NODE_ADAPTER)
            adapter = offer->cursor->path.at[i];
    if (adapter == NULL || adapter->declares == NULL)
        return;
    for (uint32_t i = 0; i < map_count(adapter->declares->members); i++)
        offer_symbol(offer, map_item_at(adapter->declares->members, i), 0);
}

/* Files beside this one. */
static void files(struct offer *offer)
{
    struct text path = offer->cursor->draft->path;
    size_t n = path.n;
    while (n > 0 && path.chars[n - 1] != '/')
        n--;
    DIR *folder =
        opendir(n == 0 ? "." : text_chars(offer->lsp->answer, text_cut(path, 0, n)));
    if (folder == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        struct text name = text_of(entry->d_name);
        if (text_ends(name, TEXT(".flow")) && !text_is(text_cut(path, n, path.n), name))
            offer_item(
                offer, ITEM_FILE,
                text_dup(offer->lsp->answer, text_cut(name, 0, name.n - strlen(".flow"))),
                entry->d_name, NULL, 0);
    }
    closedir(folder);
}

static void states_expected(struct offer *offer)
{
    if (cursor_kind(offer->cursor, 2) == EXPECT)
        states(offer);
}

static const struct {
    int word;
    void (*offer)(struct offer *offer);
} behind[] = {{GO_TO, states},
              {UNDO_SINCE, states},
              {STATE, states_expected},
              {REFER_TO, letters},
              {UNDO, effects},
              {KEEP, effects},
              {MARK, marks},
              {CALL, adapters},
              {RUN, flows},
              {START, flows},
              {MOCK, adapters_and_flows},
              {CALLED, adapters_and_flows},
              {UNDONE, adapters_and_flows},
              {UNDONE_BY, partners},
              {FOUND_BY, partners},
              {WHEN, offer_outcomes},
              {ON, events_awaited},
              {WAIT_FOR, events_awaited},
              {STARTS_ON, events_awaited},
              {IGNORE, event_names},
              {EMIT, events_made},
              {SEND, events_made},
              {EMITTED, events_made},
              {ALLOW, events_made},
              {ON_ERROR, errors_known},
              {FAIL, errors_of_flow},
              {FAILS, errors_of_mock},
              {USING, policies},
              {CALENDAR, calendars},
              {ASK, roles},
              {ANSWER, roles},
              {WITH, answers},
              {THEN, roles},
              {FOR, behind_for},
              {SET, variables},
              {TO, behind_to},
              {USE, files},
              {DOT, offer_members},
              {QDOT, offer_members}};

/* ---- by the grammar ---- */

static void types(struct offer *offer)
{
    static const char *const plain[] = {"text", "bool",    "int",      "decimal", "money",
                                        "date", "instant", "duration", "workdays"};
    offer_symbols(offer, 1U << SYMBOL_TYPE, 0);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        offer_item(offer, ITEM_TYPE, text_of(plain[i]), "built in", NULL, 1);
}

/* Names of arguments that are not there yet. */
static bool arguments(struct offer *offer)
{
    struct callee callee;
    const struct cursor *cursor = offer->cursor;
    if (!cursor_callee(cursor, &callee))
        return false;
    bool is_by_place = callee.symbol != NULL && (callee.symbol->kind == SYMBOL_BUILTIN ||
                                                 callee.symbol->kind == SYMBOL_FUNCTION);
    if (is_by_place)
        return false;
    uint32_t n =
        callee.symbol != NULL ? callee.symbol->params_n : callee.record->fields_n;
    for (uint32_t i = 0; i < n; i++) {
        struct text name = callee.symbol != NULL ? callee.symbol->params[i]->name
                                                 : callee.record->fields[i].name;
        const struct type *type = callee.symbol != NULL ? callee.symbol->params[i]->type
                                                        : callee.record->fields[i].type;
        bool is_given = false;
        for (uint32_t k = callee.open; k < cursor->n; k++)
            is_given |= cursor->parse.words.at[k].token.kind == FIELD &&
                        text_is(cursor->parse.words.at[k].text, name);
        if (!is_given)
            offer_item(offer, ITEM_FIELD, name, type_line(offer, type),
                       arena_printf(offer->lsp->answer, TEXT_FMT ": $0", TEXT_ARG(name)),
                       0);
    }
    return true;
}

/* What goes on with a value rather than beginning something. */
static bool goes_on(const char *word)
{
    static const char *const words[] = {"and", "or",     "is",  "is not",
                                        "in",  "not in", "with"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* Names of kinds begin with an article, or are signs. */
static bool is_word(const char *name)
{
    static const char *const kinds[] = {"a ", "an ", "the ", "this ", "deeper "};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(name, kinds[i], strlen(kinds[i])) == 0)
            return false;
    return name[0] >= 'a' && name[0] <= 'z';
}

static void words(struct offer *offer)
{
    const struct cursor *cursor = offer->cursor;
    bool is_fresh = cursor_is_first_on_line(cursor);
    for (uint32_t i = 0; i < cursor->expected_n; i++) {
        const char *name = cursor->expected[i];
        if (is_word(name) && !(is_fresh && goes_on(name)))
            offer_item(offer, ITEM_KEYWORD, text_of(name), NULL, NULL, 5);
    }
}

static void offer_all(struct offer *offer)
{
    const struct cursor *cursor = offer->cursor;
    int before = cursor_kind(cursor, 1);
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
        if (behind[i].word == before)
            behind[i].offer(offer);
    if (before == DOT || before == QDOT)
        return;
    bool is_argument = (before == LPAREN || before == COMMA) &&
                       cursor_expects(cursor, "a field name") && arguments(offer);
    if (cursor_expects(cursor, "list of"))
        types(offer);
    else if (!is_argument && cursor_expects(cursor, "not"))
        offer_values(offer);
    if (!is_argument && before != WHEN)
        words(offer);
}

json_t *ask_completion(struct lsp *lsp, const json_t *params)
{
    struct cursor cursor;
    if (!cursor_asked(lsp, params, &cursor))
        return NULL;
    struct offer offer = {.cursor = &cursor,
                          .lsp = lsp,
                          .items = json_array(),
                          .seen = map_new(lsp->answer)};
    if (!cursor.is_in_text)
        offer_all(&offer);
    cursor_free(&cursor);
    return offer.items;
}
