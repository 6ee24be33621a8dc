/* Versions that bring the engine down: what stands against them, and that nothing of one
 * that is held is due. */
#include <stdio.h>

#include "engine/sys/clock.h"
#include "tests/store/check.h"

enum { FIVE = LIMIT_VERSION_SET_ASIDE };

static struct store_suspect suspect_of(struct id id)
{
    return (struct store_suspect){.instance = id};
}

static bool judge(struct side *side, struct node *node, enum store_judgement judgement,
                  struct id id)
{
    struct store_suspect suspect = suspect_of(id);
    return do_judge(side, node, judgement, &suspect, 1).err.code == ERR_OK;
}

static struct id started(struct side *side, struct node *node, unsigned n)
{
    const char *args = arena_printf(side->test, "{\"order\":{\"id\":\"B-%u\"}}", n);
    return do_start(side, node, "f", args, "").id;
}

/* So many more of them are set aside; the twin is told, since it counts nothing. */
static void set_aside(struct side *side, struct node *node, unsigned first, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct id id = started(side, node, first + i);
        CHECK(judge(side, node, STORE_SUSPECT, id));
        CHECK(judge(side, node, STORE_QUARANTINE, id));
    }
    if (!side->is_pg)
        store_world_hold(side->world, TEXT("f"), 1);
}

static bool has_mail_for(struct side *side, struct node *node, struct id id)
{
    struct got mail = do_mail(side, node, 0, 100);
    for (uint32_t i = 0; i < mail.n; i++)
        if (id_is(mail.mails[i].instance, id))
            return true;
    return false;
}

static bool is_in_flight(struct side *side, struct node *node, struct id id)
{
    struct got flights = do_in_flight(side, node, store_shard_of(id));
    return flights.n == 1 && id_is(flights.ids[0], id);
}

void nothing_of_a_held_version_is_due(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct id fresh = do_start(side, node, "f", ORDER("O-1"), "").id;
    struct store_instance row = begun(side, node, "O-2");
    struct store_transition t = next_of(&row);
    t.wake_at = 1;
    CHECK(do_commit(side, node, &t, 1).moved[0].fate == STORE_MOVED);
    struct store_instance calls = begun(side, node, "O-3");
    t = next_of(&calls);
    t.in_flight = true;
    CHECK(do_commit(side, node, &t, 1).moved[0].fate == STORE_MOVED);
    CHECK(has_mail_for(side, node, fresh));
    CHECK(do_timers(side, node, 0, NULL, 10).n == 1);
    CHECK(is_in_flight(side, node, calls.id));
    uint64_t before = do_beat(side, node).holds_rev;

    set_aside(side, node, 1, FIVE);
    CHECK(do_beat(side, node).holds_rev > before);
    struct got holds = do_holds(side, node);
    CHECK(holds.n == 1 && text_is_chars(holds.holds[0].flow, "f"));
    CHECK(holds.n == 1 && holds.holds[0].number == 1 && holds.holds[0].since > 0);
    CHECK(holds.n == 1 && holds.holds[0].set_aside == FIVE);
    CHECK(do_mail(side, node, 0, 100).n == 0);
    CHECK(do_skim_mail(side, node, 0, TEXT("nobody"), 10).n == 0);
    CHECK(do_timers(side, node, 0, NULL, 10).n == 0);
    CHECK(do_skim_timers(side, node, NULL, 10).n == 0);
    CHECK(!is_in_flight(side, node, calls.id));

    CHECK(do_let_go(side, node, "f", 1).err.code == ERR_OK);
    CHECK(do_holds(side, node).n == 0);
    CHECK(has_mail_for(side, node, fresh));
    CHECK(do_timers(side, node, 0, NULL, 10).n == 1);
    CHECK(is_in_flight(side, node, calls.id));
    node_kill(node);
}

void a_start_of_a_held_version_is_kept(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    set_aside(side, node, 1, FIVE);
    struct got got = do_start(side, node, "f", ORDER("O-1"), "");
    CHECK(got.err.code == ERR_OK && got.created);
    CHECK(!has_mail_for(side, node, got.id));
    CHECK(do_let_go(side, node, "f", 0).err.code == ERR_OK);
    CHECK(has_mail_for(side, node, got.id));
    node_kill(node);
}

void what_is_not_held_cannot_be_let_go(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    CHECK(do_let_go(side, node, "f", 0).err.code == ERR_CONFLICT);
    CHECK(do_let_go(side, node, "f", 1).err.code == ERR_CONFLICT);
    CHECK(do_let_go(side, node, "f", 2).err.code == ERR_NOT_FOUND);
    CHECK(do_let_go(side, node, "nobody", 0).err.code == ERR_NOT_FOUND);
    set_aside(side, node, 1, FIVE);
    CHECK(do_let_go(side, node, "f", 1).err.code == ERR_OK);
    CHECK(do_let_go(side, node, "f", 1).err.code == ERR_CONFLICT);
    node_kill(node);
}

void the_fifth_that_is_set_aside_holds_its_version(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    set_aside(side, node, 1, FIVE - 1);
    CHECK(do_holds(side, node).n == 0);
    set_aside(side, node, FIVE, 1);
    CHECK(do_holds(side, node).n == 1);
    node_kill(node);
}

void who_was_set_aside_before_it_was_let_go_counts_no_more(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    set_aside(side, node, 1, FIVE);
    CHECK(do_let_go(side, node, "f", 1).err.code == ERR_OK);
    set_aside(side, node, FIVE + 1, FIVE - 1);
    CHECK(do_holds(side, node).n == 0);
    set_aside(side, node, 2 * FIVE, 1);
    CHECK(do_holds(side, node).n == 1);
    node_kill(node);
}

/* The next node, which has taken everything over from one that died; what it is told then
 * is in `got`. */
static struct node *dies(struct side *side, struct node *node, struct got *got)
{
    struct node *next = node_open(side, 0, 0);
    int64_t deadline = clock_monotonic() + 5000000;
    uint32_t taken = 0;
    node_kill(node);
    while (taken < 32 && clock_monotonic() < deadline) {
        *got = do_claim(side, next, 32);
        taken += got->n;
    }
    CHECK(taken == 32);
    return next;
}

void deaths_stand_against_a_version_until_one_ends_well(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct id id = started(side, node, 1);
    struct got got;
    for (uint32_t deaths = 1; deaths < LIMIT_VERSION_DEATHS; deaths++) {
        CHECK(judge(side, node, STORE_SUSPECT, id));
        node = dies(side, node, &got);
        CHECK(got.blames_n == 1 && got.blamed == deaths);
    }
    CHECK(judge(side, node, STORE_ACQUIT, id));
    node = dies(side, node, &got);
    CHECK(got.blames_n == 0);
    node_kill(node);
}

void who_dies_with_nobody_in_hand_relieves_versions(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct id id = started(side, node, 1);
    struct got got;
    for (uint32_t i = 0; i < 2; i++) {
        CHECK(judge(side, node, STORE_SUSPECT, id));
        node = dies(side, node, &got);
    }
    CHECK(got.blamed == 2);
    node = dies(side, node, &got);
    CHECK(got.blamed == 1);
    node = dies(side, node, &got);
    CHECK(got.blamed == 0);
    node_kill(node);
}

void of_two_versions_that_kill_in_turns_neither_clears_the_other(struct side *side)
{
    deploy_tick(side, 1, "1d");
    struct node *node = node_open(side, 32, 0);
    struct id ids[] = {started(side, node, 1),
                       do_start(side, node, "tick", "{\"size\":1}", "").id};
    struct got got;
    for (uint32_t i = 0; i < 6; i++) {
        CHECK(judge(side, node, STORE_SUSPECT, ids[i % 2]));
        node = dies(side, node, &got);
    }
    /* The very first of the second may have been anybody's, and relieved the first. */
    CHECK(got.blames_n == 2 && got.blamed == 5);
    node_kill(node);
}

/* Who took over still thinks that it is to be worked on alone: it was told before. */
void what_was_taken_back_is_not_noted_again(struct side *side)
{
    struct node *stood = node_open(side, 32, 500000), *node = node_open(side, 0, 0);
    struct store_suspect alone = {.instance = started(side, stood, 1),
                                  .deaths = LIMIT_SUSPECT_DEATHS - 1};
    CHECK(judge(side, stood, STORE_SUSPECT, alone.instance));
    int64_t deadline = clock_monotonic() + 5000000;
    struct got got = {.n = 0};
    for (uint32_t taken = 0; taken < 32 && clock_monotonic() < deadline; taken += got.n)
        got = do_claim(side, node, 32);
    CHECK(got.suspected == 1 && got.blamed == 1);
    CHECK(do_beat(side, stood).err.code == ERR_CONFLICT);
    do_join(side, stood); /* it only stood still */
    CHECK(do_judge(side, node, STORE_SUSPECT, &alone, 1).err.code == ERR_OK);
    node_kill(stood);
    node = dies(side, node, &got);
    CHECK(got.suspected == 1 && got.blamed == 1);
    node_kill(node);
}

void alone_all_that_are_suspected_must_end_well(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct id one = started(side, node, 1), other = started(side, node, 2);
    for (unsigned n = 3; store_shard_of(other) != store_shard_of(one); n++)
        other = started(side, node, n);
    struct got got;
    for (uint32_t deaths = 0; deaths < LIMIT_VERSION_DEATHS; deaths++) {
        CHECK(judge(side, node, STORE_SUSPECT, one));
        CHECK(judge(side, node, STORE_SUSPECT, other));
        node = dies(side, node, &got);
    }
    CHECK(got.blames_n == 1 && got.blamed == LIMIT_VERSION_DEATHS);
    CHECK(judge(side, node, STORE_ACQUIT, one));
    node = dies(side, node, &got);
    CHECK(got.blames_n == 1);
    CHECK(judge(side, node, STORE_ACQUIT, other));
    node = dies(side, node, &got);
    CHECK(got.blames_n == 0);
    node_kill(node);
}
