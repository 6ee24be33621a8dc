/* Matching events in memory. */
#include "engine/base/mutant.h"
#include "engine/store/mem_world.h"
#include "engine/sys/keep.h"

#define REPLY(done) ((void (*)(void))(done))
#define DAY         (INT64_C(86400) * 1000000)

struct id mem_inbox_add(struct store_world *world, struct text event, struct text body,
                        int64_t held, const struct digest *unique, bool *duplicate)
{
    int64_t now = mem_now(world);
    *duplicate = false;
    for (unsigned i = 0; unique != NULL && i < world->seen.n; i++)
        if (digest_is(&world->seen.at[i].digest, unique)) {
            *duplicate = world->seen.at[i].until > now && !MUTANT(DEDUPE_DROPPED);
            if (!*duplicate)
                mem_remove(&world->seen, i);
            break;
        }
    if (unique != NULL && !*duplicate)
        *mem_add(&world->seen) =
            (struct mem_seen){*unique, now + (held > 0 ? held : 30 * DAY)};
    struct mem_event *row = mem_add(&world->inbox);
    row->id = mem_id(world, (int)store_shard_of_event(event));
    row->event = mem_keep(world, event);
    row->body = mem_keep(world, body);
    row->at = now;
    row->held = held;
    row->until = now + held;
    row->what = *duplicate ? MEM_DUPLICATE : MEM_NEW;
    row->problem = row->pointer = (struct text){"", 0};
    return row->id;
}

static void answer_arrivals(struct mem_answer *answer)
{
    struct store_arrivals *arrivals = answer->data;
    arrivals->err = mem_answer_err(answer);
    arrivals->now = answer->now;
    ((store_arrivals_done *)answer->reply)(answer->reply_to, arrivals);
}

void mem_arrivals(struct store *store, uint32_t most, store_arrivals_done *done,
                  void *owner)
{
    struct mem_store *mem = mem_of(store);
    const struct store_world *world = mem->world;
    struct mem_answer *answer = mem_answer_new(mem, answer_arrivals, REPLY(done), owner);
    struct store_arrivals *arrivals = arena_new_of(answer->arena, struct store_arrivals);
    struct store_arrival *all =
        arena_array(answer->arena, struct store_arrival, world->inbox.n);
    for (unsigned i = 0; i < world->inbox.n && arrivals->n < most; i++) {
        const struct mem_event *e = &world->inbox.at[i];
        if (!store->holds[store_shard_of(e->id)])
            continue;
        arrivals->subscribed |= e->is_back;
        if (e->what != MEM_NEW)
            continue;
        const struct mem_version *version = mem_version_declares(world, e->event);
        all[arrivals->n++] = (struct store_arrival){
            e->id, e->event, e->body, e->at,
            version != NULL ? version->hash : (struct digest){{0}}};
    }
    for (unsigned i = 0; i < world->subscriptions.n; i++)
        arrivals->subscribed |=
            world->subscriptions.at[i].fresh &&
            store->holds[store_shard_of_event(world->subscriptions.at[i].row.event)];
    arrivals->items = all;
    arrivals->more = arrivals->n == most;
    answer->data = arrivals;
    mem_answer_send(answer);
}

/* ---- matching ---- */

static void file(struct store_world *world, const struct store_filing *filing)
{
    for (unsigned i = 0; i < world->inbox.n; i++) {
        struct mem_event *e = &world->inbox.at[i];
        if (!id_is(e->id, filing->id) || e->what != MEM_NEW)
            continue;
        e->what = filing->problem.n > 0 ? MEM_REFUSED : MEM_FILING;
        e->begun = filing->begins_n > 0;
        e->problem = mem_keep(world, filing->problem);
        e->pointer = mem_keep(world, filing->pointer);
        for (uint32_t k = 0; k < filing->hashes_n; k++)
            *mem_add(&e->hashes) = filing->hashes[k];
        for (uint32_t k = 0; k < filing->begins_n && e->what == MEM_FILING; k++) {
            const struct mem_version *version =
                mem_version_latest(world, filing->begins[k].flow);
            struct err ignored = {0};
            struct id id;
            bool created;
            if (version != NULL)
                mem_begin(world, version, filing->begins[k].args, filing->begins[k].key,
                          false, &id, &created, &ignored);
        }
        return;
    }
}

static bool has_hash(const struct mem_event *e, const struct store_subscription *s)
{
    for (unsigned i = 0; i < e->hashes.n; i++)
        if (e->hashes.at[i].key == s->key && e->hashes.at[i].fields == s->fields)
            return true;
    return false;
}

static bool was_offered(const struct mem_event *e, struct id instance, uint32_t number)
{
    for (unsigned i = 0; i < e->offers.n; i++)
        if (id_is(e->offers.at[i].instance, instance) && e->offers.at[i].number == number)
            return true;
    return false;
}

/* One copy an instance, whichever of its subscriptions it is for. `fresh`: only those. */
static uint32_t offer(struct store_world *world, struct mem_event *e, bool fresh)
{
    unsigned before = e->offers.n;
    uint32_t copies = 0;
    for (unsigned i = 0; i < world->subscriptions.n; i++) {
        const struct mem_subscription *s = &world->subscriptions.at[i];
        if (!text_is(s->row.event, e->event) || (fresh && !s->fresh) ||
            !has_hash(e, &s->row) || was_offered(e, s->instance, s->row.number))
            continue;
        bool has_copy = false;
        for (unsigned k = before; k < e->offers.n; k++)
            has_copy |= id_is(e->offers.at[k].instance, s->instance);
        *mem_add(&e->offers) = (struct mem_offer){s->instance, s->row.number};
        if (has_copy)
            continue;
        struct store_mail *mail = mem_mail_new(world, s->instance, STIMULUS_EVENT);
        mail->event = e->event;
        mail->message = e->id;
        mail->data = e->body;
        copies++;
    }
    e->copies += copies;
    if (copies > 0)
        e->what = MEM_DELIVERED;
    return copies;
}

/* When everybody who was given a copy has declined, it is looked at again. */
static void take_back(struct mem_event *e)
{
    if (e->is_back && e->what == MEM_DELIVERED && !e->begun && e->refusals >= e->copies)
        e->what = MEM_FILING;
    e->is_back = false;
}

static void answer_match(struct mem_answer *answer)
{
    struct store_matches *matches = answer->data;
    matches->err = mem_answer_err(answer);
    ((store_matches_done *)answer->reply)(answer->reply_to, matches);
}

void mem_match(struct store *store, const struct store_filing *filings, uint32_t n,
               store_matches_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct store_world *world = mem->world;
    struct mem_answer *answer = mem_answer_new(mem, answer_match, REPLY(done), owner);
    answer->link = MEM_MATCHER;
    struct store_matches *matches = arena_new_of(answer->arena, struct store_matches);
    for (uint32_t i = 0; i < n && mem->is_up; i++)
        if (mem_holds(mem, store_shard_of(filings[i].id)))
            file(world, &filings[i]);
        else
            err_set(&answer->err, ERR_CONFLICT, "somebody else owns the shard");
    for (unsigned i = 0; i < world->inbox.n && mem->is_up; i++) {
        struct mem_event *e = &world->inbox.at[i];
        if (mem_holds(mem, store_shard_of(e->id)))
            take_back(e);
        if (e->what == MEM_HELD && e->until > mem_now(world) &&
            mem_holds(mem, store_shard_of(e->id)))
            matches->delivered += offer(world, e, true);
    }
    for (unsigned i = 0; i < world->inbox.n && mem->is_up; i++) {
        struct mem_event *e = &world->inbox.at[i];
        if (e->what != MEM_FILING || !mem_holds(mem, store_shard_of(e->id)))
            continue;
        matches->delivered += offer(world, e, false);
        if (e->what == MEM_FILING)
            e->what = e->begun ? MEM_DELIVERED
                      : e->until > mem_now(world) && !MUTANT(EVENT_IS_FORGOTTEN)
                          ? MEM_HELD
                          : MEM_UNCLAIMED;
    }
    for (unsigned i = 0; i < world->subscriptions.n && mem->is_up; i++)
        if (mem_holds(mem, store_shard_of_event(world->subscriptions.at[i].row.event)))
            world->subscriptions.at[i].fresh = false;
    answer->data = matches;
    mem_answer_send(answer);
}

/* ---- tidying up ---- */

static void answer_tend(struct mem_answer *answer)
{
    struct store_tended tended = {.err = mem_answer_err(answer)};
    ((store_tended_done *)answer->reply)(answer->reply_to, &tended);
}

void mem_tend(struct store *store, store_tended_done *done, void *owner)
{
    struct store_world *world = mem_of(store)->world;
    int64_t now = mem_now(world);
    for (unsigned i = 0; i < world->inbox.n; i++) {
        struct mem_event *e = &world->inbox.at[i];
        if (e->what == MEM_HELD && e->until <= now && store->holds[store_shard_of(e->id)])
            e->what = MEM_UNCLAIMED;
    }
    mem_answer_send(mem_answer_new(mem_of(store), answer_tend, REPLY(done), owner));
}
