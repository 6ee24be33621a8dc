/* The two stores under one roof. */
#include "tests/store/sides.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/store/mem_world.h"
#include "engine/sys/clock.h"
#include "engine/sys/keep.h"

static const char meta_f[] =
    "{\"signature\":\"a543997d84f12798350c09bdef2cdb171bf41ed3e4a5f808af2feb0c56263009\","
    "\"flow\":\"f\",\"number\":1,\"doc\":null,\"params\":[{\"name\":\"order\",\"kind\":"
    "\"object\",\"required\":true},{\"name\":\"n\",\"kind\":\"number\",\"required\":"
    "false}"
    "],\"has_key\":true,\"key_path\":\"/order/id\",\"states\":[],\"finals\":[],"
    "\"starts_on\":[\"Opened\"],\"events\":["
    "{\"name\":\"Paid\",\"fields\":[{\"name\":\"order\",\"kind\":\"string\",\"required\":"
    "true},{\"name\":\"m\",\"kind\":\"any\",\"required\":false}],\"keys\":[\"order\"],"
    "\"unique\":[\"m\"],\"held\":86400000000},"
    "{\"name\":\"Brief\",\"fields\":[{\"name\":\"order\",\"kind\":\"string\","
    "\"required\":"
    "true}],\"keys\":[\"order\"],\"unique\":[],\"held\":1500000},"
    "{\"name\":\"Ping\",\"fields\":[{\"name\":\"order\",\"kind\":\"string\",\"required\":"
    "true}],\"keys\":[\"order\"],\"unique\":[],\"held\":0},"
    "{\"name\":\"Opened\",\"fields\":[{\"name\":\"order\",\"kind\":\"string\","
    "\"required\":true}],\"keys\":[\"order\"],\"unique\":[],\"held\":0}"
    "],\"adapters\":[],\"roles\":[],\"settings\":[],\"measures\":[]}";

static int64_t wall(void *clock)
{
    (void)clock;
    return clock_wall();
}

static void give_up(const char *why)
{
    printf("\n%s\n0 passed, 1 failed\n", why);
    exit(1);
}

/* ---- sides ---- */

static struct side *side_new(struct event_base *base, const char *name)
{
    struct side *side = keep_new_of(struct side);
    side->name = name;
    side->base = base;
    side->test = arena_new("test", (size_t)1 << 30);
    return side;
}

struct side *side_mem(struct event_base *base)
{
    return side_new(base, "mem");
}

struct side *side_pg(struct event_base *base, const char *conninfo)
{
    struct side *side = side_new(base, "pg");
    struct err err = {0};
    side->is_pg = true;
    side->conninfo = conninfo;
    if (!store_migrate(conninfo, false, &err))
        give_up(err.what);
    return side;
}

static void pg_run(struct side *side, const char *sql)
{
    PGconn *conn = PQconnectdb(side->conninfo);
    PGresult *result = PQexec(conn, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK &&
        PQresultStatus(result) != PGRES_TUPLES_OK)
        give_up(PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
}

static int pg_count(struct side *side, const char *sql)
{
    PGconn *conn = PQconnectdb(side->conninfo);
    PGresult *result = PQexec(conn, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        give_up(PQerrorMessage(conn));
    int64_t n = -1;
    text_to_i64(text_of(PQgetvalue(result, 0, 0)), &n);
    PQclear(result);
    PQfinish(conn);
    return (int)n;
}

static void reset_pg(struct side *side)
{
    pg_run(
        side,
        "TRUNCATE flow_data.schedule, flow_data.measured, flow_data.measure_tally, "
        "flow_data.instance, flow_data.value, flow_data.living, flow_data.journal, "
        "flow_data.timer, flow_data.subscription, flow_data.inbox, "
        "flow_data.inbox_key, flow_data.inbox_back, flow_data.seen, flow_data.mail, "
        "flow_data.task, flow_data.request, flow_data.generation, flow_data.tally, "
        "flow_data.node, flow_data.event, flow_data.version, flow_data.environment, "
        "flow_data.breaker, flow_data.adapter_word, flow_data.suspect, flow_data.blame, "
        "flow_data.version_hold, flow_data.version_word;"
        "UPDATE flow_data.shard_lease SET owner = NULL");
    char *sql = arena_printf(side->test,
                             "SELECT flow.deploy_flow('f', 1, sha256('f'), 'image', "
                             "'flow f', '%s')",
                             meta_f);
    pg_run(side, sql);
}

static void reset_mem(struct side *side)
{
    struct err err = {0};
    store_world_free(side->world);
    side->world = store_world_new(wall, NULL);
    json_t *meta = json_read(text_of(meta_f), &err);
    if (meta == NULL || !store_world_deploy(side->world, digest_of(TEXT("f")),
                                            TEXT("image"), TEXT("flow f"), meta, &err))
        give_up(err.what);
    json_decref(meta);
}

void side_reset(struct side *side)
{
    arena_reset(side->test);
    if (side->is_pg)
        reset_pg(side);
    else
        reset_mem(side);
}

void side_free(struct side *side)
{
    arena_free(side->test);
    store_world_free(side->world);
    keep_free(side);
}

int inbox_count(struct side *side, const char *what)
{
    if (side->is_pg)
        return pg_count(side, arena_printf(side->test,
                                           "SELECT count(*) FROM flow.inbox WHERE what = "
                                           "'%s'",
                                           what));
    static const char *const names[] = {"held",      "held",      "delivered", "held",
                                        "unclaimed", "duplicate", "refused"};
    int n = 0;
    for (unsigned i = 0; i < side->world->inbox.n; i++)
        n += strcmp(names[side->world->inbox.at[i].what], what) == 0;
    return n;
}

/* ---- nodes ---- */

static void on_up(void *owner)
{
    ((struct node *)owner)->ups++;
}

static void on_away(void *owner, const struct err *err)
{
    (void)err;
    ((struct node *)owner)->aways++;
}

static void on_over(void *owner)
{
    ((struct node *)owner)->overs++;
}

static void on_bell(void *owner)
{
    ((struct node *)owner)->bells++;
}

void loop_until_at_least(struct event_base *base, const int *flag, int wanted)
{
    int64_t deadline = clock_monotonic() + 10 * INT64_C(1000000);
    while (*flag < wanted) {
        struct timeval tv = {0, 20000};
        event_base_loopexit(base, &tv);
        event_base_loop(base, EVLOOP_ONCE);
        if (clock_monotonic() > deadline)
            give_up("an answer did not come within 10 s");
    }
}

struct node *node_open(struct side *side, uint32_t shards, int64_t life)
{
    struct node *node = keep_new_of(struct node);
    struct store_hooks hooks = {node, on_up, on_away, on_over, on_bell, NULL};
    struct store_options options = {.heartbeat_life = life, .lanes = 2};
    struct err err = {0};
    if (side->is_pg) {
        options.conninfo = text_of(side->conninfo);
        node->store = store_pg_open(side->base, &options, &hooks, &err);
    } else {
        node->store = store_mem_open(side->base, side->world, &options, &hooks);
    }
    if (node->store == NULL)
        give_up(err.what);
    loop_until_at_least(side->base, &node->ups, 1);
    do_join(side, node);
    if (shards > 0)
        do_claim(side, node, shards);
    return node;
}

void node_kill(struct node *node)
{
    store_close(node->store);
    keep_free(node);
}

/* ---- verbs that wait ---- */

static struct got *got_new(struct side *side)
{
    struct got *got = arena_new_of(side->test, struct got);
    got->side = side;
    return got;
}

static void take_err(struct got *got, const struct err *err)
{
    if (err != NULL)
        got->err = *err;
    got->done = 1;
}

static struct text keep(struct got *got, struct text t)
{
    return t.n == 0 ? (struct text){"", 0} : text_dup(got->side->test, t);
}

#define COPY(got, from, n) arena_copy((got)->side->test, (from), (n) * sizeof *(from))

static struct got waited(struct got *got)
{
    loop_until_at_least(got->side->base, &got->done, 1);
    return *got;
}

static void on_pulse(void *owner, const struct store_pulse *pulse)
{
    struct got *got = owner;
    got->now = pulse->now;
    got->nodes = pulse->nodes;
    got->free_shards = pulse->free_shards;
    got->share = pulse->share;
    got->breakers_rev = pulse->breakers;
    got->holds_rev = pulse->holds;
    take_err(got, pulse->err);
}

struct got do_join(struct side *side, struct node *node)
{
    struct got *got = got_new(side);
    store_join(node->store, on_pulse, got);
    return waited(got);
}

struct got do_beat(struct side *side, struct node *node)
{
    struct got *got = got_new(side);
    store_beat(node->store, on_pulse, got);
    return waited(got);
}

static void on_claim(void *owner, const struct store_claim *claim)
{
    struct got *got = owner;
    got->n = claim->n;
    got->blames_n = claim->blames_n;
    for (uint32_t i = 0; i < claim->blames_n; i++)
        got->blamed += claim->blames[i].deaths;
    for (uint32_t i = 0; i < claim->suspects_n; i++)
        got->suspected += claim->suspects[i].deaths;
    take_err(got, claim->err);
}

struct got do_claim(struct side *side, struct node *node, uint32_t most)
{
    struct got *got = got_new(side);
    store_claim(node->store, most, on_claim, got);
    return waited(got);
}

struct got do_release_all(struct side *side, struct node *node)
{
    struct got *got = got_new(side);
    uint32_t shards[STORE_SHARDS], n = 0;
    for (uint32_t s = 0; s < STORE_SHARDS; s++)
        if (store_holds(node->store, s))
            shards[n++] = s;
    store_release(node->store, shards, n, on_pulse, got);
    return waited(got);
}

static void on_mails(void *owner, const struct store_mails *mails)
{
    struct got *got = owner;
    got->n = mails->n;
    got->more = mails->more;
    if (mails->n > 0)
        got->mails = COPY(got, mails->mails, mails->n);
    for (uint32_t i = 0; i < mails->n; i++) {
        got->mails[i].event = keep(got, mails->mails[i].event);
        got->mails[i].step = keep(got, mails->mails[i].step);
        got->mails[i].verb = keep(got, mails->mails[i].verb);
        got->mails[i].data = keep(got, mails->mails[i].data);
        got->mails[i].line = keep(got, mails->mails[i].line);
    }
    take_err(got, mails->err);
}

struct got do_mail(struct side *side, struct node *node, uint64_t after, uint32_t most)
{
    struct got *got = got_new(side);
    store_mail(node->store, after, most, on_mails, got);
    return waited(got);
}

struct got do_skim_mail(struct side *side, struct node *node, uint64_t after,
                        struct text left, uint32_t most)
{
    struct got *got = got_new(side);
    store_skim_mail(node->store, after, &left, 1, most, on_mails, got);
    return waited(got);
}

static void on_timers(void *owner, const struct store_timers *timers)
{
    struct got *got = owner;
    got->n = timers->n;
    got->more = timers->more;
    got->next_at = timers->next_at;
    got->now = timers->now;
    if (timers->n > 0)
        got->timers = COPY(got, timers->timers, timers->n);
    for (uint32_t i = 0; i < timers->n; i++)
        got->timers[i].line = keep(got, timers->timers[i].line);
    take_err(got, timers->err);
}

struct got do_timers(struct side *side, struct node *node, int64_t ahead,
                     const struct store_timer *after, uint32_t most)
{
    struct got *got = got_new(side);
    store_timers(node->store, ahead, after, most, on_timers, got);
    return waited(got);
}

struct got do_skim_timers(struct side *side, struct node *node,
                          const struct store_timer *after, uint32_t most)
{
    struct got *got = got_new(side);
    store_skim_timers(node->store, after, most, on_timers, got);
    return waited(got);
}

static void on_ids(void *owner, const struct store_ids *ids)
{
    struct got *got = owner;
    got->n = ids->n;
    if (ids->n > 0)
        got->ids = COPY(got, ids->ids, ids->n);
    take_err(got, ids->err);
}

struct got do_in_flight(struct side *side, struct node *node, uint32_t shard)
{
    struct got *got = got_new(side);
    store_in_flight(node->store, shard, (struct id){{0}}, 100, on_ids, got);
    return waited(got);
}

static void on_instances(void *owner, const struct store_instances *instances)
{
    struct got *got = owner;
    got->n = instances->n;
    if (instances->n > 0)
        got->instances = COPY(got, instances->items, instances->n);
    for (uint32_t i = 0; i < instances->n; i++) {
        got->instances[i].key = keep(got, instances->items[i].key);
        got->instances[i].flow = keep(got, instances->items[i].flow);
        got->instances[i].snapshot = keep(got, instances->items[i].snapshot);
        got->instances[i].values = keep(got, instances->items[i].values);
    }
    take_err(got, instances->err);
}

struct got do_load(struct side *side, struct node *node, struct id id)
{
    struct got *got = got_new(side);
    store_load(node->store, &id, 1, on_instances, got);
    return waited(got);
}

struct got do_find(struct side *side, struct node *node, const char *key)
{
    struct got *got = got_new(side);
    store_find(node->store, TEXT(""), text_of(key), on_instances, got);
    return waited(got);
}

static void on_commits(void *owner, const struct store_commits *commits)
{
    struct got *got = owner;
    got->n = commits->n;
    got->emitted = commits->emitted;
    got->subscribed = commits->subscribed;
    if (commits->err == NULL) {
        got->moved = COPY(got, commits->items, commits->n);
        for (uint32_t i = 0; i < commits->n; i++) {
            const struct store_moved *m = &commits->items[i];
            got->moved[i].problem = keep(got, m->problem);
            if (m->generations != NULL && got->sent[i].asked_n > 0)
                got->moved[i].generations =
                    COPY(got, m->generations, got->sent[i].asked_n);
        }
    }
    take_err(got, commits->err);
}

struct got do_commit(struct side *side, struct node *node,
                     const struct store_transition *all, uint32_t n)
{
    struct got sum = {.side = side, .n = n};
    sum.moved = arena_array(side->test, struct store_moved, n);
    struct store_transition *part = arena_array(side->test, struct store_transition, n);
    uint32_t *index = arena_array(side->test, uint32_t, n);
    for (uint32_t lane = 0; lane < store_lanes(node->store); lane++) {
        struct got *got = got_new(side);
        uint32_t k = 0;
        for (uint32_t i = 0; i < n; i++)
            if (store_lane_of(node->store, all[i].id) == lane) {
                index[k] = i;
                part[k++] = all[i];
            }
        if (k == 0)
            continue;
        got->sent = part;
        store_commit(node->store, lane, part, k, on_commits, got);
        waited(got);
        if (got->err.code != ERR_OK)
            sum.err = got->err;
        sum.emitted |= got->emitted;
        sum.subscribed |= got->subscribed;
        for (uint32_t i = 0; i < k && got->moved != NULL; i++)
            sum.moved[index[i]] = got->moved[i];
    }
    return sum;
}

struct got do_settle(struct side *side, struct node *node,
                     const struct store_settlement *one)
{
    struct got *got = got_new(side);
    store_settle(node->store, store_lane_of(node->store, one->instance), one, 1, on_pulse,
                 got);
    return waited(got);
}

static void on_arrivals(void *owner, const struct store_arrivals *arrivals)
{
    struct got *got = owner;
    got->n = arrivals->n;
    got->more = arrivals->more;
    got->subscribed = arrivals->subscribed;
    if (arrivals->n > 0)
        got->arrivals = COPY(got, arrivals->items, arrivals->n);
    for (uint32_t i = 0; i < arrivals->n; i++) {
        got->arrivals[i].event = keep(got, arrivals->items[i].event);
        got->arrivals[i].body = keep(got, arrivals->items[i].body);
    }
    take_err(got, arrivals->err);
}

struct got do_arrivals(struct side *side, struct node *node, uint32_t most)
{
    struct got *got = got_new(side);
    store_arrivals(node->store, most, on_arrivals, got);
    return waited(got);
}

static void on_matches(void *owner, const struct store_matches *matches)
{
    struct got *got = owner;
    got->delivered = matches->delivered;
    got->more = matches->more;
    take_err(got, matches->err);
}

struct got do_match(struct side *side, struct node *node,
                    const struct store_filing *filings, uint32_t n)
{
    struct got *got = got_new(side);
    store_match(node->store, filings, n, on_matches, got);
    return waited(got);
}

static void on_tended(void *owner, const struct store_tended *tended)
{
    struct got *got = owner;
    got->more = tended->more;
    take_err(got, tended->err);
}

struct got do_tend(struct side *side, struct node *node)
{
    struct got *got = got_new(side);
    store_tend(node->store, on_tended, got);
    return waited(got);
}

static void on_said(void *owner, const struct store_said *said)
{
    struct got *got = owner;
    got->id = said->id;
    got->created = said->created;
    got->duplicate = said->duplicate;
    got->text = keep(got, said->key);
    take_err(got, said->err);
}

struct got do_start(struct side *side, struct node *node, const char *flow,
                    const char *args, const char *key)
{
    struct got *got = got_new(side);
    store_start(node->store, text_of(flow), text_of(args), text_of(key), TEXT("anna"),
                on_said, got);
    return waited(got);
}

struct got do_send(struct side *side, struct node *node, const char *event,
                   const char *body)
{
    return do_send_message(side, node, event, body, "");
}

struct got do_send_message(struct side *side, struct node *node, const char *event,
                           const char *body, const char *message)
{
    struct got *got = got_new(side);
    store_send(node->store, text_of(event), text_of(body), text_of(message), TEXT("anna"),
               on_said, got);
    return waited(got);
}

static void on_version(void *owner, const struct store_version *version)
{
    struct got *got = owner;
    got->text = keep(got, version->flow);
    got->n = version->number;
    take_err(got, version->err);
}

struct got do_declares(struct side *side, struct node *node, const char *event)
{
    struct got *got = got_new(side);
    store_declares(node->store, text_of(event), on_version, got);
    return waited(got);
}

static void on_schedules(void *owner, const struct store_schedules *schedules)
{
    struct got *got = owner;
    got->n = schedules->n;
    got->schedules =
        arena_array(got->side->test, struct store_schedule, schedules->n + 1);
    for (uint32_t i = 0; i < schedules->n; i++) {
        got->schedules[i] = schedules->items[i];
        got->schedules[i].flow = keep(got, schedules->items[i].flow);
        got->schedules[i].problem = keep(got, schedules->items[i].problem);
    }
    take_err(got, schedules->err);
}

struct got do_schedules(struct side *side, struct node *node)
{
    struct got *got = got_new(side);
    store_schedules(node->store, on_schedules, got);
    return waited(got);
}

struct got do_begin_moment(struct side *side, struct node *node,
                           const struct store_moment *moment)
{
    struct got *got = got_new(side);
    store_begin_moment(node->store, moment, on_said, got);
    return waited(got);
}

static void on_reckoned(void *owner, const struct store_pulse *pulse)
{
    take_err(owner, pulse->err);
}

struct got do_reckon(struct side *side, struct node *node,
                     const struct store_moment *moment, const char *problem)
{
    struct got *got = got_new(side);
    store_reckon(node->store, moment, text_of(problem), on_reckoned, got);
    return waited(got);
}

static void on_breakers(void *owner, const struct store_breakers *breakers)
{
    struct got *got = owner;
    got->n = breakers->n;
    got->created = breakers->is_set;
    got->breakers = arena_array(got->side->test, struct store_breaker, breakers->n + 1);
    for (uint32_t i = 0; i < breakers->n; i++) {
        got->breakers[i] = breakers->items[i];
        got->breakers[i].adapter = keep(got, breakers->items[i].adapter);
    }
    take_err(got, breakers->err);
}

struct got do_breakers(struct side *side, struct node *node)
{
    struct got *got = got_new(side);
    store_breakers(node->store, on_breakers, got);
    return waited(got);
}

struct got do_breaker_set(struct side *side, struct node *node,
                          const struct store_breaker *breaker, int64_t wait)
{
    struct got *got = got_new(side);
    store_breaker_set(node->store, breaker, wait, TEXT("no answer came"), on_breakers,
                      got);
    return waited(got);
}

struct got do_judge(struct side *side, struct node *node, enum store_judgement judgement,
                    const struct store_suspect *suspects, uint32_t n)
{
    struct got *got = got_new(side);
    store_judge(node->store, judgement, suspects, n, on_pulse, got);
    return waited(got);
}

static void on_holds(void *owner, const struct store_holds *holds)
{
    struct got *got = owner;
    got->n = holds->n;
    got->holds = arena_array(got->side->test, struct store_hold, holds->n + 1);
    for (uint32_t i = 0; i < holds->n; i++) {
        got->holds[i] = holds->items[i];
        got->holds[i].flow = keep(got, holds->items[i].flow);
    }
    take_err(got, holds->err);
}

struct got do_holds(struct side *side, struct node *node)
{
    struct got *got = got_new(side);
    store_holds_now(node->store, on_holds, got);
    return waited(got);
}

struct got do_let_go(struct side *side, struct node *node, const char *flow,
                     uint32_t version)
{
    struct got *got = got_new(side);
    store_let_go(node->store, text_of(flow), version, TEXT("tests"), TEXT("sam"), on_said,
                 got);
    return waited(got);
}

static void on_scanned(void *owner, const struct store_scanned *scanned)
{
    struct got *got = owner;
    got->n = (uint32_t)scanned->found;
    got->text = keep(got, scanned->says);
    take_err(got, scanned->err);
}

struct got do_scan(struct side *side, struct node *node, enum store_scan scan)
{
    struct got *got = got_new(side);
    store_scan(node->store, scan, on_scanned, got);
    return waited(got);
}

struct got do_adapter(struct side *side, struct node *node, const char *adapter,
                      const char *verb)
{
    struct got *got = got_new(side);
    store_adapter(node->store, text_of(adapter), text_of(verb), TEXT("tests"),
                  TEXT("sam"), on_said, got);
    return waited(got);
}

void deploy_tick(struct side *side, uint32_t n, const char *rule)
{
    struct err err = {0};
    const char *name = arena_printf(side->test, "tick%u", n);
    const char *said = arena_printf(
        side->test,
        "{\"signature\":\"\",\"flow\":\"tick\",\"number\":%u,\"doc\":null,\"params\":["
        "{\"name\":\"size\",\"kind\":\"number\",\"required\":true}],\"has_key\":false,"
        "\"key_path\":null,\"states\":[],\"finals\":[],\"starts_on\":[],"
        "\"starts_every\":[\"%s\"],\"events\":[],\"adapters\":[],\"roles\":[],"
        "\"settings\":[],\"measures\":[]}",
        n, rule);
    if (side->is_pg) {
        pg_run(side, arena_printf(side->test,
                                  "SELECT flow.deploy_flow('tick', %u, sha256('%s'), "
                                  "'image', 'flow tick', '%s')",
                                  n, name, said));
        return;
    }
    json_t *meta = json_read(text_of(said), &err);
    if (meta == NULL || !store_world_deploy(side->world, digest_of(text_of(name)),
                                            TEXT("image"), TEXT("flow tick"), meta, &err))
        give_up(err.what);
    json_decref(meta);
}

static void on_place(void *owner, const struct store_task_place *place)
{
    struct got *got = owner;
    got->id = place->instance;
    got->n = place->number;
    take_err(got, place->err);
}

struct got do_task_place(struct side *side, struct node *node, struct id task)
{
    struct got *got = got_new(side);
    store_task_place(node->store, task, on_place, got);
    return waited(got);
}

struct got do_command(struct side *side, struct node *node, struct id instance,
                      const char *verb)
{
    struct got *got = got_new(side);
    store_command(node->store, instance, text_of(verb),
                  TEXT("{\"step\":\"pay\",\"data\":{\"a\":1}}"), TEXT("why not"),
                  TEXT("anna"), on_said, got);
    return waited(got);
}

struct got do_answer(struct side *side, struct node *node, struct id task,
                     const char *outcome)
{
    struct got *got = got_new(side);
    store_answer(node->store, task, text_of(outcome), TEXT(""), TEXT(""), TEXT("anna"),
                 on_said, got);
    return waited(got);
}

static void on_list(void *owner, const struct store_list *list)
{
    struct got *got = owner;
    got->text = keep(got, list->items);
    got->next = keep(got, list->next);
    take_err(got, list->err);
}

struct got do_counts(struct side *side, struct node *node)
{
    struct got *got = got_new(side);
    store_list_counts(node->store, on_list, got);
    return waited(got);
}

struct got do_instances(struct side *side, struct node *node, const char *status)
{
    struct got *got = got_new(side);
    struct store_filter filter = {.status = text_of(status)};
    store_list_instances(node->store, &filter, on_list, got);
    return waited(got);
}

struct got do_history(struct side *side, struct node *node, struct id instance)
{
    struct got *got = got_new(side);
    struct store_filter filter = {0};
    store_list_history(node->store, instance, &filter, on_list, got);
    return waited(got);
}

struct got do_tasks(struct side *side, struct node *node)
{
    struct got *got = got_new(side);
    struct store_filter filter = {0};
    store_list_tasks(node->store, &filter, on_list, got);
    return waited(got);
}

int count_of(struct side *side, struct node *node, const char *status)
{
    struct err err = {0};
    scoped_json json_t *counts = json_read(do_counts(side, node).text, &err);
    int n = 0;
    size_t i;
    json_t *row;
    json_array_foreach(counts, i, row)
    {
        if (text_is_chars(json_text_of(json_object_get(row, "status")), status))
            n += (int)json_integer_value(json_object_get(row, "n"));
    }
    return n;
}

/* ---- what a run would do ---- */

uint64_t hash_of(const char *order)
{
    return text_hash(text_of(order));
}

struct got match_all(struct side *side, struct node *node)
{
    struct got arrived = do_arrivals(side, node, 1000);
    struct store_filing *filings =
        arena_array(side->test, struct store_filing, arrived.n);
    for (uint32_t i = 0; i < arrived.n; i++) {
        struct err err = {0};
        json_t *body = json_read(arrived.arrivals[i].body, &err);
        struct store_hash *hash = arena_new_of(side->test, struct store_hash);
        hash->key = hash_of(json_string_value(json_object_get(body, "order")));
        hash->fields = 1;
        json_decref(body);
        filings[i] = (struct store_filing){.id = arrived.arrivals[i].id,
                                           .event = arrived.arrivals[i].event,
                                           .hashes = hash,
                                           .hashes_n = 1};
    }
    return do_match(side, node, filings, arrived.n);
}

struct store_transition next_of(const struct store_instance *row)
{
    return (struct store_transition){.id = row->id,
                                     .rev = row->rev,
                                     .status_was = row->status,
                                     .status = STATUS_WAITING,
                                     .state = TEXT("resting"),
                                     .since = 1770000000000000,
                                     .started_at = 1770000000000000,
                                     .timer_at = row->timer_at,
                                     .at = 1770000000000000,
                                     .stimulus = STIMULUS_OUTCOME,
                                     .snapshot = TEXT("snap"),
                                     .entries =
                                         TEXT("[[\"noted\",null,\"\",7,\"\",\"hi\","
                                              "null]]")};
}

struct store_instance loaded(struct side *side, struct node *node, struct id id)
{
    struct got got = do_load(side, node, id);
    if (got.err.code != ERR_OK)
        give_up(got.err.what);
    return got.instances[0];
}
