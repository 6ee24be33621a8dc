/* Timers, tasks, keys by value, counts. */
#include <stdio.h>

#include "tests/store/check.h"

void timers_come_in_order_and_early_ones_are_moved(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance rows[3];
    int64_t now = do_timers(side, node, 0, NULL, 10).now;
    const int64_t at[3] = {now - 2000000, now - 5000000, now + 3600000000};
    for (int i = 0; i < 3; i++) {
        char key[16];
        snprintf(key, sizeof key, "O-%d", i);
        rows[i] = begun(side, node, key);
        struct store_transition t = next_of(&rows[i]);
        t.wake_at = at[i];
        CHECK(do_commit(side, node, &t, 1).moved[0].timer_at == at[i]);
    }
    struct got due = do_timers(side, node, 0, NULL, 10);
    CHECK(due.n == 2 && !due.more && due.next_at == at[2]);
    CHECK(id_is(due.timers[0].instance, rows[1].id) && due.timers[0].fire_at == at[1]);
    CHECK(id_is(due.timers[1].instance, rows[0].id));
    struct got rest = do_timers(side, node, 0, &due.timers[0], 10);
    CHECK(rest.n == 1 && id_is(rest.timers[0].instance, rows[0].id));
    CHECK(do_timers(side, node, 7200000000, NULL, 10).n == 3);
    CHECK(do_timers(side, node, 0, NULL, 1).more);
    struct got skimmed = do_skim_timers(side, node, NULL, 10);
    CHECK(skimmed.n == 2 && !skimmed.more && skimmed.next_at == at[2]);
    CHECK(id_is(skimmed.timers[0].instance, rows[1].id) &&
          text_is_chars(skimmed.timers[0].line, "f"));
    struct got last = do_skim_timers(side, node, &skimmed.timers[0], 10);
    CHECK(last.n == 1 && id_is(last.timers[0].instance, rows[0].id));

    rows[0] = loaded(side, node, rows[0].id);
    CHECK(rows[0].timer_at == at[0]);
    struct store_transition later = next_of(&rows[0]);
    later.wake_at = at[2]; /* the old timer stays: it is early */
    CHECK(do_commit(side, node, &later, 1).moved[0].timer_at == at[0]);
    struct store_settlement rearm = {
        .instance = rows[0].id, .rearm = true, .timer_at = at[0], .wake_at = at[2]};
    CHECK(do_settle(side, node, &rearm).err.code == ERR_OK);
    CHECK(do_timers(side, node, 0, NULL, 10).n == 1);
    CHECK(loaded(side, node, rows[0].id).timer_at == at[2]);

    rows[1] = loaded(side, node, rows[1].id);
    struct store_transition end = next_of(&rows[1]);
    end.status = STATUS_COMPLETED;
    end.ended_at = end.at;
    CHECK(do_commit(side, node, &end, 1).moved[0].timer_at == 0);
    CHECK(do_timers(side, node, 0, NULL, 10).n == 0);
    node_kill(node);
}

void a_task_is_answered_by_one_of_its_outcomes(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance row = begun(side, node, "O-1");
    CHECK(do_command(side, node, row.id, "retry").err.code == ERR_CONFLICT);
    CHECK(do_command(side, node, row.id, "dance").err.code == ERR_USAGE);
    struct store_task task = {.number = 3,
                              .is_dead_letter = true,
                              .what = TEXT("stuck"),
                              .role = TEXT("operator"),
                              .question = TEXT("What now?"),
                              .outcomes = TEXT("[{\"name\":\"again\",\"form\":[]}]"),
                              .since = row.started_at};
    struct store_transition t = next_of(&row);
    t.tasks = &task;
    t.tasks_n = 1;
    CHECK(do_commit(side, node, &t, 1).moved[0].fate == STORE_MOVED);
    struct err err = {0};
    scoped_json json_t *tasks = json_read(do_tasks(side, node).text, &err);
    struct id id;
    CHECK(json_array_size(tasks) == 1);
    CHECK(id_parse(json_text_of(json_at(tasks, TEXT("/0/id"))), &id));
    CHECK(text_is_chars(json_text_of(json_at(tasks, TEXT("/0/kind"))), "dead_letter"));
    CHECK(do_command(side, node, row.id, "retry").err.code == ERR_OK);
    struct got place = do_task_place(side, node, id);
    CHECK(place.err.code == ERR_OK && place.n == 3 && id_is(place.id, row.id));
    CHECK(do_task_place(side, node, row.id).err.code == ERR_NOT_FOUND);
    CHECK(do_answer(side, node, id, "never").err.code == ERR_CONFLICT);
    CHECK(do_answer(side, node, id, "again").err.code == ERR_OK);
    struct got mail = do_mail(side, node, 0, 10);
    CHECK(mail.n == 2 && mail.mails[1].kind == STIMULUS_ANSWER);
    CHECK(mail.mails[1].task == 3 && text_is_chars(mail.mails[1].verb, "again"));
    row = loaded(side, node, row.id);
    t = next_of(&row);
    task.drop = true;
    t.tasks = &task;
    t.tasks_n = 1;
    t.mail = mail.mails[1].seq;
    CHECK(do_commit(side, node, &t, 1).moved[0].fate == STORE_MOVED);
    CHECK(do_answer(side, node, id, "again").err.code == ERR_NOT_FOUND);
    CHECK(text_is_chars(do_tasks(side, node).text, "[]"));
    node_kill(node);
}

void generations_rise_with_the_undo(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance row = begun(side, node, "O-1");
    struct digest keys[3] = {digest_of(TEXT("a")), digest_of(TEXT("b")),
                             digest_of(TEXT("a"))};
    struct store_transition t = next_of(&row);
    t.asked = keys;
    t.asked_n = 2;
    struct got got = do_commit(side, node, &t, 1);
    CHECK(got.moved[0].generations[0] == 0 && got.moved[0].generations[1] == 0);
    t.rev++;
    t.raised = keys;
    t.raised_n = 1;
    t.asked_n = 3;
    got = do_commit(side, node, &t, 1);
    CHECK(got.moved[0].generations[0] == 1 && got.moved[0].generations[1] == 0);
    CHECK(got.moved[0].generations[2] == 1);
    CHECK(do_commit(side, node, &t, 1).moved[0].fate ==
          STORE_LOST); /* and raises nothing */
    t.rev++;
    t.raised_n = 3;
    got = do_commit(side, node, &t, 1);
    CHECK(got.moved[0].generations[0] == 3 && got.moved[0].generations[1] == 1);
    node_kill(node);
}

void counts_are_exact(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    for (int i = 0; i < 30; i++) {
        char key[16];
        snprintf(key, sizeof key, "O-%d", i);
        struct store_instance row = begun(side, node, key);
        struct store_transition t = next_of(&row);
        t.status = i % 3 == 0   ? STATUS_COMPLETED
                   : i % 3 == 1 ? STATUS_PARKED
                                : STATUS_WAITING;
        t.ended_at = i % 3 == 0 ? t.at : 0;
        do_commit(side, node, &t, 1);
        if (i % 10 == 0)
            do_tend(side, node);
    }
    CHECK(count_of(side, node, "completed") == 10);
    CHECK(count_of(side, node, "parked") == 10);
    CHECK(count_of(side, node, "waiting") == 10);
    CHECK(count_of(side, node, "running") == 0);
    struct err err = {0};
    scoped_json json_t *parked = json_read(do_instances(side, node, "parked").text, &err);
    CHECK(json_array_size(parked) == 10);
    node_kill(node);
}
