/* Starting: what is acknowledged is a row and a mail. */
#include <string.h>

#include "tests/store/check.h"

void a_start_is_a_row_and_a_mail(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct got started = do_start(side, node, "f", ORDER("O-1"), "");
    CHECK(started.err.code == ERR_OK && started.created);
    CHECK(text_is_chars(started.text, "O-1"));
    struct store_instance row = loaded(side, node, started.id);
    CHECK(row.is_there && row.rev == 0 && row.status == STATUS_RUNNING);
    CHECK(text_is_chars(row.flow, "f") && row.snapshot.n == 0);
    struct got mail = do_mail(side, node, 0, 100);
    CHECK(mail.n == 1 && mail.mails[0].kind == STIMULUS_START);
    CHECK(id_is(mail.mails[0].instance, started.id));
    CHECK(text_is_chars(mail.mails[0].data, ORDER("O-1")));
    node_kill(node);
}

void a_second_start_with_a_living_key_gives_the_first(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct got first = do_start(side, node, "f", ORDER("O-1"), "");
    struct got again = do_start(side, node, "f", "{\"order\": {\"id\": \"O-1\"}}", "");
    CHECK(again.err.code == ERR_OK && !again.created && id_is(again.id, first.id));
    struct got other =
        do_start(side, node, "f", "{\"order\":{\"id\":\"O-1\"},\"n\":2}", "");
    CHECK(other.err.code == ERR_CONFLICT);
    struct store_instance row = loaded(side, node, first.id);
    struct store_transition end = next_of(&row);
    end.status = STATUS_COMPLETED;
    end.ended_at = end.at;
    CHECK(do_commit(side, node, &end, 1).moved[0].fate == STORE_MOVED);
    struct got third =
        do_start(side, node, "f", "{\"order\":{\"id\":\"O-1\"},\"n\":2}", "");
    CHECK(third.created && !id_is(third.id, first.id));
    struct got found = do_find(side, node, "O-1");
    CHECK(found.n == 1 && id_is(found.instances[0].id, third.id));
    node_kill(node);
}

void arguments_that_do_not_fit_are_refused_with_their_place(struct side *side)
{
    struct node *node = node_open(side, 0, 0);
    CHECK(do_start(side, node, "g", "{}", "").err.code == ERR_NOT_FOUND);
    struct got missing = do_start(side, node, "f", "{}", "");
    CHECK(missing.err.code == ERR_BAD_DATA);
    CHECK(strcmp(missing.err.pointer, "/order") == 0);
    CHECK(do_start(side, node, "f", "{\"order\":1}", "").err.code == ERR_BAD_DATA);
    CHECK(
        do_start(side, node, "f", "{\"order\":{\"id\":\"O-1\"},\"x\":1}", "").err.code ==
        ERR_BAD_DATA);
    CHECK(do_start(side, node, "f", "{\"order\":{}}", "").err.code == ERR_BAD_DATA);
    CHECK(do_start(side, node, "f", ORDER("O-1"), "O-2").err.code == ERR_USAGE);
    CHECK(text_is_chars(do_counts(side, node).text, "[]"));
    node_kill(node);
}

void a_start_that_the_engine_refuses_leaves_only_its_refusal(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct got started = do_start(side, node, "f", ORDER("O-1"), "");
    struct got mail = do_mail(side, node, 0, 10);
    struct store_settlement no = {.instance = started.id,
                                  .mail = mail.mails[0].seq,
                                  .refused = ERR_BAD_DATA,
                                  .problem = TEXT("it must be money"),
                                  .pointer = TEXT("/order/total")};
    CHECK(do_settle(side, node, &no).err.code == ERR_OK);
    CHECK(!loaded(side, node, started.id).is_there);
    CHECK(do_mail(side, node, 0, 10).n == 0);
    CHECK(inbox_count(side, "refused") == 1);
    CHECK(text_is_chars(do_counts(side, node).text, "[]"));
    CHECK(do_start(side, node, "f", ORDER("O-1"), "").created);
    node_kill(node);
}
