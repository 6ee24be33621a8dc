/* Small images by hand, values from text, and results as text. */
#include "tests/unit/core/kit.h"

#include "dsl/ir_pack.h"
#include "engine/base/when.h"

struct kit kit_new(void)
{
    struct kit k = {.arena = arena_new("test", (size_t)512 << 20)};
    k.b = ir_build_new(k.arena, "kit", 1);
    return k;
}

void kit_free(struct kit *k)
{
    arena_free(k->arena);
}

void kit_open(struct kit *k, uint32_t given)
{
    k->b->line++;
    ir_open_block(k->b, given);
}

uint32_t kit_close(struct kit *k, uint32_t given)
{
    uint32_t function = ir_new(k->b, functions), block = ir_close(k->b);
    k->b->functions.at[function].name = ir_add_chars(k->b, "f");
    k->b->functions.at[function].params = given;
    k->b->functions.at[function].block = block;
    k->b->functions.at[function].gives = ir_add_simple(k->b, IR_TYPE_INT);
    return function;
}

uint32_t kit_op(struct kit *k, enum ir_op_code code, uint32_t a, uint32_t b,
                uint32_t given)
{
    kit_open(k, given);
    for (uint32_t i = 0; i < given; i++)
        ir_emit(k->b, IR_TEMP, i, 0);
    ir_emit(k->b, code, a, b);
    return kit_close(k, given);
}

void kit_done(struct kit *k)
{
    struct text packed;
    k->ir = ir_build_done(k->b);
    k->b = NULL;
    if (!ir_pack(k->arena, k->ir, &packed, &k->err))
        fprintf(stderr, "\n    image: %s\n", k->err.what);
    REQUIRE(k->err.code == ERR_OK);
}

const char *kit_run(struct kit *k, uint32_t function, const struct value *given,
                    uint32_t n)
{
    struct eval_scope scope = {.ir = k->ir, .now = WHEN_DAY};
    struct value out;
    if (!eval_block(k->arena, &scope, k->ir->functions[function].block, given, n, &out,
                    &k->problem))
        return arena_printf(k->arena, "! %s", k->problem.message);
    return kit_show(k, out);
}

static void show(struct kit *k, struct buf *out, struct value v)
{
    if (v.kind < VALUE_LIST) {
        buf_text(out, eval_to_text(k->arena, k->ir, IR_NONE, v));
        return;
    }
    buf_char(out, v.kind == VALUE_LIST ? '[' : v.kind == VALUE_MAP ? '{' : '(');
    if (v.kind == VALUE_VARIANT)
        buf_printf(out, "case %u%s", v.tag, v.n > 0 ? " " : "");
    for (uint32_t i = 0; i < v.n; i++) {
        buf_chars(out, i == 0 ? "" : v.kind == VALUE_MAP && i % 2 == 1 ? ": " : ", ");
        show(k, out, v.items[i]);
    }
    buf_char(out, v.kind == VALUE_LIST ? ']' : v.kind == VALUE_MAP ? '}' : ')');
}

const char *kit_show(struct kit *k, struct value v)
{
    struct buf out;
    buf_init(&out, k->arena);
    show(k, &out, v);
    return buf_done(&out).chars;
}

static struct value list_of(struct kit *k, struct text inside)
{
    VEC(struct value) items = {0};
    while (inside.n > 0) {
        struct text item = text_trim(text_split(&inside, ','));
        vec_push(k->arena, &items, kit_value(k, text_chars(k->arena, item)));
    }
    return value_list(items.at, items.n);
}

struct value kit_value(struct kit *k, const char *chars)
{
    struct text t = text_of(chars);
    struct decimal d;
    struct value v = {0};
    int32_t date;
    if (t.n > 0 && t.chars[0] == '\'')
        return value_text(text_cut(t, 1, t.n));
    if (text_starts(t, TEXT("[")))
        return list_of(k, text_cut(t, 1, t.n - 2));
    if (text_is_chars(t, "none"))
        return value_none();
    if (text_is_chars(t, "true") || text_is_chars(t, "false"))
        return value_bool(t.chars[0] == 't');
    if (text_to_i64(t, &v.whole)) {
        v.kind = VALUE_INT;
        return v;
    }
    if (decimal_parse(t, &d))
        return value_decimal(d);
    if (t.n > 4 && t.chars[t.n - 4] == ' ' && decimal_parse(text_cut(t, 0, t.n - 4), &d))
        return value_money(d, t.chars + t.n - 3);
    if (when_date_parse(t, &date))
        return (struct value){.kind = VALUE_DATE, .whole = date};
    if (when_instant_parse(t, &v.whole)) {
        v.kind = VALUE_INSTANT;
        return v;
    }
    REQUIRE(when_duration_parse_short(t, &v.whole));
    v.kind = VALUE_DURATION;
    return v;
}

json_t *kit_json(struct kit *k, const char *text)
{
    char *chars = text_chars(k->arena, text_of(text));
    for (char *at = chars; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    json_t *json = json_read(text_of(chars), &k->err);
    REQUIRE(json != NULL);
    return json;
}

const char *kit_read(struct kit *k, uint32_t type, const char *json)
{
    struct eval_scope scope = {.ir = k->ir, .now = WHEN_DAY};
    struct value v;
    scoped_json json_t *in = kit_json(k, json);
    k->err = (struct err){0};
    if (!wire_read(k->arena, &scope, type, in, WIRE_REFUSE_UNKNOWN, &v, &k->err))
        return arena_printf(k->arena, "! %s", k->err.what);
    scoped_json json_t *out = wire_write(k->ir, type, v, WIRE_SHOW_PRIVATE);
    return json_write(k->arena, out).chars;
}
