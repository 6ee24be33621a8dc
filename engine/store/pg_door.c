/* The door in PostgreSQL: requests and lists. */
#include "engine/base/limits.h"
#include "engine/store/pg_store.h"

static void add_texts(struct pg_params *p, const struct text *texts, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        pg_add_text(pg_one(p, PG_TEXT), texts[i]);
}

/* ---- requests ---- */

static void started(struct pg_job *job)
{
    struct store_said said = {.err = pg_job_err(job)};
    const PGresult *row = job->results[0];
    if (said.err == NULL) {
        said.id = pg_get_id(row, 0, 0);
        said.created = pg_get_bool(row, 0, 1);
        said.key = pg_get_text(row, 0, 2);
        said.version = (uint32_t)pg_get_int(row, 0, 3);
        said.flow = *(struct text *)job->self;
    }
    ((store_said_done *)job->reply)(job->reply_to, &said);
}

/* `json` parameters travel as text: their binary form is the same. */
void pg_start(struct store *store, struct text flow, struct text args, struct text key,
              struct text actor, store_said_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), started, PG_REPLY(done), owner);
    struct text *name = arena_new_of(job->arena, struct text);
    *name = text_dup(job->arena, flow);
    job->self = name;
    add_texts(pg_job_add(job, PG_start), (struct text[]){flow, args, key, actor}, 4);
    pg_link_send(pg_of(store)->door, job);
}

static void said_id(struct pg_job *job)
{
    struct store_said said = {.err = pg_job_err(job)};
    if (said.err == NULL) {
        said.id = pg_get_id(job->results[0], 0, 0);
        if (PQnfields(job->results[0]) > 1)
            said.duplicate = pg_get_bool(job->results[0], 0, 1);
    }
    ((store_said_done *)job->reply)(job->reply_to, &said);
}

void pg_send(struct store *store, struct text event, struct text body,
             struct text message, struct text actor, store_said_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), said_id, PG_REPLY(done), owner);
    add_texts(pg_job_add(job, PG_send), (struct text[]){event, body, actor, message}, 4);
    pg_link_send(pg_of(store)->door, job);
}

void pg_command(struct store *store, struct id instance, struct text verb,
                struct text args, struct text reason, struct text actor,
                store_said_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), said_id, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_command);
    pg_add_id(pg_one(p, PG_UUID), instance);
    add_texts(p, (struct text[]){verb, args, reason, actor}, 4);
    pg_link_send(pg_of(store)->door, job);
}

void pg_answer(struct store *store, struct id task, struct text outcome, struct text data,
               struct text reason, struct text actor, store_said_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), said_id, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_answer);
    pg_add_id(pg_one(p, PG_UUID), task);
    add_texts(p, (struct text[]){outcome, data, reason, actor}, 4);
    pg_link_send(pg_of(store)->door, job);
}

static void place_read(struct pg_job *job)
{
    struct store_task_place place = {.err = pg_job_err(job)};
    if (place.err == NULL && PQntuples(job->results[0]) == 0) {
        err_set(&job->err, ERR_NOT_FOUND,
                "there is no such task, or it has been answered");
        place.err = &job->err;
    } else if (place.err == NULL) {
        place.instance = pg_get_id(job->results[0], 0, 0);
        place.number = (uint32_t)pg_get_int(job->results[0], 0, 1);
    }
    ((store_task_place_done *)job->reply)(job->reply_to, &place);
}

void pg_task_place(struct store *store, struct id task, store_task_place_done *done,
                   void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), place_read, PG_REPLY(done), owner);
    pg_add_id(pg_one(pg_job_add(job, PG_task_place), PG_UUID), task);
    pg_link_send(pg_of(store)->door, job);
}

static void token_read(struct pg_job *job)
{
    struct store_token token = {.err = pg_job_err(job)};
    if (token.err == NULL && PQntuples(job->results[0]) == 0) {
        err_set(&job->err, ERR_NO_TOKEN, "the token is not valid");
        token.err = &job->err;
    } else if (token.err == NULL) {
        token.name = pg_get_text(job->results[0], 0, 0);
        token.role = pg_get_text(job->results[0], 0, 1);
        token.scopes = pg_get_text(job->results[0], 0, 2);
    }
    ((store_token_done *)job->reply)(job->reply_to, &token);
}

void pg_token(struct store *store, struct text token, store_token_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), token_read, PG_REPLY(done), owner);
    add_texts(pg_job_add(job, PG_token), &token, 1);
    pg_link_send(pg_of(store)->door, job);
}

/* ---- lists ---- */

static void list_read(struct pg_job *job)
{
    struct store_list list = {.err = pg_job_err(job)};
    if (list.err == NULL) {
        list.items = pg_get_text(job->results[0], 0, 0);
        list.next = pg_get_text(job->results[0], 0, 1);
    }
    ((store_list_done *)job->reply)(job->reply_to, &list);
}

static void add_limit(struct pg_params *p, const struct store_filter *filter)
{
    uint32_t limit = filter->limit;
    pg_add_int(pg_one(p, PG_INT4),
               limit == 0 || limit > LIMIT_LIST_ITEMS ? LIMIT_LIST_ITEMS : limit);
}

static void add_after(struct pg_params *p, const struct store_filter *filter)
{
    struct id id;
    if (id_parse(filter->after, &id))
        pg_add_id(pg_one(p, PG_UUID), id);
    else
        pg_add_null(pg_one(p, PG_UUID));
}

void pg_list_instances(struct store *store, const struct store_filter *filter,
                       store_list_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), list_read, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_list_instances);
    add_texts(
        p, (struct text[]){filter->flow, filter->status, filter->state, filter->key}, 4);
    add_after(p, filter);
    add_limit(p, filter);
    pg_link_send(pg_of(store)->door, job);
}

void pg_list_history(struct store *store, struct id instance,
                     const struct store_filter *filter, store_list_done *done,
                     void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), list_read, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_list_history);
    int64_t after = 0;
    text_to_i64(filter->after, &after);
    pg_add_id(pg_one(p, PG_UUID), instance);
    pg_add_int(pg_one(p, PG_INT8), after);
    add_limit(p, filter);
    pg_link_send(pg_of(store)->door, job);
}

void pg_list_tasks(struct store *store, const struct store_filter *filter,
                   store_list_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), list_read, PG_REPLY(done), owner);
    struct pg_params *p = pg_job_add(job, PG_list_tasks);
    add_texts(p, (struct text[]){filter->flow, filter->key}, 2);
    add_after(p, filter);
    add_limit(p, filter);
    pg_link_send(pg_of(store)->door, job);
}

void pg_list_flows(struct store *store, store_list_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), list_read, PG_REPLY(done), owner);
    pg_job_add(job, PG_list_flows);
    pg_link_send(pg_of(store)->door, job);
}

void pg_list_nodes(struct store *store, store_list_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), list_read, PG_REPLY(done), owner);
    pg_job_add(job, PG_list_nodes);
    pg_link_send(pg_of(store)->door, job);
}

void pg_list_adapters(struct store *store, store_list_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), list_read, PG_REPLY(done), owner);
    pg_job_add(job, PG_list_adapters);
    pg_link_send(pg_of(store)->door, job);
}

void pg_list_counts(struct store *store, store_list_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), list_read, PG_REPLY(done), owner);
    pg_job_add(job, PG_list_counts);
    pg_link_send(pg_of(store)->door, job);
}

void pg_list_measures(struct store *store, store_list_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), list_read, PG_REPLY(done), owner);
    pg_job_add(job, PG_list_measures);
    pg_link_send(pg_of(store)->door, job);
}
