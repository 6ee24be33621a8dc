/* The door in memory: requests, judged as the SQL functions judge them, and lists. */
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/mutant.h"
#include "engine/base/when.h"
#include "engine/store/mem_world.h"
#include "engine/sys/keep.h"

#define REPLY(done) ((void (*)(void))(done))

/* ---- judging data by names and kinds ---- */

static const char *json_kind(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "array";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "boolean";
    case JSON_NULL:
        return "null";
    }
    return "null";
}

static bool has_kind(struct text kinds, const json_t *json)
{
    if (text_is(kinds, TEXT("any")))
        return true;
    while (kinds.n > 0)
        if (text_is_chars(text_split(&kinds, '|'), json_kind(json)))
            return true;
    return false;
}

static bool refuse_at(struct err *err, struct text member, const char *what)
{
    err_set(err, ERR_BAD_DATA, "\"" TEXT_FMT "\" %s", TEXT_ARG(member), what);
    json_pointer_add(err->pointer, sizeof err->pointer, member);
    return false;
}

static bool check_members(const json_t *given, const json_t *fields, bool refuse_unknown,
                          struct err *err)
{
    size_t i, known = 0;
    json_t *f;
    if (!json_is_object(given))
        return err_set(err, ERR_BAD_DATA, "it must be a JSON object");
    json_array_foreach(fields, i, f)
    {
        struct text name = json_text_of(json_object_get(f, "name"));
        const json_t *member = json_object_getn(given, name.chars, name.n);
        known += member != NULL;
        if (member == NULL && json_is_true(json_object_get(f, "required")))
            return refuse_at(err, name, "is missing");
        if (member != NULL && !has_kind(json_text_of(json_object_get(f, "kind")), member))
            return refuse_at(err, name, "is of another kind");
    }
    if (refuse_unknown && known != json_object_size(given))
        return err_set(err, ERR_BAD_DATA, "there is a member that is not known");
    return true;
}

/* ---- starts ---- */

struct mem_instance *mem_living(struct store_world *world, struct text flow,
                                struct text key)
{
    for (unsigned i = 0; i < world->instances.n; i++) {
        struct mem_instance *row = &world->instances.at[i];
        if (row->has_key && !instance_status_is_ended(row->status) &&
            text_is(row->key, key) &&
            text_is(world->versions.at[row->version].flow, flow))
            return row;
    }
    return NULL;
}

bool mem_begin(struct store_world *world, const struct mem_version *version,
               struct text args, struct text key, bool again, struct id *id,
               bool *created, struct err *err)
{
    scoped_json json_t *given = json_read(args.n == 0 ? TEXT("{}") : args, err);
    if (given == NULL)
        return false;
    struct text sorted = json_write_sorted(world->texts, given);
    unsigned index = (unsigned)(version - world->versions.at);
    struct mem_instance *row =
        key.n == 0 || MUTANT(START_TWICE) ? NULL : mem_living(world, version->flow, key);
    if (row != NULL) {
        if (again && !text_is(row->args, sorted))
            return err_set(err, ERR_CONFLICT,
                           TEXT_FMT " \"" TEXT_FMT
                                    "\" is living, and was started with other arguments",
                           TEXT_ARG(version->flow), TEXT_ARG(key));
        *id = row->id;
        *created = false;
        return true;
    }
    row = mem_add(&world->instances);
    row->id =
        mem_id(world, key.n == 0 ? -1 : (int)store_shard_of_key(version->flow, key));
    char own[ID_TEXT_BYTES];
    row->has_key = key.n > 0;
    row->key = mem_keep(world, key.n > 0 ? key : id_print(row->id, own));
    row->version = index;
    row->args = sorted;
    row->status = STATUS_RUNNING;
    row->since = row->started_at = mem_now(world);
    row->state = row->snapshot = (struct text){"", 0};
    mem_mail_new(world, row->id, STIMULUS_START)->data =
        mem_keep(world, args.n == 0 ? TEXT("{}") : args);
    *id = row->id;
    *created = true;
    mem_ring(world);
    return true;
}

static void answer_said(struct mem_answer *answer)
{
    struct store_said *said = answer->data;
    said->err = mem_answer_err(answer);
    ((store_said_done *)answer->reply)(answer->reply_to, said);
}

static struct store_said *said_new(struct store *store, store_said_done *done,
                                   void *owner, struct mem_answer **answer)
{
    *answer = mem_answer_new(mem_of(store), answer_said, REPLY(done), owner);
    (*answer)->link = MEM_DOOR;
    return (*answer)->data = arena_new_of((*answer)->arena, struct store_said);
}

static bool key_of(const struct mem_version *version, const json_t *args,
                   struct text *key, struct err *err)
{
    const json_t *path = json_object_get(version->meta, "key_path");
    if (json_is_string(path)) {
        struct text there = json_text_of(json_at(args, json_text_of(path)));
        if (there.n == 0)
            return err_set(err, ERR_BAD_DATA, "the arguments have no key");
        if (key->n > 0 && !text_is(*key, there))
            return err_set(err, ERR_USAGE, "the key given is not the arguments'");
        *key = there;
    } else if (json_is_true(json_object_get(version->meta, "has_key")) && key->n == 0) {
        return err_set(err, ERR_USAGE, "a start of this flow needs its key");
    }
    return true;
}

static bool start(struct store_world *world, struct text flow, struct text args,
                  struct text key, struct store_said *said, struct err *err)
{
    const struct mem_version *version = mem_version_latest(world, flow);
    if (version == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no flow \"" TEXT_FMT "\"",
                       TEXT_ARG(flow));
    scoped_json json_t *given = json_read(args, err);
    if (given == NULL ||
        !check_members(given, json_object_get(version->meta, "params"), true, err) ||
        !key_of(version, given, &key, err) ||
        !mem_begin(world, version, args, key, true, &said->id, &said->created, err))
        return false;
    said->key = mem_instance(world, said->id)->key;
    said->flow = version->flow;
    said->version = version->number;
    if (MUTANT(ACK_BEFORE_COMMIT) && said->created && world->next_seq % 4 == 0) {
        world->instances.n--;
        world->mail.n--;
    }
    return true;
}

void mem_start(struct store *store, struct text flow, struct text args, struct text key,
               struct text actor, store_said_done *done, void *owner)
{
    (void)actor;
    struct mem_answer *answer;
    struct store_said *said = said_new(store, done, owner, &answer);
    if (answer->err.code == ERR_OK)
        start(mem_of(store)->world, flow, args, key, said, &answer->err);
    mem_answer_send(answer);
}

/* ---- events ---- */

static const json_t *event_row(const struct store_world *world, struct text event)
{
    for (unsigned i = world->versions.n; i-- > 0;) {
        size_t k;
        json_t *e;
        json_array_foreach(json_object_get(world->versions.at[i].meta, "events"), k, e)
        {
            if (text_is(json_text_of(json_object_get(e, "name")), event))
                return e;
        }
    }
    return NULL;
}

/* As flow_data.unique_digest does it. */
static bool unique_of(const json_t *row, struct text event, const json_t *body,
                      struct digest *out)
{
    const json_t *fields = json_object_get(row, "unique");
    scoped_arena struct arena *call = arena_new("call", 4 << 20);
    struct buf said;
    size_t i;
    json_t *name;
    buf_init(&said, call);
    buf_text(&said, event);
    json_array_foreach(fields, i, name)
    {
        const json_t *member = json_object_get(body, json_string_value(name));
        buf_char(&said, '\x1f');
        buf_text(&said, json_is_string(member) ? json_text_of(member)
                        : member == NULL       ? TEXT("null")
                                               : json_write_sorted(call, member));
    }
    *out = digest_of(buf_done(&said));
    return json_array_size(fields) > 0;
}

/* As flow_data.send_event does it. */
static struct digest message_digest(struct text event, struct text message)
{
    scoped_arena struct arena *call = arena_new("call", 4 << 20);
    return digest_of(text_of(arena_printf(call, TEXT_FMT "\x1e" TEXT_FMT, TEXT_ARG(event),
                                          TEXT_ARG(message))));
}

static bool send(struct store_world *world, struct text event, struct text body,
                 struct text message, struct store_said *said, struct err *err)
{
    const json_t *row = event_row(world, event);
    if (row == NULL)
        return err_set(err, ERR_NOT_FOUND,
                       "no deployed flow knows the event \"" TEXT_FMT "\"",
                       TEXT_ARG(event));
    scoped_json json_t *given = json_read(body, err);
    if (given == NULL ||
        !check_members(given, json_object_get(row, "fields"), false, err))
        return false;
    struct digest unique;
    bool is_unique = unique_of(row, event, given, &unique);
    if (!is_unique && message.n > 0) {
        unique = message_digest(event, message);
        is_unique = true;
    }
    int64_t held = json_integer_value(json_object_get(row, "held"));
    said->id = mem_inbox_add(world, event, body, held, is_unique ? &unique : NULL,
                             &said->duplicate);
    mem_ring(world);
    return true;
}

void mem_send(struct store *store, struct text event, struct text body,
              struct text message, struct text actor, store_said_done *done, void *owner)
{
    (void)actor;
    struct mem_answer *answer;
    struct store_said *said = said_new(store, done, owner, &answer);
    if (answer->err.code == ERR_OK)
        send(mem_of(store)->world, event, body, message, said, &answer->err);
    mem_answer_send(answer);
}

/* ---- people ---- */

static struct store_mail *request_new(struct store_world *world, struct id instance,
                                      enum stimulus_kind kind, struct id *id)
{
    struct mem_request *request = mem_add(&world->requests);
    *id = request->id = mem_id(world, (int)store_shard_of(instance));
    struct store_mail *mail = mem_mail_new(world, instance, kind);
    mail->message = request->id;
    mem_ring(world);
    return mail;
}

static bool has_dead_letter(const struct store_world *world, struct id instance)
{
    for (unsigned i = 0; i < world->tasks.n; i++)
        if (id_is(world->tasks.at[i].instance, instance) &&
            world->tasks.at[i].row.is_dead_letter)
            return true;
    return false;
}

static bool may_command(struct store_world *world, struct id instance, struct text verb,
                        struct err *err)
{
    static const char *const verbs[] = {
        "cancel", "pause",        "resume",         "retry",   "result",
        "absent", "done-by-hand", "leave-standing", "migrate", "stay"};
    const struct mem_instance *row = mem_instance(world, instance);
    size_t i = 0, n = sizeof verbs / sizeof *verbs;
    while (i < n && !text_is_chars(verb, verbs[i]))
        i++;
    if (i == n)
        return err_set(err, ERR_USAGE, "there is no command \"" TEXT_FMT "\"",
                       TEXT_ARG(verb));
    if (row == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no such instance");
    if (instance_status_is_ended(row->status))
        return err_set(err, ERR_CONFLICT, "it has ended");
    if (i == 1 && row->status == STATUS_PAUSED)
        return err_set(err, ERR_CONFLICT, "it is paused");
    if (i == 2 && row->status != STATUS_PAUSED && row->status != STATUS_QUARANTINED)
        return err_set(err, ERR_CONFLICT, "it is not paused");
    return i < 3 || i > 7 || has_dead_letter(world, instance) ||
           err_set(err, ERR_CONFLICT, "it has no step in a dead letter");
}

/* What `migrate` tells the instance: the version {"to"} names, else the latest. */
static bool migrate_data(struct store_world *world, struct id instance,
                         const json_t *given, struct text *data, struct err *err)
{
    const struct mem_instance *row = mem_instance(world, instance);
    const struct mem_version *was = &world->versions.at[row->version], *to = NULL;
    const json_t *wanted = json_object_get(given, "to");
    char hex[DIGEST_HEX_BYTES];
    for (unsigned i = 0; i < world->versions.n; i++) {
        const struct mem_version *v = &world->versions.at[i];
        if (text_is(v->flow, was->flow) &&
            (wanted == NULL ? to == NULL || v->number > to->number
                            : v->number == json_integer_value(wanted)))
            to = v;
    }
    if (to == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no such version");
    if (to == was)
        return err_set(err, ERR_CONFLICT, "it is on version %u already", was->number);
    scoped_json json_t *order = json_pack("{s:i, s:o}", "to", (int)to->number, "image",
                                          json_text(digest_hex(&to->hash, hex)));
    *data = json_write(world->texts, order);
    return true;
}

void mem_command(struct store *store, struct id instance, struct text verb,
                 struct text args, struct text reason, struct text actor,
                 store_said_done *done, void *owner)
{
    struct store_world *world = mem_of(store)->world;
    struct mem_answer *answer;
    struct store_said *said = said_new(store, done, owner, &answer);
    struct err ignored = {0};
    struct text data = {"", 0};
    scoped_json json_t *given = args.n == 0 ? NULL : json_read(args, &ignored);
    if (answer->err.code == ERR_OK && may_command(world, instance, verb, &answer->err) &&
        (!text_is(verb, TEXT("migrate")) ||
         migrate_data(world, instance, given, &data, &answer->err))) {
        struct store_mail *mail =
            request_new(world, instance, STIMULUS_COMMAND, &said->id);
        mail->verb = mem_keep(world, verb);
        mail->step = mem_keep(world, json_text_of(json_object_get(given, "step")));
        mail->actor = mem_keep(world, actor);
        mail->reason = mem_keep(world, reason);
        const json_t *its = json_object_get(given, "data");
        mail->data = its == NULL ? data : json_write(world->texts, its);
    }
    mem_answer_send(answer);
}

static const struct mem_task *task_of(const struct store_world *world, struct id id)
{
    for (unsigned i = 0; i < world->tasks.n; i++)
        if (id_is(world->tasks.at[i].id, id))
            return &world->tasks.at[i];
    return NULL;
}

static bool may_answer(const struct mem_task *task, struct text outcome, struct err *err)
{
    if (task == NULL)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no such task, or it has been answered");
    scoped_json json_t *outcomes = json_read(task->row.outcomes, err);
    size_t i;
    json_t *o;
    json_array_foreach(outcomes, i, o)
    {
        if (text_is(json_text_of(json_object_get(o, "name")), outcome))
            return true;
    }
    return err_set(err, ERR_CONFLICT, "\"" TEXT_FMT "\" is no answer to this task",
                   TEXT_ARG(outcome));
}

void mem_answer_task(struct store *store, struct id task, struct text outcome,
                     struct text data, struct text reason, struct text actor,
                     store_said_done *done, void *owner)
{
    struct store_world *world = mem_of(store)->world;
    struct mem_answer *answer;
    struct store_said *said = said_new(store, done, owner, &answer);
    const struct mem_task *row = task_of(world, task);
    if (answer->err.code == ERR_OK && may_answer(row, outcome, &answer->err)) {
        uint32_t number = row->row.number;
        struct store_mail *mail =
            request_new(world, row->instance, STIMULUS_ANSWER, &said->id);
        mail->task = number;
        mail->verb = mem_keep(world, outcome);
        mail->actor = mem_keep(world, actor);
        mail->reason = mem_keep(world, reason);
        mail->data = mem_keep(world, data);
    }
    mem_answer_send(answer);
}

static void answer_place(struct mem_answer *answer)
{
    struct store_task_place *place = answer->data;
    place->err = mem_answer_err(answer);
    ((store_task_place_done *)answer->reply)(answer->reply_to, place);
}

void mem_task_place(struct store *store, struct id task, store_task_place_done *done,
                    void *owner)
{
    struct mem_answer *answer =
        mem_answer_new(mem_of(store), answer_place, REPLY(done), owner);
    struct store_task_place *place = arena_new_of(answer->arena, struct store_task_place);
    const struct mem_task *row = task_of(mem_of(store)->world, task);
    if (row != NULL) {
        place->instance = row->instance;
        place->number = row->row.number;
    } else if (answer->err.code == ERR_OK) {
        err_set(&answer->err, ERR_NOT_FOUND,
                "there is no such task, or it has been answered");
    }
    answer->data = place;
    mem_answer_send(answer);
}

static void answer_token(struct mem_answer *answer)
{
    struct store_token *token = answer->data;
    token->err = mem_answer_err(answer);
    ((store_token_done *)answer->reply)(answer->reply_to, token);
}

void mem_token(struct store *store, struct text token, store_token_done *done,
               void *owner)
{
    struct mem_answer *answer =
        mem_answer_new(mem_of(store), answer_token, REPLY(done), owner);
    const struct store_world *world = mem_of(store)->world;
    struct store_token *found = arena_new_of(answer->arena, struct store_token);
    bool known = false;
    for (unsigned i = 0; i < world->tokens.n; i++)
        if (text_is(world->tokens.at[i].token, token)) {
            known = true;
            found->name = world->tokens.at[i].name;
            found->role = world->tokens.at[i].role;
            found->scopes = world->tokens.at[i].scopes;
        }
    if (!known && answer->err.code == ERR_OK)
        err_set(&answer->err, ERR_NO_TOKEN, "the token is not valid");
    answer->data = found;
    mem_answer_send(answer);
}

/* ---- lists ---- */

static void answer_list(struct mem_answer *answer)
{
    struct store_list list = {.err = mem_answer_err(answer),
                              .items = json_write(answer->arena, answer->data),
                              .next = {"", 0}};
    json_decref(answer->data);
    ((store_list_done *)answer->reply)(answer->reply_to, &list);
}

void mem_list_send(struct store *store, json_t *items, store_list_done *done, void *owner)
{
    struct mem_answer *answer =
        mem_answer_new(mem_of(store), answer_list, REPLY(done), owner);
    answer->data = items;
    mem_answer_send(answer);
}

static json_t *id_json(struct id id)
{
    char text[ID_TEXT_BYTES];
    return json_text(id_print(id, text));
}

static json_t *instant_json(int64_t instant)
{
    char text[WHEN_TEXT_BYTES];
    return instant == 0 ? json_null() : json_text(when_instant_print(instant, text));
}

static json_t *text_json(struct text t)
{
    return t.n == 0 ? json_null() : json_text(t);
}

static uint32_t limit_of(const struct store_filter *filter)
{
    return filter->limit == 0 || filter->limit > LIMIT_LIST_ITEMS ? LIMIT_LIST_ITEMS
                                                                  : filter->limit;
}

static bool fits(struct text wanted, struct text got)
{
    return wanted.n == 0 || text_is(wanted, got);
}

/* One page only: whoever needs more has a database. */
void mem_list_instances(struct store *store, const struct store_filter *filter,
                        store_list_done *done, void *owner)
{
    const struct store_world *world = mem_of(store)->world;
    json_t *items = json_array();
    for (unsigned i = world->instances.n;
         i-- > 0 && json_array_size(items) < limit_of(filter);) {
        const struct mem_instance *row = &world->instances.at[i];
        const struct mem_version *v = &world->versions.at[row->version];
        struct text status = text_of(instance_status_name(row->status));
        if (!fits(filter->flow, v->flow) || !fits(filter->status, status) ||
            !fits(filter->state, row->state) || !fits(filter->key, row->key))
            continue;
        json_array_append_new(
            items,
            json_pack("{s:o,s:o,s:o,s:I,s:o,s:o,s:o,s:o,s:o}", "id", id_json(row->id),
                      "key", json_text(row->key), "flow", json_text(v->flow), "version",
                      (json_int_t)v->number, "status", json_text(status), "state",
                      text_json(row->state), "since", instant_json(row->since),
                      "started_at", instant_json(row->started_at), "ended_at",
                      instant_json(row->ended_at)));
    }
    mem_list_send(store, items, done, owner);
}

static json_t *entry_json(const json_t *entry, int64_t at, json_int_t seq)
{
    static const char *const names[] = {"kind",  "state", "step", "line",
                                        "actor", "text",  "data"};
    json_t *item = json_pack("{s:I,s:o}", "seq", seq, "at", instant_json(at));
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        json_t *part = json_array_get(entry, k);
        json_object_set_new(item, names[k],
                            part == NULL ? json_null() : json_incref(part));
    }
    return item;
}

void mem_list_history(struct store *store, struct id instance,
                      const struct store_filter *filter, store_list_done *done,
                      void *owner)
{
    const struct store_world *world = mem_of(store)->world;
    json_t *items = json_array();
    int64_t after = 0, seq = 0;
    text_to_i64(filter->after, &after);
    for (unsigned i = 0; i < world->journal.n; i++) {
        const struct mem_journal *row = &world->journal.at[i];
        struct err ignored = {0};
        if (!id_is(row->instance, instance))
            continue;
        scoped_json json_t *entries = json_read(row->entries, &ignored);
        size_t k;
        json_t *entry;
        json_array_foreach(entries, k, entry)
        {
            if (++seq > after && json_array_size(items) < limit_of(filter))
                json_array_append_new(items, entry_json(entry, row->at, seq));
        }
    }
    mem_list_send(store, items, done, owner);
}

void mem_list_tasks(struct store *store, const struct store_filter *filter,
                    store_list_done *done, void *owner)
{
    struct store_world *world = mem_of(store)->world;
    json_t *items = json_array();
    for (unsigned i = 0; i < world->tasks.n && i < limit_of(filter); i++) {
        const struct mem_task *task = &world->tasks.at[i];
        const struct mem_instance *row = mem_instance(world, task->instance);
        struct err ignored = {0};
        if (row == NULL || !fits(filter->key, row->key) ||
            !fits(filter->flow, world->versions.at[row->version].flow))
            continue;
        json_array_append_new(
            items,
            json_pack(
                "{s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o}", "id", id_json(task->id),
                "key", json_text(row->key), "instance", id_json(row->id), "flow",
                json_text(world->versions.at[row->version].flow), "kind",
                task->row.is_dead_letter ? "dead_letter" : "question", "role",
                json_text(task->row.role), "question", json_text(task->row.question),
                "outcomes", json_read(task->row.outcomes, &ignored), "since",
                instant_json(task->row.since), "until", instant_json(task->row.until)));
    }
    mem_list_send(store, items, done, owner);
}

void mem_list_flows(struct store *store, store_list_done *done, void *owner)
{
    const struct store_world *world = mem_of(store)->world;
    json_t *items = json_array();
    for (unsigned i = 0; i < world->versions.n; i++) {
        const struct mem_version *v = &world->versions.at[i];
        char hex[DIGEST_HEX_BYTES];
        if (mem_version_latest(world, v->flow) == v)
            json_array_append_new(items,
                                  json_pack("{s:o,s:I,s:o}", "flow", json_text(v->flow),
                                            "version", (json_int_t)v->number, "hash",
                                            json_text(digest_hex(&v->hash, hex))));
    }
    mem_list_send(store, items, done, owner);
}

void mem_list_counts(struct store *store, store_list_done *done, void *owner)
{
    const struct store_world *world = mem_of(store)->world;
    json_t *items = json_array();
    for (unsigned v = 0; v < world->versions.n; v++)
        for (int status = 0; status <= STATUS_CANCELLED; status++) {
            json_int_t n = 0;
            for (unsigned i = 0; i < world->instances.n; i++)
                n += world->instances.at[i].version == v &&
                     world->instances.at[i].status == (enum instance_status)status;
            if (n > 0)
                json_array_append_new(
                    items, json_pack("{s:o,s:I,s:s,s:I}", "flow",
                                     json_text(world->versions.at[v].flow), "version",
                                     (json_int_t)world->versions.at[v].number, "status",
                                     instance_status_name((enum instance_status)status),
                                     "n", n));
        }
    mem_list_send(store, items, done, owner);
}
