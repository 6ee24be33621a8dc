/* Blocks: operators, what they refuse, the budget. */
#include "engine/base/limits.h"
#include "engine/base/when.h"
#include "tests/unit/core/kit.h"

struct calculation {
    const char *a;
    enum ir_op_code op;
    const char *b;
    const char *want;
};

static void check_all(const struct calculation *rows, size_t n)
{
    struct kit k = kit_new();
    uint32_t functions[IR_OP_COUNT];
    for (uint32_t op = IR_ADD; op <= IR_IN; op++)
        functions[op] = kit_op(&k, (enum ir_op_code)op, 0, 0, 2);
    functions[IR_INDEX] = kit_op(&k, IR_INDEX, 0, 0, 2);
    kit_done(&k);
    for (size_t i = 0; i < n; i++) {
        struct value given[] = {kit_value(&k, rows[i].a), kit_value(&k, rows[i].b)};
        CHECK_SAYS(kit_run(&k, functions[rows[i].op], given, 2), rows[i].want);
    }
    kit_free(&k);
}
#define CHECK_ALL(rows) check_all(rows, sizeof(rows) / sizeof *(rows))

static void numbers_are_exact_and_refuse_to_overflow(void)
{
    static const struct calculation rows[] = {
        {"2", IR_ADD, "3", "5"},
        {"2", IR_ADD, "0.50", "2.50"},
        {"9223372036854775807", IR_ADD, "1",
         "! 9223372036854775807 + 1: the result is too large"},
        {"-9223372036854775808", IR_SUB, "1",
         "! -9223372036854775808 - 1: the result is too large"},
        {"4611686018427387904", IR_MUL, "2",
         "! 4611686018427387904 * 2: the result is too large"},
        {"3", IR_MUL, "1.25", "3.75"},
        {"1", IR_DIV, "4", "0.25"},
        {"1", IR_DIV, "0", "none"},
        {"1", IR_DIV, "3", "0.33333333333333333333333333333333333333"},
        {"99999999999999999999999999999999999999", IR_ADD, "1",
         "! 99999999999999999999999999999999999999 + 1: the result is too large"},
        {"2", IR_ADD, "'x", "! 2 + \"x\": these have no such operation"},
    };
    CHECK_ALL(rows);
}

static void money_keeps_its_currency(void)
{
    static const struct calculation rows[] = {
        {"10.00 USD", IR_ADD, "3.00 USD", "13.00 USD"},
        {"10.00 USD", IR_ADD, "3.00 EUR", "! 10.00 USD + 3.00 EUR: currencies differ"},
        {"10.00 USD", IR_MUL, "0.15", "1.5000 USD"},
        {"3", IR_MUL, "10.00 USD", "30.00 USD"},
        {"10.00 USD", IR_MUL, "10.00 USD",
         "! 10.00 USD * 10.00 USD: these have no such operation"},
        {"10.00 USD", IR_DIV, "4", "2.50 USD"},
        {"10.00 USD", IR_DIV, "0", "none"},
        {"10.00 USD", IR_DIV, "4.00 USD", "2.50"},
        {"10.00 USD", IR_DIV, "4.00 EUR", "! 10.00 USD / 4.00 EUR: currencies differ"},
        {"10.00 USD", IR_GT, "3.00 EUR", "! 10.00 USD > 3.00 EUR: currencies differ"},
        {"10.0 USD", IR_EQ, "10.00 USD", "true"},
        {"10.00 USD", IR_EQ, "10.00 EUR", "false"},
        {"10.00 USD", IR_LE, "10.000 USD", "true"},
    };
    CHECK_ALL(rows);
}

static void moments_move_by_durations(void)
{
    static const struct calculation rows[] = {
        {"2026-05-12T10:00:00Z", IR_ADD, "1h30m", "2026-05-12T11:30:00Z"},
        {"2026-05-12T10:00:00Z", IR_SUB, "1d", "2026-05-11T10:00:00Z"},
        {"2026-05-12T10:00:00Z", IR_SUB, "2026-05-12T09:00:00Z", "PT1H"},
        {"2026-05-12", IR_SUB, "2026-05-10", "2"},
        {"1h", IR_ADD, "30m", "PT1H30M"},
        {"1h", IR_MUL, "1.5", "PT1H30M"},
        {"2", IR_MUL, "1h", "PT2H"},
        {"9999-12-31T23:00:00Z", IR_ADD, "2h",
         "! 9999-12-31T23:00:00Z + 2h: the result is too large"},
        {"2026-05-12", IR_ADD, "1h", "! 2026-05-12 + 1h: these have no such operation"},
        {"2026-05-12", IR_LT, "2026-05-13", "true"},
    };
    CHECK_ALL(rows);
}

static void texts_and_lists_join_and_compare_by_value(void)
{
    static const struct calculation rows[] = {
        {"'ab", IR_ADD, "'cd", "abcd"},
        {"'", IR_ADD, "'", ""},
        {"[1, 2]", IR_ADD, "[3]", "[1, 2, 3]"},
        {"'a", IR_LT, "'b", "true"},
        {"'é", IR_GT, "'z", "true"}, /* by code point */
        {"1.50", IR_EQ, "1.5", "true"},
        {"1", IR_EQ, "1.0", "true"},
        {"1", IR_NE, "2", "true"},
        {"none", IR_EQ, "none", "true"},
        {"1", IR_EQ, "none", "false"},
        {"[1, 2]", IR_EQ, "[1.0, 2.0]", "true"},
        {"[1, 2]", IR_EQ, "[1]", "false"},
        {"true", IR_LT, "false", "! true < false: they have no order"},
        {"2", IR_IN, "[1, 2, 3]", "true"},
        {"4", IR_IN, "[1, 2, 3]", "false"},
        {"4", IR_IN, "5", "! 4 in 5: that is no list and no map"},
        {"[7, 8]", IR_INDEX, "0", "7"},
        {"[7, 8]", IR_INDEX, "2", "none"},
        {"[7, 8]", IR_INDEX, "-1", "none"},
    };
    CHECK_ALL(rows);
}

static void the_sum_of_no_money_is_the_zero_of_what_it_meets(void)
{
    struct kit k = kit_new();
    uint32_t add = kit_op(&k, IR_ADD, 0, 0, 2), sub = kit_op(&k, IR_SUB, 0, 0, 2),
             less = kit_op(&k, IR_LT, 0, 0, 2), same = kit_op(&k, IR_EQ, 0, 0, 2);
    kit_done(&k);
    struct value none = value_money(decimal_from_i64(0), "\0\0");
    struct value three = kit_value(&k, "3.00 USD"), zero = kit_value(&k, "0.00 EUR");
    CHECK_SAYS(kit_run(&k, add, (struct value[]){none, three}, 2), "3.00 USD");
    CHECK_SAYS(kit_run(&k, sub, (struct value[]){three, none}, 2), "3.00 USD");
    CHECK_SAYS(kit_run(&k, add, (struct value[]){none, none}, 2), "0");
    CHECK_SAYS(kit_run(&k, less, (struct value[]){none, three}, 2), "true");
    CHECK_SAYS(kit_run(&k, same, (struct value[]){none, zero}, 2), "true");
    CHECK_SAYS(kit_run(&k, same, (struct value[]){none, three}, 2), "false");
    kit_free(&k);
}

/* Function i calls function i - 1, `n` deep. */
static const char *run_nested(uint32_t n)
{
    struct kit k = kit_new();
    uint32_t f = kit_op(&k, IR_NOW, 0, 0, 0);
    for (uint32_t i = 1; i < n; i++)
        f = kit_op(&k, IR_CALL_FUNCTION, 0, f, 0);
    kit_done(&k);
    struct text said = text_of(kit_run(&k, f, NULL, 0));
    bool is_good = text_starts(said, TEXT("1970"));
    bool is_problem =
        text_starts(said, TEXT("! functions call each other more than 200"));
    kit_free(&k);
    return is_good ? "good" : is_problem ? "too deep" : "something else";
}

static void functions_nest_as_deep_as_the_limit_and_no_deeper(void)
{
    CHECK_SAYS(run_nested(LIMIT_CALL_DEPTH), "good");
    CHECK_SAYS(run_nested(LIMIT_CALL_DEPTH + 1), "too deep");
}

static void a_private_value_is_not_shown_in_a_problem(void)
{
    struct kit k = kit_new();
    uint32_t add = kit_op(&k, IR_ADD, 0, 0, 2);
    kit_done(&k);
    struct value given[] = {kit_value(&k, "10.00 USD"), kit_value(&k, "3.00 EUR")};
    given[1].is_private = true;
    CHECK_SAYS(kit_run(&k, add, given, 2), "! 10.00 USD + (private): currencies differ");
    kit_free(&k);
}

static void what_is_made_of_private_values_is_private(void)
{
    struct kit k = kit_new();
    kit_open(&k, 2);
    ir_emit(k.b, IR_TEMP, 0, 0);
    ir_push_decimal(k.b, "1.5");
    ir_emit(k.b, IR_MUL, 0, 0);
    ir_emit(k.b, IR_TEMP, 1, 0);
    ir_emit(k.b, IR_ADD, 0, 0);
    uint32_t f = kit_close(&k, 2);
    kit_done(&k);
    struct value given[] = {kit_value(&k, "10.00 USD"), kit_value(&k, "3.00 EUR")};
    given[0].is_private = true;
    CHECK_SAYS(kit_run(&k, f, given, 2), "! (private) + 3.00 EUR: currencies differ");
    kit_free(&k);
}

static void a_comprehension_goes_through_a_list(void)
{
    /* [x * x for x in given where x > 2] */
    struct kit k = kit_new();
    kit_open(&k, 1);
    uint32_t list = ir_temp_take(k.b), index = ir_temp_take(k.b), x = ir_temp_take(k.b),
             out = ir_temp_take(k.b);
    uint32_t again = ir_label(k.b), skip = ir_label(k.b), through = ir_label(k.b);
    CHECK(index == list + 1 && x == list + 2);
    ir_emit(k.b, IR_TEMP, 0, 0);
    ir_emit(k.b, IR_SET_TEMP, list, 0);
    ir_push_int(k.b, 0);
    ir_emit(k.b, IR_SET_TEMP, index, 0);
    ir_emit(k.b, IR_LIST, 0, 0);
    ir_emit(k.b, IR_SET_TEMP, out, 0);
    ir_here(k.b, again);
    ir_emit(k.b, IR_NEXT, list, through);
    ir_emit(k.b, IR_TEMP, x, 0);
    ir_push_int(k.b, 2);
    ir_emit(k.b, IR_GT, 0, 0);
    ir_emit(k.b, IR_JUMP_FALSE, 0, skip);
    ir_emit(k.b, IR_TEMP, x, 0);
    ir_emit(k.b, IR_TEMP, x, 0);
    ir_emit(k.b, IR_MUL, 0, 0);
    ir_emit(k.b, IR_APPEND, out, 0);
    ir_here(k.b, skip);
    ir_emit(k.b, IR_JUMP, 0, again);
    ir_here(k.b, through);
    ir_emit(k.b, IR_TEMP, out, 0);
    uint32_t f = kit_close(&k, 1);
    kit_done(&k);
    struct value given = kit_value(&k, "[1, 2, 3, 4]");
    CHECK_SAYS(kit_run(&k, f, &given, 1), "[9, 16]");

    struct value many[100];
    for (int i = 0; i < 100; i++)
        many[i] = value_int(i);
    given = value_list(many, 100);
    struct text said = text_of(kit_run(&k, f, &given, 1));
    CHECK(text_ends(said, TEXT("9604, 9801]")) && text_starts(said, TEXT("[9, 16, 25")));
    kit_free(&k);
}

static void a_list_that_was_looked_at_does_not_grow_with_the_next(void)
{
    /* out = [1]; before = out; append 2 to out; append 3 to before; [out, before] */
    struct kit k = kit_new();
    kit_open(&k, 0);
    uint32_t out = ir_temp_take(k.b), before = ir_temp_take(k.b);
    ir_emit(k.b, IR_LIST, 0, 0);
    ir_emit(k.b, IR_SET_TEMP, out, 0);
    ir_push_int(k.b, 1);
    ir_emit(k.b, IR_APPEND, out, 0);
    ir_emit(k.b, IR_TEMP, out, 0);
    ir_emit(k.b, IR_SET_TEMP, before, 0);
    ir_push_int(k.b, 2);
    ir_emit(k.b, IR_APPEND, out, 0);
    ir_push_int(k.b, 3);
    ir_emit(k.b, IR_APPEND, before, 0);
    ir_emit(k.b, IR_TEMP, out, 0);
    ir_emit(k.b, IR_TEMP, before, 0);
    ir_emit(k.b, IR_LIST, 0, 2);
    uint32_t f = kit_close(&k, 0);
    kit_done(&k);
    CHECK_SAYS(kit_run(&k, f, NULL, 0), "[[1, 2], [1, 3]]");
    kit_free(&k);
}

static void endless_work_runs_out_of_fuel(void)
{
    struct kit k = kit_new();
    kit_open(&k, 0);
    uint32_t again = ir_label(k.b), end = ir_label(k.b);
    ir_here(k.b, again);
    ir_push_bool(k.b, false);
    ir_emit(k.b, IR_JUMP_FALSE, 0, again);
    ir_here(k.b, end);
    ir_push_int(k.b, 1);
    uint32_t f = kit_close(&k, 0);
    kit_done(&k);
    CHECK_SAYS(kit_run(&k, f, NULL, 0), "! it takes more than 1000000 operations");
    CHECK_INT(k.ir->lines[k.problem.pc], 1);
    kit_free(&k);
}

static void a_text_that_doubles_for_ever_runs_out_of_memory(void)
{
    struct kit k = kit_new();
    kit_open(&k, 1);
    uint32_t again = ir_label(k.b);
    ir_here(k.b, again);
    ir_emit(k.b, IR_TEMP, 0, 0);
    ir_emit(k.b, IR_TEMP, 0, 0);
    ir_emit(k.b, IR_ADD, 0, 0);
    ir_emit(k.b, IR_SET_TEMP, 0, 0);
    ir_emit(k.b, IR_JUMP, 0, again);
    uint32_t f = kit_close(&k, 1);
    kit_done(&k);
    struct value given = kit_value(&k, "'0123456789");
    CHECK_SAYS(kit_run(&k, f, &given, 1), "! it takes more than 16 MiB");
    CHECK(arena_used(k.arena) < (size_t)40 << 20);
    kit_free(&k);
}

static void a_value_nests_only_so_deep(void)
{
    struct kit k = kit_new();
    kit_open(&k, 1);
    uint32_t again = ir_label(k.b);
    ir_here(k.b, again);
    ir_emit(k.b, IR_TEMP, 0, 0);
    ir_emit(k.b, IR_TEMP, 0, 0);
    ir_emit(k.b, IR_LIST, 0, 2);
    ir_emit(k.b, IR_SET_TEMP, 0, 0);
    ir_emit(k.b, IR_JUMP, 0, again);
    uint32_t wide = kit_close(&k, 1);
    kit_open(&k, 1);
    again = ir_label(k.b);
    ir_here(k.b, again);
    ir_emit(k.b, IR_TEMP, 0, 0);
    ir_emit(k.b, IR_LIST, 0, 1);
    ir_emit(k.b, IR_SET_TEMP, 0, 0);
    ir_emit(k.b, IR_JUMP, 0, again);
    uint32_t deep = kit_close(&k, 1);
    kit_done(&k);
    struct value given = value_int(1);
    CHECK_SAYS(kit_run(&k, deep, &given, 1), "! a value nests more than 64 levels deep");
    CHECK_SAYS(kit_run(&k, wide, &given, 1), "! a value takes more than 16 MiB");
    kit_free(&k);
}

static void functions_call_functions_a_hundred_thousand_times_in_the_same_room(void)
{
    struct kit k = kit_new();
    uint32_t twice = kit_op(&k, IR_ADD, 0, 0, 2);
    kit_open(&k, 1); /* given: how often */
    uint32_t again = ir_label(k.b), end = ir_label(k.b);
    ir_here(k.b, again);
    ir_push_int(k.b, 0);
    ir_emit(k.b, IR_TEMP, 0, 0);
    ir_emit(k.b, IR_LT, 0, 0);
    ir_emit(k.b, IR_JUMP_FALSE, 0, end);
    ir_emit(k.b, IR_TEMP, 0, 0);
    ir_push_int(k.b, -1);
    ir_emit(k.b, IR_CALL_FUNCTION, 2, twice);
    ir_emit(k.b, IR_SET_TEMP, 0, 0);
    ir_emit(k.b, IR_JUMP, 0, again);
    ir_here(k.b, end);
    ir_emit(k.b, IR_TEMP, 0, 0);
    uint32_t f = kit_close(&k, 1);
    kit_done(&k);
    struct value given = value_int(70000);
    size_t before = arena_used(k.arena);
    CHECK_SAYS(kit_run(&k, f, &given, 1), "0");
    CHECK(arena_used(k.arena) - before < 64 << 10);
    kit_free(&k);
}

static void a_problem_in_a_function_names_the_line_there(void)
{
    struct kit k = kit_new();
    k.b->line = 40;
    uint32_t add = kit_op(&k, IR_ADD, 0, 0, 2); /* line 41 */
    kit_open(&k, 2);                            /* line 42 */
    ir_emit(k.b, IR_TEMP, 0, 0);
    ir_emit(k.b, IR_TEMP, 1, 0);
    ir_emit(k.b, IR_CALL_FUNCTION, 2, add);
    uint32_t f = kit_close(&k, 2);
    kit_done(&k);
    struct value given[] = {kit_value(&k, "1.00 USD"), kit_value(&k, "1.00 EUR")};
    CHECK_SAYS(kit_run(&k, f, given, 2), "! 1.00 USD + 1.00 EUR: currencies differ");
    CHECK_INT(k.ir->lines[k.problem.pc], 41);
    kit_free(&k);
}

static void operations_on_the_wrong_kind_are_problems_never_crashes(void)
{
    struct kit k = kit_new();
    static const char *const kinds[] = {"none", "true", "1",   "1.5",       "1.00 USD",
                                        "'x",   "1h",   "[1]", "2026-05-12"};
    uint32_t functions[IR_OP_COUNT] = {0}, n = 0, list[64];
    for (uint32_t op = IR_FIELD; op <= IR_IN; op++)
        list[n++] = functions[op] =
            kit_op(&k, (enum ir_op_code)op, 3, 0,
                   op == IR_FIELD || op == IR_FIELD_OR_NONE || op == IR_DATA ||
                           op == IR_NEG || op == IR_NOT
                       ? 1
                       : 2);
    kit_done(&k);
    for (uint32_t f = 0; f < n; f++)
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            for (size_t j = 0; j < sizeof kinds / sizeof *kinds; j++) {
                struct value given[] = {kit_value(&k, kinds[i]), kit_value(&k, kinds[j])};
                CHECK(kit_run(&k, list[f], given, k.ir->functions[list[f]].params) !=
                      NULL);
            }
    kit_free(&k);
}

static void a_place_never_set_is_a_problem_with_its_name(void)
{
    struct kit k = kit_new();
    uint32_t slot = ir_add_slot(k.b, "so", IR_SLOT_VAR, ir_add_simple(k.b, IR_TYPE_TEXT));
    kit_open(&k, 0);
    ir_emit(k.b, IR_LOAD, 0, slot);
    uint32_t f = kit_close(&k, 0);
    kit_done(&k);
    struct value place = {0}, out;
    struct eval_scope scope = {.ir = k.ir, .places = &place};
    CHECK(!eval_block(k.arena, &scope, k.ir->functions[f].block, NULL, 0, &out,
                      &k.problem));
    CHECK_SAYS(k.problem.message, "so has no value yet");
    place = kit_value(&k, "'SO-1");
    CHECK(
        eval_block(k.arena, &scope, k.ir->functions[f].block, NULL, 0, &out, &k.problem));
    CHECK_SAYS(kit_show(&k, out), "SO-1");
    kit_free(&k);
}

static void settings_fall_back_to_their_default(void)
{
    struct kit k = kit_new();
    uint32_t settings = ir_new_many(k.b, settings, 2);
    k.b->settings.at[settings].name = ir_add_chars(k.b, "grace");
    k.b->settings.at[settings + 1].name = ir_add_chars(k.b, "limit");
    for (uint32_t i = 0; i < 2; i++)
        k.b->settings.at[settings + i].type = ir_add_simple(k.b, IR_TYPE_INT);
    ir_open_block(k.b, 0);
    ir_push_int(k.b, 7);
    k.b->settings.at[settings].standard = ir_close(k.b);
    uint32_t grace = kit_op(&k, IR_SETTING, 0, settings, 0);
    uint32_t limit = kit_op(&k, IR_SETTING, 0, settings + 1, 0);
    kit_done(&k);
    CHECK_SAYS(kit_run(&k, grace, NULL, 0), "7");
    CHECK_SAYS(kit_run(&k, limit, NULL, 0),
               "! the environment does not give the setting limit");
    struct value given[] = {value_int(1), value_int(2)}, out;
    struct eval_scope scope = {.ir = k.ir, .settings = given};
    CHECK(eval_block(k.arena, &scope, k.ir->functions[limit].block, NULL, 0, &out,
                     &k.problem));
    CHECK_INT(out.whole, 2);
    kit_free(&k);
}

static void a_body_computes_until_it_moves_and_goes_on_behind(void)
{
    struct kit k = kit_new();
    uint32_t slot = ir_add_slot(k.b, "n", IR_SLOT_VAR, ir_add_simple(k.b, IR_TYPE_INT));
    ir_open_body(k.b);
    ir_push_int(k.b, 1);
    ir_push_int(k.b, 2);
    ir_emit(k.b, IR_ADD, 0, 0);
    ir_emit(k.b, IR_SET, 0, slot);
    ir_emit(k.b, IR_LOAD, 0, slot);
    ir_push_int(k.b, 1);
    ir_emit(k.b, IR_ADD, 0, 0);
    ir_emit(k.b, IR_SET, 0, slot);
    k.b->flow.body = ir_close(k.b);
    kit_done(&k);
    struct value place = {0};
    struct eval_scope scope = {.ir = k.ir, .places = &place};
    struct eval_run run;
    CHECK(eval_until_move(k.arena, &scope, k.ir->flow.body, &run, &k.problem));
    CHECK_INT(k.ir->code[run.pc].code, IR_SET);
    CHECK(run.stack_n == 1 && run.stack[0].whole == 3);
    place = run.stack[0];
    CHECK(eval_until_move(k.arena, &scope, run.pc + 1, &run, &k.problem));
    CHECK(run.stack_n == 1 && run.stack[0].whole == 4);
    CHECK(eval_until_move(k.arena, &scope, run.pc + 1, &run, &k.problem));
    CHECK(k.ir->code[run.pc].code == IR_END && run.stack_n == 0);
    kit_free(&k);
}

static struct digest another_seed(const struct eval_scope *scope)
{
    (void)scope;
    return (struct digest){{1}};
}

static void new_ids_differ_by_place_and_time_and_repeat_for_the_same(void)
{
    struct kit k = kit_new();
    kit_open(&k, 0);
    ir_emit(k.b, IR_NEW_ID, 0, 0);
    ir_emit(k.b, IR_NEW_ID, 0, 0);
    ir_emit(k.b, IR_LIST, 0, 2);
    uint32_t f = kit_close(&k, 0);
    kit_done(&k);
    struct eval_scope scope = {.ir = k.ir};
    struct value first, second, other;
    uint32_t block = k.ir->functions[f].block;
    CHECK(eval_block(k.arena, &scope, block, NULL, 0, &first, &k.problem));
    CHECK(eval_block(k.arena, &scope, block, NULL, 0, &second, &k.problem));
    scope.id_seed = another_seed;
    CHECK(eval_block(k.arena, &scope, block, NULL, 0, &other, &k.problem));
    CHECK(value_is(first, second));
    CHECK(!value_is(first.items[0], first.items[1]));
    CHECK(!value_is(first.items[0], other.items[0]));
    CHECK_INT(first.items[0].n, 36);
    kit_free(&k);
}

static void maps_keep_the_later_of_equal_keys_and_are_looked_up(void)
{
    struct kit k = kit_new();
    kit_open(&k, 1);
    static const char *const keys[] = {"b", "a", "c", "b"};
    for (int i = 0; i < 4; i++) {
        ir_push_text(k.b, keys[i]);
        ir_push_int(k.b, i);
    }
    ir_emit(k.b, IR_MAP, 0, 8);
    uint32_t all = ir_temp_take(k.b);
    ir_emit(k.b, IR_SET_TEMP, all, 0);
    ir_emit(k.b, IR_TEMP, all, 0);
    ir_emit(k.b, IR_TEMP, all, 0);
    ir_emit(k.b, IR_TEMP, 0, 0);
    ir_emit(k.b, IR_INDEX, 0, 0);
    ir_emit(k.b, IR_LIST, 0, 2);
    uint32_t f = kit_close(&k, 1);
    kit_done(&k);
    struct value given = kit_value(&k, "'b");
    CHECK_SAYS(kit_run(&k, f, &given, 1), "[{a: 1, b: 3, c: 2}, 3]");
    given = kit_value(&k, "'d");
    CHECK_SAYS(kit_run(&k, f, &given, 1), "[{a: 1, b: 3, c: 2}, none]");
    kit_free(&k);
}

const struct unit_test suite_eval[] = {
    TEST(numbers_are_exact_and_refuse_to_overflow),
    TEST(money_keeps_its_currency),
    TEST(moments_move_by_durations),
    TEST(texts_and_lists_join_and_compare_by_value),
    TEST(the_sum_of_no_money_is_the_zero_of_what_it_meets),
    TEST(functions_nest_as_deep_as_the_limit_and_no_deeper),
    TEST(a_private_value_is_not_shown_in_a_problem),
    TEST(what_is_made_of_private_values_is_private),
    TEST(a_comprehension_goes_through_a_list),
    TEST(a_list_that_was_looked_at_does_not_grow_with_the_next),
    TEST(endless_work_runs_out_of_fuel),
    TEST(a_text_that_doubles_for_ever_runs_out_of_memory),
    TEST(a_value_nests_only_so_deep),
    TEST(functions_call_functions_a_hundred_thousand_times_in_the_same_room),
    TEST(a_problem_in_a_function_names_the_line_there),
    TEST(operations_on_the_wrong_kind_are_problems_never_crashes),
    TEST(a_place_never_set_is_a_problem_with_its_name),
    TEST(settings_fall_back_to_their_default),
    TEST(a_body_computes_until_it_moves_and_goes_on_behind),
    TEST(new_ids_differ_by_place_and_time_and_repeat_for_the_same),
    TEST(maps_keep_the_later_of_equal_keys_and_are_looked_up),
    {0},
};
