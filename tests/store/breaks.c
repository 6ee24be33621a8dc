/* What breaks in the middle of something, and how it is found out. */
#include <libpq-fe.h>

#include "engine/sys/clock.h"
#include "tests/store/check.h"

void a_commit_whose_answer_was_lost_is_found_by_reading(struct side *side)
{
    for (int after = 0; after < 2; after++) {
        struct node *node = node_open(side, 32, 0);
        struct store_instance row = begun(side, node, after ? "O-1" : "O-2");
        struct store_transition t = next_of(&row);
        store_mem_break(node->store, after != 0);
        CHECK(do_commit(side, node, &t, 1).err.code == ERR_UNAVAILABLE);
        loop_until_at_least(side->base, &node->ups, 2);
        CHECK(node->aways == 1 && !store_holds(node->store, store_shard_of(row.id)));
        do_join(side, node);
        CHECK(do_claim(side, node, 32).n == 32);
        CHECK(loaded(side, node, row.id).rev == (after ? 2u : 1u));
        CHECK(do_commit(side, node, &t, 1).moved[0].fate ==
              (after ? STORE_LOST : STORE_MOVED));
        node_kill(node);
    }
}

static void take_commit(void *owner, const struct store_commits *commits)
{
    *(int *)owner = commits->err == NULL                    ? 1
                    : commits->err->code == ERR_UNAVAILABLE ? 2
                                                            : 3;
}

/* The row is locked by somebody else, so that the transaction is under way when its
 * server process is ended. */
void a_connection_that_dies_in_a_commit_is_found_by_reading(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance row = begun(side, node, "O-1");
    PGconn *conn = PQconnectdb(side->conninfo);
    PQclear(PQexec(conn, "BEGIN; SELECT 1 FROM flow_data.instance FOR UPDATE"));
    struct store_transition t = next_of(&row);
    int answer = 0;
    store_commit(node->store, store_lane_of(node->store, row.id), &t, 1, take_commit,
                 &answer);
    int64_t deadline = clock_monotonic() + 5000000;
    bool ended = false;
    while (!ended && clock_monotonic() < deadline) {
        PGresult *result =
            PQexec(conn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                         "application_name = 'flowd lane' AND wait_event_type = 'Lock'");
        ended = PQntuples(result) > 0;
        PQclear(result);
    }
    CHECK(ended);
    loop_until_at_least(side->base, &answer, 1);
    CHECK(answer == 2);
    loop_until_at_least(side->base, &node->ups, 2);
    CHECK(node->aways == 1);
    PQclear(PQexec(conn, "ROLLBACK"));
    PQfinish(conn);
    do_join(side, node);
    CHECK(do_claim(side, node, 32).n == 32);
    CHECK(loaded(side, node, row.id).rev == 1);
    CHECK(do_commit(side, node, &t, 1).moved[0].fate == STORE_MOVED);
    node_kill(node);
}

void a_start_rings_the_bell(struct side *side)
{
    struct node *a = node_open(side, 32, 0);
    struct node *b = node_open(side, 0, 0);
    int before = a->bells;
    do_start(side, b, "f", ORDER("O-1"), "");
    loop_until_at_least(side->base, &a->bells, before + 1);
    CHECK(a->bells > before);
    node_kill(a);
    node_kill(b);
}
