/* The store in memory: a world that several nodes share, and answers that come from the
 * loop. */
#include <event2/event.h>

#include "engine/base/json.h"
#include "engine/store/mem_world.h"
#include "engine/sys/dice.h"
#include "engine/sys/keep.h"

#define TEXTS_BYTES_MAX ((size_t)4 << 30) /* a world is a test's; this is a runaway's */

static const struct store_ops mem_ops;

/* ---- the world ---- */

struct store_world *store_world_new(int64_t (*now)(void *), void *clock)
{
    struct store_world *world = keep_new_of(struct store_world);
    world->now = now;
    world->clock = clock;
    world->texts = arena_new("world", TEXTS_BYTES_MAX);
    return world;
}

void store_world_free(struct store_world *world)
{
    if (world == NULL)
        return;
    must(world->stores.n == 0);
    mem_errands_free(world);
    for (unsigned i = 0; i < world->versions.n; i++)
        json_decref(world->versions.at[i].meta);
    for (unsigned i = 0; i < world->inbox.n; i++) {
        keep_free(world->inbox.at[i].hashes.at);
        keep_free(world->inbox.at[i].offers.at);
    }
    json_decref(world->environment);
    void *tables[] = {world->nodes.at,         world->versions.at,    world->instances.at,
                      world->journal.at,       world->mail.at,        world->inbox.at,
                      world->subscriptions.at, world->seen.at,        world->tasks.at,
                      world->requests.at,      world->generations.at, world->tokens.at,
                      world->schedules.at,     world->measured.at,    world->breakers.at,
                      world->values.at,        world->stores.at};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        keep_free(tables[i]);
    arena_free(world->texts);
    keep_free(world);
}

struct text mem_keep(struct store_world *world, struct text t)
{
    return t.n == 0 ? (struct text){"", 0} : text_dup(world->texts, t);
}

int64_t mem_now(const struct store_world *world)
{
    return world->now(world->clock);
}

struct id mem_id(struct store_world *world, int shard)
{
    struct id id = dice_id(mem_now(world));
    if (shard >= 0)
        id.bytes[15] = (uint8_t)((id.bytes[15] & ~(STORE_SHARDS - 1)) | shard);
    return id;
}

bool store_world_deploy(struct store_world *world, struct digest hash, struct text image,
                        struct text source, const json_t *meta, struct err *err)
{
    struct text flow = json_text_of(json_object_get(meta, "flow"));
    uint32_t number = (uint32_t)json_integer_value(json_object_get(meta, "number"));
    for (unsigned i = 0; i < world->versions.n; i++) {
        const struct mem_version *v = &world->versions.at[i];
        if (!text_is(v->flow, flow) || v->number != number)
            continue;
        return digest_is(&v->hash, &hash) ||
               err_set(err, ERR_CONFLICT,
                       TEXT_FMT " version %u was deployed before with another meaning",
                       TEXT_ARG(flow), number);
    }
    struct mem_version *v = mem_add(&world->versions);
    *v = (struct mem_version){.flow = mem_keep(world, flow),
                              .number = number,
                              .hash = hash,
                              .image = mem_keep(world, image),
                              .source = mem_keep(world, source),
                              .meta = json_deep_copy(meta)};
    mem_schedules_deployed(world, v);
    mem_ring(world);
    return true;
}

void store_world_environment(struct store_world *world, const json_t *document)
{
    static const char *const sections[] = {"settings", "roles",  "calendars",
                                           "adapters", "events", "folders"};
    if (world->environment == NULL)
        world->environment = json_object();
    json_object_set(world->environment, "name", json_object_get(document, "name"));
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        json_t *old = json_object_get(world->environment, sections[i]);
        if (old == NULL)
            json_object_set_new(world->environment, sections[i], old = json_object());
        json_t *copy = json_deep_copy(json_object_get(document, sections[i]));
        if (copy != NULL)
            json_object_update(old, copy);
        json_decref(copy);
    }
    world->environment_version++;
    mem_ring(world);
}

void store_world_token(struct store_world *world, struct text token, struct text name,
                       struct text role, struct text scopes)
{
    struct mem_token *row = mem_add(&world->tokens);
    row->token = mem_keep(world, token);
    row->name = mem_keep(world, name);
    row->role = mem_keep(world, role);
    row->scopes = mem_keep(world, scopes);
}

/* ---- answers ---- */

static void on_answer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    struct mem_answer *answer = arg;
    struct mem_store *mem = answer->mem;
    if (answer->next != NULL)
        answer->next->previous = answer->previous;
    if (answer->previous != NULL)
        answer->previous->next = answer->next;
    else
        mem->answers = answer->next;
    event_free(answer->event);
    answer->call(answer);
    arena_free(answer->arena);
}

struct mem_answer *mem_answer_new(struct mem_store *mem,
                                  void (*call)(struct mem_answer *), void (*reply)(void),
                                  void *reply_to)
{
    struct arena *arena = arena_new("call", (size_t)256 << 20);
    struct mem_answer *answer = arena_new_of(arena, struct mem_answer);
    *answer = (struct mem_answer){.arena = arena,
                                  .mem = mem,
                                  .call = call,
                                  .reply = reply,
                                  .reply_to = reply_to,
                                  .now = mem_now(mem->world),
                                  .incarnation = mem->incarnation};
    if (!mem->is_up)
        err_set(&answer->err, ERR_UNAVAILABLE, "the store is away");
    return answer;
}

void mem_answer_send(struct mem_answer *answer)
{
    answer->event = event_new(answer->mem->base, -1, 0, on_answer, answer);
    must(answer->event != NULL);
    mem_answer_put(answer);
    if (answer->mem->world->roads == NULL)
        event_active(answer->event, EV_TIMEOUT, 1);
}

bool mem_answer_is_stale(const struct mem_answer *answer)
{
    return answer->incarnation != answer->mem->incarnation;
}

const struct err *mem_answer_err(struct mem_answer *answer)
{
    return answer->err.code == ERR_OK ? NULL : &answer->err;
}

static void say_lost(struct err *err)
{
    err_set(err, ERR_UNAVAILABLE, "the connection was lost");
}

void mem_answer_lost(struct mem_answer *answer)
{
    if (answer->err.code == ERR_OK)
        say_lost(&answer->err);
}

static void forget_claims(struct mem_store *mem)
{
    mem->incarnation++;
    memset(mem->store.holds, 0, sizeof mem->store.holds);
}

static void node_remove(struct store_world *world, uint64_t nonce)
{
    for (unsigned i = 0; i < world->nodes.n; i++)
        if (world->nodes.at[i].nonce == nonce) {
            mem_remove(&world->nodes, i);
            return;
        }
}

/* ---- open, close ---- */

static void come_up(struct mem_answer *answer)
{
    struct mem_store *mem = answer->mem;
    mem->is_up = true;
    mem->hooks.up(mem->hooks.owner);
}

static void go_away(struct mem_answer *answer)
{
    struct mem_store *mem = answer->mem;
    struct err err = {0};
    say_lost(&err);
    node_remove(mem->world, mem->nonce);
    forget_claims(mem);
    mem->nonce = 0;
    mem->hooks.away(mem->hooks.owner, &err);
    mem_answer_send(mem_answer_new(mem, come_up, NULL, NULL));
}

void store_mem_break(struct store *store, bool after)
{
    mem_of(store)->breaks = after ? MEM_BREAKS_AFTER : MEM_BREAKS_BEFORE;
}

void mem_break_now(struct mem_store *mem)
{
    mem->breaks = MEM_WHOLE;
    mem->is_up = false;
    mem_answers_cut(mem);
    mem_answer_send(mem_answer_new(mem, go_away, NULL, NULL));
}

struct store *store_mem_open(struct event_base *base, struct store_world *world,
                             const struct store_options *options,
                             const struct store_hooks *hooks)
{
    struct mem_store *mem = keep_new_of(struct mem_store);
    mem->store.ops = &mem_ops;
    mem->store.lanes = options->lanes == 0 ? 2 : options->lanes;
    must(mem->store.lanes <= STORE_LANES_MAX);
    mem->base = base;
    mem->world = world;
    mem->hooks = *hooks;
    mem->heartbeat_life =
        options->heartbeat_life == 0 ? 5 * INT64_C(1000000) : options->heartbeat_life;
    mem->capacity = options->capacity == 0 || options->capacity > STORE_SHARDS
                        ? STORE_SHARDS
                        : options->capacity;
    *mem_add(&world->stores) = mem;
    mem_answer_send(mem_answer_new(mem, come_up, NULL, NULL));
    return &mem->store;
}

static void mem_close(struct store *store)
{
    struct mem_store *mem = mem_of(store);
    struct store_world *world = mem->world;
    mem_errands_abandon(mem);
    while (mem->answers != NULL) {
        struct mem_answer *answer = mem->answers;
        mem->answers = answer->next;
        event_free(answer->event);
        arena_free(answer->arena);
    }
    node_remove(world, mem->nonce);
    for (unsigned i = 0; i < world->stores.n; i++)
        if (world->stores.at[i] == mem) {
            mem_remove(&world->stores, i);
            break;
        }
    keep_free(mem);
}

static struct mem_answer *control(struct mem_store *mem,
                                  void (*call)(struct mem_answer *), void (*reply)(void),
                                  void *reply_to)
{
    struct mem_answer *answer = mem_answer_new(mem, call, reply, reply_to);
    answer->link = MEM_CONTROL;
    return answer;
}

static void rung(struct mem_answer *answer)
{
    answer->mem->rings = false;
    answer->mem->hooks.bell(answer->mem->hooks.owner);
}

static void nodes_rung(struct mem_answer *answer)
{
    if (answer->mem->hooks.nodes != NULL)
        answer->mem->hooks.nodes(answer->mem->hooks.owner);
}

void mem_ring(struct store_world *world)
{
    for (unsigned i = 0; i < world->stores.n; i++) {
        struct mem_store *mem = world->stores.at[i];
        if (mem->rings || mem->nonce == 0)
            continue;
        mem->rings = true;
        mem_answer_send(control(mem, rung, NULL, NULL));
    }
}

/* ---- this node ---- */

static bool is_alive(const struct store_world *world, uint64_t nonce)
{
    for (unsigned i = 0; i < world->nodes.n; i++)
        if (world->nodes.at[i].nonce == nonce)
            return world->nodes.at[i].expires_at > mem_now(world);
    return false;
}

struct mem_ticket mem_ticket(const struct mem_store *mem)
{
    struct mem_ticket ticket = {.nonce = mem->nonce};
    memcpy(ticket.holds, mem->store.holds, sizeof ticket.holds);
    memcpy(ticket.epochs, mem->store.epochs, sizeof ticket.epochs);
    return ticket;
}

static bool is_owner(const struct store_world *world, uint32_t shard, uint64_t nonce,
                     int64_t epoch)
{
    return world->leases[shard].owner == nonce &&
           world->leases[shard].epoch == (uint64_t)epoch;
}

bool mem_is_fenced(const struct store_world *world, const struct mem_ticket *ticket,
                   uint32_t shard)
{
    return ticket->holds[shard] &&
           is_owner(world, shard, ticket->nonce, ticket->epochs[shard]);
}

bool mem_holds(const struct mem_store *mem, uint32_t shard)
{
    return mem->store.holds[shard] &&
           is_owner(mem->world, shard, mem->nonce, mem->store.epochs[shard]);
}

/* Nonces rise, so nodes stand in the order of their nonces. */
static uint32_t share_of(const struct store_world *world, const struct mem_store *mem)
{
    uint32_t all[STORE_SHARDS], n = 0, me = STORE_SHARDS;
    for (uint32_t capacity = 1; capacity <= STORE_SHARDS; capacity++)
        for (unsigned i = 0; i < world->nodes.n && n < STORE_SHARDS; i++) {
            const struct mem_node *node = &world->nodes.at[i];
            if (node->capacity != capacity || !is_alive(world, node->nonce))
                continue;
            if (node->nonce == mem->nonce)
                me = n;
            all[n++] = capacity;
        }
    return me < n ? store_share(all, n, me) : 0;
}

void mem_ring_nodes(struct store_world *world)
{
    for (unsigned i = 0; i < world->stores.n; i++)
        if (world->stores.at[i]->nonce != 0)
            mem_answer_send(control(world->stores.at[i], nodes_rung, NULL, NULL));
}

static void say_stale(struct mem_answer *answer)
{
    if (mem_answer_is_stale(answer) && answer->err.code == ERR_OK)
        err_set(&answer->err, ERR_CONFLICT, "asked before this incarnation");
}

static void answer_pulse(struct mem_answer *answer)
{
    const struct store_world *world = answer->mem->world;
    say_stale(answer);
    struct store_pulse pulse = {.err = mem_answer_err(answer), .now = answer->now};
    for (unsigned i = 0; i < world->nodes.n; i++)
        pulse.nodes += is_alive(world, world->nodes.at[i].nonce);
    for (int s = 0; s < STORE_SHARDS; s++)
        pulse.free_shards += !is_alive(world, world->leases[s].owner);
    pulse.deployed = world->versions.n + world->environment_version;
    pulse.breakers = mem_breakers_rev(world);
    pulse.holds = world->holds_rev;
    pulse.share = share_of(world, answer->mem);
    ((store_pulse_done *)answer->reply)(answer->reply_to, &pulse);
}

static void mem_join(struct store *store, store_pulse_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    node_remove(mem->world, mem->nonce);
    forget_claims(mem);
    struct mem_answer *answer = control(mem, answer_pulse, (void (*)(void))done, owner);
    if (mem->is_up) {
        mem->nonce = ++mem->world->next_node;
        *mem_add(&mem->world->nodes) = (struct mem_node){
            mem->nonce, mem_now(mem->world) + mem->heartbeat_life, mem->capacity};
        mem_ring_nodes(mem->world);
    }
    mem_answer_send(answer);
}

void mem_incarnation_over(struct mem_store *mem)
{
    forget_claims(mem);
    mem->nonce = 0;
}

static void answer_over(struct mem_answer *answer)
{
    if (!mem_answer_is_stale(answer)) {
        mem_incarnation_over(answer->mem);
        answer->mem->hooks.over(answer->mem->hooks.owner);
    }
    answer_pulse(answer);
}

static void mem_beat(struct store *store, store_pulse_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct store_world *world = mem->world;
    bool over = mem->is_up && !is_alive(world, mem->nonce);
    struct mem_answer *answer =
        control(mem, over ? answer_over : answer_pulse, (void (*)(void))done, owner);
    if (over)
        err_set(&answer->err, ERR_CONFLICT, "this node counts as dead");
    for (unsigned i = 0; mem->is_up && !over && i < world->nodes.n; i++)
        if (world->nodes.at[i].nonce == mem->nonce)
            world->nodes.at[i].expires_at = mem_now(world) + mem->heartbeat_life;
    mem_answer_send(answer);
}

struct claimed {
    struct store_claim claim;
    uint32_t shards[STORE_SHARDS];
    int64_t epochs[STORE_SHARDS];
};

static void answer_claim(struct mem_answer *answer)
{
    struct claimed *claimed = answer->data;
    struct store_claim *claim = &claimed->claim;
    say_stale(answer);
    claim->err = mem_answer_err(answer);
    claim->now = answer->now;
    for (uint32_t i = 0; claim->err == NULL && i < claim->n; i++) {
        answer->mem->store.epochs[claimed->shards[i]] = claimed->epochs[i];
        answer->mem->store.holds[claimed->shards[i]] = true;
    }
    ((store_claim_done *)answer->reply)(answer->reply_to, claim);
}

static void mem_claim(struct store *store, uint32_t most, store_claim_done *done,
                      void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct store_world *world = mem->world;
    struct mem_answer *answer = control(mem, answer_claim, (void (*)(void))done, owner);
    struct claimed *claimed = arena_new_of(answer->arena, struct claimed);
    struct store_claim *claim = &claimed->claim;
    claim->deaths = arena_array(answer->arena, uint32_t, STORE_SHARDS);
    for (uint32_t s = 0; s < STORE_SHARDS && claim->n < most && mem->is_up; s++) {
        if (!is_alive(world, mem->nonce) || is_alive(world, world->leases[s].owner))
            continue;
        world->leases[s].owner = mem->nonce;
        claimed->epochs[claim->n] = (int64_t)++world->leases[s].epoch;
        claimed->shards[claim->n++] = s;
    }
    claim->shards = claimed->shards;
    answer->data = claimed;
    mem_answer_send(answer);
}

static void mem_release(struct store *store, const uint32_t *shards, uint32_t n,
                        store_pulse_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    for (uint32_t i = 0; i < n; i++) {
        if (mem_holds(mem, shards[i])) {
            mem->world->leases[shards[i]].owner = 0;
            mem->world->leases[shards[i]].epoch++;
        }
        mem->store.holds[shards[i]] = false;
    }
    mem_ring_nodes(mem->world);
    mem_answer_send(control(mem, answer_pulse, (void (*)(void))done, owner));
}

static void mem_retire(struct store *store, store_pulse_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    for (unsigned i = 0; i < mem->world->nodes.n; i++)
        if (mem->world->nodes.at[i].nonce == mem->nonce)
            mem->world->nodes.at[i].capacity = 0;
    mem_ring_nodes(mem->world);
    mem_answer_send(control(mem, answer_pulse, (void (*)(void))done, owner));
}

static void mem_list_nodes(struct store *store, store_list_done *done, void *owner)
{
    const struct store_world *world = mem_of(store)->world;
    json_t *items = json_array();
    for (unsigned i = 0; i < world->nodes.n; i++) {
        const struct mem_node *node = &world->nodes.at[i];
        json_int_t shards = 0;
        for (int s = 0; s < STORE_SHARDS; s++)
            shards += world->leases[s].owner == node->nonce;
        json_array_append_new(items, json_pack("{s:I, s:b, s:b, s:I}", "id",
                                               (json_int_t)node->nonce, "alive",
                                               is_alive(world, node->nonce), "draining",
                                               node->capacity == 0, "shards", shards));
    }
    mem_list_send(store, items, done, owner);
}

static void mem_judge(struct store *store, enum store_judgement judgement,
                      const struct store_suspect *suspects, uint32_t n,
                      store_pulse_done *done, void *owner)
{
    (void)judgement, (void)suspects, (void)n;
    mem_answer_send(control(mem_of(store), answer_pulse, (void (*)(void))done, owner));
}

static void answer_scanned(struct mem_answer *answer)
{
    struct store_scanned scanned = {.err = mem_answer_err(answer), .says = TEXT("none")};
    ((store_scanned_done *)answer->reply)(answer->reply_to, &scanned);
}

static void mem_scan(struct store *store, enum store_scan scan, store_scanned_done *done,
                     void *owner)
{
    (void)scan;
    mem_answer_send(control(mem_of(store), answer_scanned, (void (*)(void))done, owner));
}

static const struct store_ops mem_ops = {
    .close = mem_close,
    .join = mem_join,
    .beat = mem_beat,
    .claim = mem_claim,
    .release = mem_release,
    .judge = mem_judge,
    .holds_now = mem_holds_now,
    .let_go = mem_let_go,
    .scan = mem_scan,
    .retire = mem_retire,
    .mail = mem_mail,
    .timers = mem_timers,
    .skim_mail = mem_skim_mail,
    .skim_timers = mem_skim_timers,
    .in_flight = mem_in_flight,
    .load = mem_load,
    .find = mem_find,
    .lane_is_free = mem_lane_is_free,
    .commit = mem_commit,
    .settle = mem_settle,
    .arrivals = mem_arrivals,
    .match = mem_match,
    .tend = mem_tend,
    .version = mem_version,
    .latest = mem_latest,
    .declares = mem_declares,
    .flows = mem_flows,
    .environment = mem_environment,
    .start = mem_start,
    .send = mem_send,
    .task_place = mem_task_place,
    .command = mem_command,
    .answer = mem_answer_task,
    .token = mem_token,
    .list_instances = mem_list_instances,
    .list_history = mem_list_history,
    .list_tasks = mem_list_tasks,
    .list_flows = mem_list_flows,
    .list_nodes = mem_list_nodes,
    .list_counts = mem_list_counts,
    .list_measures = mem_list_measures,
    .schedules = mem_schedules,
    .begin_moment = mem_begin_moment,
    .breakers = mem_breakers,
    .breaker_set = mem_breaker_set,
    .adapter = mem_adapter,
    .list_adapters = mem_list_adapters,
    .reckon = mem_reckon,
};
