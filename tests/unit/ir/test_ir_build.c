/* Putting images together. */
#include "dsl/ir_verify.h"
#include "engine/base/arena.h"
#include "tests/support/unit.h"
#include "tests/unit/ir/sample.h"

static void a_text_is_held_once(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct ir_build *b = ir_build_new(arena, "f", 1);
    uint32_t one = ir_add_chars(b, "one"), other = ir_add_chars(b, "other");
    CHECK(one != other);
    CHECK_INT(ir_add_text(b, TEXT("one")), one);
    CHECK_INT(ir_add_list(b, ir_add_simple(b, IR_TYPE_INT)),
              ir_add_list(b, ir_add_simple(b, IR_TYPE_INT)));
    CHECK_INT(ir_add_whole(b, IR_CONST_INT, 5), ir_add_whole(b, IR_CONST_INT, 5));
    CHECK(ir_add_whole(b, IR_CONST_INT, 1) != ir_add_whole(b, IR_CONST_BOOL, 1));
}

static void a_fresh_row_refers_to_nothing(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct ir_build *b = ir_build_new(arena, "f", 1);
    uint32_t site = ir_new_many(b, sites, 2) + 1;
    CHECK_INT(site, 1);
    CHECK_INT(b->sites.at[site].place, IR_NONE);
    CHECK_INT(b->sites.at[site].limit, IR_NONE);
    CHECK_INT(b->sites.at[site].undo_block, IR_NONE);
    CHECK(!b->sites.at[site].never_undone);
    CHECK_INT(b->flow.gives, IR_NONE);
}

static void a_block_inside_a_body_gets_its_own_stretch(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct ir_build *b = ir_build_new(arena, "f", 1);
    ir_open_body(b);
    ir_push_text(b, "outer");
    uint32_t function = ir_new(b, functions);
    ir_open_block(b, 0);
    ir_push_int(b, 1);
    ir_push_int(b, 2);
    ir_emit(b, IR_ADD, 0, 0);
    b->functions.at[function].block = ir_close(b);
    b->functions.at[function].name = ir_add_chars(b, "three");
    b->functions.at[function].gives = ir_add_simple(b, IR_TYPE_INT);
    ir_emit(b, IR_NOTE, 0, 0);
    b->flow.body = ir_close(b);
    struct ir *ir = ir_build_done(b);
    struct err err = {0};
    CHECK(ir_verify(arena, ir, &err));
    CHECK_TEXT(text_of(err.what), "");
    CHECK_INT(ir->functions[function].block, 0);
    CHECK_INT(ir->code[0].b, 2); /* deepest */
    CHECK_INT(ir->code[4].code, IR_RETURN);
    CHECK_INT(ir->flow.body, 5);
    CHECK_INT(ir->code[8].code, IR_END);
}

static void a_jump_goes_where_its_label_is(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct ir_build *b = ir_build_new(arena, "f", 1);
    ir_open_body(b);
    uint32_t other = ir_label(b), end = ir_label(b);
    ir_push_bool(b, true);
    ir_emit(b, IR_JUMP_FALSE, 0, other);
    ir_push_int(b, 1);
    ir_emit(b, IR_JUMP, 0, end);
    ir_here(b, other);
    ir_push_int(b, 2);
    ir_here(b, end);
    ir_emit(b, IR_DROP, 0, 0);
    b->flow.body = ir_close(b);
    struct ir *ir = ir_build_done(b);
    struct err err = {0};
    CHECK(ir_verify(arena, ir, &err));
    CHECK_INT(ir->code[2].b, 5);
    CHECK_INT(ir->code[4].b, 6);
}

static void things_are_found_by_name(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct ir *ir = sample_image(arena);
    CHECK_INT(ir_find_event(ir, TEXT("Arrived")), 0);
    CHECK_INT(ir_find_event(ir, TEXT("Left")), IR_NONE);
    CHECK_INT(ir_find_state(ir, TEXT("shipping.picking")), 1);
    CHECK_INT(ir_find_state(ir, TEXT("picking")), 1);
    CHECK_INT(ir_find_operation(ir, TEXT("wms"), TEXT("release")), 1);
    CHECK_INT(ir_find_operation(ir, TEXT("erp"), TEXT("release")), IR_NONE);
    CHECK_INT(ir_find_slot(ir, TEXT("items")), 2);
    CHECK_INT(ir_find_dead_letter(ir, TEXT("stopped")), 0);
}

const struct unit_test suite_ir_build[] = {
    TEST(a_text_is_held_once),
    TEST(a_fresh_row_refers_to_nothing),
    TEST(a_block_inside_a_body_gets_its_own_stretch),
    TEST(a_jump_goes_where_its_label_is),
    TEST(things_are_found_by_name),
    {0},
};
