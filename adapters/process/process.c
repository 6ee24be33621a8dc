/* A long-lived child process that speaks JSON lines: any language may be an adapter. */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <unistd.h>

#include "adapters/adapter.h"
#include "adapters/kit/child.h"
#include "adapters/kit/options.h"
#include "adapters/process/process_reply.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/sys/log.h"

struct process_slot { /* of a call in flight */
    struct adapter *adapter;
    struct call *call; /* NULL: free */
    uint64_t id;       /* id % LIMIT_PROCESS_CALLS is the slot's position */
    uint64_t begin;    /* where its line begins in what the child was given */
    struct event deadline;
    uint32_t next_free;
};

struct adapter {
    struct arena *life;
    struct arena *turn; /* given back after every line */
    struct text name;
    struct child *child;
    struct process_slot *slots;
    uint32_t slots_n, free_first; /* slots_n: none is free */
};

static const struct adapter_option process_options[] = {
    {.name = "command",
     .kind = ADAPTER_OPTION_WORDS,
     .is_needed = true,
     .most = 64,
     .sentence = "the program and its arguments, each a text; no shell reads them"},
    {.name = "env",
     .kind = ADAPTER_OPTION_TABLE,
     .most = 64,
     .sentence = "an environment variable: env \"NAME\": \"…\""},
    {.name = "folder",
     .kind = ADAPTER_OPTION_TEXT,
     .most = 4096,
     .sentence = "where the program is started"},
    {0}};

static void line_came(void *owner, struct text line);
static void child_died(void *owner, const char *why);
static void deadline_came(evutil_socket_t fd, short what, void *owner);
static void end(struct process_slot *slot, struct call_outcome *outcome);
static void give_up(struct process_slot *slot, bool may_be_heard, const char *why);

/* ---- life ---- */

static const char *const *words_of(struct arena *life, const json_t *words)
{
    size_t n = json_array_size(words);
    const char **out = arena_array(life, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        out[i] = text_chars(life, json_text_of(json_array_get(words, i)));
    return out;
}

/* What a program needs to find its way, and what the .bind file says; nothing else of
 * ours, which may hold secrets. */
static const char *const *environment_of(struct arena *life, const json_t *configured)
{
    static const char *const passed[] = {"PATH=", "HOME=", "LANG=", "TZ="};
    size_t n = 0, passed_n = sizeof passed / sizeof *passed;
    const char **out =
        arena_array(life, const char *, json_object_size(configured) + passed_n + 1);
    for (char **ours = environ; *ours != NULL; ours++)
        for (size_t i = 0; i < passed_n; i++)
            if (n < passed_n && text_starts(text_of(*ours), text_of(passed[i])))
                out[n++] = text_chars(life, text_of(*ours));
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)configured, name, value) out[n++] =
        arena_printf(life, "%s=%s", name, json_string_value(value));
    return out;
}

static void slots_init(struct adapter *adapter)
{
    adapter->slots_n = LIMIT_PROCESS_CALLS;
    adapter->slots = arena_array(adapter->life, struct process_slot, adapter->slots_n);
    for (uint32_t i = 0; i < adapter->slots_n; i++)
        adapter->slots[i] =
            (struct process_slot){.adapter = adapter, .id = i, .next_free = i + 1};
}

static struct adapter *process_open(const struct adapter_setup *setup, struct err *err)
{
    if (!options_check(process_options, setup->options, err))
        return NULL;
    struct arena *life = arena_new("process", LIMIT_ADAPTER_BYTES);
    struct adapter *adapter = arena_new_of(life, struct adapter);
    adapter->life = life;
    adapter->turn = arena_new("line", 64 * (size_t)LIMIT_JSON_BYTES);
    adapter->name = text_dup(life, setup->name);
    slots_init(adapter);
    struct text folder = options_text(process_options, setup->options, "folder");
    adapter->child = child_start(&(struct child_setup){
        .base = setup->loop,
        .name = adapter->name,
        .words = words_of(life, options_words(setup->options, "command")),
        .environment = environment_of(life, options_table(setup->options, "env")),
        .folder = folder.n > 0 ? text_chars(life, folder) : NULL,
        .line_bytes_max = LIMIT_JSON_BYTES,
        .waiting_bytes_max = LIMIT_PROCESS_WAITING_BYTES,
        .line = line_came,
        .died = child_died,
        .owner = adapter,
    });
    return adapter;
}

static void process_close(struct adapter *adapter)
{
    if (adapter == NULL)
        return;
    for (uint32_t i = 0; i < adapter->slots_n; i++)
        if (adapter->slots[i].call != NULL)
            give_up(&adapter->slots[i], true, "the adapter was closed");
    child_stop(adapter->child);
    arena_free(adapter->turn);
    arena_free(adapter->life);
}

/* ---- a call ---- */

static struct text request_line(struct arena *turn, const struct call *call, uint64_t id)
{
    scoped_json json_t *request = json_object();
    json_object_set_new(request, "id", json_integer((json_int_t)id));
    json_object_set_new(request, "op", json_text(call->operation));
    json_object_set(request, "args", (json_t *)call->args);
    if (call->key.n > 0)
        json_object_set_new(request, "key", json_text(call->key));
    json_object_set_new(request, "instance", json_text(call->instance));
    json_object_set_new(request, "attempt", json_integer(call->attempt));
    return json_write(turn, request);
}

static void unavailable(struct call *call, const char *why)
{
    call_done(call,
              &(struct call_outcome){.kind = CALL_UNAVAILABLE, .message = text_of(why)});
}

static void process_begin(struct adapter *adapter, struct call *call)
{
    const char *refusal = call->within_us <= 0           ? "no time was left to send it"
                          : !child_is_up(adapter->child) ? "the child process is down"
                          : adapter->free_first == adapter->slots_n
                              ? "too many calls are in flight"
                              : NULL;
    if (refusal != NULL) {
        unavailable(call, refusal);
        return;
    }
    struct process_slot *slot = &adapter->slots[adapter->free_first];
    slot->id += adapter->slots_n; /* so that a late answer to the last one fits nobody */
    bool is_sent = child_send(adapter->child, request_line(adapter->turn, call, slot->id),
                              &slot->begin);
    arena_reset(adapter->turn);
    if (!is_sent) {
        unavailable(call, "the child process does not take what is sent to it");
        return;
    }
    adapter->free_first = slot->next_free;
    slot->call = call;
    call->place = slot;
    struct timeval within = {.tv_sec = (time_t)(call->within_us / 1000000),
                             .tv_usec = (suseconds_t)(call->within_us % 1000000)};
    evtimer_assign(&slot->deadline, child_base(adapter->child), deadline_came, slot);
    evtimer_add(&slot->deadline, &within);
}

static void end(struct process_slot *slot, struct call_outcome *outcome)
{
    struct adapter *adapter = slot->adapter;
    struct call *call = slot->call;
    event_del(&slot->deadline);
    slot->call = NULL;
    slot->next_free = adapter->free_first;
    adapter->free_first = (uint32_t)(slot - adapter->slots);
    call_done(call, outcome);
}

static void give_up(struct process_slot *slot, bool may_be_heard, const char *why)
{
    end(slot, &(struct call_outcome){.kind = may_be_heard && slot->call->is_effect
                                                 ? CALL_IN_DOUBT
                                                 : CALL_UNAVAILABLE,
                                     .message = text_of(why)});
}

/* A line that still waits to be written will be: nobody can take it back. */
static void deadline_came(evutil_socket_t fd, short what, void *owner)
{
    (void)fd, (void)what;
    give_up(owner, true, "no answer came within the time that was given");
}

static void process_cancel(struct adapter *adapter, struct call *call)
{
    (void)adapter;
    give_up(call->place, true, "the call was cancelled");
}

static void child_died(void *owner, const char *why)
{
    struct adapter *adapter = owner;
    if (adapter->child == NULL)
        return; /* it could not even be started the first time: nobody has called yet */
    uint64_t taken = child_taken(adapter->child);
    for (uint32_t i = 0; i < adapter->slots_n; i++) {
        struct process_slot *slot = &adapter->slots[i];
        if (slot->call != NULL)
            give_up(slot, slot->begin < taken, why);
    }
}

/* ---- an answer ---- */

static struct process_slot *slot_of(struct adapter *adapter, const json_t *reply)
{
    const json_t *id = json_object_get(reply, "id");
    if (!json_is_integer(id) || json_integer_value(id) < 0)
        return NULL;
    uint64_t number = (uint64_t)json_integer_value(id);
    struct process_slot *slot = &adapter->slots[number % adapter->slots_n];
    return slot->id == number && slot->call != NULL ? slot : NULL;
}

static void line_came(void *owner, struct text line)
{
    struct adapter *adapter = owner;
    struct err err = {0};
    if (text_trim(line).n == 0)
        return;
    scoped_json json_t *reply = json_read(line, &err);
    if (reply == NULL) {
        log_warn("child process sent a line that is no JSON",
                 LOG_TEXT("adapter", adapter->name), LOG_ERR(&err));
        return;
    }
    struct process_slot *slot = slot_of(adapter, reply);
    if (slot == NULL) {
        log_warn("child process answered a call that is not waiting",
                 LOG_TEXT("adapter", adapter->name));
        return;
    }
    struct call_outcome outcome;
    process_reply(slot->call, reply, &outcome);
    end(slot, &outcome);
}

const struct adapter_ops adapter_process = {
    .name = "process",
    .abi = ADAPTER_ABI,
    .options = process_options,
    .open = process_open,
    .begin = process_begin,
    .cancel = process_cancel,
    .close = process_close,
};
