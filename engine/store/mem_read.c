/* Reading from memory: what is due, instances, flows, environments. */
#include <stdlib.h>

#include "engine/base/json.h"
#include "engine/store/mem_world.h"
#include "engine/sys/keep.h"

#define REPLY(done) ((void (*)(void))(done))

struct mem_instance *mem_instance(struct store_world *world, struct id id)
{
    for (unsigned i = 0; i < world->instances.n; i++)
        if (id_is(world->instances.at[i].id, id))
            return &world->instances.at[i];
    return NULL;
}

/* ---- mail ---- */

static void answer_mails(struct mem_answer *answer)
{
    struct store_mails *mails = answer->data;
    mails->err = mem_answer_err(answer);
    mails->now = answer->now;
    ((store_mails_done *)answer->reply)(answer->reply_to, mails);
}

/* Is there room in the page for one more? For the first there always is. */
static bool fits(size_t *bytes, uint32_t read, const struct store_mail *mail)
{
    *bytes += mail->data.n;
    return read == 0 || *bytes <= LIMIT_MAIL_PAGE_BYTES;
}

void mem_mail(struct store *store, uint64_t after, uint32_t most, store_mails_done *done,
              void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct store_world *world = mem->world;
    struct mem_answer *answer = mem_answer_new(mem, answer_mails, REPLY(done), owner);
    struct store_mails *mails = arena_new_of(answer->arena, struct store_mails);
    struct store_mail *all = arena_array(answer->arena, struct store_mail, world->mail.n);
    size_t bytes = 0;
    bool is_cut = false;
    for (unsigned i = 0; i < world->mail.n && mails->n < most && !is_cut; i++) {
        const struct store_mail *mail = &world->mail.at[i];
        if (mail->seq <= after || !store->holds[store_shard_of(mail->instance)] ||
            mem_is_held(world, mail->instance))
            continue;
        is_cut = !fits(&bytes, mails->n, mail);
        if (!is_cut)
            all[mails->n++] = *mail;
    }
    mails->mails = all;
    mails->more = is_cut || mails->n == most;
    answer->data = mails;
    mem_answer_send(answer);
}

/* The line of an instance; empty: there is none. */
static struct text line_of(struct store_world *world, struct arena *arena, struct id id)
{
    const struct mem_instance *row = mem_instance(world, id);
    char room[STORE_LINE_BYTES];
    if (row == NULL)
        return TEXT("");
    return text_dup(arena,
                    store_line(room, world->versions.at[row->version].flow, row->key));
}

static bool is_in(const struct text *names, uint32_t n, struct text name)
{
    for (uint32_t i = 0; i < n; i++)
        if (text_is(names[i], name))
            return true;
    return false;
}

void mem_skim_mail(struct store *store, uint64_t after, const struct text *left,
                   uint32_t left_n, uint32_t most, store_mails_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct store_world *world = mem->world;
    struct mem_answer *answer = mem_answer_new(mem, answer_mails, REPLY(done), owner);
    struct store_mails *mails = arena_new_of(answer->arena, struct store_mails);
    struct store_mail *all = arena_array(answer->arena, struct store_mail, world->mail.n);
    uint32_t read = 0;
    size_t bytes = 0;
    bool is_cut = false;
    for (unsigned i = 0; i < world->mail.n && mails->n < STORE_SKIM * most && read < most;
         i++) {
        const struct store_mail *mail = &world->mail.at[i];
        if (mail->seq <= after || !store->holds[store_shard_of(mail->instance)] ||
            mem_is_held(world, mail->instance))
            continue;
        struct text line = line_of(world, answer->arena, mail->instance);
        bool is_left = is_in(left, left_n, line);
        is_cut = !is_left && !fits(&bytes, read, mail);
        if (is_cut)
            break;
        struct store_mail *item = &all[mails->n++];
        *item = *mail;
        read += !is_left;
        if (is_left)
            *item = (struct store_mail){
                .seq = mail->seq, .instance = mail->instance, .is_left = true};
        item->line = line;
    }
    mails->mails = all;
    mails->more = is_cut || mails->n == STORE_SKIM * most || read == most;
    answer->data = mails;
    mem_answer_send(answer);
}

/* ---- timers ---- */

static int timer_order(const void *a, const void *b)
{
    const struct store_timer *x = a, *y = b;
    if (x->fire_at != y->fire_at)
        return x->fire_at < y->fire_at ? -1 : 1;
    return memcmp(x->instance.bytes, y->instance.bytes, sizeof x->instance.bytes);
}

static void answer_timers(struct mem_answer *answer)
{
    struct store_timers *timers = answer->data;
    timers->err = mem_answer_err(answer);
    timers->now = answer->now;
    ((store_timers_done *)answer->reply)(answer->reply_to, timers);
}

static void ask_timers(struct store *store, int64_t ahead,
                       const struct store_timer *after, uint32_t most, bool with_lines,
                       store_timers_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct store_world *world = mem->world;
    struct mem_answer *answer = mem_answer_new(mem, answer_timers, REPLY(done), owner);
    struct store_timers *timers = arena_new_of(answer->arena, struct store_timers);
    struct store_timer *all =
        arena_array(answer->arena, struct store_timer, world->instances.n);
    int64_t until = mem_now(world) + ahead;
    uint32_t n = 0;
    for (unsigned i = 0; i < world->instances.n; i++) {
        const struct mem_instance *row = &world->instances.at[i];
        struct store_timer timer = {.instance = row->id, .fire_at = row->timer_at};
        if (row->timer_at == 0 || !store->holds[store_shard_of(row->id)])
            continue;
        if (row->timer_at > until &&
            (timers->next_at == 0 || row->timer_at < timers->next_at))
            timers->next_at = row->timer_at;
        if (row->timer_at <= until && (after == NULL || timer_order(&timer, after) > 0) &&
            world->versions.at[row->version].held_at == 0)
            all[n++] = timer;
    }
    qsort(all, n, sizeof *all, timer_order);
    for (uint32_t i = 0; with_lines && i < n && i < most; i++)
        all[i].line = line_of(world, answer->arena, all[i].instance);
    timers->timers = all;
    timers->n = n < most ? n : most;
    timers->more = timers->n == most;
    if (timers->more)
        timers->next_at = 0;
    answer->data = timers;
    mem_answer_send(answer);
}

void mem_timers(struct store *store, int64_t ahead, const struct store_timer *after,
                uint32_t most, store_timers_done *done, void *owner)
{
    ask_timers(store, ahead, after, most, false, done, owner);
}

void mem_skim_timers(struct store *store, const struct store_timer *after, uint32_t most,
                     store_timers_done *done, void *owner)
{
    ask_timers(store, 0, after, STORE_SKIM * most, true, done, owner);
}

/* ---- instances ---- */

static void answer_ids(struct mem_answer *answer)
{
    struct store_ids *ids = answer->data;
    ids->err = mem_answer_err(answer);
    ((store_ids_done *)answer->reply)(answer->reply_to, ids);
}

static int id_order(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct id));
}

void mem_in_flight(struct store *store, uint32_t shard, struct id after, uint32_t most,
                   store_ids_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct store_world *world = mem->world;
    struct mem_answer *answer = mem_answer_new(mem, answer_ids, REPLY(done), owner);
    struct store_ids *ids = arena_new_of(answer->arena, struct store_ids);
    struct id *all = arena_array(answer->arena, struct id, world->instances.n);
    uint32_t n = 0;
    for (unsigned i = 0; i < world->instances.n; i++) {
        const struct mem_instance *row = &world->instances.at[i];
        if (row->in_flight && store_shard_of(row->id) == shard &&
            id_order(&row->id, &after) > 0 &&
            world->versions.at[row->version].held_at == 0)
            all[n++] = row->id;
    }
    qsort(all, n, sizeof *all, id_order);
    ids->ids = all;
    ids->n = n < most ? n : most;
    ids->more = ids->n == most;
    answer->data = ids;
    mem_answer_send(answer);
}

static void answer_instances(struct mem_answer *answer)
{
    struct store_instances *instances = answer->data;
    instances->err = mem_answer_err(answer);
    instances->now = answer->now;
    ((store_instances_done *)answer->reply)(answer->reply_to, instances);
}

static void read_instance(const struct store_world *world, const struct mem_instance *row,
                          struct store_instance *item)
{
    const struct mem_version *version = &world->versions.at[row->version];
    *item = (struct store_instance){.id = row->id,
                                    .is_there = true,
                                    .flow = version->flow,
                                    .version = version->number,
                                    .hash = version->hash,
                                    .key = row->key,
                                    .rev = row->rev,
                                    .status = row->status,
                                    .timer_at = row->timer_at,
                                    .started_at = row->started_at,
                                    .parent = row->parent,
                                    .is_owned = row->is_owned};
}

void mem_load(struct store *store, const struct id *ids, uint32_t n,
              store_instances_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct mem_answer *answer = mem_answer_new(mem, answer_instances, REPLY(done), owner);
    struct store_instances *instances =
        arena_new_of(answer->arena, struct store_instances);
    struct store_instance *all = arena_array(answer->arena, struct store_instance, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct mem_instance *row = mem_instance(mem->world, ids[i]);
        all[i].id = ids[i];
        if (row == NULL)
            continue;
        read_instance(mem->world, row, &all[i]);
        all[i].snapshot = row->snapshot;
        all[i].values = mem_values_of(mem->world, answer->arena, row);
    }
    instances->items = all;
    instances->n = n;
    answer->data = instances;
    mem_answer_send(answer);
}

/* The living one of a flow, else its latest. */
static bool is_better(const struct store_instance *a, const struct store_instance *b)
{
    bool a_lives = !instance_status_is_ended(a->status),
         b_lives = !instance_status_is_ended(b->status);
    return a_lives != b_lives ? a_lives : id_order(&a->id, &b->id) > 0;
}

void mem_find(struct store *store, struct text flow, struct text key,
              store_instances_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct store_world *world = mem->world;
    struct mem_answer *answer = mem_answer_new(mem, answer_instances, REPLY(done), owner);
    struct store_instances *found = arena_new_of(answer->arena, struct store_instances);
    struct store_instance *all =
        arena_array(answer->arena, struct store_instance, world->versions.n);
    for (unsigned i = 0; i < world->instances.n; i++) {
        struct store_instance item;
        if (!text_is(world->instances.at[i].key, key))
            continue;
        read_instance(world, &world->instances.at[i], &item);
        if (flow.n > 0 && !text_is(item.flow, flow))
            continue;
        uint32_t k = 0;
        while (k < found->n && !text_is(all[k].flow, item.flow))
            k++;
        if (k == found->n || is_better(&item, &all[k]))
            all[k] = item;
        found->n += k == found->n;
    }
    found->items = all;
    answer->data = found;
    mem_answer_send(answer);
}

/* ---- flows and environments ---- */

static void answer_version(struct mem_answer *answer)
{
    const struct mem_version *row = answer->data;
    struct store_version version = {.err = mem_answer_err(answer)};
    if (version.err == NULL && row == NULL) {
        err_set(&answer->err, ERR_NOT_FOUND, "there is no such flow or version");
        version.err = &answer->err;
    } else if (version.err == NULL) {
        version.flow = row->flow;
        version.number = row->number;
        version.hash = row->hash;
        version.image = row->image;
        version.source = row->source;
        version.meta = json_write(answer->arena, row->meta);
    }
    ((store_version_done *)answer->reply)(answer->reply_to, &version);
}

static void send_version(struct store *store, const struct mem_version *row,
                         store_version_done *done, void *owner)
{
    struct mem_answer *answer =
        mem_answer_new(mem_of(store), answer_version, REPLY(done), owner);
    if (row != NULL)
        answer->data = arena_copy(answer->arena, row, sizeof *row);
    mem_answer_send(answer);
}

void mem_version(struct store *store, struct digest hash, store_version_done *done,
                 void *owner)
{
    const struct store_world *world = mem_of(store)->world;
    const struct mem_version *found = NULL;
    for (unsigned i = 0; i < world->versions.n; i++)
        if (digest_is(&world->versions.at[i].hash, &hash))
            found = &world->versions.at[i];
    send_version(store, found, done, owner);
}

const struct mem_version *mem_version_latest(const struct store_world *world,
                                             struct text flow)
{
    const struct mem_version *found = NULL;
    for (unsigned i = 0; i < world->versions.n; i++) {
        const struct mem_version *v = &world->versions.at[i];
        if (text_is(v->flow, flow) && (found == NULL || v->number > found->number))
            found = v;
    }
    return found;
}

void mem_latest(struct store *store, struct text flow, store_version_done *done,
                void *owner)
{
    send_version(store, mem_version_latest(mem_of(store)->world, flow), done, owner);
}

/* The event is the newest version's that declares it. */
const struct mem_version *mem_version_declares(const struct store_world *world,
                                               struct text event)
{
    for (unsigned i = world->versions.n; i-- > 0;) {
        const json_t *events = json_object_get(world->versions.at[i].meta, "events");
        size_t k;
        json_t *e;
        json_array_foreach(events, k, e)
        {
            if (text_is(json_text_of(json_object_get(e, "name")), event))
                return &world->versions.at[i];
        }
    }
    return NULL;
}

void mem_declares(struct store *store, struct text event, store_version_done *done,
                  void *owner)
{
    send_version(store, mem_version_declares(mem_of(store)->world, event), done, owner);
}

static void answer_flows(struct mem_answer *answer)
{
    struct store_flows *flows = answer->data;
    flows->err = mem_answer_err(answer);
    ((store_flows_done *)answer->reply)(answer->reply_to, flows);
}

void mem_flows(struct store *store, store_flows_done *done, void *owner)
{
    const struct store_world *world = mem_of(store)->world;
    struct mem_answer *answer =
        mem_answer_new(mem_of(store), answer_flows, REPLY(done), owner);
    struct store_flows *flows = arena_new_of(answer->arena, struct store_flows);
    struct store_flow *all =
        arena_array(answer->arena, struct store_flow, world->versions.n);
    for (unsigned i = 0; i < world->versions.n; i++) {
        const struct mem_version *v = &world->versions.at[i];
        if (mem_version_latest(world, v->flow) != v)
            continue;
        all[flows->n++] = (struct store_flow){
            .flow = v->flow,
            .number = v->number,
            .hash = v->hash,
            .starts_on = json_array_size(json_object_get(v->meta, "starts_on")) > 0};
    }
    flows->items = all;
    answer->data = flows;
    mem_answer_send(answer);
}

static void answer_environment(struct mem_answer *answer)
{
    struct store_environment *environment = answer->data;
    environment->err = mem_answer_err(answer);
    ((store_environment_done *)answer->reply)(answer->reply_to, environment);
}

void mem_environment(struct store *store, store_environment_done *done, void *owner)
{
    const struct store_world *world = mem_of(store)->world;
    struct mem_answer *answer =
        mem_answer_new(mem_of(store), answer_environment, REPLY(done), owner);
    struct store_environment *environment =
        arena_new_of(answer->arena, struct store_environment);
    environment->version = world->environment_version;
    if (world->environment != NULL)
        environment->document = json_write(answer->arena, world->environment);
    answer->data = environment;
    mem_answer_send(answer);
}
