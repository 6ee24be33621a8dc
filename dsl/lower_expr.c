/* Expressions: each leaves one value on the stack. */
#include <stdio.h>

#include "dsl/lower_in.h"
#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "engine/base/must.h"
#include "engine/base/when.h"

static void lower_plain(struct lower *l, const struct node *node);

static bool is_present_text(const struct type *type)
{
    return type->kind == TYPE_TEXT;
}

void lower_expr(struct lower *l, const struct node *node)
{
    lower_line(l, node);
    lower_plain(l, node);
    if (node->wanted != NULL && type_converts(node->type, node->wanted)) {
        uint32_t from = lower_type(l, node->type), to = lower_type(l, node->wanted);
        ir_emit(l->b, IR_CONVERT, from, to);
    }
}

void lower_expr_as_text(struct lower *l, const struct node *node)
{
    lower_expr(l, node);
    const struct type *type = node->wanted != NULL ? node->wanted : node->type;
    if (!is_present_text(type))
        ir_emit(l->b, IR_TO_TEXT, 0, lower_type(l, type));
}

uint32_t lower_block(struct lower *l, const struct node *expr)
{
    lower_line(l, expr);
    ir_open_block(l->b, 0);
    lower_expr(l, expr);
    return ir_close(l->b);
}

uint32_t lower_text_block(struct lower *l, const struct node *expr)
{
    lower_line(l, expr);
    ir_open_block(l->b, 0);
    lower_expr_as_text(l, expr);
    return ir_close(l->b);
}

/* ---- literals ---- */

/* Digits without the `_` that people put between them. */
static struct text digits_of(struct lower *l, struct text written)
{
    struct buf out;
    buf_init(&out, l->compile);
    for (size_t i = 0; i < written.n; i++)
        if (written.chars[i] != '_' && written.chars[i] != '%')
            buf_char(&out, written.chars[i]);
    return buf_done(&out);
}

static void push_exact(struct lower *l, const struct node *node, enum ir_const_kind kind,
                       uint32_t text, uint8_t more_scale)
{
    struct ir_const c = {.kind = kind, .text = text};
    if (!decimal_parse(digits_of(l, node->name), &c.decimal)) {
        lower_cannot(l, node, "a number of so many digits");
        c.decimal = decimal_from_i64(0);
    }
    c.decimal.scale = (uint8_t)(c.decimal.scale + more_scale);
    ir_emit(l->b, IR_CONST, 0, ir_add_const(l->b, c));
}

static void push_whole(struct lower *l, enum ir_const_kind kind, int64_t whole)
{
    ir_emit(l->b, IR_CONST, 0, ir_add_whole(l->b, kind, whole));
}

static void push_duration(struct lower *l, const struct node *node)
{
    bool is_hours = node->flag && node->position == 1;
    if (is_hours)
        push_whole(l, IR_CONST_WORK_HOURS, node->number * WHEN_HOUR);
    else
        push_whole(l, node->flag ? IR_CONST_WORK_DAYS : IR_CONST_DURATION, node->number);
}

void lower_push_text(struct lower *l, struct text t)
{
    struct ir_const c = {.kind = IR_CONST_TEXT, .text = lower_text(l, t)};
    ir_emit(l->b, IR_CONST, 0, ir_add_const(l->b, c));
}

static void push_template(struct lower *l, const struct node *node)
{
    uint32_t pieces = 0;
    node_each(piece, node->items)
    {
        if (piece->kind == NODE_TEXT)
            lower_push_text(l, piece->name);
        else
            lower_expr_as_text(l, piece);
        pieces++;
    }
    ir_emit(l->b, IR_JOIN_TEXT, pieces, 0);
}

/* ---- names ---- */

static void push_name(struct lower *l, const struct node *node)
{
    struct symbol *symbol = node->symbol;
    must(symbol != NULL);
    switch (symbol->kind) {
    case SYMBOL_PARAMETER:
    case SYMBOL_VARIABLE:
    case SYMBOL_LOCAL:
        lower_load(l, node, symbol);
        return;
    case SYMBOL_SETTING:
        ir_emit(l->b, IR_SETTING, 0, lower_setting(l, symbol));
        return;
    case SYMBOL_CASE:
        ir_emit(l->b, IR_VARIANT, 0, lower_case(l, node->type, symbol->position));
        return;
    case SYMBOL_PROBLEM:
        ir_emit(l->b, IR_PROBLEM, 0, 0);
        return;
    case SYMBOL_NOW:
        ir_emit(l->b, IR_NOW, 0, 0);
        return;
    case SYMBOL_TYPE:
    case SYMBOL_EVENT:
    case SYMBOL_ERROR:
    case SYMBOL_ADAPTER:
    case SYMBOL_OPERATION:
    case SYMBOL_POLICY:
    case SYMBOL_FUNCTION:
    case SYMBOL_BUILTIN:
    case SYMBOL_FLOW:
    case SYMBOL_STATE:
    case SYMBOL_DEAD_LETTER:
    case SYMBOL_MARK:
    case SYMBOL_CALENDAR:
    case SYMBOL_MODULE:
    case SYMBOL_NAMED_EFFECT:
        must(!"a name that is no value has passed the checker");
    }
}

/* ---- records ---- */

static const struct node *arg_at(struct nodes args, uint32_t position)
{
    node_each(arg, args)
    {
        if (arg->position == (int32_t)position)
            return arg->value;
    }
    return NULL;
}

static void push_field(struct lower *l, const struct node *given,
                       const struct node *standard)
{
    if (given != NULL) {
        lower_expr(l, given);
        return;
    }
    if (standard == NULL) {
        ir_push_none(l->b);
        return;
    }
    struct lower_context before = lower_enter(l, LOWER_FUNCTION, standard);
    lower_expr(l, standard);
    lower_leave(l, before);
}

void lower_fields(struct lower *l, const struct type *record, struct nodes args)
{
    for (uint32_t i = 0; record != NULL && i < record->fields_n; i++)
        push_field(l, arg_at(args, i), record->fields[i].standard);
}

void lower_params_of(struct lower *l, struct nodes params, struct nodes args)
{
    uint32_t i = 0;
    node_each(param, params)
    {
        push_field(l, arg_at(args, i++), param->value);
    }
}

static void push_record(struct lower *l, const struct type *record, struct nodes args)
{
    uint32_t type = lower_type(l, record);
    lower_fields(l, record, args);
    ir_emit(l->b, IR_RECORD, record->fields_n, type);
}

/* A record, or a value made to fit a refined type. */
static void push_made(struct lower *l, const struct node *node)
{
    if (type_present(node->type)->kind == TYPE_RECORD && node->args.n > 0 &&
        node->args.first->position >= 0 && node->args.first->name.n > 0) {
        push_record(l, type_present(node->type), node->args);
    } else if (node->args.n == 0) {
        push_record(l, type_present(node->type), node->args);
    } else {
        const struct node *value = node->args.first->value;
        lower_line(l, value);
        lower_plain(l, value);
        uint32_t from = lower_type(l, value->type), to = lower_type(l, node->type);
        ir_emit(l->b, IR_CONVERT, from, to);
    }
}

static void push_with(struct lower *l, const struct node *node)
{
    lower_expr(l, node->value);
    node_each(arg, node->args)
    {
        lower_expr(l, arg->value);
        ir_emit(l->b, IR_WITH, (uint32_t)arg->position, 0);
    }
}

/* ---- functions ---- */

static uint32_t builtin_of(struct text name, uint32_t args)
{
    static const struct {
        const char *name;
        uint32_t fewest;
        uint32_t most;
    } table[] = {
#define BUILTIN(NAME, name, fewest, most, sentence) {name, fewest, most},
#include "dsl/ir_builtins.def"
#undef BUILTIN
    };
    for (uint32_t i = 0; i < IR_BUILTINS_N; i++)
        if (text_is_chars(name, table[i].name) && args >= table[i].fewest &&
            args <= table[i].most)
            return i;
    return IR_BUILTINS_N;
}

/* The sum of no money is a zero that takes the other side's currency. */
static void push_sum_of_none(struct lower *l, const struct type *type)
{
    struct ir_const c = {.kind = IR_CONST_MONEY, .text = lower_text(l, TEXT(""))};
    if (type->kind == TYPE_MONEY)
        ir_emit(l->b, IR_CONST, 0, ir_add_const(l->b, c));
    else if (type->kind == TYPE_DECIMAL)
        ir_push_decimal(l->b, "0");
    else if (type->kind == TYPE_DURATION)
        ir_push_duration(l->b, 0);
    else
        ir_push_int(l->b, 0);
}

static void call_builtin(struct lower *l, const struct node *node, uint32_t args)
{
    uint32_t builtin = builtin_of(node->name, args);
    if (builtin == IR_BUILTIN_SUM) {
        push_sum_of_none(l, type_present(node->type));
        args++;
    }
    if (builtin < IR_BUILTINS_N) {
        ir_emit(l->b, IR_BUILTIN, args, builtin);
        return;
    }
    char what[80];
    snprintf(what, sizeof what, "`" TEXT_FMT "`", TEXT_ARG(node->name));
    lower_cannot(l, node, what);
    for (; args > 1; args--)
        ir_emit(l->b, IR_DROP, 0, 0);
    if (args == 0)
        ir_push_none(l->b);
}

static void push_builtin(struct lower *l, const struct node *node)
{
    if (text_is_chars(node->name, "new_id")) {
        ir_emit(l->b, IR_NEW_ID, 0, 0);
        return;
    }
    if (text_is_chars(node->name, "text") && node->args.n == 1) {
        lower_expr_as_text(l, node->args.first->value);
        return;
    }
    if (text_is_chars(node->name, "decimal") && node->args.n == 1) {
        lower_expr(l, node->args.first->value); /* it is wanted as a decimal */
        return;
    }
    node_each(arg, node->args)
    {
        lower_expr(l, arg->value);
    }
    call_builtin(l, node, node->args.n);
}

static void push_apply(struct lower *l, const struct node *node)
{
    struct symbol *symbol = node->symbol;
    must(symbol != NULL);
    if (symbol->kind == SYMBOL_BUILTIN) {
        push_builtin(l, node);
    } else if (symbol->kind == SYMBOL_FUNCTION) {
        uint32_t function = lower_function(l, symbol);
        lower_params_of(l, symbol->node->params, node->args);
        ir_emit(l->b, IR_CALL_FUNCTION, symbol->node->params.n, function);
    } else {
        must(symbol->kind == SYMBOL_CASE);
        const struct type *variant = type_present(node->type);
        const struct type *record = variant->cases[symbol->position].record;
        uint32_t which = lower_case(l, variant, symbol->position);
        lower_fields(l, record, node->args);
        ir_emit(l->b, IR_VARIANT, record == NULL ? 0 : record->fields_n, which);
    }
}

/* ---- comprehensions ---- */

enum { NEXT_TEMPS = 3 }; /* the list, the next index, the item */

/* Loops within loops, generator by generator; what is made is appended to `made`. */
struct comprehension {
    const struct node *node;  /* NODE_COMPREHENSION */
    const struct node *item;  /* what is made of each */
    const struct node *value; /* of a map's pair; NULL: a list */
    uint32_t made;            /* temp */
    uint32_t pair;            /* record type of a map's pair */
};

static void make_item(struct lower *l, const struct comprehension *c, uint32_t again)
{
    if (c->node->where != NULL) {
        lower_expr(l, c->node->where);
        ir_emit(l->b, IR_JUMP_FALSE, 0, again);
    }
    lower_expr(l, c->item);
    if (c->value != NULL) {
        lower_expr(l, c->value);
        ir_emit(l->b, IR_RECORD, 2, c->pair);
    }
    ir_emit(l->b, IR_APPEND, c->made, 0);
}

static void generate(struct lower *l, const struct comprehension *c,
                     const struct node *generator, uint32_t outer)
{
    if (generator == NULL) {
        make_item(l, c, outer);
        return;
    }
    uint32_t list = ir_temp_take(l->b), index = ir_temp_take(l->b),
             item = ir_temp_take(l->b);
    must(index == list + 1 && item + 1 == list + NEXT_TEMPS);
    lower_expr(l, generator->value);
    ir_emit(l->b, IR_SET_TEMP, list, 0);
    ir_push_int(l->b, 0);
    ir_emit(l->b, IR_SET_TEMP, index, 0);
    if (generator->declares != NULL)
        lower_declare_temp(l, generator->declares, item);
    uint32_t again = ir_label(l->b), end = ir_label(l->b);
    ir_here(l->b, again);
    ir_emit(l->b, IR_NEXT, list, end);
    generate(l, c, generator->next, again);
    ir_emit(l->b, IR_JUMP, 0, again);
    ir_here(l->b, end);
    ir_temps_back(l->b, list);
}

static void push_each(struct lower *l, const struct node *comprehension,
                      const struct node *item, const struct node *value)
{
    struct comprehension c = {
        .node = comprehension, .item = item, .value = value, .made = ir_temp_take(l->b)};
    if (value != NULL) {
        const struct ir_part parts[] = {{"key", lower_type(l, item->type)},
                                        {"value", lower_type(l, value->type)}};
        c.pair = ir_add_record(l->b, NULL, parts, 2);
    }
    ir_emit(l->b, IR_LIST, 0, 0);
    ir_emit(l->b, IR_SET_TEMP, c.made, 0);
    generate(l, &c, comprehension->items.first, IR_NONE);
    ir_emit(l->b, IR_TEMP, c.made, 0);
    ir_temps_back(l->b, c.made);
}

/* ---- operators ---- */

static void push_two(struct lower *l, const struct node *node, enum ir_op_code code)
{
    lower_expr(l, node->value);
    lower_expr(l, node->other);
    ir_emit(l->b, code, 0, 0);
}

static void push_or(struct lower *l, const struct node *node)
{
    uint32_t other = ir_label(l->b), end = ir_label(l->b);
    lower_expr(l, node->value);
    ir_emit(l->b, IR_JUMP_FALSE, 0, other);
    ir_push_bool(l->b, true);
    ir_emit(l->b, IR_JUMP, 0, end);
    ir_here(l->b, other);
    lower_expr(l, node->other);
    ir_here(l->b, end);
}

static void push_and(struct lower *l, const struct node *node)
{
    uint32_t fails = ir_label(l->b), end = ir_label(l->b);
    lower_expr(l, node->value);
    ir_emit(l->b, IR_JUMP_FALSE, 0, fails);
    lower_expr(l, node->other);
    ir_emit(l->b, IR_JUMP, 0, end);
    ir_here(l->b, fails);
    ir_push_bool(l->b, false);
    ir_here(l->b, end);
}

/* `x is some` where `some` has data asks only which case it is. */
static const struct node *as_bare_case(const struct node *node)
{
    while (node->kind == NODE_PARENS)
        node = node->value;
    if (node->kind != NODE_NAME || node->symbol == NULL ||
        node->symbol->kind != SYMBOL_CASE)
        return NULL;
    const struct type *variant = type_present(node->type);
    return variant->kind == TYPE_VARIANT &&
                   variant->cases[node->symbol->position].record != NULL
               ? node
               : NULL;
}

static void push_is(struct lower *l, const struct node *node, bool yes)
{
    const struct node *bare = as_bare_case(node->other), *subject = node->value;
    if (bare == NULL) {
        bare = as_bare_case(node->value);
        subject = node->other;
    }
    if (bare == NULL) {
        push_two(l, node, yes ? IR_EQ : IR_NE);
        return;
    }
    lower_expr(l, subject);
    ir_emit(l->b, IR_IS_CASE, bare->symbol->position, 0);
    if (!yes)
        ir_emit(l->b, IR_NOT, 0, 0);
}

static void push_coalesce(struct lower *l, const struct node *node)
{
    uint32_t end = ir_label(l->b);
    lower_expr(l, node->value);
    if (node->value->type->kind == TYPE_JSON && node->value->wanted == NULL) {
        uint32_t json = lower_type(l, &type_json);
        ir_emit(l->b, IR_CONVERT, json, ir_add_optional(l->b, json)); /* null is none */
    }
    ir_emit(l->b, IR_JUMP_PRESENT, 0, end);
    ir_emit(l->b, IR_DROP, 0, 0);
    lower_expr(l, node->other);
    ir_here(l->b, end);
}

static void push_choose(struct lower *l, const struct node *node)
{
    uint32_t other = ir_label(l->b), end = ir_label(l->b);
    lower_expr(l, node->value);
    ir_emit(l->b, IR_JUMP_FALSE, 0, other);
    lower_expr(l, node->other);
    ir_emit(l->b, IR_JUMP, 0, end);
    ir_here(l->b, other);
    lower_expr(l, node->third);
    ir_here(l->b, end);
}

static void push_list(struct lower *l, const struct node *node)
{
    node_each(item, node->items)
    {
        lower_expr(l, item);
    }
    ir_emit(l->b, IR_LIST, 0, node->items.n);
}

static void push_map(struct lower *l, const struct node *node)
{
    node_each(pair, node->items)
    {
        lower_expr(l, pair->value);
        lower_expr(l, pair->other);
    }
    ir_emit(l->b, IR_MAP, 0, 2 * node->items.n);
}

static void push_divide(struct lower *l, const struct node *node)
{
    lower_expr(l, node->value);
    lower_expr(l, node->other);
    ir_emit(l->b, IR_DIV, node->type->kind != TYPE_OPTIONAL, 0);
}

static void push_at(struct lower *l, const struct node *node)
{
    lower_expr(l, node->value);
    lower_push_text(l, node->name);
    ir_emit(l->b, IR_BUILTIN, 2, IR_BUILTIN_JSON_AT);
}

static void lower_plain(struct lower *l, const struct node *node)
{
    switch ((int)node->kind) {
    case NODE_INT:
        push_whole(l, IR_CONST_INT, node->number);
        return;
    case NODE_DECIMAL:
        push_exact(l, node, IR_CONST_DECIMAL, IR_NONE, 0);
        return;
    case NODE_PERCENT:
        push_exact(l, node, IR_CONST_DECIMAL, IR_NONE, 2);
        return;
    case NODE_MONEY:
        push_exact(l, node, IR_CONST_MONEY, lower_text(l, node->as), 0);
        return;
    case NODE_DURATION:
        push_duration(l, node);
        return;
    case NODE_DATE:
        push_whole(l, IR_CONST_DATE, node->number);
        return;
    case NODE_INSTANT:
        push_whole(l, IR_CONST_INSTANT, node->number);
        return;
    case NODE_TEXT:
        lower_push_text(l, node->name);
        return;
    case NODE_TEMPLATE:
        push_template(l, node);
        return;
    case NODE_TRUE:
    case NODE_FALSE:
        ir_push_bool(l->b, node->kind == NODE_TRUE);
        return;
    case NODE_NONE:
        ir_push_none(l->b);
        return;
    case NODE_NAME:
        push_name(l, node);
        return;
    case NODE_APPLY:
        push_apply(l, node);
        return;
    case NODE_MAKE:
        push_made(l, node);
        return;
    case NODE_RECORD:
        push_record(l, type_present(node->type), node->args);
        return;
    case NODE_REDUCE:
        push_each(l, node->other, node->value, NULL);
        call_builtin(l, node, 1);
        return;
    case NODE_LIST_EACH:
        push_each(l, node->other, node->value, NULL);
        return;
    case NODE_MAP_EACH:
        push_each(l, node->other, node->value, node->third);
        ir_emit(l->b, IR_BUILTIN, 1, IR_BUILTIN_MAP_OF);
        return;
    case NODE_MAP_LITERAL:
        push_map(l, node);
        return;
    case NODE_LIST:
        push_list(l, node);
        return;
    case NODE_PARENS:
        lower_expr(l, node->value);
        return;
    case NODE_MEMBER:
        lower_expr(l, node->value);
        ir_emit(l->b, node->flag ? IR_FIELD_OR_NONE : IR_FIELD, (uint32_t)node->position,
                0);
        return;
    case NODE_INDEX:
        push_two(l, node, IR_INDEX);
        return;
    case NODE_NEGATE:
        lower_expr(l, node->value);
        ir_emit(l->b, IR_NEG, 0, 0);
        return;
    case NODE_NOT:
        lower_expr(l, node->value);
        ir_emit(l->b, IR_NOT, 0, 0);
        return;
    case NODE_OR:
        push_or(l, node);
        return;
    case NODE_AND:
        push_and(l, node);
        return;
    case NODE_IS:
    case NODE_IS_NOT:
        push_is(l, node, node->kind == NODE_IS);
        return;
    case NODE_LESS:
        push_two(l, node, IR_LT);
        return;
    case NODE_LESS_EQ:
        push_two(l, node, IR_LE);
        return;
    case NODE_MORE:
        push_two(l, node, IR_GT);
        return;
    case NODE_MORE_EQ:
        push_two(l, node, IR_GE);
        return;
    case NODE_IN:
        push_two(l, node, IR_IN);
        return;
    case NODE_NOT_IN:
        push_two(l, node, IR_IN);
        ir_emit(l->b, IR_NOT, 0, 0);
        return;
    case NODE_AT:
        push_at(l, node);
        return;
    case NODE_COALESCE:
        push_coalesce(l, node);
        return;
    case NODE_PLUS:
        push_two(l, node, IR_ADD);
        return;
    case NODE_MINUS:
        push_two(l, node, IR_SUB);
        return;
    case NODE_TIMES:
        push_two(l, node, IR_MUL);
        return;
    case NODE_DIVIDE:
        push_divide(l, node);
        return;
    case NODE_WITH_FIELDS:
        push_with(l, node);
        return;
    case NODE_CHOOSE:
        push_choose(l, node);
        return;
    }
    lower_cannot(l, node, node_word(node->kind));
    ir_push_none(l->b);
}
