/* Events: to whom they come, how often, and what is held. */
#include "engine/sys/clock.h"
#include "tests/store/check.h"

static struct store_subscription waits_for(const char *event, const char *order,
                                           uint32_t number, bool is_held)
{
    return (struct store_subscription){.number = number,
                                       .event = text_of(event),
                                       .key = hash_of(order),
                                       .fields = 1,
                                       .is_held = is_held};
}

static struct store_instance waiting(struct side *side, struct node *node,
                                     const char *key, struct store_subscription s)
{
    struct store_instance row = begun(side, node, key);
    struct store_transition t = next_of(&row);
    t.subscriptions = &s;
    t.subscriptions_n = 1;
    struct got got = do_commit(side, node, &t, 1);
    CHECK(got.moved[0].fate == STORE_MOVED && got.subscribed == (s.is_held && !s.drop));
    return loaded(side, node, row.id);
}

void an_event_reaches_everybody_who_waits_for_it(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance a =
        waiting(side, node, "O-1", waits_for("Ping", "X", 5, false));
    struct store_instance b =
        waiting(side, node, "O-2", waits_for("Ping", "X", 5, false));
    waiting(side, node, "O-3", waits_for("Ping", "Y", 5, false));
    waiting(side, node, "O-4", waits_for("Paid", "X", 5, false));
    struct got sent = do_send(side, node, "Ping", "{\"order\":\"X\"}");
    CHECK(sent.err.code == ERR_OK && !sent.duplicate);
    CHECK(match_all(side, node).delivered == 2);
    CHECK(match_all(side, node).delivered == 0);
    struct got mail = do_mail(side, node, 0, 10);
    CHECK(mail.n == 2);
    for (uint32_t i = 0; i < mail.n; i++) {
        CHECK(mail.mails[i].kind == STIMULUS_EVENT);
        CHECK(id_is(mail.mails[i].message, sent.id));
        CHECK(id_is(mail.mails[i].instance, a.id) || id_is(mail.mails[i].instance, b.id));
        CHECK(text_is_chars(mail.mails[i].data, "{\"order\":\"X\"}"));
        CHECK(text_is_chars(mail.mails[i].event, "Ping"));
    }
    CHECK(do_send(side, node, "Nope", "{}").err.code == ERR_NOT_FOUND);
    CHECK(do_send(side, node, "Ping", "{}").err.code == ERR_BAD_DATA);
    node_kill(node);
}

void an_instance_gets_one_copy(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    waiting(side, node, "O-1", waits_for("Ping", "X", 5, false));
    struct got found = do_find(side, node, "O-1");
    struct store_subscription s = waits_for("Ping", "X", 6, false);
    struct store_transition t = next_of(&found.instances[0]);
    t.subscriptions = &s;
    t.subscriptions_n = 1;
    do_commit(side, node, &t, 1);
    do_send(side, node, "Ping", "{\"order\":\"X\"}");
    CHECK(match_all(side, node).delivered == 1);
    node_kill(node);
}

void an_event_may_come_before_its_instance(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    do_send(side, node, "Paid", "{\"order\":\"X\",\"m\":1}");
    CHECK(match_all(side, node).delivered == 0);
    CHECK(inbox_count(side, "held") == 1);
    struct store_instance row =
        waiting(side, node, "O-1", waits_for("Paid", "X", 5, true));
    CHECK(do_arrivals(side, node, 10).subscribed);
    CHECK(do_match(side, node, NULL, 0).delivered == 1);
    CHECK(!do_arrivals(side, node, 10).subscribed);
    CHECK(inbox_count(side, "held") == 0);
    struct got mail = do_mail(side, node, 0, 10);
    CHECK(mail.n == 1 && id_is(mail.mails[0].instance, row.id));
    waiting(side, node, "O-2", waits_for("Paid", "X", 5, true));
    CHECK(do_match(side, node, NULL, 0).delivered == 0);
    node_kill(node);
}

void what_nobody_took_is_held_for_others(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance row =
        waiting(side, node, "O-1", waits_for("Paid", "X", 5, true));
    do_send(side, node, "Paid", "{\"order\":\"X\",\"m\":1}");
    CHECK(match_all(side, node).delivered == 1);
    struct got mail = do_mail(side, node, 0, 10);
    struct store_transition t = next_of(&row);
    t.mail = mail.mails[0].seq;
    t.event_given_back = true;
    CHECK(do_commit(side, node, &t, 1).emitted);
    CHECK(match_all(side, node).delivered == 0); /* not to the same one again */
    CHECK(inbox_count(side, "held") == 1);
    struct store_instance other =
        waiting(side, node, "O-2", waits_for("Paid", "X", 5, true));
    CHECK(match_all(side, node).delivered == 1);
    mail = do_mail(side, node, 0, 10);
    CHECK(mail.n == 1 && id_is(mail.mails[0].instance, other.id));
    struct store_settlement back = {
        .instance = other.id, .mail = mail.mails[0].seq, .event_given_back = true};
    CHECK(do_settle(side, node, &back).err.code == ERR_OK);
    CHECK(match_all(side, node).delivered == 0);
    CHECK(inbox_count(side, "held") == 1);
    row = loaded(side, node, row.id);
    struct store_subscription again = waits_for("Paid", "X", 9, true);
    t = next_of(&row);
    t.subscriptions = &again;
    t.subscriptions_n = 1;
    do_commit(side, node, &t, 1);
    CHECK(match_all(side, node).delivered == 1); /* it waits anew */
    node_kill(node);
}

void who_waits_no_more_gets_nothing(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_subscription s = waits_for("Ping", "X", 5, false);
    struct store_instance row = waiting(side, node, "O-1", s);
    s.drop = true;
    struct store_transition t = next_of(&row);
    t.subscriptions = &s;
    t.subscriptions_n = 1;
    do_commit(side, node, &t, 1);
    do_send(side, node, "Ping", "{\"order\":\"X\"}");
    CHECK(match_all(side, node).delivered == 0);
    CHECK(inbox_count(side, "unclaimed") == 1);
    node_kill(node);
}

void a_second_copy_of_a_unique_event_is_a_duplicate(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    CHECK(!do_send(side, node, "Paid", "{\"order\":\"X\",\"m\":\"1\"}").duplicate);
    CHECK(do_send(side, node, "Paid", "{\"order\":\"X\",\"m\":\"1\"}").duplicate);
    CHECK(!do_send(side, node, "Paid", "{\"order\":\"X\",\"m\":\"2\"}").duplicate);
    CHECK(!do_send(side, node, "Ping", "{\"order\":\"X\"}").duplicate);
    CHECK(!do_send(side, node, "Ping", "{\"order\":\"X\"}").duplicate);
    CHECK(do_arrivals(side, node, 100).n == 4);
    CHECK(inbox_count(side, "duplicate") == 1);

    /* Said by a flow, it has the same digest. */
    struct store_instance row = begun(side, node, "O-1");
    struct store_event_out out[2] = {{.event = TEXT("Paid"),
                                      .body = TEXT("{\"order\":\"X\",\"m\":\"1\"}"),
                                      .held = 86400000000,
                                      .has_unique = true,
                                      .unique = digest_of(TEXT("Paid\x1f"
                                                               "1"))},
                                     {.event = TEXT("Paid"),
                                      .body = TEXT("{\"order\":\"X\",\"m\":{\"a\":1}}"),
                                      .held = 86400000000,
                                      .has_unique = true,
                                      .unique = digest_of(TEXT("Paid\x1f{\"a\":1}"))}};
    struct store_transition t = next_of(&row);
    t.events = out;
    t.events_n = 2;
    CHECK(do_commit(side, node, &t, 1).emitted);
    CHECK(inbox_count(side, "duplicate") == 2);
    CHECK(do_arrivals(side, node, 100).n == 5);
    CHECK(do_send(side, node, "Paid", "{\"order\":\"X\",\"m\":{\"a\": 1}}").duplicate);
    node_kill(node);
}

void what_an_ended_one_hands_back_is_unclaimed(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance row =
        waiting(side, node, "O-1", waits_for("Paid", "X", 5, true));
    waiting(side, node, "O-2", waits_for("Paid", "X", 5, true));
    struct store_event_out back = {.event = TEXT("Paid"),
                                   .body = TEXT("{\"order\":\"X\",\"m\":\"1\"}"),
                                   .held = 86400000000,
                                   .is_unclaimed = true};
    struct store_transition t = next_of(&row);
    t.events = &back;
    t.events_n = 1;
    CHECK(do_commit(side, node, &t, 1).moved[0].fate == STORE_MOVED);
    CHECK(inbox_count(side, "unclaimed") == 1);
    CHECK(do_arrivals(side, node, 100).n == 0);
    CHECK(match_all(side, node).delivered == 0); /* it was for the one that took it */
    node_kill(node);
}

void what_is_held_too_long_is_unclaimed(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    do_send(side, node, "Brief", "{\"order\":\"X\"}");
    match_all(side, node);
    CHECK(inbox_count(side, "held") == 1);
    int64_t deadline = clock_monotonic() + 5000000;
    while (inbox_count(side, "unclaimed") == 0 && clock_monotonic() < deadline)
        do_tend(side, node);
    CHECK(inbox_count(side, "unclaimed") == 1);
    waiting(side, node, "O-1", waits_for("Brief", "X", 5, true));
    CHECK(match_all(side, node).delivered == 0);
    node_kill(node);
}

void an_event_begins_an_instance_once(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct got sent = do_send(side, node, "Opened", "{\"order\":\"X\"}");
    struct store_hash hash = {hash_of("X"), 1};
    struct store_begin begin = {
        .flow = TEXT("f"), .key = TEXT("O-7"), .args = TEXT(ORDER("O-7"))};
    struct store_filing filing = {.id = sent.id,
                                  .event = TEXT("Opened"),
                                  .hashes = &hash,
                                  .hashes_n = 1,
                                  .begins = &begin,
                                  .begins_n = 1};
    CHECK(do_match(side, node, &filing, 1).err.code == ERR_OK);
    CHECK(do_match(side, node, &filing, 1).err.code == ERR_OK);
    struct got mail = do_mail(side, node, 0, 10);
    CHECK(mail.n == 1 && mail.mails[0].kind == STIMULUS_START);
    CHECK(do_find(side, node, "O-7").n == 1);
    CHECK(inbox_count(side, "unclaimed") == 0);
    struct got unfit = do_send(side, node, "Opened", "{\"order\":\"Y\"}");
    struct store_filing refused = {.id = unfit.id,
                                   .event = TEXT("Opened"),
                                   .problem = TEXT("it must be an OrderId"),
                                   .pointer = TEXT("/order")};
    do_match(side, node, &refused, 1);
    CHECK(inbox_count(side, "refused") == 1);
    CHECK(do_arrivals(side, node, 10).n == 0);
    node_kill(node);
}

void where_nothing_is_unique_a_copy_is_told_by_its_message(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    const char *body = "{\"order\":\"X\"}";
    CHECK(!do_send_message(side, node, "Ping", body, "[\"portal\",\"1\"]").duplicate);
    CHECK(do_send_message(side, node, "Ping", body, "[\"portal\",\"1\"]").duplicate);
    CHECK(!do_send_message(side, node, "Ping", body, "[\"portal\",\"2\"]").duplicate);
    CHECK(!do_send_message(side, node, "Ping", body, "").duplicate);
    CHECK(!do_send_message(side, node, "Brief", body, "[\"portal\",\"1\"]").duplicate);
    const char *paid = "{\"order\":\"X\",\"m\":\"1\"}";
    CHECK(!do_send_message(side, node, "Paid", paid, "[\"portal\",\"7\"]").duplicate);
    CHECK(do_send_message(side, node, "Paid", paid, "[\"portal\",\"8\"]").duplicate);
    CHECK(inbox_count(side, "duplicate") == 2);
    node_kill(node);
}

void an_event_is_the_newest_versions_that_declares_it(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct got got = do_declares(side, node, "Ping");
    CHECK(got.err.code == ERR_OK && got.text.n > 0 && got.n > 0);
    CHECK(do_declares(side, node, "Nope").err.code == ERR_NOT_FOUND);
    node_kill(node);
}
