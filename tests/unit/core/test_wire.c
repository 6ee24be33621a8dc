/* JSON into values and back; types made into samples; conversions. */
#include "engine/base/limits.h"
#include "tests/unit/core/kit.h"

static uint32_t scaled(struct kit *k, enum ir_type_kind kind, uint32_t scale)
{
    struct ir_type type = ir_type_of_kind(kind);
    type.scale = scale;
    return ir_add_type(k->b, type);
}

static uint32_t private_text(struct kit *k, bool is_secret)
{
    struct ir_type type = ir_type_of_kind(IR_TYPE_TEXT);
    type.is_private = !is_secret;
    type.is_secret = is_secret;
    return ir_add_type(k->b, type);
}

/* type NAME = KIND where it >= least */
static uint32_t at_least(struct kit *k, const char *name, enum ir_type_kind kind,
                         int64_t least)
{
    struct ir_type type = ir_type_of_kind(kind);
    type.name = ir_add_chars(k->b, name);
    ir_open_block(k->b, 1);
    ir_emit(k->b, IR_TEMP, 0, 0);
    ir_push_int(k->b, least);
    ir_emit(k->b, IR_GE, 0, 0);
    type.refined = ir_close(k->b);
    type.pattern = ir_add_chars(k->b, "it >= 5");
    return ir_add_type(k->b, type);
}

static uint32_t fitting(struct kit *k, const char *name, const char *pattern)
{
    struct ir_type type = ir_type_of_kind(IR_TYPE_TEXT);
    type.name = ir_add_chars(k->b, name);
    ir_open_block(k->b, 1);
    ir_emit(k->b, IR_TEMP, 0, 0);
    ir_push_text(k->b, pattern);
    ir_emit(k->b, IR_BUILTIN, 2, IR_BUILTIN_MATCHES);
    type.refined = ir_close(k->b);
    type.pattern = ir_add_chars(k->b, "matches(it, 'C[0-9]{6}')");
    return ir_add_type(k->b, type);
}

struct reading {
    uint32_t type;
    const char *json;
    const char *want;
};

static void check_all(struct kit *k, const struct reading *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        CHECK_SAYS(kit_read(k, rows[i].type, rows[i].json), rows[i].want);
}
#define CHECK_ALL(k, rows) check_all((k), (rows), sizeof(rows) / sizeof *(rows))

static void plain_values_go_in_and_come_out(void)
{
    struct kit k = kit_new();
    uint32_t text = ir_add_simple(k.b, IR_TYPE_TEXT),
             truth = ir_add_simple(k.b, IR_TYPE_BOOL),
             whole = ir_add_simple(k.b, IR_TYPE_INT),
             decimal = ir_add_simple(k.b, IR_TYPE_DECIMAL),
             money = ir_add_simple(k.b, IR_TYPE_MONEY),
             date = ir_add_simple(k.b, IR_TYPE_DATE),
             instant = ir_add_simple(k.b, IR_TYPE_INSTANT),
             duration = ir_add_simple(k.b, IR_TYPE_DURATION),
             work = ir_add_simple(k.b, IR_TYPE_WORKDAYS),
             usd = scaled(&k, IR_TYPE_MONEY, ir_add_chars(k.b, "USD")),
             three = scaled(&k, IR_TYPE_DECIMAL, 3);
    kit_done(&k);
    const struct reading rows[] = {
        {text, "'hi'", "\"hi\""},
        {text, "1", "! text is wanted, the number 1 was found"},
        {truth, "true", "true"},
        {truth, "'true'", "! true or false is wanted, the text \"true\" was found"},
        {whole, "-7", "-7"},
        {whole, "1.5", "! a whole number is wanted, the number 1.5 was found"},
        {whole, "'7'", "! a whole number is wanted, the text \"7\" was found"},
        {decimal, "'12.50'", "\"12.50\""},
        {decimal, "12.5", "\"12.5\""},
        {decimal, "1e3", "\"1000\""},
        {decimal, "7", "\"7\""},
        {decimal, "0.1", "\"0.1\""},
        {decimal, "'x'", "! a decimal number is wanted, the text \"x\" was found"},
        {three, "'12.5'", "\"12.500\""},
        {three, "'12.5000'", "\"12.500\""},
        {three, "'12.5001'",
         "! a decimal number with at most 3 places is wanted, the text \"12.5001\" was "
         "found"},
        {money, "{'amount':'12.50','currency':'USD'}",
         "{\"amount\":\"12.50\",\"currency\":\"USD\"}"},
        {money, "{'amount':12.5,'currency':'USD'}",
         "{\"amount\":\"12.5\",\"currency\":\"USD\"}"},
        {money, "{'amount':'12.50','currency':'usd'}",
         "! money is wanted, an object was found"},
        {money, "{'amount':'12.50'}", "! money is wanted, an object was found"},
        {money, "'12.50 USD'", "! money is wanted, the text \"12.50 USD\" was found"},
        {money, "{'amount':'1','currency':'USD','x':1}",
         "! money has the members amount and currency only"},
        {money, "{'amount':'0','currency':'XXX'}",
         "{\"amount\":\"0\",\"currency\":\"XXX\"}"},
        {money, "{'amount':'1','currency':'XXX'}",
         "! money is wanted, an object was found"},
        {usd, "{'amount':'1','currency':'EUR'}",
         "! money in USD is wanted, an object was found"},
        {usd, "{'amount':'0','currency':'XXX'}",
         "{\"amount\":\"0\",\"currency\":\"USD\"}"},
        {date, "'2026-05-12'", "\"2026-05-12\""},
        {date, "'2026-02-30'", "! a date is wanted, the text \"2026-02-30\" was found"},
        {instant, "'2026-05-12T12:00:00+02:00'", "\"2026-05-12T10:00:00Z\""},
        {instant, "'2026-05-12'",
         "! an instant is wanted, the text \"2026-05-12\" was found"},
        {duration, "'PT1H30M'", "\"PT1H30M\""},
        {duration, "'1h'", "! a duration is wanted, the text \"1h\" was found"},
        {work, "'P2BD'", "\"P2BD\""},
        {work, "'P4BH'", "\"P4BH\""},
        {work, "'P2D'",
         "! a number of working days is wanted, the text \"P2D\" was found"},
    };
    CHECK_ALL(&k, rows);
    kit_free(&k);
}

static void what_does_not_fit_is_refused_with_its_place(void)
{
    struct kit k = kit_new();
    uint32_t whole = ir_add_simple(k.b, IR_TYPE_INT),
             text = ir_add_simple(k.b, IR_TYPE_TEXT);
    const struct ir_part line[] = {{"sku", text}, {"qty", whole}};
    uint32_t lines = ir_add_list(k.b, ir_add_record(k.b, "OrderLine", line, 2));
    const struct ir_part order[] = {
        {"id", text}, {"lines", lines}, {"note/s", ir_add_optional(k.b, text)}};
    uint32_t type = ir_add_record(k.b, "Order", order, 3);
    kit_done(&k);
    const struct reading rows[] = {
        {type, "{'id':'O-1','lines':[]}",
         "{\"id\":\"O-1\",\"lines\":[],\"note/s\":null}"},
        {type, "{'id':'O-1','lines':[{'sku':'A','qty':'2'}]}",
         "! /lines/0/qty: a whole number is wanted, the text \"2\" was found"},
        {type, "{'id':'O-1'}",
         "! /lines: a list of OrderLine (an object) is wanted, and is missing"},
        {type, "{'id':null,'lines':[]}", "! /id: text is wanted, null was found"},
        {type, "{'id':'O-1','lines':[],'note/s':7}",
         "! /note~1s: text is wanted, the number 7 was found"},
        {type, "{'id':'O-1','lines':[],'colour':7}",
         "! /colour: there is no such member"},
        {type, "[]", "! Order (an object) is wanted, a list was found"},
    };
    CHECK_ALL(&k, rows);
    kit_read(&k, type, "{'id':'O-1','lines':[],'colour':7}");
    CHECK_SAYS(k.err.pointer, "/colour");
    CHECK_SAYS(k.err.hint, "it may have id, lines, note/s");
    CHECK_INT(k.err.code, ERR_BAD_DATA);
    struct eval_scope scope = {.ir = k.ir};
    struct value v;
    scoped_json json_t *more = kit_json(&k, "{'id':'O-1','lines':[],'colour':7}");
    CHECK(wire_read(k.arena, &scope, type, more, WIRE_IGNORE_UNKNOWN, &v, &k.err));
    CHECK_INT(v.n, 3);
    kit_free(&k);
}

static void defaults_fill_what_is_missing(void)
{
    struct kit k = kit_new();
    const struct ir_part parts[] = {{"n", ir_add_simple(k.b, IR_TYPE_INT)}};
    uint32_t type = ir_add_record(k.b, "R", parts, 1);
    uint32_t fields = k.b->types.at[type].parts.first;
    ir_open_block(k.b, 0);
    ir_push_int(k.b, 7);
    k.b->fields.at[fields].standard = ir_close(k.b);
    kit_done(&k);
    CHECK_SAYS(kit_read(&k, type, "{}"), "{\"n\":7}");
    CHECK_SAYS(kit_read(&k, type, "{'n':8}"), "{\"n\":8}");
    kit_free(&k);
}

static void refinements_are_checked_where_values_enter(void)
{
    struct kit k = kit_new();
    uint32_t qty = at_least(&k, "Qty", IR_TYPE_INT, 5);
    uint32_t customer = fitting(&k, "CustomerId", "C[0-9]{6}");
    kit_done(&k);
    const struct reading rows[] = {
        {qty, "5", "5"},
        {qty, "4",
         "! Qty (a whole number where it >= 5) is wanted, the number 4 was found"},
        {customer, "'C000042'", "\"C000042\""},
        {customer, "'c42'",
         "! CustomerId (text where matches(it, 'C[0-9]{6}')) is wanted, the text \"c42\" "
         "was "
         "found"},
    };
    CHECK_ALL(&k, rows);
    kit_free(&k);
}

static void variants_are_a_word_or_an_object_of_one(void)
{
    struct kit k = kit_new();
    const struct ir_part data[] = {
        {"suppliers", ir_add_list(k.b, ir_add_simple(k.b, IR_TYPE_TEXT))}};
    const struct ir_part cases[] = {{"stocked", IR_NONE},
                                    {"drop_shipped", ir_add_record(k.b, NULL, data, 1)}};
    uint32_t type = ir_add_variant(k.b, "Source", cases, 2);
    kit_done(&k);
    const struct reading rows[] = {
        {type, "'stocked'", "\"stocked\""},
        {type, "{'drop_shipped':{'suppliers':['S1']}}",
         "{\"drop_shipped\":{\"suppliers\":[\"S1\"]}}"},
        {type, "'drop_shipped'",
         "! Source (stocked or drop_shipped {…}) is wanted, the text \"drop_shipped\" "
         "was found"},
        {type, "{'drop_shipped':{'suppliers':[1]}}",
         "! /drop_shipped/suppliers/0: text is wanted, the number 1 was found"},
        {type, "{'drop_shipped':3}",
         "! /drop_shipped: an object is wanted, the number 3 was found"},
        {type, "'made'",
         "! Source (stocked or drop_shipped {…}) is wanted, the text \"made\" was found"},
        {type, "{}",
         "! Source (stocked or drop_shipped {…}) is wanted, an object was found"},
    };
    CHECK_ALL(&k, rows);
    kit_free(&k);
}

static void maps_and_optionals_read_and_write(void)
{
    struct kit k = kit_new();
    uint32_t whole = ir_add_simple(k.b, IR_TYPE_INT),
             text = ir_add_simple(k.b, IR_TYPE_TEXT);
    uint32_t by_text = ir_add_map(k.b, text, whole),
             by_whole = ir_add_map(k.b, whole, text), maybe = ir_add_optional(k.b, whole);
    kit_done(&k);
    const struct reading rows[] = {
        {by_text, "{'b':1,'a':2}", "{\"a\":2,\"b\":1}"},
        {by_whole, "{'10':'x','9':'y'}", "{\"9\":\"y\",\"10\":\"x\"}"},
        {by_whole, "{'x':'y'}", "! /x: a whole number is wanted as a key"},
        {by_whole, "{'1':'y','01':'z'}", "! two members are the same key"},
        {maybe, "null", "null"},
        {maybe, "3", "3"},
        {maybe, "'x'", "! a whole number is wanted, the text \"x\" was found"},
    };
    CHECK_ALL(&k, rows);
    kit_free(&k);
}

static void private_values_are_masked_and_secrets_for_every_reader(void)
{
    struct kit k = kit_new();
    uint32_t hidden = private_text(&k, false), secret = private_text(&k, true);
    const struct ir_part parts[] = {{"name", ir_add_simple(k.b, IR_TYPE_TEXT)},
                                    {"email", ir_add_optional(k.b, hidden)},
                                    {"key", secret}};
    uint32_t type = ir_add_record(k.b, "Contact", parts, 3);
    kit_done(&k);
    struct eval_scope scope = {.ir = k.ir};
    struct value v;
    scoped_json json_t *in = kit_json(&k, "{'name':'Ann','email':'a@b','key':'k'}");
    REQUIRE(wire_read(k.arena, &scope, type, in, WIRE_REFUSE_UNKNOWN, &v, &k.err));
    CHECK(!v.items[0].is_private && v.items[1].is_private && v.items[2].is_private);
    scoped_json json_t *masked = wire_write(k.ir, type, v, WIRE_MASK_PRIVATE);
    scoped_json json_t *shown = wire_write(k.ir, type, v, WIRE_SHOW_PRIVATE);
    scoped_json json_t *whole = wire_write(k.ir, type, v, WIRE_WHOLE);
    CHECK(json_equal(whole, in)); /* as a system that is called needs it */
    CHECK_TEXT(json_write(k.arena, masked),
               "{\"name\":\"Ann\",\"email\":\"(private)\",\"key\":\"(private)\"}");
    CHECK_TEXT(json_write(k.arena, shown),
               "{\"name\":\"Ann\",\"email\":\"a@b\",\"key\":\"(private)\"}");
    CHECK_SAYS(kit_read(&k, type, "{'name':'Ann','email':7,'key':'k'}"),
               "! /email: text is wanted, a number was found");
    kit_free(&k);
}

static void data_that_nest_too_deep_are_refused(void)
{
    struct kit k = kit_new();
    /* type Tree = list of Tree, by hand */
    uint32_t tree = ir_new(k.b, types);
    k.b->types.at[tree] = ir_type_of_kind(IR_TYPE_LIST);
    k.b->types.at[tree].of = tree;
    k.b->types.at[tree].name = ir_add_chars(k.b, "Tree");
    kit_done(&k);
    json_t *deep = json_array();
    for (int i = 0; i < LIMIT_JSON_DEPTH + 1; i++) {
        json_t *outer = json_array();
        json_array_append_new(outer, deep);
        deep = outer;
    }
    struct eval_scope scope = {.ir = k.ir};
    struct value v;
    CHECK(!wire_read(k.arena, &scope, tree, deep, WIRE_REFUSE_UNKNOWN, &v, &k.err));
    CHECK(strstr(k.err.what, "the data nest too deep") != NULL);
    json_decref(deep);
    CHECK_SAYS(kit_read(&k, tree, "[[],[[]]]"), "[[],[[]]]");
    CHECK_SAYS(kit_show(&k, wire_sample(k.arena, k.ir, tree)), "[]");
    kit_free(&k);
}

static void a_value_that_is_not_of_its_type_is_written_as_null(void)
{
    struct kit k = kit_new();
    uint32_t whole = ir_add_simple(k.b, IR_TYPE_INT);
    const struct ir_part parts[] = {{"n", whole}};
    uint32_t type = ir_add_record(k.b, "R", parts, 1);
    kit_done(&k);
    scoped_json json_t *a =
        wire_write(k.ir, type, kit_value(&k, "'x"), WIRE_SHOW_PRIVATE);
    scoped_json json_t *b =
        wire_write(k.ir, type, value_record(NULL, 0), WIRE_SHOW_PRIVATE);
    CHECK(json_is_null(a) && json_is_null(b));
    kit_free(&k);
}

/* ---- samples ---- */

static void a_sample_is_the_same_every_time(void)
{
    struct kit k = kit_new();
    uint32_t text = ir_add_simple(k.b, IR_TYPE_TEXT);
    const struct ir_part cases[] = {{"first", IR_NONE}, {"second", IR_NONE}};
    const struct ir_part parts[] = {
        {"t", text},
        {"n", ir_add_simple(k.b, IR_TYPE_INT)},
        {"d", scaled(&k, IR_TYPE_DECIMAL, 2)},
        {"m", ir_add_simple(k.b, IR_TYPE_MONEY)},
        {"e", scaled(&k, IR_TYPE_MONEY, ir_add_chars(k.b, "JPY"))},
        {"b", ir_add_simple(k.b, IR_TYPE_BOOL)},
        {"l", ir_add_list(k.b, text)},
        {"p", ir_add_map(k.b, text, text)},
        {"o", ir_add_optional(k.b, text)},
        {"v", ir_add_variant(k.b, "V", cases, 2)},
        {"q", at_least(&k, "Qty", IR_TYPE_INT, 5)},
        {"w", at_least(&k, "Weight", IR_TYPE_DECIMAL, 5)},
        {"at", ir_add_simple(k.b, IR_TYPE_INSTANT)},
    };
    uint32_t type = ir_add_record(k.b, "All", parts, sizeof parts / sizeof *parts);
    kit_done(&k);
    CHECK_SAYS(kit_show(&k, wire_sample(k.arena, k.ir, type)),
               "(x, 1, 1.00, 1.00 USD, 1 JPY, false, [x], {}, none, (case 0), 5, 5, "
               "2026-05-12T15:00:00Z)");
    kit_free(&k);
}

/* ---- conversions ---- */

static const char *converted(struct kit *k, uint32_t from, uint32_t to, struct value v)
{
    struct eval_scope scope = {.ir = k->ir};
    struct value out;
    if (!eval_convert(k->arena, &scope, from, to, v, &out, &k->problem))
        return arena_printf(k->arena, "! %s", k->problem.message);
    return kit_show(k, out);
}

static void numbers_and_money_are_converted(void)
{
    struct kit k = kit_new();
    uint32_t whole = ir_add_simple(k.b, IR_TYPE_INT),
             decimal = ir_add_simple(k.b, IR_TYPE_DECIMAL),
             two = scaled(&k, IR_TYPE_DECIMAL, 2),
             money = ir_add_simple(k.b, IR_TYPE_MONEY),
             usd = scaled(&k, IR_TYPE_MONEY, ir_add_chars(k.b, "USD")),
             qty = at_least(&k, "Qty", IR_TYPE_INT, 5),
             maybe = ir_add_optional(k.b, decimal);
    kit_done(&k);
    CHECK_SAYS(converted(&k, whole, decimal, value_int(3)), "3");
    CHECK_SAYS(converted(&k, decimal, two, kit_value(&k, "1.005")), "1.00");
    CHECK_SAYS(converted(&k, whole, two, value_int(3)), "3.00");
    CHECK_SAYS(converted(&k, money, usd, kit_value(&k, "3.00 USD")), "3.00 USD");
    CHECK_SAYS(converted(&k, money, usd, kit_value(&k, "3.00 EUR")),
               "! money in USD is wanted, 3.00 EUR found");
    CHECK_SAYS(converted(&k, money, usd, value_money(decimal_from_i64(0), "\0\0")),
               "0 USD");
    CHECK_SAYS(converted(&k, whole, qty, value_int(7)), "7");
    CHECK_SAYS(
        converted(&k, whole, qty, value_int(4)),
        "! Qty (a whole number where it >= 5) is wanted, 4 found: it must fit it >= 5");
    CHECK_SAYS(converted(&k, whole, maybe, value_int(3)), "3");
    CHECK_SAYS(converted(&k, whole, maybe, value_none()), "none");
    CHECK_SAYS(converted(&k, maybe, decimal, value_none()),
               "! a decimal number is wanted, nothing found");
    kit_free(&k);
}

static void records_fit_by_the_names_of_their_fields(void)
{
    struct kit k = kit_new();
    uint32_t whole = ir_add_simple(k.b, IR_TYPE_INT),
             text = ir_add_simple(k.b, IR_TYPE_TEXT),
             decimal = ir_add_simple(k.b, IR_TYPE_DECIMAL);
    const struct ir_part wide[] = {{"a", text}, {"b", whole}, {"c", text}};
    const struct ir_part slim[] = {
        {"b", decimal}, {"a", text}, {"z", ir_add_optional(k.b, text)}};
    const struct ir_part other[] = {{"q", text}};
    uint32_t from = ir_add_record(k.b, "Wide", wide, 3),
             to = ir_add_record(k.b, "Slim", slim, 3),
             no = ir_add_record(k.b, "Other", other, 1);
    const struct ir_part few[] = {{"x", IR_NONE}, {"y", to}};
    const struct ir_part many[] = {{"w", IR_NONE}, {"y", from}, {"x", IR_NONE}};
    uint32_t v_from = ir_add_variant(k.b, "Many", many, 3),
             v_to = ir_add_variant(k.b, "Few", few, 2);
    uint32_t l_from = ir_add_list(k.b, from), l_to = ir_add_list(k.b, to);
    kit_done(&k);
    struct value fields[] = {kit_value(&k, "'A"), value_int(2), kit_value(&k, "'C")};
    struct value record = value_record(fields, 3);
    CHECK_SAYS(converted(&k, from, to, record), "(2, A, none)");
    CHECK_SAYS(converted(&k, from, no, record),
               "! Other (an object) is wanted, a record found: a field is missing");
    CHECK_SAYS(converted(&k, v_from, v_to, value_variant(2, NULL)), "(case 0)");
    CHECK_SAYS(converted(&k, v_from, v_to, value_variant(1, &record)),
               "(case 1 (2, A, none))");
    CHECK_SAYS(converted(&k, v_from, v_to, value_variant(0, NULL)),
               "! Few (x or y {…}) is wanted, one of several found: it has no such case");
    CHECK_SAYS(converted(&k, l_from, l_to, value_list(&record, 1)), "[(2, A, none)]");
    kit_free(&k);
}

static void text_of_anything_is_as_on_the_wire(void)
{
    struct kit k = kit_new();
    uint32_t hidden = private_text(&k, false);
    const struct ir_part cases[] = {{"stocked", IR_NONE}};
    const struct ir_part parts[] = {{"n", ir_add_simple(k.b, IR_TYPE_INT)},
                                    {"p", hidden}};
    uint32_t variant = ir_add_variant(k.b, "V", cases, 1),
             record = ir_add_record(k.b, "R", parts, 2);
    kit_done(&k);
    struct value fields[] = {value_int(2), kit_value(&k, "'x")};
    CHECK_TEXT(eval_to_text(k.arena, k.ir, variant, value_variant(0, NULL)), "stocked");
    CHECK_TEXT(eval_to_text(k.arena, k.ir, record, value_record(fields, 2)),
               "{\"n\":2,\"p\":\"(private)\"}");
    CHECK_TEXT(eval_to_text(k.arena, k.ir, IR_NONE, kit_value(&k, "12.50 USD")),
               "12.50 USD");
    CHECK_TEXT(eval_to_text(k.arena, k.ir, IR_NONE, kit_value(&k, "1h30m")), "PT1H30M");
    kit_free(&k);
}

const struct unit_test suite_wire[] = {
    TEST(plain_values_go_in_and_come_out),
    TEST(what_does_not_fit_is_refused_with_its_place),
    TEST(defaults_fill_what_is_missing),
    TEST(refinements_are_checked_where_values_enter),
    TEST(variants_are_a_word_or_an_object_of_one),
    TEST(maps_and_optionals_read_and_write),
    TEST(private_values_are_masked_and_secrets_for_every_reader),
    TEST(data_that_nest_too_deep_are_refused),
    TEST(a_value_that_is_not_of_its_type_is_written_as_null),
    TEST(a_sample_is_the_same_every_time),
    TEST(numbers_and_money_are_converted),
    TEST(records_fit_by_the_names_of_their_fields),
    TEST(text_of_anything_is_as_on_the_wire),
    {0},
};
