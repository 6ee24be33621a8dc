/* Loops over thousands: what a step writes does not grow with what was done before. */
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "tests/support/unit.h"
#include "tests/unit/lower/compiled.h"
#include "tools/play.h"

enum {
    ITEMS = 3000,
    SNAPSHOT_MOST = 8 << 10,
    DICE_FACTOR = 1664525,
    DICE_STEP = 1013904223
};

static const char many[] =
    "adapter shop {\n"
    "    limit 100 at once\n"
    "    read price(part: int) gives int\n"
    "    effect pack(part: int) gives int harmless once per part\n"
    "}\n"
    "flow gathers version 1 (parts: list of int) gives list of int {\n"
    "    for each p in parts, 40 at once as rs { call shop.price(part: p) as x  give x "
    "}\n"
    "    give rs\n"
    "}\n";

static const char packs[] =
    "adapter shop {\n"
    "    effect pack(part: int) gives int harmless once per part\n"
    "}\n"
    "flow packs version 1 (parts: list of int) {\n"
    "    for each p in parts { call shop.pack(part: p) as x }\n"
    "}\n";

static json_t *parts(void)
{
    json_t *all = json_array();
    for (int i = 0; i < ITEMS; i++)
        json_array_append_new(all, json_integer(i));
    return json_pack("{s:o}", "parts", all);
}

static struct play *begun(struct arena *arena, const char *text)
{
    struct ir *ir = compiled_image(compiled_flow(arena, text));
    REQUIRE(ir != NULL);
    struct play *play = play_open(ir, NULL);
    scoped_json json_t *args = parts();
    play_start(play, TEXT(""), args);
    return play;
}

/* Twice what the part is. */
static void answer(struct play *play, const struct play_call *call)
{
    scoped_json json_t *price = json_integer(2 * call->order.args.items[0].whole);
    const struct outcome outcome = {.kind = OUTCOME_VALUE, .data = price};
    play_outcome(play, call->order.number, &outcome);
}

static void what_thousands_give_is_in_their_order(void)
{
    scoped_arena struct arena *arena = arena_new("test", 256 << 20);
    struct play *play = begun(arena, many);
    size_t most = 0;
    for (uint32_t dice = 1; play->calls.n > 0; dice = dice * DICE_FACTOR + DICE_STEP) {
        answer(play, &play->calls.at[(dice >> 16) % play->calls.n]);
        most = play->snapshot.n > most ? play->snapshot.n : most;
    }
    CHECK_INT(play->inst->status, STATUS_COMPLETED);
    REQUIRE(play->inst->result.kind == VALUE_LIST && play->inst->result.n == ITEMS);
    for (int i = 0; i < ITEMS; i++)
        CHECK(play->inst->result.items[i].whole == 2 * i);
    CHECK(most < SNAPSHOT_MOST);
    play_close(play);
}

static void of_thousands_of_effects_that_stay_the_last_are_shown(void)
{
    scoped_arena struct arena *arena = arena_new("test", 256 << 20);
    struct play *play = begun(arena, packs);
    uint32_t records = 0;
    size_t most = 0;
    while (play->calls.n > 0) {
        answer(play, &play->calls.at[0]);
        records = play->inst->undo.n > records ? play->inst->undo.n : records;
        most = play->snapshot.n > most ? play->snapshot.n : most;
    }
    CHECK_INT(play->inst->status, STATUS_COMPLETED);
    CHECK_INT(records, LIMIT_SHOWN_RECORDS);
    CHECK(most < SNAPSHOT_MOST);
    play_close(play);
}

const struct unit_test suite_many[] = {
    TEST(what_thousands_give_is_in_their_order),
    TEST(of_thousands_of_effects_that_stay_the_last_are_shown),
    {0},
};
