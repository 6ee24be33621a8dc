/* Adapters that take no calls for a while: of several nodes that want the same, one does
 * it, and an operator's word stands. */
#include "tests/store/check.h"

enum { SECOND = 1000000 };

/* The breaker of `erp`, as it is read; rev 0: there is none. */
static struct store_breaker read_of(struct side *side, struct node *node)
{
    struct got got = do_breakers(side, node);
    CHECK(got.err.code == ERR_OK && got.n <= 1);
    return got.n == 1 ? got.breakers[0] : (struct store_breaker){.adapter = TEXT("erp")};
}

static struct got wish(struct side *side, struct node *node,
                       enum store_breaker_state state, int64_t wait)
{
    struct store_breaker row = read_of(side, node);
    row.state = state;
    row.failures = 3;
    row.rounds = 2;
    return do_breaker_set(side, node, &row, wait);
}

void a_breaker_is_set_as_it_was_read(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_breaker before = read_of(side, node);
    CHECK(before.rev == 0);
    struct got first = wish(side, node, STORE_BREAKER_OPEN, SECOND);
    CHECK(first.err.code == ERR_OK && first.created && first.n == 1);
    struct store_breaker row = first.breakers[0];
    CHECK(text_is_chars(row.adapter, "erp") && row.rev == 1);
    CHECK(row.state == STORE_BREAKER_OPEN && row.failures == 3 && row.rounds == 2);
    CHECK(row.next_at > 0 && !row.is_paused);
    struct got second = do_breaker_set(side, node, &before, SECOND); /* it read rev 0 */
    CHECK(second.err.code == ERR_OK && !second.created);
    CHECK(second.n == 1 && second.breakers[0].rev == 1);
    node_kill(node);
}

void of_two_nodes_one_tries(struct side *side)
{
    struct node *a = node_open(side, 16, 0), *b = node_open(side, 16, 0);
    CHECK(wish(side, a, STORE_BREAKER_OPEN, SECOND).created);
    struct store_breaker row = read_of(side, a);
    row.state = STORE_BREAKER_TRYING;
    CHECK(do_breaker_set(side, a, &row, SECOND).created);
    CHECK(!do_breaker_set(side, b, &row, SECOND).created);
    CHECK(wish(side, a, STORE_BREAKER_CLOSED, 0).created);
    CHECK(read_of(side, b).next_at == 0);
    node_kill(a);
    node_kill(b);
}

void the_heartbeat_says_that_a_breaker_changed(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    uint64_t before = do_beat(side, node).breakers_rev;
    CHECK(wish(side, node, STORE_BREAKER_OPEN, SECOND).created);
    uint64_t after = do_beat(side, node).breakers_rev;
    CHECK(after > before);
    CHECK(do_adapter(side, node, "erp", "pause").err.code == ERR_OK);
    CHECK(do_beat(side, node).breakers_rev > after);
    node_kill(node);
}

void an_operators_pause_stands(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    CHECK(do_adapter(side, node, "nobody", "pause").err.code == ERR_NOT_FOUND);
    CHECK(wish(side, node, STORE_BREAKER_OPEN, SECOND).created);
    CHECK(do_adapter(side, node, "erp", "pause").err.code == ERR_OK);
    CHECK(read_of(side, node).is_paused);
    CHECK(do_adapter(side, node, "erp", "pause").err.code == ERR_CONFLICT);
    CHECK(!wish(side, node, STORE_BREAKER_CLOSED, 0).created);
    CHECK(do_adapter(side, node, "erp", "resume").err.code == ERR_OK);
    CHECK(do_adapter(side, node, "erp", "resume").err.code == ERR_CONFLICT);
    struct store_breaker row = read_of(side, node);
    CHECK(!row.is_paused && row.state == STORE_BREAKER_OPEN);
    node_kill(node);
}

void an_operators_reset_closes_it(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    CHECK(wish(side, node, STORE_BREAKER_OPEN, SECOND).created);
    CHECK(do_adapter(side, node, "erp", "reset").err.code == ERR_OK);
    struct store_breaker row = read_of(side, node);
    CHECK(row.state == STORE_BREAKER_CLOSED && row.rounds == 0 && row.next_at == 0);
    CHECK(do_adapter(side, node, "erp", "reset").err.code == ERR_CONFLICT);
    CHECK(do_adapter(side, node, "erp", "mend").err.code == ERR_USAGE);
    node_kill(node);
}
