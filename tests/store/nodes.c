/* Nodes: whose the shards are, and who writes nothing any more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/sys/clock.h"
#include "tests/store/check.h"

void a_zombie_writes_nothing(struct side *side)
{
    struct node *old = node_open(side, 32, 500000);
    struct store_instance row = begun(side, old, "O-1");
    struct node *new = node_open(side, 0, 0);
    int64_t deadline = clock_monotonic() + 5000000;
    uint32_t taken = 0;
    while (taken < 32 && clock_monotonic() < deadline)
        taken += do_claim(side, new, 32).n;
    CHECK(taken == 32);
    struct store_transition t = next_of(&row);
    CHECK(do_commit(side, old, &t, 1).moved[0].fate == STORE_LOST);
    CHECK(!store_holds(old->store, store_shard_of(row.id)) && old->overs == 1);
    CHECK(loaded(side, new, row.id).rev == 1);
    struct store_settlement s = {
        .instance = row.id, .rearm = true, .timer_at = 1, .wake_at = 2};
    CHECK(do_settle(side, old, &s).err.code == ERR_CONFLICT);
    CHECK(do_commit(side, new, &t, 1).moved[0].fate == STORE_MOVED);
    CHECK(do_beat(side, old).err.code == ERR_CONFLICT);
    do_join(side, old);
    CHECK(do_claim(side, old, 32).n == 0);
    node_kill(old);
    node_kill(new);
}

void a_dead_node_is_taken_over_at_once(struct side *side)
{
    struct node *old = node_open(side, 32, 60 * INT64_C(1000000));
    struct node *new = node_open(side, 0, 0);
    CHECK(do_claim(side, new, 32).n == 0);
    CHECK(do_beat(side, new).nodes == 2);
    node_kill(old);
    int64_t begun_at = clock_monotonic();
    uint32_t taken = 0;
    while (taken < 32 && clock_monotonic() < begun_at + 5000000)
        taken += do_claim(side, new, 32).n;
    CHECK(taken == 32);
    CHECK(clock_monotonic() - begun_at < 2000000);
    node_kill(new);
}

void shards_are_shared_and_given_back(struct side *side)
{
    struct node *a = node_open(side, 20, 0);
    struct node *b = node_open(side, 32, 0);
    for (uint32_t s = 0; s < STORE_SHARDS; s++)
        CHECK(store_holds(a->store, s) != store_holds(b->store, s));
    CHECK(do_beat(side, b).free_shards == 0);
    do_release_all(side, a);
    CHECK(do_beat(side, b).free_shards == 20);
    CHECK(do_claim(side, b, 5).n == 5);
    CHECK(do_claim(side, b, 32).n == 15);
    node_kill(a);
    node_kill(b);
}

void all_shards_are_for_somebody(struct side *side)
{
    struct node *nodes[5];
    uint32_t sum = 0;
    for (int i = 0; i < 5; i++)
        nodes[i] = node_open(side, 0, 0);
    for (int i = 0; i < 5; i++) {
        uint32_t share = do_beat(side, nodes[i]).share;
        CHECK(share == 6 || share == 7);
        sum += share;
    }
    CHECK(sum == STORE_SHARDS);
    for (int i = 0; i < 5; i++)
        node_kill(nodes[i]);
    const uint32_t some_take_few[] = {2, 4, 32};
    CHECK(store_share(some_take_few, 3, 0) == 2 && store_share(some_take_few, 3, 1) == 4);
    CHECK(store_share(some_take_few, 3, 2) == 26);
}

void a_node_sees_only_the_mail_of_its_shards(struct side *side)
{
    struct node *a = node_open(side, 16, 0);
    struct node *b = node_open(side, 32, 0);
    for (int i = 0; i < 40; i++) {
        char args[64];
        snprintf(args, sizeof args, "{\"order\":{\"id\":\"O-%d\"}}", i);
        do_start(side, a, "f", args, "");
    }
    struct got at_a = do_mail(side, a, 0, 100), at_b = do_mail(side, b, 0, 100);
    CHECK(at_a.n + at_b.n == 40 && at_a.n > 0 && at_b.n > 0);
    for (uint32_t i = 0; i < at_a.n; i++)
        CHECK(store_holds(a->store, store_shard_of(at_a.mails[i].instance)));
    struct got page = do_mail(side, a, 0, 3);
    CHECK(page.n == 3 && page.more);
    struct got next = do_mail(side, a, page.mails[2].seq, 100);
    CHECK(next.n == at_a.n - 3 && next.mails[0].seq > page.mails[2].seq);
    node_kill(a);
    node_kill(b);
}

/* A start whose letter is as long as may be. */
static void start_large(struct side *side, struct node *node, const char *key)
{
    char *args = malloc(LIMIT_JSON_BYTES + 1);
    int head = snprintf(args, 100, "{\"order\":{\"id\":\"%s\",\"m\":\"", key);
    memset(args + head, 'x', LIMIT_JSON_BYTES - 100 - (size_t)head);
    strcpy(args + LIMIT_JSON_BYTES - 100, "\"}}");
    CHECK(do_start(side, node, "f", args, "").err.code == ERR_OK);
    free(args);
}

/* As many of the longest as fit, and one more of those that are only mentioned. */
void a_page_of_mail_is_bounded_in_bytes(struct side *side)
{
    enum { FIT = LIMIT_MAIL_PAGE_BYTES / LIMIT_JSON_BYTES };
    struct node *node = node_open(side, 32, 0);
    start_large(side, node, "a/1");
    for (int i = 0; i <= FIT; i++) {
        char key[16];
        snprintf(key, sizeof key, "b/%d", i);
        start_large(side, node, key);
    }
    struct got page = do_mail(side, node, 0, 100);
    CHECK(page.n == FIT && page.more);
    page = do_mail(side, node, page.n > 0 ? page.mails[page.n - 1].seq : 0, 100);
    CHECK(page.n == 2 && !page.more);
    page = do_skim_mail(side, node, 0, TEXT("f/a"), 100);
    CHECK(page.n == FIT + 1 && page.more);
    page = do_skim_mail(side, node, page.n > 0 ? page.mails[page.n - 1].seq : 0,
                        TEXT("f/a"), 100);
    CHECK(page.n == 1 && !page.more);
    node_kill(node);
}

void a_skimmed_page_says_whose_work_it_is(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    const char *keys[] = {"acme/1", "bolt/1", "acme/2", "/none", "none"};
    const char *lines[] = {"f/acme", "f/bolt", "f/acme", "f", "f"};
    for (int i = 0; i < 5; i++) {
        char args[64];
        snprintf(args, sizeof args, "{\"order\":{\"id\":\"%s\"}}", keys[i]);
        do_start(side, node, "f", args, "");
    }
    struct got page = do_skim_mail(side, node, 0, TEXT("f/acme"), 100);
    CHECK(page.n == 5 && !page.more);
    for (uint32_t i = 0; i < page.n; i++) {
        bool is_left = i == 0 || i == 2;
        CHECK(text_is_chars(page.mails[i].line, lines[i]));
        CHECK(page.mails[i].is_left == is_left);
        CHECK((page.mails[i].data.n == 0) == is_left);
    }
    uint64_t after = 0;
    uint32_t n = 0, read = 0;
    struct got part = {.more = true};
    while (part.more) {
        part = do_skim_mail(side, node, after, TEXT("f/acme"), 1);
        CHECK(part.n > 0 || !part.more);
        CHECK(part.n == 0 || (n < 5 && part.mails[0].seq == page.mails[n].seq));
        for (uint32_t i = 0; i < part.n; i++)
            read += !part.mails[i].is_left;
        n += part.n;
        CHECK(n <= 5 && read <= n);
        after = part.n == 0 ? after : part.mails[part.n - 1].seq;
    }
    CHECK(n == 5 && read == 3);
    CHECK(do_skim_mail(side, node, after, TEXT("f/acme"), 1).n == 0);
    node_kill(node);
}
