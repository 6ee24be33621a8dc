/* Things are found by their hash, and only while they are there. */
#include "engine/run/table.h"
#include "tests/support/unit.h"

struct thing {
    struct table_node node;
    int n;
};

static void count(struct table_node *node, void *owner)
{
    *(int *)owner += table_item(node, struct thing, node)->n;
}

static void many_are_found_and_one_removed_is_not(void)
{
    static struct thing things[1000];
    struct table table = {0};
    CHECK(table_first(&table, 5) == NULL);
    for (int i = 0; i < 1000; i++) {
        things[i].n = 1;
        table_add(&table, &things[i].node, table_mix((uint64_t)i / 2));
    }
    table_remove(&table, &things[7].node);
    struct table_node *node = table_first(&table, table_mix(3));
    REQUIRE(node == &things[6].node);
    CHECK(table_next(node) == NULL);
    int sum = 0;
    table_walk(&table, count, &sum);
    CHECK_INT(sum, 999);
    CHECK_INT(table.n, 999);
    table_deinit(&table);
}

const struct unit_test suite_table[] = {TEST(many_are_found_and_one_removed_is_not), {0}};
