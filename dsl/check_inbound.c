/* Sources of events: where they come in (a path of the door's, a folder), by whose
 * signature, and which event what comes is. */
#include "dsl/check_in.h"

#include <ctype.h>
#include <string.h>

#include "engine/base/limits.h"

/* ---- where ---- */

/* The door's own paths. */
static bool is_taken(struct text path)
{
    static const char *const own[] = {"/v1", "/health", "/metrics"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        struct text mine = text_of(own[i]);
        if (text_starts(path, mine) && (path.n == mine.n || path.chars[mine.n] == '/'))
            return true;
    }
    return false;
}

static void check_http_path(struct check *c, const struct node *events)
{
    bool is_plain = events->name.n > 1 && events->name.chars[0] == '/';
    for (size_t i = 0; i < events->name.n; i++)
        is_plain = is_plain && (isalnum((unsigned char)events->name.chars[i]) ||
                                strchr("/-_.", events->name.chars[i]) != NULL);
    if (!is_plain) {
        struct diag *diag =
            diag_add(c->diags, DIAG_F0613, events->name_span,
                     "a path here is of letters, digits, `/`, `-`, `_` and `.`");
        diag_help(c->diags, diag, "\"/hooks/portal\"");
    } else if (is_taken(events->name)) {
        struct diag *diag = diag_add(c->diags, DIAG_F0613, events->name_span,
                                     "this path is the engine's own");
        diag_help(c->diags, diag, "\"/hooks/portal\"");
    }
}

/* One way of writing each folder: two that are the same one are seen to be. */
static bool is_folder(struct text path)
{
    struct text rest = path, part;
    if (path.n < 2 || path.n > LIMIT_FOLDER_PATH_BYTES || text_split(&rest, '/').n > 0)
        return false;
    for (size_t i = 0; i < path.n; i++)
        if ((unsigned char)path.chars[i] < ' ' || path.chars[i] == 0x7f)
            return false;
    while (rest.n > 0) {
        part = text_split(&rest, '/');
        if (part.n == 0 || text_is_chars(part, ".") || text_is_chars(part, ".."))
            return false;
    }
    return path.chars[path.n - 1] != '/';
}

static void check_folder(struct check *c, const struct node *events)
{
    if (is_folder(events->name))
        return;
    struct diag *diag =
        diag_add(c->diags, DIAG_F0613, events->name_span,
                 "a folder is said by its whole path, from `/` on and without `..`");
    diag_help(c->diags, diag, "\"/var/spool/orderly/bank\"");
}

/* True: it is a folder. */
static bool check_source(struct check *c, const struct node *events)
{
    bool is_http = text_is_chars(events->target->name, "http");
    if (node_is_folder(events)) {
        check_folder(c, events);
        return true;
    }
    check_http_path(c, events);
    if (is_http)
        return false;
    struct diag *diag = diag_add(c->diags, DIAG_F0613, events->target->span,
                                 "events do not come from `" TEXT_FMT "`",
                                 TEXT_ARG(events->target->name));
    diag_why(c->diags, diag, "They come from http, or from a folder.");
    return false;
}

/* ---- the signature ---- */

static bool is_secret(const struct node *expr)
{
    return expr->kind == NODE_APPLY && text_is_chars(expr->name, "secret") &&
           expr->args.n == 1 && expr->args.first->value->kind == NODE_TEXT;
}

static const struct node *says_of(const struct node *sign, const char *name)
{
    node_each(clause, sign->clauses)
    {
        if (clause->kind == NODE_SIGN_SAYS && text_is_chars(clause->name, name))
            return clause;
    }
    return NULL;
}

static bool has_piece(const struct node *text, const char *name)
{
    node_each(piece, text->items)
    {
        if (piece->kind == NODE_NAME && text_is_chars(piece->name, name))
            return true;
    }
    return false;
}

/* What is signed must hold the body, and the time where one is asked for: a time that
 * anybody can write proves nothing. */
static void check_over(struct check *c, const struct node *sign, const struct node *over)
{
    const struct node *fresh = node_clause(sign, NODE_SIGN_FRESH);
    const char *missing = !has_piece(over->value, "body") ? "body"
                          : fresh != NULL && !has_piece(over->value, "timestamp")
                              ? "timestamp"
                              : NULL;
    node_each(piece, over->value->items)
    {
        bool is_known = piece->kind == NODE_TEXT ||
                        (piece->kind == NODE_NAME &&
                         (text_is_chars(piece->name, "body") ||
                          (fresh != NULL && text_is_chars(piece->name, "timestamp"))));
        if (!is_known) {
            struct diag *diag = diag_add(c->diags, DIAG_F0613, piece->span,
                                         "only `body` and `timestamp` are signed");
            if (fresh == NULL)
                diag_help(c->diags, diag,
                          "timestamp header \"X-Timestamp\" within 5m    before it");
            return;
        }
    }
    if (missing == NULL)
        return;
    struct diag *diag = diag_add(c->diags, DIAG_F0613, over->value->span,
                                 "what is signed does not hold the %s", missing);
    diag_help(c->diags, diag,
              fresh != NULL ? "over \"{timestamp}.{body}\"" : "over \"{body}\"");
}

static void check_says(struct check *c, const struct node *sign, const struct node *says)
{
    if (says_of(sign, text_chars(c->compile, says->name)) != says)
        diag_add(c->diags, DIAG_F0109, says->span, "this is said twice");
    else if (text_is_chars(says->name, "over"))
        check_over(c, sign, says);
    else if (!text_is_chars(says->name, "prefix") &&
             !text_is_chars(says->name, "written"))
        diag_add(
            c->diags, DIAG_F0613, says->name_span,
            "a signature has a `prefix`, is `written` in hex or base64, and is `over` "
            "something");
    else if (says->value->kind != NODE_TEXT)
        diag_add(c->diags, DIAG_F0613, says->value->span, "this is one plain text");
    else if (text_is_chars(says->name, "written") &&
             !text_is_chars(says->value->name, "hex") &&
             !text_is_chars(says->value->name, "base64"))
        diag_add(c->diags, DIAG_F0613, says->value->span,
                 "a signature is written in \"hex\" or in \"base64\"");
}

static void check_signed(struct check *c, struct node *events, struct node *sign)
{
    if (node_is_folder(events)) {
        struct diag *diag =
            diag_add(c->diags, DIAG_F0613, sign->span, "files are not signed");
        diag_why(c->diags, diag,
                 "Whoever may write into the folder may send: that is the folder's own "
                 "permissions.");
        return;
    }
    node_each(other, events->items)
    {
        if (other == sign)
            break;
        if (other->kind == NODE_SIGNED)
            diag_add(c->diags, DIAG_F0109, sign->span, "this is said twice");
    }
    if (!is_secret(sign->value)) {
        struct diag *diag = diag_add(c->diags, DIAG_F0613, sign->value->span,
                                     "the key is a secret, and is not written here");
        diag_help(c->diags, diag, "secret(\"portal\")");
    }
    node_each(clause, sign->clauses)
    {
        if (clause->kind == NODE_SIGN_SAYS) {
            check_says(c, sign, clause);
            continue;
        }
        if (!text_is_chars(clause->name, "timestamp") ||
            !text_is_chars(clause->as, "header"))
            diag_add(c->diags, DIAG_F0613, clause->name_span,
                     "`timestamp header` is meant here");
        if (clause->value->kind == NODE_DURATION)
            check_duration(c, clause->value, false);
        else
            diag_add(c->diags, DIAG_F0604, clause->value->span,
                     "a duration that stands in the text is wanted, as 5m");
    }
}

/* ---- which event ---- */

static void put_local(struct check *c, struct node *row, const char *name,
                      const struct type *type)
{
    struct symbol *symbol = check_symbol(c, SYMBOL_LOCAL, text_of(name), row);
    struct node *param = node_new(c->compile, NODE_PARAM, row->span);
    symbol->type = type;
    param->declares = symbol;
    nodes_add(&row->params, param);
    scope_put(c->scope, symbol);
}

static void check_row(struct check *c, struct node *row, bool is_folder)
{
    struct scope *outer = c->scope;
    c->scope = scope_new(c->compile, outer);
    put_local(c, row, "body", &type_json);
    if (is_folder)
        put_local(c, row, "file", &type_text);
    else
        put_local(c, row, "headers", &type_json);
    if (row->target->flag)
        check_construct(c, row->target, true);
    else
        row->target->symbol = check_find_event(c, row->target->target, true);
    if (row->where != NULL)
        check_condition(c, row->where);
    if (row->value != NULL)
        check_line(c, row->value, false);
    c->scope = outer;
}

void check_inbound(struct check *c, struct node *events)
{
    const struct node *takes_all = NULL;
    bool has_rows = false, is_folder = check_source(c, events);
    node_each(item, events->items)
    {
        if (item->kind == NODE_SIGNED)
            check_signed(c, events, item);
        if (item->kind != NODE_MAP_EVENT)
            continue;
        has_rows = true;
        if (takes_all != NULL) {
            struct diag *diag = diag_add(c->diags, DIAG_F0613, item->target->span,
                                         "nothing is left for this event");
            diag_also(c->diags, diag, takes_all->target->span,
                      "this takes all that comes");
        }
        check_row(c, item, is_folder);
        if (item->where == NULL && takes_all == NULL)
            takes_all = item;
    }
    if (!has_rows)
        diag_add(c->diags, DIAG_F0613, events->name_span,
                 "no event comes from here: which one is meant?");
}
