/* Flows that begin by themselves: a moment begins once, whoever says that it has come. */
#include "tests/store/check.h"

enum { MINUTE = 60 * 1000000 };

/* The schedule of `tick`, as it is read. */
static struct store_schedule read_of(struct side *side, struct node *node)
{
    struct got got = do_schedules(side, node);
    CHECK(got.err.code == ERR_OK && got.n == 1);
    return got.n == 1 ? got.schedules[0] : (struct store_schedule){0};
}

/* A minute after all that is over. */
static struct store_moment next_moment(struct side *side, struct node *node,
                                       const char *key)
{
    struct store_schedule row = read_of(side, node);
    return (struct store_moment){.flow = row.flow,
                                 .line = row.line,
                                 .hash = row.hash,
                                 .over = row.over,
                                 .at = row.over + MINUTE,
                                 .next = row.over + 2 * MINUTE,
                                 .key = text_of(key),
                                 .args = TEXT("{\"size\":3}")};
}

void a_moment_begins_once(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    deploy_tick(side, 1, "1m");
    struct store_moment moment = next_moment(side, node, "08:00");
    struct got first = do_begin_moment(side, node, &moment);
    CHECK(first.err.code == ERR_OK && first.created);
    CHECK(text_is_chars(first.text, "08:00"));
    CHECK(do_begin_moment(side, node, &moment).err.code == ERR_CONFLICT);
    CHECK(do_mail(side, node, 0, 10).n == 1);
    struct store_schedule row = read_of(side, node);
    CHECK(row.over == moment.at && row.due == moment.next && row.number == 1);
    moment = next_moment(side, node, "08:01");
    CHECK(do_begin_moment(side, node, &moment).created);
    CHECK(do_mail(side, node, 0, 10).n == 2);
    node_kill(node);
}

void a_moment_whose_key_is_living_is_over(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    deploy_tick(side, 1, "1m");
    struct store_moment moment = next_moment(side, node, "the one");
    struct got first = do_begin_moment(side, node, &moment);
    moment = next_moment(side, node, "the one");
    moment.args = TEXT("{\"size\":4}");
    struct got second = do_begin_moment(side, node, &moment);
    CHECK(second.err.code == ERR_OK && !second.created && id_is(second.id, first.id));
    CHECK(read_of(side, node).over == moment.at);
    CHECK(do_mail(side, node, 0, 10).n == 1);
    node_kill(node);
}

void a_moment_that_cannot_begin_is_not_over(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    deploy_tick(side, 1, "1m");
    struct store_moment moment = next_moment(side, node, "08:00");
    moment.args = TEXT("{\"size\":");
    CHECK(do_begin_moment(side, node, &moment).err.code != ERR_OK);
    struct store_schedule row = read_of(side, node);
    CHECK(row.over == moment.over && row.due == 0);
    CHECK(do_mail(side, node, 0, 10).n == 0);
    moment.args = TEXT("{\"size\":3}");
    CHECK(do_begin_moment(side, node, &moment).created);
    node_kill(node);
}

void a_new_version_says_when(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    deploy_tick(side, 2, "1m");
    struct store_moment old = next_moment(side, node, "08:00");
    struct store_schedule before = read_of(side, node);
    deploy_tick(side, 3, "1m"); /* as before: it goes on where it was */
    struct store_schedule same = read_of(side, node);
    CHECK(same.number == 3 && same.over == before.over);
    CHECK(do_begin_moment(side, node, &old).err.code == ERR_CONFLICT);
    deploy_tick(side, 1, "5s"); /* an older one changes nothing */
    CHECK(read_of(side, node).number == 3 && read_of(side, node).over == before.over);
    deploy_tick(side, 4, "1h");
    struct store_schedule other = read_of(side, node);
    CHECK(other.number == 4 && other.over > before.over);
    node_kill(node);
}

void what_was_reckoned_is_told(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    deploy_tick(side, 1, "1m");
    struct store_moment moment = next_moment(side, node, "08:00");
    CHECK(do_reckon(side, node, &moment, "no such setting").err.code == ERR_OK);
    struct store_schedule row = read_of(side, node);
    CHECK(row.due == moment.next && text_is_chars(row.problem, "no such setting"));
    CHECK(do_begin_moment(side, node, &moment).created);
    CHECK(read_of(side, node).problem.n == 0);
    moment.next = 0;
    CHECK(do_reckon(side, node, &moment, "late").err.code == ERR_OK);
    CHECK(read_of(side, node).problem.n == 0); /* what it read is not so any more */
    node_kill(node);
}
