/* Expressions: what type each has, and whether it fits where it stands. */
#include "dsl/check_in.h"
#include "engine/base/decimal.h"

static const struct type *infer(struct check *c, struct node *node,
                                const struct type *hint);

const struct type *check_expr(struct check *c, struct node *node, const struct type *hint)
{
    if (node == NULL || node->kind == NODE_ERROR)
        return &type_poison;
    const struct type *type = infer(c, node, hint);
    if (type->kind == TYPE_OPTIONAL && facts_know(c, node))
        type = type->of;
    node->type = type;
    return type;
}

const struct type *check_want(struct check *c, struct node *node,
                              const struct type *wanted)
{
    const struct type *type = check_expr(c, node, wanted);
    if (node != NULL)
        check_fit(c, node, wanted);
    return type;
}

/* ---- fitting ---- */

static struct text written(struct check *c, const struct node *node)
{
    struct text text = span_text(node->span);
    enum { SHOWN_MAX = 40 };
    if (text.n <= SHOWN_MAX && memchr(text.chars, '\n', text.n) == NULL)
        return text;
    (void)c;
    return TEXT("this");
}

/* The ways out of the step that made it, which come by without it. */
static void mark_ways_out(struct check *c, struct diag *diag, const struct node *node)
{
    const struct symbol *symbol = node->kind == NODE_NAME ? node->symbol : NULL;
    if (symbol == NULL || symbol->node == NULL || symbol->kind != SYMBOL_LOCAL)
        return;
    node_each(when, symbol->node->whens)
    {
        if (when->position > 0)
            diag_also(c->diags, diag, when->name_span,
                      "after this, `" TEXT_FMT "` is none", TEXT_ARG(symbol->name));
    }
}

static void say_absent(struct check *c, const struct node *node,
                       const struct type *wanted)
{
    struct text what = written(c, node);
    struct diag *diag =
        diag_add(c->diags, DIAG_F0103, node->span,
                 text_is_chars(what, "this") ? "this may be absent here"
                                             : "`" TEXT_FMT "` may be absent here",
                 TEXT_ARG(what));
    diag_label(c->diags, diag, TEXT_FMT " is wanted",
               TEXT_ARG(type_words(c->compile, wanted)));
    mark_ways_out(c, diag, node);
    if (node->kind == NODE_NAME || node->kind == NODE_MEMBER)
        diag_help(c->diags, diag, "if " TEXT_FMT " is not none { … }", TEXT_ARG(what));
    else
        diag_help(c->diags, diag, "?? says what stands in for it");
}

static void say_mismatch(struct check *c, const struct node *node,
                         const struct type *type, const struct type *wanted)
{
    struct text have = type_words(c->compile, type),
                want = type_words(c->compile, wanted);
    struct diag *diag = diag_add(c->diags, DIAG_F0102, node->span,
                                 TEXT_FMT " where " TEXT_FMT " is wanted", TEXT_ARG(have),
                                 TEXT_ARG(want));
    const struct type *inner = type_present(wanted);
    if (inner->kind == TYPE_MONEY && node->kind == NODE_INT)
        diag_label(c->diags, diag, "help: " TEXT_FMT ".00 USD", TEXT_ARG(node->name));
    else if (inner->kind == TYPE_MONEY && node->kind == NODE_DECIMAL)
        diag_label(c->diags, diag, "help: " TEXT_FMT " USD", TEXT_ARG(node->name));
    else if (inner->kind == TYPE_TEXT && type->kind < TYPE_NONE)
        diag_help(c->diags, diag, "text(" TEXT_FMT ")", TEXT_ARG(written(c, node)));
    if (type->kind != TYPE_RECORD || inner->kind != TYPE_RECORD)
        return;
    for (uint32_t i = 0; i < inner->fields_n; i++) {
        int32_t at = type_field_find(type, inner->fields[i].name);
        if (at >= 0 && type_fits(type->fields[at].type, inner->fields[i].type))
            continue;
        diag_why(c->diags, diag,
                 at < 0 ? "`" TEXT_FMT "` is missing."
                        : "`" TEXT_FMT "` has another type.",
                 TEXT_ARG(inner->fields[i].name));
        return;
    }
}

/* Literals that a refinement surely refuses are known already here, as long as what it
 * asks is simple: a pattern, or a comparison with a literal. */
static bool is_surely_refused(const struct node *where, const struct node *literal);
static void check_literal(struct check *c, const struct node *node,
                          const struct type *wanted);

void check_fit(struct check *c, struct node *node, const struct type *wanted)
{
    const struct type *type = node->type;
    if (type == NULL || wanted == NULL || type->kind == TYPE_POISON ||
        wanted->kind == TYPE_POISON)
        return;
    if (wanted->kind == TYPE_JSON && (type->is_secret || type_present(type)->is_secret)) {
        struct diag *diag =
            diag_add(c->diags, DIAG_F0802, node->span, "a secret cannot become JSON");
        diag_label(c->diags, diag, "secrets go only to parameters declared `secret`");
    } else if (type_fits(type, wanted)) {
        if (type != wanted)
            node->wanted = wanted;
        check_literal(c, node, type_present(wanted));
    } else if (type->kind == TYPE_NONE) {
        diag_add(c->diags, DIAG_F0103, node->span, "`none` where " TEXT_FMT " is wanted",
                 TEXT_ARG(type_words(c->compile, wanted)));
    } else if (type->kind == TYPE_OPTIONAL && type_fits(type->of, wanted)) {
        say_absent(c, node, wanted);
    } else {
        say_mismatch(c, node, type, wanted);
    }
}

static const struct node *bare(const struct node *node)
{
    while (node->kind == NODE_PARENS)
        node = node->value;
    return node;
}

static bool number_of(const struct node *node, struct decimal *out)
{
    node = bare(node);
    bool is_negative = node->kind == NODE_NEGATE;
    if (is_negative)
        node = bare(node->value);
    if (node->kind != NODE_INT && node->kind != NODE_DECIMAL)
        return false;
    if (!decimal_parse(node->name, out))
        return false;
    if (is_negative)
        *out = decimal_neg(*out);
    return true;
}

static bool is_it(const struct node *node)
{
    return node->kind == NODE_NAME && text_is_chars(node->name, "it");
}

static bool comparison_refuses(const struct node *where, struct decimal value)
{
    struct decimal bound;
    if (!is_it(bare(where->value)) || !number_of(where->other, &bound))
        return false;
    int order = decimal_cmp(value, bound);
    switch ((int)where->kind) {
    case NODE_LESS:
        return order >= 0;
    case NODE_LESS_EQ:
        return order > 0;
    case NODE_MORE:
        return order <= 0;
    case NODE_MORE_EQ:
        return order < 0;
    }
    return false;
}

static bool pattern_refuses(const struct node *where, struct text value)
{
    if (where->kind != NODE_APPLY || !text_is_chars(where->name, "matches") ||
        where->args.n != 2)
        return false;
    const struct node *subject = bare(where->args.first->value),
                      *pattern = bare(where->args.last->value);
    bool verdict;
    return is_it(subject) && pattern->kind == NODE_TEXT &&
           check_pattern_matches(pattern->name, value, &verdict) && !verdict;
}

static bool is_surely_refused(const struct node *where, const struct node *literal)
{
    struct decimal value;
    where = bare(where);
    if (where->kind == NODE_AND)
        return is_surely_refused(where->value, literal) ||
               is_surely_refused(where->other, literal);
    if (number_of(literal, &value))
        return comparison_refuses(where, value);
    return literal->kind == NODE_TEXT && pattern_refuses(where, literal->name);
}

static void check_literal(struct check *c, const struct node *node,
                          const struct type *wanted)
{
    node = bare(node);
    for (const struct type *type = wanted; type != NULL && type->refinement != NULL;
         type = type->base) {
        if (!is_surely_refused(type->refinement, node))
            continue;
        struct diag *diag = diag_add(
            c->diags, DIAG_F0107, node->span, TEXT_FMT " is not " TEXT_FMT,
            TEXT_ARG(span_text(node->span)), TEXT_ARG(type_words(c->compile, type)));
        diag_label(c->diags, diag, "it must satisfy " TEXT_FMT,
                   TEXT_ARG(span_text(type->refinement->span)));
        return;
    }
}

void check_condition(struct check *c, struct node *node)
{
    check_want(c, node, &type_bool);
}

void check_duration(struct check *c, struct node *node, bool business)
{
    const struct type *type = check_expr(c, node, &type_duration);
    if (type->kind == TYPE_WORKDAYS && business)
        return;
    if (type->kind == TYPE_WORKDAYS)
        diag_add(c->diags, DIAG_F0102, node->span,
                 "business time where a duration is wanted");
    else
        check_fit(c, node, &type_duration);
}

/* ---- inferring ---- */

static const struct type *duration(struct check *c, struct node *node)
{
    if (!node->flag)
        return &type_duration;
    if (c->flow != NULL && !c->flow->has_calendar && !c->flow->calendar_said) {
        c->flow->calendar_said = true;
        struct diag *diag =
            diag_add(c->diags, DIAG_F0505, node->span,
                     "`" TEXT_FMT "` needs to know whose days", TEXT_ARG(node->name));
        diag_also(c->diags, diag, c->flow->node->name_span, "this flow has no calendar");
        diag_help(c->diags, diag, "calendar us_branch");
    }
    return &type_workdays;
}

static const struct type *template(struct check *c, struct node *node)
{
    node_each(part, node->items)
    {
        const struct type *type = check_expr(c, part, NULL);
        if (type->is_secret) {
            struct diag *diag =
                diag_add(c->diags, DIAG_F0802, part->span, "a secret cannot become text");
            diag_label(c->diags, diag, "secrets go only to parameters declared `secret`");
        } else if (type->kind == TYPE_OPTIONAL) {
            say_absent(c, part, type->of);
        }
    }
    return &type_text;
}

static const struct type *money(struct check *c, struct node *node)
{
    struct type *type = arena_copy(c->compile, &type_money, sizeof type_money);
    type->currency = node->as;
    return type;
}

/* The list that is wanted; where JSON is, a list of it. */
static const struct type *list_wanted(struct check *c, const struct type *hint)
{
    const struct type *wanted = hint == NULL ? NULL : type_present(hint);
    if (wanted != NULL && wanted->kind == TYPE_JSON)
        return type_list(c->compile, wanted);
    return wanted != NULL && wanted->kind == TYPE_LIST ? wanted : NULL;
}

static const struct type *list(struct check *c, struct node *node,
                               const struct type *hint)
{
    const struct type *wanted = list_wanted(c, hint);
    const struct type *of = wanted != NULL ? wanted->of : NULL;
    const struct type *joined = &type_nothing;
    node_each(item, node->items)
    {
        const struct type *type =
            of != NULL ? check_want(c, item, of) : check_expr(c, item, NULL);
        if (of != NULL)
            continue;
        const struct type *both = type_join(c->compile, joined, type);
        if (both == NULL)
            say_mismatch(c, item, type, joined);
        else
            joined = both;
    }
    if (of != NULL)
        return wanted;
    node_each(item, node->items) if (item->type != NULL &&
                                     type_fits(item->type, joined) &&
                                     item->type != joined) item->wanted = joined;
    return type_list(c->compile, joined);
}

/* for NAME in LIST, … where …: the names hold for what `body` checks. */
static struct scope *begin_comprehension(struct check *c, struct node *node,
                                         const struct fact **facts)
{
    struct scope *outer = c->scope;
    *facts = c->facts;
    c->scope = scope_new(c->compile, outer);
    node_each(generator, node->items)
    {
        const struct type *type = check_expr(c, generator->value, NULL);
        const struct type *of = &type_poison;
        if (type->kind == TYPE_JSON) {
            generator->value->wanted = type_list(c->compile, type);
            of = type;
        } else if (type->kind == TYPE_LIST)
            of = type->of->kind == TYPE_NOTHING ? &type_poison : type->of;
        else if (type->kind == TYPE_OPTIONAL && type->of->kind == TYPE_LIST)
            say_absent(c, generator->value, type->of);
        else if (type->kind != TYPE_POISON)
            diag_add(c->diags, DIAG_F0102, generator->value->span,
                     TEXT_FMT " where a list is wanted",
                     TEXT_ARG(type_words(c->compile, type)));
        generator->declares = check_bind(c, SYMBOL_LOCAL, generator->name,
                                         generator->name_span, generator, of);
    }
    if (node->where != NULL) {
        check_condition(c, node->where);
        facts_learn(c, node->where, true);
    }
    return outer;
}

static void end_comprehension(struct check *c, struct scope *outer,
                              const struct fact *facts)
{
    c->scope = outer;
    c->facts = facts;
}

static const struct type *list_each(struct check *c, struct node *node,
                                    const struct type *hint)
{
    const struct type *wanted = list_wanted(c, hint);
    const struct type *of = wanted != NULL ? wanted->of : NULL;
    const struct fact *facts;
    struct scope *outer = begin_comprehension(c, node->other, &facts);
    const struct type *type =
        of != NULL ? check_want(c, node->value, of) : check_expr(c, node->value, NULL);
    end_comprehension(c, outer, facts);
    return of != NULL ? wanted : type_list(c->compile, type);
}

static const struct type *reduce(struct check *c, struct node *node)
{
    const struct fact *facts;
    struct scope *outer = begin_comprehension(c, node->other, &facts);
    bool is_condition =
        text_is_chars(node->name, "any") || text_is_chars(node->name, "all");
    const struct type *of = check_expr(c, node->value, is_condition ? &type_bool : NULL);
    end_comprehension(c, outer, facts);
    node->symbol = scope_find_kind(c->program->builtins, SYMBOL_BUILTIN, node->name);
    if (node->symbol == NULL) {
        check_unknown(c, node->name_span, "function over a list", node->name,
                      c->program->builtins, 1U << SYMBOL_BUILTIN);
        return &type_poison;
    }
    if (of->kind == TYPE_POISON)
        return &type_poison;
    const struct type *made = type_list(c->compile, of);
    return check_builtin(c, node, node->name, &made, 1);
}

static const struct type *map_literal(struct check *c, struct node *node,
                                      const struct type *hint)
{
    const struct type *wanted = hint == NULL ? NULL : type_present(hint);
    if (wanted != NULL && wanted->kind == TYPE_JSON)
        wanted = type_map(c->compile, &type_text, wanted);
    bool is_hinted = wanted != NULL && wanted->kind == TYPE_MAP;
    const struct type *key = &type_nothing, *of = &type_nothing;
    if (!text_is_chars(node->name, "map"))
        diag_add(c->diags, DIAG_F0101, node->name_span,
                 "`=>` makes maps: map(key => value)");
    node_each(pair, node->items)
    {
        const struct type *k = is_hinted ? check_want(c, pair->value, wanted->key)
                                         : check_expr(c, pair->value, NULL);
        const struct type *v = is_hinted ? check_want(c, pair->other, wanted->of)
                                         : check_expr(c, pair->other, NULL);
        const struct type *keys = type_join(c->compile, key, k),
                          *values = type_join(c->compile, of, v);
        if (!is_hinted && keys == NULL)
            say_mismatch(c, pair->value, k, key);
        if (!is_hinted && values == NULL)
            say_mismatch(c, pair->other, v, of);
        key = keys == NULL ? key : keys;
        of = values == NULL ? of : values;
    }
    return is_hinted ? wanted : type_map(c->compile, key, of);
}

static const struct type *map_each(struct check *c, struct node *node)
{
    const struct fact *facts;
    struct scope *outer = begin_comprehension(c, node->other, &facts);
    const struct type *key = check_expr(c, node->value, NULL),
                      *of = check_expr(c, node->third, NULL);
    end_comprehension(c, outer, facts);
    return type_map(c->compile, key, of);
}

static const struct type *no_such_field(struct check *c, struct node *node,
                                        const struct type *type)
{
    struct text owner = type_words(c->compile, type);
    if (type->kind == TYPE_RECORD && type->fields_n == 0)
        owner = TEXT("what asks for nothing");
    struct diag *diag = type->kind == TYPE_RECORD
                            ? diag_add(c->diags, DIAG_F0101, node->name_span,
                                       TEXT_FMT " has no `" TEXT_FMT "`", TEXT_ARG(owner),
                                       TEXT_ARG(node->name))
                            : diag_add(c->diags, DIAG_F0102, node->name_span,
                                       TEXT_FMT " has no fields", TEXT_ARG(owner));
    struct near near = near_to(node->name);
    near_try_fields(&near, type);
    near_say(c, diag, node->name_span, &near);
    return &type_poison;
}

static const struct type *member(struct check *c, struct node *node)
{
    const struct type *type = check_expr(c, node->value, NULL);
    if (type->kind == TYPE_POISON)
        return type;
    if (type->kind == TYPE_OPTIONAL && !node->flag) {
        struct diag *diag = diag_add(c->diags, DIAG_F0103, node->value->span,
                                     "`" TEXT_FMT "` may be absent here",
                                     TEXT_ARG(span_text(node->value->span)));
        mark_ways_out(c, diag, node->value);
        diag_help(c->diags, diag,
                  TEXT_FMT "?." TEXT_FMT "   or   if " TEXT_FMT " is not none { … }",
                  TEXT_ARG(span_text(node->value->span)), TEXT_ARG(node->name),
                  TEXT_ARG(span_text(node->value->span)));
        return &type_poison;
    }
    const struct type *record = type_present(type);
    if (record->kind == TYPE_JSON) {
        struct diag *diag = diag_add(c->diags, DIAG_F0609, node->span,
                                     "parts of JSON are named by their place");
        diag_help(c->diags, diag, TEXT_FMT " at \"/" TEXT_FMT "\"",
                  TEXT_ARG(span_text(node->value->span)), TEXT_ARG(node->name));
        return &type_poison;
    }
    int32_t at = record->kind == TYPE_RECORD ? type_field_find(record, node->name) : -1;
    if (at < 0)
        return no_such_field(c, node, record);
    node->position = at;
    return node->flag ? type_optional(c->compile, record->fields[at].type)
                      : record->fields[at].type;
}

static const struct type *index_of(struct check *c, struct node *node)
{
    const struct type *type = check_expr(c, node->value, NULL);
    if (type->kind == TYPE_LIST) {
        check_want(c, node->other, &type_int);
        return type_optional(c->compile, type->of);
    }
    if (type->kind == TYPE_MAP) {
        check_want(c, node->other, type->key);
        return type_optional(c->compile, type->of);
    }
    check_expr(c, node->other, NULL);
    if (type->kind == TYPE_OPTIONAL)
        say_absent(c, node->value, type->of);
    else if (type->kind != TYPE_POISON)
        diag_add(c->diags, DIAG_F0102, node->value->span,
                 TEXT_FMT " where a list or map is wanted",
                 TEXT_ARG(type_words(c->compile, type)));
    return &type_poison;
}

/* Says what is wrong with a JSON Pointer (RFC 6901); NULL: nothing. */
static const char *pointer_wrong(struct text pointer)
{
    if (pointer.n > 0 && pointer.chars[0] != '/')
        return "a place in JSON begins with `/`";
    for (size_t i = 0; i < pointer.n; i++)
        if (pointer.chars[i] == '~' &&
            (i + 1 == pointer.n ||
             (pointer.chars[i + 1] != '0' && pointer.chars[i + 1] != '1')))
            return "`~` is written `~0` in it, and `/` in a name `~1`";
    return NULL;
}

/* Headers come in any case; here they are in small letters. */
static void check_header_place(struct check *c, const struct node *node)
{
    char *small = text_chars(c->compile, node->name);
    for (size_t i = 0; i < node->name.n; i++)
        if (small[i] >= 'A' && small[i] <= 'Z')
            small[i] = (char)(small[i] - 'A' + 'a');
    if (text_is_chars(node->name, small))
        return;
    struct diag *diag = diag_add(c->diags, DIAG_F0609, node->name_span,
                                 "names of headers are written small here");
    diag_help(c->diags, diag, "\"%s\"", small);
}

/* reply at "/order/number" */
static const struct type *part_at(struct check *c, struct node *node)
{
    const struct type *type = check_expr(c, node->value, NULL);
    const char *wrong = pointer_wrong(node->name);
    if (wrong != NULL) {
        struct diag *diag = diag_add(c->diags, DIAG_F0609, node->name_span, "%s", wrong);
        if (node->name.chars[0] != '/')
            diag_help(c->diags, diag, "\"/" TEXT_FMT "\"", TEXT_ARG(node->name));
    }
    if (type->kind == TYPE_POISON)
        return type;
    if (node->value->kind == NODE_NAME && text_is_chars(node->value->name, "headers"))
        check_header_place(c, node);
    if (type->kind == TYPE_JSON)
        return &type_json;
    diag_add(c->diags, DIAG_F0102, node->value->span, TEXT_FMT " where JSON is wanted",
             TEXT_ARG(type_words(c->compile, type)));
    return &type_poison;
}

static const struct type *negate(struct check *c, struct node *node,
                                 const struct type *hint)
{
    const struct type *type = check_expr(c, node->value, hint);
    switch ((int)type->kind) {
    case TYPE_POISON:
    case TYPE_INT:
    case TYPE_DECIMAL:
    case TYPE_MONEY:
    case TYPE_DURATION:
        return type->kind == TYPE_INT       ? &type_int
               : type->kind == TYPE_DECIMAL ? &type_decimal
                                            : type;
    }
    if (type->kind == TYPE_OPTIONAL)
        say_absent(c, node->value, type->of);
    else
        diag_add(c->diags, DIAG_F0102, node->value->span, TEXT_FMT " has no opposite",
                 TEXT_ARG(type_words(c->compile, type)));
    return &type_poison;
}

static const struct type *choose(struct check *c, struct node *node,
                                 const struct type *hint)
{
    check_condition(c, node->value);
    const struct fact *facts = c->facts;
    facts_learn(c, node->value, true);
    const struct type *yes = check_expr(c, node->other, hint);
    c->facts = facts;
    facts_learn(c, node->value, false);
    const struct type *no = check_expr(c, node->third, hint);
    c->facts = facts;
    const struct type *both = type_join(c->compile, yes, no);
    if (both == NULL) {
        say_mismatch(c, node->third, no, yes);
        return &type_poison;
    }
    if (type_converts(yes, both))
        node->other->wanted = both;
    if (type_converts(no, both))
        node->third->wanted = both;
    return both;
}

static const struct type *with_fields(struct check *c, struct node *node,
                                      const struct type *hint)
{
    const struct type *type = check_expr(c, node->value, hint);
    if (type->kind == TYPE_RECORD) {
        check_args(c, node->args, type, node->span, "the record", false, false);
        return type;
    }
    node_each(arg, node->args) check_expr(c, arg->value, NULL);
    if (type->kind == TYPE_OPTIONAL)
        say_absent(c, node->value, type->of);
    else if (type->kind != TYPE_POISON)
        diag_add(c->diags, DIAG_F0102, node->value->span,
                 "`with` changes fields of a record, and this is " TEXT_FMT,
                 TEXT_ARG(type_words(c->compile, type)));
    return &type_poison;
}

static const struct type *none(struct check *c, const struct type *hint)
{
    (void)c;
    return hint != NULL && hint->kind == TYPE_OPTIONAL ? hint : &type_none;
}

static const struct type *type_alone(struct check *c, struct node *node)
{
    struct symbol *symbol = check_find_type(c, node->target, node->name, node->name_span);
    if (symbol != NULL)
        diag_add(c->diags, DIAG_F0102, node->span,
                 "`" TEXT_FMT "` is a type, and a value is wanted", TEXT_ARG(node->name));
    return &type_poison;
}

static const struct type *infer(struct check *c, struct node *node,
                                const struct type *hint)
{
    switch ((int)node->kind) {
    case NODE_INT:
        return &type_int;
    case NODE_DECIMAL:
    case NODE_PERCENT:
        return &type_decimal;
    case NODE_MONEY:
        return money(c, node);
    case NODE_DURATION:
        return duration(c, node);
    case NODE_DATE:
        return &type_date;
    case NODE_INSTANT:
        return &type_instant;
    case NODE_TEXT:
        return &type_text;
    case NODE_TEMPLATE:
        return template(c, node);
    case NODE_TRUE:
    case NODE_FALSE:
        return &type_bool;
    case NODE_NONE:
        return none(c, hint);
    case NODE_NAME:
        return check_name(c, node, hint);
    case NODE_TYPE_REF:
        return type_alone(c, node);
    case NODE_APPLY:
        return check_apply(c, node, hint);
    case NODE_MAKE:
        return check_make(c, node);
    case NODE_REDUCE:
        return reduce(c, node);
    case NODE_MAP_LITERAL:
        return map_literal(c, node, hint);
    case NODE_MAP_EACH:
        return map_each(c, node);
    case NODE_RECORD:
        return check_record(c, node, hint);
    case NODE_LIST:
        return list(c, node, hint);
    case NODE_LIST_EACH:
        return list_each(c, node, hint);
    case NODE_PARENS:
        return check_expr(c, node->value, hint);
    case NODE_MEMBER:
        return member(c, node);
    case NODE_INDEX:
        return index_of(c, node);
    case NODE_AT:
        return part_at(c, node);
    case NODE_NEGATE:
        return negate(c, node, hint);
    case NODE_CHOOSE:
        return choose(c, node, hint);
    case NODE_WITH_FIELDS:
        return with_fields(c, node, hint);
    }
    return check_binary(c, node, hint);
}
