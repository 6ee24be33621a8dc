/* The library of functions: what each takes and gives (LANGUAGE §3.6 and §11). */
#include "dsl/check_in.h"

struct library_call {
    struct check *c;
    struct node *node;
    const struct type *const *args;
    uint32_t n;
};

static const struct type *plain(const struct type *type)
{
    while (type->refinement != NULL && type->base != NULL)
        type = type->base;
    return type;
}

/* Where argument `i` stands: for sum(x for …) it is the x. */
static struct node *place_of(const struct library_call *call, uint32_t i)
{
    if (call->node->kind != NODE_APPLY)
        return call->node->value;
    struct node *arg = call->node->args.first;
    while (i-- > 0 && arg->next != NULL)
        arg = arg->next;
    return arg == NULL ? call->node : arg->value;
}

static const struct type *refuse(const struct library_call *call, uint32_t i,
                                 const char *wanted)
{
    const struct type *type = call->args[i];
    if (type->kind == TYPE_POISON)
        return &type_poison;
    struct node *at = place_of(call, i);
    if (call->node->kind != NODE_APPLY && type->kind == TYPE_LIST)
        type = type->of;
    if (type->kind == TYPE_OPTIONAL) {
        struct diag *diag =
            diag_add(call->c->diags, DIAG_F0103, at->span,
                     "`" TEXT_FMT "` may be absent here", TEXT_ARG(span_text(at->span)));
        diag_label(call->c->diags, diag, "%s is wanted", wanted);
        return &type_poison;
    }
    diag_add(call->c->diags, DIAG_F0102, at->span, TEXT_FMT " where %s is wanted",
             TEXT_ARG(type_words(call->c->compile, type)), wanted);
    return &type_poison;
}

/* Does argument `i` fit, and is it converted where it must be? */
static bool takes(const struct library_call *call, uint32_t i, const struct type *wanted,
                  const char *words)
{
    if (!type_fits(call->args[i], wanted)) {
        refuse(call, i, words);
        return false;
    }
    if (call->node->kind == NODE_APPLY && type_converts(call->args[i], wanted))
        place_of(call, i)->wanted = wanted;
    return true;
}

static const struct type *item_of(const struct library_call *call)
{
    return call->args[0]->kind == TYPE_LIST ? plain(call->args[0]->of) : NULL;
}

static const struct type *sum(const struct library_call *call)
{
    const struct type *of = item_of(call);
    if (of == NULL)
        return refuse(call, 0, "a list");
    switch ((int)of->kind) {
    case TYPE_NOTHING:
    case TYPE_INT:
        return &type_int;
    case TYPE_DECIMAL:
        return &type_decimal;
    case TYPE_MONEY:
    case TYPE_DURATION:
        return of;
    }
    return refuse(call, 0, "a list of numbers, money or durations");
}

static const struct type *count(const struct library_call *call)
{
    int kind = (int)call->args[0]->kind;
    return kind == TYPE_LIST || kind == TYPE_MAP ? &type_int
                                                 : refuse(call, 0, "a list or map");
}

static const struct type *least(const struct library_call *call)
{
    if (call->n == 1) {
        const struct type *of = item_of(call);
        if (of == NULL || (of->kind != TYPE_NOTHING && !type_is_ordered(of)))
            return refuse(call, 0, "a list of things that have an order");
        return type_optional(call->c->compile, call->args[0]->of);
    }
    const struct type *joined = plain(call->args[0]);
    for (uint32_t i = 0; i < call->n; i++) {
        const struct type *both =
            type_join(call->c->compile, joined, plain(call->args[i]));
        if (both == NULL || !type_is_ordered(plain(both)))
            return refuse(call, i, "something of one type that has an order");
        joined = both;
    }
    for (uint32_t i = 0; i < call->n; i++)
        if (type_converts(call->args[i], joined))
            place_of(call, i)->wanted = joined;
    return joined;
}

static const struct type *truth(const struct library_call *call)
{
    const struct type *of = item_of(call);
    return of != NULL && (of->kind == TYPE_BOOL || of->kind == TYPE_NOTHING)
               ? &type_bool
               : refuse(call, 0, "a list of conditions");
}

static const struct type *one_of_list(const struct library_call *call)
{
    return item_of(call) == NULL ? refuse(call, 0, "a list")
                                 : type_optional(call->c->compile, call->args[0]->of);
}

static const struct type *same_list(const struct library_call *call)
{
    return item_of(call) == NULL ? refuse(call, 0, "a list") : call->args[0];
}

static const struct type *sorted(const struct library_call *call)
{
    const struct type *of = item_of(call);
    if (of == NULL || (of->kind != TYPE_NOTHING && !type_is_ordered(of)))
        return refuse(call, 0, "a list of things that have an order");
    return call->args[0];
}

static const struct type *grouped(const struct library_call *call)
{
    const struct type *of = item_of(call);
    int32_t key =
        of != NULL && of->kind == TYPE_RECORD ? type_field_find(of, TEXT("key")) : -1;
    int32_t value = key < 0 ? -1 : type_field_find(of, TEXT("value"));
    if (key < 0 || value < 0)
        return refuse(call, 0, "a list of (key: …, value: …)");
    struct arena *compile = call->c->compile;
    return type_map(compile, of->fields[key].type,
                    type_list(compile, of->fields[value].type));
}

static const struct type *zipped(const struct library_call *call)
{
    for (uint32_t i = 0; i < 2; i++)
        if (call->args[i]->kind != TYPE_LIST)
            return refuse(call, i, "a list");
    struct type_field *fields = arena_array(call->c->compile, struct type_field, 2);
    fields[0] = (struct type_field){TEXT("first"), call->args[0]->of, NULL};
    fields[1] = (struct type_field){TEXT("second"), call->args[1]->of, NULL};
    return type_list(call->c->compile,
                     type_record(call->c->compile, (struct text){"", 0}, fields, 2));
}

static const struct type *texts(const struct library_call *call,
                                const struct type *result)
{
    for (uint32_t i = 0; i < call->n; i++)
        if (!takes(call, i, &type_text, "text"))
            return &type_poison;
    return result;
}

static const struct type *split(const struct library_call *call)
{
    return texts(call, type_list(call->c->compile, &type_text));
}

static const struct type *joined(const struct library_call *call)
{
    const struct type *of = item_of(call);
    if (of == NULL || (of->kind != TYPE_TEXT && of->kind != TYPE_NOTHING))
        return refuse(call, 0, "a list of texts");
    return call->n < 2 || takes(call, 1, &type_text, "text") ? &type_text : &type_poison;
}

static const struct type *to_text(const struct library_call *call)
{
    return texts(call, &type_text);
}

static const struct type *to_truth(const struct library_call *call)
{
    const struct node *pattern = call->n == 2 ? place_of(call, 1) : NULL;
    bool ignored;
    if (pattern != NULL && pattern->kind == NODE_TEXT &&
        text_is_chars(call->node->name, "matches") &&
        !check_pattern_matches(pattern->name, TEXT(""), &ignored))
        diag_add(call->c->diags, DIAG_F0107, pattern->span, "this is no pattern");
    return texts(call, &type_bool);
}

static const struct type *length(const struct library_call *call)
{
    return texts(call, &type_int);
}

static const struct type *rounded(const struct library_call *call)
{
    const struct type *type = plain(call->args[0]);
    if (!type_is_number(type) && type->kind != TYPE_MONEY)
        return refuse(call, 0, "a number or money");
    if (call->n == 2 && !takes(call, 1, &type_int, "a whole number"))
        return &type_poison;
    return type->kind == TYPE_DECIMAL ? &type_decimal : type;
}

static const struct type *absolute(const struct library_call *call)
{
    const struct type *type = plain(call->args[0]);
    if (type->kind == TYPE_DURATION)
        return type;
    return rounded(call);
}

static const struct type *modulo(const struct library_call *call)
{
    const struct type *a = plain(call->args[0]), *b = plain(call->args[1]);
    if (!type_is_number(a))
        return refuse(call, 0, "a number");
    if (!type_is_number(b))
        return refuse(call, 1, "a number");
    const struct type *result =
        a->kind == TYPE_INT && b->kind == TYPE_INT ? &type_int : &type_decimal;
    const struct node *divisor = place_of(call, 1);
    bool is_sure = divisor->kind == NODE_INT && divisor->number != 0;
    return is_sure ? result : type_optional(call->c->compile, result);
}

static const struct type *between(const struct library_call *call)
{
    return takes(call, 0, &type_date, "a date") && takes(call, 1, &type_date, "a date")
               ? &type_int
               : &type_poison;
}

static const struct type *months(const struct library_call *call)
{
    return takes(call, 0, &type_date, "a date") &&
                   takes(call, 1, &type_int, "a whole number")
               ? &type_date
               : &type_poison;
}

static const struct type *day_start(const struct library_call *call)
{
    return takes(call, 0, &type_instant, "a moment") ? &type_instant : &type_poison;
}

static const struct type *parsed(const struct library_call *call)
{
    const struct type *type = text_is_chars(call->node->name, "parse_int") ? &type_int
                              : text_is_chars(call->node->name, "parse_decimal")
                                  ? &type_decimal
                                  : &type_date;
    const struct type *result = texts(call, type);
    return result->kind == TYPE_POISON ? result : type_optional(call->c->compile, result);
}

static const struct type *as_text(const struct library_call *call)
{
    if (call->args[0]->is_secret)
        diag_add(call->c->diags, DIAG_F0802, place_of(call, 0)->span,
                 "a secret cannot become text");
    return call->args[0]->kind == TYPE_OPTIONAL ? refuse(call, 0, "a value") : &type_text;
}

static const struct type *new_id(const struct library_call *call)
{
    (void)call;
    return &type_text;
}

/* Of an amount and a currency, which stand apart in most answers. */
static const struct type *money(const struct library_call *call)
{
    return takes(call, 0, &type_decimal, "a decimal") &&
                   takes(call, 1, &type_text, "text")
               ? &type_money
               : &type_poison;
}

static const struct type *amount(const struct library_call *call)
{
    return takes(call, 0, &type_money, "money") ? &type_decimal : &type_poison;
}

static const struct type *currency(const struct library_call *call)
{
    return takes(call, 0, &type_money, "money") ? &type_text : &type_poison;
}

static const struct type *exact(const struct library_call *call)
{
    return takes(call, 0, &type_decimal, "a decimal") ? &type_decimal : &type_poison;
}

/* A decimal as a number of JSON, not as a text. */
static const struct type *number(const struct library_call *call)
{
    return takes(call, 0, &type_decimal, "a decimal") ? &type_json : &type_poison;
}

static const struct {
    const char *name;
    uint32_t fewest;
    uint32_t most;
    const struct type *(*type)(const struct library_call *call);
} library[] = {
    {"sum", 1, 1, sum},
    {"count", 1, 1, count},
    {"min", 1, 9, least},
    {"max", 1, 9, least},
    {"any", 1, 1, truth},
    {"all", 1, 1, truth},
    {"first", 1, 1, one_of_list},
    {"last", 1, 1, one_of_list},
    {"sort", 1, 1, sorted},
    {"distinct", 1, 1, same_list},
    {"group", 1, 1, grouped},
    {"zip", 2, 2, zipped},
    {"reverse", 1, 1, same_list},
    {"split", 2, 2, split},
    {"join", 2, 2, joined},
    {"upper", 1, 1, to_text},
    {"lower", 1, 1, to_text},
    {"trim", 1, 1, to_text},
    {"matches", 2, 2, to_truth},
    {"replace", 3, 3, to_text},
    {"starts_with", 2, 2, to_truth},
    {"length", 1, 1, length},
    {"round", 1, 2, rounded},
    {"floor", 1, 1, rounded},
    {"ceil", 1, 1, rounded},
    {"abs", 1, 1, absolute},
    {"mod", 2, 2, modulo},
    {"days_between", 2, 2, between},
    {"workdays_between", 2, 2, between},
    {"add_months", 2, 2, months},
    {"start_of_day", 1, 1, day_start},
    {"parse_int", 1, 1, parsed},
    {"parse_decimal", 1, 1, parsed},
    {"parse_date", 1, 1, parsed},
    {"text", 1, 1, as_text},
    {"new_id", 0, 0, new_id},
    /* Of bindings only. */
    {"money", 2, 2, money},
    {"amount", 1, 1, amount},
    {"currency", 1, 1, currency},
    {"decimal", 1, 1, exact},
    {"number", 1, 1, number},
};

enum { OF_BINDINGS = 5 };

void check_library_of_bindings(struct check *c, struct scope *scope)
{
    size_t n = sizeof library / sizeof *library;
    for (size_t i = n - OF_BINDINGS; i < n; i++)
        scope_put(scope, check_symbol(c, SYMBOL_BUILTIN, text_of(library[i].name), NULL));
}

void check_library(struct check *c, struct scope *builtins)
{
    for (size_t i = 0; i < sizeof library / sizeof *library - OF_BINDINGS; i++)
        scope_put(builtins,
                  check_symbol(c, SYMBOL_BUILTIN, text_of(library[i].name), NULL));
}

const struct type *check_builtin(struct check *c, struct node *node, struct text name,
                                 const struct type *const *args, uint32_t n)
{
    for (size_t i = 0; i < sizeof library / sizeof *library; i++) {
        if (!text_is_chars(name, library[i].name))
            continue;
        struct library_call call = {c, node, args, n};
        if (n >= library[i].fewest && n <= library[i].most)
            return library[i].type(&call);
        unsigned bound = n < library[i].fewest ? library[i].fewest : library[i].most;
        diag_add(c->diags, DIAG_F0110, node->name_span,
                 library[i].fewest == library[i].most ? "`%s` takes %u argument%s"
                 : n < library[i].fewest ? "`%s` takes at least %u argument%s"
                                         : "`%s` takes at most %u argument%s",
                 library[i].name, bound, bound == 1 ? "" : "s");
        return &type_poison;
    }
    return &type_poison;
}
