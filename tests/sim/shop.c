/* The world outside: requests travel, are done once a key, are answered, or are lost. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/sys/keep.h"
#include "tests/sim/sim.h"

struct adapter {
    int nothing;
};

enum what { RESERVE, FOUND, FREE };

struct travel {
    struct adapter *adapter;
    struct call *call; /* NULL: nobody listens any more */
    enum what what;
    uint32_t order, line;
    char key[80];
    int64_t arrives_at, answered_at, ends_at; /* 0: never, or done */
    enum call_outcome_kind kind;
    bool is_known; /* FOUND: it was there */
};

static struct travel travels[SIM_FLIGHTS];
static uint32_t travels_n;

void shop_open(void)
{
    travels_n = 0;
}

void shop_close(void)
{
    for (uint32_t i = 0; i < travels_n; i++)
        must(travels[i].call == NULL);
}

static struct adapter *sim_open(const struct adapter_setup *setup, struct err *err)
{
    (void)setup, (void)err;
    return keep_new_of(struct adapter);
}

static void sim_begin(struct adapter *adapter, struct call *call)
{
    must(travels_n < SIM_FLIGHTS);
    struct travel *t = &travels[travels_n++];
    *t = (struct travel){.adapter = adapter, .call = call, .kind = CALL_VALUE};
    const char *order = json_string_value(json_object_get(call->args, "order"));
    must(order != NULL && sscanf(order, "o%u", &t->order) == 1 && t->order < SIM_ORDERS);
    t->line = (uint32_t)json_integer_value(json_object_get(call->args, "line")) - 1;
    must(t->line < SIM_LINES);
    t->what = text_is_chars(call->operation, "reserve") ? RESERVE
              : text_is_chars(call->operation, "free")  ? FREE
                                                        : FOUND;
    snprintf(t->key, sizeof t->key, TEXT_FMT, TEXT_ARG(call->key));
    /* What the engine counts on: a request lands within its own limit, or never. */
    uint32_t longest = sim_happens(sim.rates.slow) ? 6000000 : 200000;
    t->ends_at = sim.now + call->within_us;
    t->arrives_at = sim.now + 1000 + sim_below(longest);
    t->answered_at = t->arrives_at + 1000 + sim_below(longest);
    bool is_too_late = t->arrives_at >= t->ends_at && !sim.is_late_allowed;
    if (is_too_late || sim_happens(sim.rates.request_lost))
        t->arrives_at = t->answered_at = 0;
    if (sim_happens(sim.rates.reply_lost))
        t->answered_at = 0;
    if (t->arrives_at != 0 && sim_happens(sim.rates.refused))
        t->kind = CALL_UNAVAILABLE;
    sim_trace("o%u: " TEXT_FMT " line %u, attempt %u, key %.8s", t->order,
              TEXT_ARG(call->operation), t->line + 1, call->attempt, t->key);
}

static void answer(struct travel *t, enum call_outcome_kind kind)
{
    struct call *call = t->call;
    t->call = NULL;
    t->answered_at = t->ends_at = 0;
    if (call == NULL)
        return;
    scoped_json json_t *data = NULL;
    if (kind == CALL_VALUE)
        data = t->what == RESERVE || (t->what == FOUND && t->is_known) ? json_string("r")
                                                                       : json_null();
    const struct call_outcome outcome = {.kind = kind,
                                         .data = data,
                                         .message = kind == CALL_VALUE ? TEXT("")
                                                                       : TEXT("fault")};
    sim_trace("o%u: line %u is answered, outcome %d", t->order, t->line + 1, (int)kind);
    call_done(call, &outcome);
}

/* The same key is done once; a line that was freed is not reserved any more. */
static void arrive(struct travel *t)
{
    struct shop_line *line = &sim.shop[t->order][t->line];
    t->arrives_at = 0;
    if (t->kind != CALL_VALUE)
        return;
    switch (t->what) {
    case RESERVE:
        if (line->first_key[0] == '\0')
            memcpy(line->first_key, t->key, sizeof line->first_key), line->keys = 1;
        else if (strcmp(line->first_key, t->key) != 0)
            line->keys++;
        if (line->is_freed || line->key[0] != '\0')
            break;
        memcpy(line->key, t->key, sizeof line->key);
        line->applied++;
        sim_trace("o%u: line %u is reserved at the shop", t->order, t->line + 1);
        break;
    case FREE:
        if (!line->is_freed)
            line->freed = ++sim.moment;
        line->is_freed = true;
        line->key[0] = '\0';
        sim_trace("o%u: line %u is freed at the shop", t->order, t->line + 1);
        break;
    case FOUND:
        t->is_known = line->key[0] != '\0';
        break;
    }
}

void shop_turn(void)
{
    for (uint32_t i = 0; i < travels_n; i++) {
        struct travel *t = &travels[i];
        if (t->arrives_at != 0 && t->arrives_at <= sim.now)
            arrive(t);
        if (t->answered_at != 0 && t->answered_at <= sim.now)
            answer(t, t->kind);
        if (t->ends_at != 0 && t->ends_at <= sim.now)
            answer(t, t->what == FOUND ? CALL_UNAVAILABLE : CALL_IN_DOUBT);
    }
}

static void sim_cancel(struct adapter *adapter, struct call *call)
{
    for (uint32_t i = 0; i < travels_n; i++)
        if (travels[i].call == call && travels[i].adapter == adapter)
            answer(&travels[i],
                   travels[i].what == FOUND ? CALL_UNAVAILABLE : CALL_IN_DOUBT);
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
