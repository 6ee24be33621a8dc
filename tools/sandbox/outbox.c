/* What the warehouse and the payer have to tell the engine.
 *
 * Events are rows. One is taken, sent, and marked as sent when the engine has said that
 * it stored it; otherwise it comes again, with the same message id, until then. */
#include "tools/sandbox/outbox.h"

#include <event2/event.h>

#include "adapters/registry.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/sys/log.h"

enum {
    LOOKS_MS = 50, /* between two looks for what is due */
    AT_ONCE = 32   /* events on their way */
};

struct letter { /* an event on its way */
    struct outbox *outbox;
    struct call call;
    struct arena *arena;
    char *message;
    json_t *body;
    bool is_out;
};

struct outbox {
    struct arena *life;
    struct event_base *base;
    struct db *db;
    struct event *look;
    struct adapter *http; /* NULL: nobody to tell */
    struct letter letters[AT_ONCE];
    uint32_t out_n;
    char complaint[256]; /* said once, until it changes */
};

static const struct adapter_ops *ops(void)
{
    return adapter_ops_find(TEXT("http"));
}

static void sent(struct call *call, const struct call_outcome *outcome);

/* ---- one event ---- */

static void complain(struct outbox *outbox, struct text why)
{
    if (text_is_chars(text_cut(why, 0, sizeof outbox->complaint - 1), outbox->complaint))
        return;
    snprintf(outbox->complaint, sizeof outbox->complaint, TEXT_FMT, TEXT_ARG(why));
    if (why.n > 0)
        log_warn("events wait", LOG_TEXT("why", why));
}

static void send_one(struct outbox *outbox, struct letter *letter, const char *message,
                     const char *event, const char *body)
{
    letter->outbox = outbox;
    letter->is_out = true;
    outbox->out_n++;
    if (letter->arena == NULL)
        letter->arena = arena_new("letter", 4 << 20);
    letter->message = text_chars(letter->arena, text_of(message));
    letter->body = json_loads(body, 0, NULL);
    letter->call = (struct call){
        .operation = text_dup(letter->arena, text_of(event)),
        .is_effect = true,
        .has_result = true,
        .args = letter->body,
        .key = text_of(letter->message),
        .attempt = 1,
        .within_us = 10000000,
        .done = sent,
        .owner = letter,
    };
    ops()->begin(outbox->http, &letter->call);
}

static void sent(struct call *call, const struct call_outcome *outcome)
{
    struct letter *letter = call->owner;
    struct outbox *outbox = letter->outbox;
    struct err err = {0};
    const char *params[] = {letter->message, outcome->kind == CALL_BROKEN ? "3" : "0.5"};
    /* Where the engine says no, its flow may not be deployed yet: that takes longer. */
    bool is_taken = outcome->kind == CALL_VALUE;
    const char *statement =
        is_taken
            ? "UPDATE sandbox.events SET sent_at = clock_timestamp() WHERE message = $1"
            : "UPDATE sandbox.events SET due_at = clock_timestamp() + "
              "$2::float8 * interval '1 second' WHERE message = $1";
    if (!db_do(outbox->db, statement, is_taken ? 1 : 2, params, &err))
        log_warn("event not noted as sent", LOG_ERR(&err)); /* it comes again: once */
    complain(outbox, outcome->message);
    json_decref(letter->body);
    arena_reset(letter->arena);
    letter->is_out = false;
    outbox->out_n--;
}

/* ---- looks ---- */

static struct letter *letter_free(struct outbox *outbox)
{
    for (int i = 0; i < AT_ONCE; i++)
        if (!outbox->letters[i].is_out)
            return &outbox->letters[i];
    must(false);
    return NULL;
}

static bool look_once(struct outbox *outbox, struct err *err)
{
    char room[16];
    snprintf(room, sizeof room, "%u", AT_ONCE - outbox->out_n);
    const char *params[] = {room};
    if (!db_do(outbox->db, "SELECT sandbox.work()", 0, NULL, err))
        return false;
    if (outbox->http == NULL || outbox->out_n == AT_ONCE)
        return true;
    scoped_result PGresult *due = db_ask(
        outbox->db, "SELECT message, event, body FROM sandbox.take_events($1::int)", 1,
        params, err);
    for (int i = 0; due != NULL && i < PQntuples(due); i++)
        send_one(outbox, letter_free(outbox), PQgetvalue(due, i, 0),
                 PQgetvalue(due, i, 1), PQgetvalue(due, i, 2));
    return due != NULL;
}

static void look(evutil_socket_t fd, short what, void *owner)
{
    (void)fd, (void)what;
    struct outbox *outbox = owner;
    struct err err = {0};
    if (!look_once(outbox, &err))
        complain(outbox, text_of(err.what));
}

/* ---- life ---- */

struct outbox *outbox_open(struct arena *life, struct event_base *base, struct db *db)
{
    struct outbox *outbox = arena_new_of(life, struct outbox);
    outbox->life = life;
    outbox->base = base;
    outbox->db = db;
    outbox->look = event_new(base, -1, EV_PERSIST, look, outbox);
    must(outbox->look != NULL);
    event_add(outbox->look, &(struct timeval){.tv_usec = LOOKS_MS * 1000});
    return outbox;
}

bool outbox_send_to(struct outbox *outbox, const char *url, const char *token,
                    struct err *err)
{
    scoped_json json_t *options = json_object();
    struct text at = text_trim(text_of(url));
    while (at.n > 0 && at.chars[at.n - 1] == '/')
        at.n--;
    json_object_set_new(options, "url",
                        json_sprintf(TEXT_FMT "/v1/events", TEXT_ARG(at)));
    if (token != NULL && text_trim(text_of(token)).n > 0) {
        struct text trimmed = text_trim(text_of(token));
        json_object_set_new(
            options, "header",
            json_pack("{s:o}", "Authorization",
                      json_sprintf("Bearer " TEXT_FMT, TEXT_ARG(trimmed))));
    }
    struct adapter *http = ops()->open(&(struct adapter_setup){.name = TEXT("flowd"),
                                                               .options = options,
                                                               .loop = outbox->base},
                                       err);
    if (http == NULL)
        return false;
    ops()->close(outbox->http);
    outbox->http = http;
    return true;
}

void outbox_close(struct outbox *outbox)
{
    if (outbox == NULL)
        return;
    event_free(outbox->look);
    ops()->close(outbox->http);
    for (int i = 0; i < AT_ONCE; i++)
        arena_free(outbox->letters[i].arena);
}
