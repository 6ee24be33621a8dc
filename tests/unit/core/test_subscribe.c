/* How events find those who wait. */
#include "engine/core/subscribe.h"
#include "tests/unit/core/kit.h"

/* event Ack key po, line unique message { po: text, line: decimal, message: text } */
static uint32_t add_event(struct kit *k, const char *name, bool has_unique)
{
    const struct ir_part parts[] = {{"message", ir_add_simple(k->b, IR_TYPE_TEXT)},
                                    {"po", ir_add_simple(k->b, IR_TYPE_TEXT)},
                                    {"line", ir_add_simple(k->b, IR_TYPE_DECIMAL)}};
    uint32_t event = ir_new(k->b, events);
    k->b->events.at[event].name = ir_add_chars(k->b, name);
    k->b->events.at[event].record = ir_add_record(k->b, name, parts, 3);
    k->b->events.at[event].keys = (struct ir_range){k->b->positions.n, 2};
    vec_push(k->arena, &k->b->positions, 1);
    vec_push(k->arena, &k->b->positions, 2);
    k->b->events.at[event].unique =
        (struct ir_range){k->b->positions.n, has_unique ? 2 : 0};
    if (has_unique) {
        vec_push(k->arena, &k->b->positions, 0);
        vec_push(k->arena, &k->b->positions, 2);
    }
    return event;
}

static struct value body_of(struct kit *k, const char *message, const char *po,
                            const char *line)
{
    struct value *items = arena_array(k->arena, struct value, 3);
    items[0] = kit_value(k, message);
    items[1] = kit_value(k, po);
    items[2] = kit_value(k, line);
    return value_record(items, 3);
}

static void sender_and_waiter_meet_in_every_subset_of_the_keys(void)
{
    struct kit k = kit_new();
    uint32_t ack = add_event(&k, "Ack", true), other = add_event(&k, "Other", false);
    kit_done(&k);
    struct subscribe_hash *hashes;
    struct value body = body_of(&k, "'m", "'PO-7", "1.50");
    CHECK_INT(subscribe_keys_of(k.arena, k.ir, ack, body, &hashes), 4);
    struct value both[] = {kit_value(&k, "'PO-7"), kit_value(&k, "1.5")};
    CHECK(hashes[0].fields == 0 && hashes[0].key == subscribe_key(k.ir, ack, 0, NULL));
    CHECK(hashes[1].fields == 1 && hashes[1].key == subscribe_key(k.ir, ack, 1, both));
    CHECK(hashes[2].fields == 2 &&
          hashes[2].key == subscribe_key(k.ir, ack, 2, both + 1));
    CHECK(hashes[3].fields == 3 && hashes[3].key == subscribe_key(k.ir, ack, 3, both));
    both[0] = kit_value(&k, "'PO-8");
    CHECK(hashes[1].key != subscribe_key(k.ir, ack, 1, both));
    CHECK(subscribe_key(k.ir, ack, 0, NULL) != subscribe_key(k.ir, other, 0, NULL));
    kit_free(&k);
}

/* Keys that are all texts take a way of their own: long ones do not. */
static void a_text_of_any_length_has_the_hash_of_its_wire_form(void)
{
    struct kit k = kit_new();
    char said[400];
    uint32_t ack = add_event(&k, "Ack", true);
    kit_done(&k);
    for (uint32_t n = 0; n < 300; n++) {
        memcpy(said, "Ack\x1f\x01\x1f", 6);
        memset(said + 6, 'x', n);
        said[6 + n / 2] = n > 0 ? '"' : '\0';
        struct digest digest = digest_of((struct text){said, 6 + n});
        struct value po = value_text((struct text){said + 6, n});
        REQUIRE(subscribe_key(k.ir, ack, 1, &po) == digest_u64(&digest));
    }
    kit_free(&k);
}

static void unique_is_a_digest_that_others_can_compute(void)
{
    struct kit k = kit_new();
    uint32_t ack = add_event(&k, "Ack", true), other = add_event(&k, "Other", false);
    kit_done(&k);
    struct digest digest, want = digest_of(TEXT("Ack\x1fm-1\x1f"
                                                "1.50"));
    struct value body = body_of(&k, "'m-1", "'PO-7", "1.50");
    CHECK(subscribe_unique(k.ir, ack, body, &digest));
    CHECK(digest_is(&digest, &want));
    CHECK(!subscribe_unique(k.ir, other, body, &digest));
    kit_free(&k);
}

const struct unit_test suite_subscribe[] = {
    TEST(sender_and_waiter_meet_in_every_subset_of_the_keys),
    TEST(a_text_of_any_length_has_the_hash_of_its_wire_form),
    TEST(unique_is_a_digest_that_others_can_compute),
    {0},
};
