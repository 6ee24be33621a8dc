/* Large values: each once in a shard, as long as an instance of it holds it. */
#include "tests/store/check.h"

/* As stores hand one out: hash, length, bytes. */
static bool holds_one(const struct store_instance *row, const char *bytes)
{
    struct text bundle = row->values, got;
    struct digest hash;
    struct err err = {0};
    return shelf_next(&bundle, &hash, &got, &err) && text_is_chars(got, bytes) &&
           bundle.n == 0;
}

/* It begins to hold `value`, or lets go of it, and holds nothing else. */
static struct store_transition holding(const struct store_instance *row,
                                       const struct store_value *value)
{
    struct store_transition t = next_of(row);
    t.held = value;
    t.held_n = 1;
    t.holds = &value->hash;
    t.holds_n = 1;
    return t;
}

static struct store_transition letting_go(const struct store_instance *row,
                                          const struct store_value *value)
{
    struct store_transition t = next_of(row);
    t.dropped = &value->hash;
    t.dropped_n = 1;
    return t;
}

static struct store_instance moved(struct side *side, struct node *node,
                                   const struct store_transition *t)
{
    CHECK(do_commit(side, node, t, 1).moved[0].fate == STORE_MOVED);
    return loaded(side, node, t->id);
}

/* Two of one shard, whatever their keys. */
static void begin_two(struct side *side, struct node *node, struct store_instance two[2])
{
    char key[16];
    two[0] = begun(side, node, "O-0");
    for (int i = 1;; i++) {
        snprintf(key, sizeof key, "O-%d", i);
        two[1] = begun(side, node, key);
        if (store_shard_of(two[1].id) == store_shard_of(two[0].id))
            return;
    }
}

/* The store does not look whether bytes are what their hash says: so they tell who
 * wrote them. */
static struct store_value value_of(const char *bytes)
{
    return (struct store_value){digest_of(TEXT("a value")), text_of(bytes)};
}

void a_large_value_comes_with_its_instance(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance row = begun(side, node, "O-1");
    CHECK(row.values.n == 0);
    struct store_value value = value_of("first");
    struct store_transition t = holding(&row, &value);
    row = moved(side, node, &t);
    CHECK(holds_one(&row, "first"));
    t = next_of(&row); /* says nothing of values */
    t.holds = &value.hash;
    t.holds_n = 1;
    row = moved(side, node, &t);
    CHECK(holds_one(&row, "first"));
    t = letting_go(&row, &value);
    row = moved(side, node, &t);
    CHECK(row.values.n == 0);
    node_kill(node);
}

void two_of_one_shard_share_a_large_value(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance two[2];
    begin_two(side, node, two);
    struct store_value first = value_of("first"), again = value_of("again");
    struct store_transition t = holding(&two[0], &first);
    two[0] = moved(side, node, &t);
    t = holding(&two[1], &again);
    two[1] = moved(side, node, &t);
    CHECK(holds_one(&two[1], "first")); /* it was there */
    t = letting_go(&two[0], &first);
    two[0] = moved(side, node, &t);
    two[1] = loaded(side, node, two[1].id);
    CHECK(holds_one(&two[1], "first")); /* somebody holds it */
    t = letting_go(&two[1], &first);
    two[1] = moved(side, node, &t);
    t = holding(&two[0], &again);
    two[0] = moved(side, node, &t);
    CHECK(holds_one(&two[0], "again")); /* it was gone */
    node_kill(node);
}

void what_one_lets_go_another_of_the_batch_may_hold(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance two[2];
    begin_two(side, node, two);
    struct store_value value = value_of("first");
    struct store_transition t = holding(&two[0], &value);
    two[0] = moved(side, node, &t);
    struct store_transition batch[] = {letting_go(&two[0], &value),
                                       holding(&two[1], &value)};
    struct got got = do_commit(side, node, batch, 2);
    CHECK(got.moved[0].fate == STORE_MOVED && got.moved[1].fate == STORE_MOVED);
    two[0] = loaded(side, node, two[0].id);
    two[1] = loaded(side, node, two[1].id);
    CHECK(two[0].values.n == 0);
    CHECK(holds_one(&two[1], "first"));
    node_kill(node);
}

void who_lost_holds_nothing(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance two[2];
    begin_two(side, node, two);
    struct store_value first = value_of("first"), again = value_of("again");
    struct store_transition late = holding(&two[0], &first), t = next_of(&two[0]);
    two[0] = moved(side, node, &t);
    CHECK(do_commit(side, node, &late, 1).moved[0].fate == STORE_LOST);
    two[0] = loaded(side, node, two[0].id);
    CHECK(two[0].values.n == 0);
    t = holding(&two[1], &again);
    two[1] = moved(side, node, &t);
    CHECK(holds_one(&two[1], "again"));
    node_kill(node);
}
