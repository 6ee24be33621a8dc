/* The world outside: requests travel, are done once a key, are answered, or are lost. It
 * also minds its callers' manners: keys, numbers of attempts, pauses between them. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/store/mem_world.h"
#include "engine/sys/keep.h"
#include "tests/sim/systems.h"

#define PAUSE_LEAST 150000 /* µs: the policies say 200 ms, and clocks differ */

struct adapter {
    uint32_t node;
};

enum what { RESERVE, FOUND, FREE, WHOLE };

struct travel {
    struct adapter *adapter;
    struct call *call; /* NULL: nobody listens any more */
    enum what what;
    uint32_t order, line, shard;
    char key[80];
    int64_t arrives_at, answered_at, ends_at; /* 0: never, or done */
    enum call_outcome_kind kind;
    bool is_known; /* FOUND: it was there */
    bool is_read;
    char operation[24]; /* WHOLE, as all below */
    json_t *args;
    struct systems_said said;
};

static struct travel travels[SIM_FLIGHTS];
static uint32_t travels_n;

void shop_open(void)
{
    travels_n = 0;
}

static void travel_free(struct travel *t)
{
    json_decref(t->args);
    json_decref(t->said.data);
}

void shop_close(void)
{
    for (uint32_t i = 0; i < travels_n; i++) {
        must(travels[i].call == NULL);
        travel_free(&travels[i]);
    }
}

static struct adapter *sim_open(const struct adapter_setup *setup, struct err *err)
{
    (void)setup, (void)err;
    struct adapter *adapter = keep_new_of(struct adapter);
    adapter->node = play_node();
    return adapter;
}

/* ---- manners ---- */

static struct shop_key *key_of(uint32_t order, uint32_t line, const char *key)
{
    struct shop_key *keys = sim.shop[order][line].keys;
    uint32_t i = 0;
    while (i < SIM_KEYS && keys[i].key[0] != '\0' && strcmp(keys[i].key, key) != 0)
        i++;
    if (i >= sim.story->keys_max) {
        sim_complain("o%u: line %u was asked for under %u keys", order, line + 1, i + 1);
        return &keys[0];
    }
    snprintf(keys[i].key, sizeof keys[i].key, "%s", key);
    return &keys[i];
}

static void mind_key(uint32_t order, uint32_t line, const char *key)
{
    for (uint32_t o = 0; o < SIM_ORDERS; o++)
        for (uint32_t l = 0; l < SIM_LINES; l++)
            for (uint32_t k = 0; k < SIM_KEYS; k++)
                if ((o != order || l != line) &&
                    strcmp(sim.shop[o][l].keys[k].key, key) == 0)
                    sim_complain("o%u: lines %u and %u have one key", order, l + 1,
                                 line + 1);
}

static void mind_attempt(struct travel *t, uint32_t attempt)
{
    struct shop_key *key = key_of(t->order, t->line, t->key);
    /* An attempt that never came here was handed over before it was sent: in doubt, too.
     */
    key->was_in_doubt |= attempt > key->attempt + 1;
    /* What was in doubt is resolved, at once and anew, before it is undone. */
    bool may_be_resolving = attempt == 1 && (key->was_in_doubt || sim.disruptions > 0);
    bool is_in_turn = key->refused_at != 0 && key->disruptions == sim.disruptions &&
                      key->epoch == sim.world->leases[t->shard].epoch &&
                      !may_be_resolving;
    mind_key(t->order, t->line, t->key);
    if (is_in_turn && sim.disruptions == 0 && /* else clocks lag behind */
        sim.now - key->refused_at < PAUSE_LEAST)
        sim_complain("o%u: line %u is tried again at once", t->order, t->line + 1);
    if (is_in_turn && attempt <= key->attempt)
        sim_complain("o%u: line %u: attempt %u comes after attempt %u", t->order,
                     t->line + 1, attempt, key->attempt);
    if (attempt > 4 + sim.disruptions)
        sim_complain("o%u: line %u: attempt %u", t->order, t->line + 1, attempt);
    key->attempt = attempt;
    key->refused_at = 0;
}

static bool is_owner(const struct travel *t)
{
    return sim.world->leases[t->shard].owner == play_nonce(t->adapter->node);
}

/* What is told to who has lost the shard says nothing of what comes next. */
static void mind_answer(const struct travel *t, enum call_outcome_kind kind)
{
    if (!is_owner(t))
        return;
    struct shop_key *key = key_of(t->order, t->line, t->key);
    key->refused_at = kind == CALL_UNAVAILABLE ? sim.now : 0;
    key->was_in_doubt |= kind == CALL_IN_DOUBT;
    key->disruptions = sim.disruptions;
    key->epoch = sim.world->leases[t->shard].epoch;
}

/* ---- travelling ---- */

/* Only who owns the shard sends, and only what the row says to be in flight. */
static void mind_sender(struct travel *t)
{
    struct id id;
    must(id_parse(t->call->instance, &id));
    const struct mem_instance *row = mem_instance(sim.world, id);
    t->shard = store_shard_of(id);
    if (!is_owner(t))
        sim_complain("node %u sends a call of an instance that is not its own",
                     t->adapter->node);
    else if (row == NULL || !row->in_flight || instance_status_is_ended(row->status))
        sim_complain("node %u sends a call that no row says to be in flight",
                     t->adapter->node);
}

static void note_line(struct travel *t, const struct call *call)
{
    const char *order = json_string_value(json_object_get(call->args, "order"));
    must(order != NULL && sscanf(order, "o%u", &t->order) == 1 && t->order < SIM_ORDERS);
    t->line = (uint32_t)json_integer_value(json_object_get(call->args, "line")) - 1;
    must(t->line < SIM_LINES);
    t->what = text_is_chars(call->operation, "found")  ? FOUND
              : text_is_chars(call->operation, "free") ? FREE
                                                       : RESERVE;
}

static void note_whole(struct travel *t, const struct call *call)
{
    t->what = WHOLE;
    must(sscanf(call->correlation.chars, "o%u", &t->order) == 1 &&
         t->order < SIM_ORDERS); /* a child's key begins with its parent's */
    t->args = json_deep_copy(call->args);
    snprintf(t->operation, sizeof t->operation, TEXT_FMT, TEXT_ARG(call->operation));
}

static void sim_begin(struct adapter *adapter, struct call *call)
{
    must(travels_n < SIM_FLIGHTS);
    struct travel *t = &travels[travels_n++];
    *t = (struct travel){.adapter = adapter,
                         .call = call,
                         .kind = CALL_VALUE,
                         .is_read = !call->is_effect};
    mind_sender(t);
    if (sim.story->is_whole)
        note_whole(t, call);
    else
        note_line(t, call);
    snprintf(t->key, sizeof t->key, TEXT_FMT, TEXT_ARG(call->key));
    /* What the engine counts on: a request lands within its own limit, or never. */
    uint32_t longest = sim_happens(sim.rates.slow) ? 6000000 : 200000;
    t->ends_at = sim.now + call->within_us;
    t->arrives_at = sim.now + 1000 + sim_below(longest);
    t->answered_at = t->arrives_at + 1000 + sim_below(longest);
    bool is_too_late = t->arrives_at >= t->ends_at && !sim_is_late_allowed;
    if (is_too_late || sim_happens(sim.rates.request_lost))
        t->arrives_at = t->answered_at = 0;
    if (sim_happens(sim.rates.reply_lost))
        t->answered_at = 0;
    if (sim_happens(sim.rates.hung_up)) /* and what was sent arrives all the same */
        t->ends_at = sim.now + 1000 + sim_below((uint32_t)call->within_us);
    if (t->arrives_at != 0 && sim_happens(sim.rates.refused))
        t->kind = CALL_UNAVAILABLE;
    sim_trace("o%u: " TEXT_FMT " line %u, attempt %u, key %.8s", t->order,
              TEXT_ARG(call->operation), t->line + 1, call->attempt, t->key);
    if (t->what == RESERVE)
        mind_attempt(t, call->attempt);
}

static void answer(struct travel *t, enum call_outcome_kind kind)
{
    struct call *call = t->call;
    t->call = NULL;
    t->answered_at = t->ends_at = 0;
    if (call == NULL)
        return;
    scoped_json json_t *data = NULL;
    if (t->what == WHOLE)
        data = json_incref(t->said.data);
    else if (kind == CALL_VALUE)
        data = t->what == RESERVE || (t->what == FOUND && t->is_known) ? json_string("r")
                                                                       : json_null();
    const struct call_outcome outcome = {
        .kind = kind,
        .name = text_of(kind == CALL_REFUSED ? t->said.refusal : ""),
        .data = kind == CALL_VALUE ? data : NULL,
        .message = kind == CALL_VALUE ? TEXT("") : TEXT("fault")};
    sim_trace("o%u: line %u is answered, outcome %d", t->order, t->line + 1, (int)kind);
    if (t->what == RESERVE)
        mind_answer(t, kind);
    call_done(call, &outcome);
}

/* The same key is done once, and never again when what it did was freed. */
static void reserve(struct travel *t)
{
    struct shop_key *key = key_of(t->order, t->line, t->key);
    if (key->is_spent || key->is_held)
        return;
    key->is_held = true;
    key->applied++;
    sim_trace("o%u: line %u is reserved at the shop", t->order, t->line + 1);
}

/* Whether that key of `free` is new: what comes twice, or late, is done once. */
static bool is_new_free(struct shop_line *line, const struct travel *t)
{
    for (uint32_t i = 0; i < SIM_KEYS; i++) {
        char *known = line->frees[i];
        if (strcmp(known, t->key) == 0)
            return false;
        if (known[0] == '\0') {
            snprintf(known, sizeof line->frees[i], "%s", t->key);
            return true;
        }
    }
    sim_complain("o%u: line %u is freed under too many keys", t->order, t->line + 1);
    return false;
}

static void set_free(struct travel *t)
{
    struct shop_line *line = &sim.shop[t->order][t->line];
    if (!is_new_free(line, t))
        return;
    for (uint32_t i = 0; i < SIM_KEYS; i++) {
        struct shop_key *key = &line->keys[i];
        if (key->key[0] != '\0' && !key->is_spent)
            line->freed = ++sim.moment;
        key->is_spent = key->key[0] != '\0';
        key->is_held = false;
    }
    sim_trace("o%u: line %u is freed at the shop", t->order, t->line + 1);
}

static void arrive(struct travel *t)
{
    t->arrives_at = 0;
    if (t->kind != CALL_VALUE)
        return;
    switch (t->what) {
    case RESERVE:
        reserve(t);
        break;
    case FREE:
        set_free(t);
        break;
    case WHOLE:
        t->said = systems_do(t->order, t->operation, t->args, t->key);
        t->kind = t->said.kind;
        break;
    case FOUND:
        for (uint32_t i = 0; i < SIM_KEYS; i++)
            t->is_known |= sim.shop[t->order][t->line].keys[i].is_held;
        break;
    }
}

/* Told on the clock of who asked; a node that is stopped hears it when it wakes. */
static void tell(struct travel *t)
{
    if (t->call != NULL && !play_is_awake(t->adapter->node))
        return;
    if (t->call != NULL)
        play_enter(t->adapter->node);
    if (t->answered_at != 0 && t->answered_at <= sim.now)
        answer(t, t->kind);
    else
        answer(t, t->is_read ? CALL_UNAVAILABLE : CALL_IN_DOUBT);
    play_leave();
}

static bool is_to_be_told(const struct travel *t)
{
    return (t->answered_at != 0 && t->answered_at <= sim.now) ||
           (t->ends_at != 0 && t->ends_at <= sim.now);
}

void shop_turn(void)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < travels_n; i++) {
        if (travels[i].arrives_at != 0 && travels[i].arrives_at <= sim.now)
            arrive(&travels[i]);
        if (is_to_be_told(&travels[i]))
            tell(&travels[i]);
    }
    for (uint32_t i = 0; i < travels_n; i++)
        if (travels[i].arrives_at != 0 || travels[i].call != NULL)
            travels[kept++] = travels[i];
        else
            travel_free(&travels[i]);
    travels_n = kept;
}

static int64_t earlier(int64_t at, int64_t other)
{
    return other != 0 && other < at ? other : at;
}

int64_t shop_next(void)
{
    int64_t at = INT64_MAX;
    for (uint32_t i = 0; i < travels_n; i++) {
        const struct travel *t = &travels[i];
        at = earlier(at, t->arrives_at);
        if (t->call != NULL && play_is_awake(t->adapter->node))
            at = earlier(earlier(at, t->answered_at), t->ends_at);
    }
    return at;
}

static void sim_cancel(struct adapter *adapter, struct call *call)
{
    for (uint32_t i = 0; i < travels_n; i++)
        if (travels[i].call == call && travels[i].adapter == adapter)
            answer(&travels[i], travels[i].is_read ? CALL_UNAVAILABLE : CALL_IN_DOUBT);
}

static void sim_close(struct adapter *adapter)
{
    for (uint32_t i = 0; adapter != NULL && i < travels_n; i++)
        if (travels[i].adapter == adapter && travels[i].call != NULL)
            sim_cancel(adapter, travels[i].call);
    keep_free(adapter);
}

static const struct adapter_option no_options[] = {{0}};

const struct adapter_ops shop_adapter = {.name = "sim",
                                         .abi = ADAPTER_ABI,
                                         .options = no_options,
                                         .open = sim_open,
                                         .begin = sim_begin,
                                         .cancel = sim_cancel,
                                         .close = sim_close};
