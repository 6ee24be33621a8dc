/* One doctored image for each thing that ir_verify refuses. */
#include "dsl/ir_verify.h"
#include "engine/base/arena.h"
#include "tests/support/unit.h"
#include "tests/unit/ir/sample.h"

static bool says(const struct err *err, const char *part)
{
    if (strstr(err->what, part) != NULL)
        return true;
    fprintf(stderr, "\n    got  \"%s\"\n    want \"%s\" in it\n", err->what, part);
    return false;
}

/* The sample with one thing changed must be refused, for that reason. */
#define REFUSED(change, reason)                                                          \
    do {                                                                                 \
        scoped_arena struct arena *arena = arena_new("test", 8 << 20);                   \
        struct ir *ir = sample_image(arena);                                             \
        struct err err = {0};                                                            \
        change;                                                                          \
        CHECK(!ir_verify(arena, ir, &err));                                              \
        CHECK(says(&err, reason));                                                       \
    } while (0)

static uint32_t find_op(const struct ir *ir, enum ir_op_code code)
{
    for (uint32_t pc = 0; pc < ir->code_n; pc++)
        if (ir->code[pc].code == code)
            return pc;
    REQUIRE(false);
    return 0;
}
#define OP(name) (&ir->code[find_op(ir, IR_##name)])

static void the_sample_is_sound(void)
{
    scoped_arena struct arena *arena = arena_new("test", 8 << 20);
    struct err err = {0};
    CHECK(ir_verify(arena, sample_image(arena), &err));
    CHECK_TEXT(text_of(err.what), "");
}

static void indices_stay_inside_their_array(void)
{
    REFUSED(ir->fields[0].type = ir->types_n, "type of fields 0 points nowhere");
    REFUSED(ir->sites[0].operation = IR_NONE, "operation of sites 0");
    REFUSED(ir->error_uses[0] = 7, "error use 0");
    REFUSED(ir->flow.first_state = 99, "first_state of flow 0");
    REFUSED(ir->states[0].name = ir->texts_n, "name of states 0");
}

static void ranges_stay_inside_their_array(void)
{
    REFUSED(ir->sites[0].whens.n = 9, "whens of sites 0");
    REFUSED(ir->sites[0].whens.first = UINT32_MAX, "whens of sites 0");
    REFUSED(ir->operations[0].errors = ((struct ir_range){1, 1}), "errors of operations");
}

static void places_are_slots_or_frame_slots(void)
{
    REFUSED(ir->sites[0].place = ir->slots_n, "place of sites 0");
    REFUSED(ir->sites[0].place = IR_FRAME | 1, "place of sites 0");
    REFUSED(OP(SET)->b = ir->slots_n, "SET at");
    REFUSED(ir->captures[0].to = 0, "writes outside its frame");
}

static void blocks_and_bodies_are_told_apart(void)
{
    REFUSED(ir->sites[0].limit = ir->states[1].body, "limit of sites 0");
    REFUSED(ir->states[1].body = ir->states[0].limit, "body of states 1");
    REFUSED(ir->states[1].body += 1, "body of states 1");
    REFUSED(ir->whens[0].pc = ir->states[0].limit, "pc of whens 0");
    REFUSED(ir->positions[1] = ir->states[0].limit, "after_bodies of dead_letters 0");
}

static void jumps_stay_inside_their_stretch(void)
{
    REFUSED(OP(JUMP)->b = 0, "JUMP at");
    REFUSED(OP(JUMP)->b = ir->code_n, "JUMP at");
    REFUSED(OP(EACH)->b = ir->states[1].body, "EACH at");
}

static void stacks_are_of_one_depth_where_paths_meet(void)
{
    REFUSED(OP(NOTE)->code = IR_KEEP_ALL, "something is left on the stack");
    REFUSED(OP(SET)->code = IR_TEMP, "TEMP at");
    REFUSED(OP(MUL)->code = IR_NOT, "something is left on the stack");
    REFUSED(ir->whens[1].pc = ir->states[0].limit, "pc of whens 1 points nowhere");
    REFUSED(ir->whens[1].pc++, "is empty");
    REFUSED(ir->code[find_op(ir, IR_EACH) + 1].b = find_op(ir, IR_SETTING),
            "paths of unlike depth meet");
}

static void an_empty_stack_gives_nothing(void)
{
    REFUSED(OP(GE)->code = IR_WITH + 0; OP(TEMP)->code = IR_NOW;
            OP(CONST)->code = IR_DROP, "the stack is empty");
    REFUSED(OP(DROP)->code = IR_APPEND, "APPEND at");
}

static void enter_says_what_room_is_needed(void)
{
    REFUSED(ir->code[ir->functions[0].block].b = 1, "deeper than ENTER says");
    REFUSED(ir->code[ir->functions[0].block].b = 4000, "ENTER at");
    REFUSED(OP(TEMP)->a = 200, "TEMP at");
    REFUSED(ir->functions[0].params = 2, "no room for its parameters");
    REFUSED(ir->types[0].refined = ir->states[0].limit, "type 0 is malformed");
}

static void stretches_end_as_they_should(void)
{
    REFUSED(OP(END)->code = IR_KEEP_ALL, "past the end");
    REFUSED(ir->code[ir->states[0].limit + 1].code = IR_RETURN, "is empty");
    REFUSED(OP(ENTER)->code = IR_NOW, "does not begin with ENTER");
    REFUSED(OP(NOTE)->code = IR_RETURN, "RETURN in a body");
    REFUSED(OP(ENTER)->code = IR_OP_COUNT, "none there is");
    REFUSED(ir->lines_n--, "lines");
}

static void operands_are_of_the_right_kind(void)
{
    REFUSED(OP(CONST)->b = ir->consts_n, "CONST at");
    REFUSED(OP(RECORD)->a = 3, "RECORD at");
    REFUSED(OP(RECORD)->b = 0, "RECORD at");
    REFUSED(OP(CALL)->a = 2, "CALL at");
    REFUSED(OP(CALL_FUNCTION)->a = 0, "CALL_FUNCTION at");
    REFUSED(OP(CONVERT)->b = ir->types_n, "CONVERT at");
    REFUSED(OP(GO_TO)->b = ir->states_n, "GO_TO at");
    REFUSED(OP(REFER)->b = ir->dead_letters_n, "REFER at");
    REFUSED(OP(UNDO)->b = ir->undos_n, "UNDO at");
    REFUSED(OP(SETTING)->b = ir->settings_n, "SETTING at");
    REFUSED(OP(EACH)->a = ir->loops_n, "EACH at");
    REFUSED(ir->loops[OP(EACH)->a].item = IR_NONE, "EACH at");
}

static uint32_t find_type(const struct ir *ir, enum ir_type_kind kind)
{
    for (uint32_t i = 0; i < ir->types_n; i++)
        if (ir->types[i].kind == kind &&
            (kind != IR_TYPE_RECORD || ir->types[i].parts.n == 1))
            return i;
    REQUIRE(false);
    return 0;
}

static void types_are_well_made(void)
{
    REFUSED(ir->types[find_type(ir, IR_TYPE_OPTIONAL)].of = IR_NONE, "is malformed");
    REFUSED(ir->types[find_type(ir, IR_TYPE_OPTIONAL)].of =
                find_type(ir, IR_TYPE_OPTIONAL),
            "is malformed");
    REFUSED(ir->types[find_type(ir, IR_TYPE_MAP)].key = IR_NONE, "is malformed");
    REFUSED(ir->types[find_type(ir, IR_TYPE_DECIMAL)].scale = 39, "is malformed");
    REFUSED(ir->types[find_type(ir, IR_TYPE_VARIANT)].parts.n = 99, "is malformed");
    REFUSED(ir->types[0].kind = IR_TYPE_JSON + 1, "kind of types 0");
    REFUSED(ir->cases[1].position = 0, "is malformed");
    REFUSED(ir->cases[1].record = IR_NONE, "case 1 and its record");
    REFUSED(ir->consts[0].kind = IR_CONST_TEXT;
            ir->consts[0].text = IR_NONE, "constant 0");
}

static void a_record_may_not_hold_itself(void)
{
    REFUSED(uint32_t at = find_type(ir, IR_TYPE_RECORD);
            ir->fields[ir->types[at].parts.first].type = at, "holds itself");
    scoped_arena struct arena *arena = arena_new("test", 8 << 20);
    struct ir *ir = sample_image(arena);
    struct err err = {0};
    uint32_t record = find_type(ir, IR_TYPE_RECORD), list = find_type(ir, IR_TYPE_LIST);
    ir->types[list].of = record;
    ir->fields[ir->types[record].parts.first].type = list;
    CHECK(ir_verify(arena, ir, &err)); /* through a list it may */
}

static void a_block_may_not_call_itself(void)
{
    REFUSED(ir->code[ir->functions[0].block + 1].code = IR_PUSH_NONE;
            ir->code[ir->functions[0].block + 2].code = IR_PUSH_NONE;
            ir->code[ir->functions[0].block + 3] =
                ((struct ir_op){IR_CALL_FUNCTION, 1, 0});
            ir->code[ir->functions[0].block + 2] = ((struct ir_op){IR_NOT, 0, 0}),
            "calls itself");
    /* through the refinement of a type */
    REFUSED(uint32_t qty = find_type(ir, IR_TYPE_DECIMAL);
            uint32_t at = ir->types[qty].refined;
            ir->code[at + 2] = ((struct ir_op){IR_CONVERT, 0, (uint32_t)qty});
            ir->code[at + 3] = ((struct ir_op){IR_NOT, 0, 0}), "calls itself");
}

static void operations_say_what_undoes_them_and_how(void)
{
    REFUSED(ir->operations[0].undone_args = IR_NONE, "operation 0");
    REFUSED(ir->operations[0].key_kind = IR_KEY_STEP, "operation 0");
    REFUSED(ir->operations[0].gives = IR_NONE;
            ir->code[ir->operations[0].undone_args].a = 0, "operation 0");
    REFUSED(ir->operations[1].found_by = 0, "operation 1");
    REFUSED(ir->policies[0].tries = 0, "policy 0");
    REFUSED(ir->policies[0].pause = 5, "policy 0");
    REFUSED(ir->errors[0].record = find_type(ir, IR_TYPE_INT), "error 0");
}

static void events_are_found_by_their_keys(void)
{
    REFUSED(ir->positions[0] = 1, "event 0");
    REFUSED(ir->match_keys[0].field = 1, "match 0");
    REFUSED(ir->events[0].keys.n = 0, "match 0");
    REFUSED(ir->matches[ir->waits[0].matches.first].pc = IR_NONE, "wait 0");
    REFUSED(ir->waits[0].matches.n = 0; ir->waits[0].limit = IR_NONE, "wait 0");
}

static void states_are_a_forest(void)
{
    REFUSED(ir->states[0].parent = 1, "state 0");
    REFUSED(ir->states[0].parent = 0, "state 0");
    REFUSED(ir->states[0].first_inner = 2, "state 0");
    REFUSED(ir->states[1].handlers = ir->states[0].handlers, "state 1");
    REFUSED(ir->flow.first_state = 1, "begin in an outer state");
    REFUSED(ir->flow.first_state = IR_NONE, "begin in an outer state");
    REFUSED(ir->handlers[0].state = IR_NONE; ir->handlers[1].state = 0, "out of order");
    REFUSED(ir->handlers[0].body = IR_NONE, "handler 0");
    REFUSED(ir->handlers[1].period = IR_NONE, "handler 1");
}

static void the_flow_has_its_parameters_first(void)
{
    REFUSED(ir->slots[0].kind = IR_SLOT_VAR, "slot 0");
    REFUSED(ir->slots[1].kind = IR_SLOT_PARAM, "slot 1");
    REFUSED(ir->slots_n = 0, "points nowhere");
    REFUSED(ir->flow.params = find_type(ir, IR_TYPE_INT), "no parameters");
    REFUSED(ir->undos[0].state = IR_NONE, "undo 0");
    REFUSED(ir->dead_letters[0].afters.n = 0, "dead letter 0");
}

static void temps_are_set_before_they_are_read(void)
{
    /* the block that is given `sku` alone reads the result, too */
    REFUSED(ir->code[ir->operations[0].key].a = 2;
            ir->code[ir->operations[0].key + 1].a = 1, "a temp is read before it is set");
    /* a temp does not outlive an operation that moves the flow */
    scoped_arena struct arena *arena = arena_new("test", 8 << 20);
    struct ir_build *b = ir_build_new(arena, "f", 1);
    uint32_t slot = ir_add_slot(b, "x", IR_SLOT_VAR, ir_add_simple(b, IR_TYPE_INT));
    ir_open_body(b);
    uint32_t temp = ir_temp_take(b);
    ir_push_int(b, 1);
    ir_emit(b, IR_SET_TEMP, temp, 0);
    ir_emit(b, IR_TEMP, temp, 0);
    ir_emit(b, IR_SET, 0, slot);
    ir_emit(b, IR_TEMP, temp, 0);
    ir_emit(b, IR_SET, 0, slot);
    b->flow.body = ir_close(b);
    struct err err = {0};
    CHECK(!ir_verify(arena, ir_build_done(b), &err));
    CHECK(says(&err, "a temp is read before it is set at 5"));
}

static void texts_are_utf8(void)
{
    REFUSED(ir->texts[0] = TEXT("\xff"), "text 0");
}

const struct unit_test suite_ir_verify[] = {
    TEST(the_sample_is_sound),
    TEST(indices_stay_inside_their_array),
    TEST(ranges_stay_inside_their_array),
    TEST(places_are_slots_or_frame_slots),
    TEST(blocks_and_bodies_are_told_apart),
    TEST(jumps_stay_inside_their_stretch),
    TEST(stacks_are_of_one_depth_where_paths_meet),
    TEST(an_empty_stack_gives_nothing),
    TEST(enter_says_what_room_is_needed),
    TEST(stretches_end_as_they_should),
    TEST(operands_are_of_the_right_kind),
    TEST(types_are_well_made),
    TEST(a_record_may_not_hold_itself),
    TEST(a_block_may_not_call_itself),
    TEST(operations_say_what_undoes_them_and_how),
    TEST(events_are_found_by_their_keys),
    TEST(states_are_a_forest),
    TEST(the_flow_has_its_parameters_first),
    TEST(temps_are_set_before_they_are_read),
    TEST(texts_are_utf8),
    {0},
};
