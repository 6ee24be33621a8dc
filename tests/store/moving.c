/* Transitions: one a mail, and what stops one does not stop the batch. */
#include <stdio.h>

#include "tests/store/check.h"

struct store_instance begun(struct side *side, struct node *node, const char *key)
{
    char args[64];
    snprintf(args, sizeof args, "{\"order\":{\"id\":\"%s\"}}", key);
    struct got started = do_start(side, node, "f", args, "");
    CHECK(started.err.code == ERR_OK);
    struct store_instance row = loaded(side, node, started.id);
    struct got mail = do_mail(side, node, 0, 1000);
    struct store_transition first = next_of(&row);
    for (uint32_t i = 0; i < mail.n; i++)
        if (id_is(mail.mails[i].instance, row.id))
            first.mail = mail.mails[i].seq;
    CHECK(first.mail != 0);
    CHECK(do_commit(side, node, &first, 1).moved[0].fate == STORE_MOVED);
    return loaded(side, node, started.id);
}

void a_transition_moves_once(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance row = begun(side, node, "O-1");
    CHECK(row.rev == 1 && row.status == STATUS_WAITING);
    CHECK(text_is_chars(row.snapshot, "snap"));
    struct store_transition t = next_of(&row);
    CHECK(do_commit(side, node, &t, 1).moved[0].fate == STORE_MOVED);
    CHECK(do_commit(side, node, &t, 1).moved[0].fate == STORE_LOST);
    CHECK(loaded(side, node, row.id).rev == 2);
    struct got history = do_history(side, node, row.id);
    struct err err = {0};
    scoped_json json_t *entries = json_read(history.text, &err);
    CHECK(json_array_size(entries) == 2);
    CHECK(text_is_chars(json_text_of(json_at(entries, TEXT("/1/text"))), "hi"));
    CHECK(json_integer_value(json_at(entries, TEXT("/1/seq"))) == 2);
    CHECK(json_integer_value(json_at(entries, TEXT("/1/line"))) == 7);
    node_kill(node);
}

void what_has_ended_stays_as_it_is(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance row = begun(side, node, "O-1");
    struct store_transition t = next_of(&row);
    t.status = STATUS_FAILED;
    t.ended_at = t.at;
    CHECK(do_commit(side, node, &t, 1).moved[0].fate == STORE_MOVED);
    row = loaded(side, node, row.id);
    t = next_of(&row);
    CHECK(do_commit(side, node, &t, 1).moved[0].fate == STORE_LOST);
    CHECK(loaded(side, node, row.id).status == STATUS_FAILED);
    CHECK(do_command(side, node, row.id, "cancel").err.code == ERR_CONFLICT);
    node_kill(node);
}

void a_mail_leads_to_one_transition(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance row = begun(side, node, "O-1");
    CHECK(do_command(side, node, row.id, "pause").err.code == ERR_OK);
    struct got mail = do_mail(side, node, 0, 10);
    CHECK(mail.n == 1 && mail.mails[0].kind == STIMULUS_COMMAND);
    CHECK(text_is_chars(mail.mails[0].verb, "pause"));
    CHECK(text_is_chars(mail.mails[0].step, "pay"));
    CHECK(text_is_chars(mail.mails[0].data, "{\"a\":1}"));
    struct store_transition t = next_of(&row);
    t.mail = mail.mails[0].seq;
    CHECK(do_commit(side, node, &t, 1).moved[0].fate == STORE_MOVED);
    row = loaded(side, node, row.id);
    t = next_of(&row);
    t.mail = mail.mails[0].seq;
    CHECK(do_commit(side, node, &t, 1).moved[0].fate == STORE_LOST);
    CHECK(loaded(side, node, row.id).rev == 2);
    CHECK(do_mail(side, node, 0, 10).n == 0);
    node_kill(node);
}

/* Of as many that have begun, what they do next. */
static void next_of_some(struct side *side, struct node *node,
                         struct store_transition *batch, int n)
{
    for (int i = 0; i < n; i++) {
        char key[16];
        snprintf(key, sizeof key, "O-%d", i);
        struct store_instance row = begun(side, node, key);
        batch[i] = next_of(&row);
    }
}

void losers_do_not_stop_the_batch(struct side *side)
{
    enum { N = 12 };
    struct node *node = node_open(side, 32, 0);
    struct store_transition batch[N];
    next_of_some(side, node, batch, N);
    for (int i = 0; i < N; i++) {
        batch[i].rev += i % 3 == 0; /* stale */
        if (i % 4 == 1)
            batch[i].mail = 999999; /* taken by somebody */
    }
    struct got got = do_commit(side, node, batch, N);
    for (int i = 0; i < N; i++) {
        bool loses = i % 3 == 0 || i % 4 == 1;
        CHECK(got.moved[i].fate == (loses ? STORE_LOST : STORE_MOVED));
        CHECK(loaded(side, node, batch[i].id).rev == (loses ? 1u : 2u));
    }
    node_kill(node);
}

void what_the_database_cannot_take_is_told_and_the_others_go_on(struct side *side)
{
    enum { N = 9 };
    struct node *node = node_open(side, 32, 0);
    struct store_transition batch[N];
    next_of_some(side, node, batch, N);
    batch[4].entries = TEXT("\xff is not UTF-8");
    struct got got = do_commit(side, node, batch, N);
    for (int i = 0; i < N; i++)
        CHECK(got.moved[i].fate == (i == 4 ? STORE_REFUSED : STORE_MOVED));
    CHECK(got.moved[4].problem.n > 0);
    node_kill(node);
}

void calls_in_flight_are_found(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance row = begun(side, node, "O-1");
    CHECK(do_in_flight(side, node, store_shard_of(row.id)).n == 0);
    struct store_transition t = next_of(&row);
    t.in_flight = true;
    do_commit(side, node, &t, 1);
    struct got found = do_in_flight(side, node, store_shard_of(row.id));
    CHECK(found.n == 1 && id_is(found.ids[0], row.id));
    node_kill(node);
}
