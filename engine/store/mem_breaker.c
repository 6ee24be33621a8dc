/* Adapters that take no calls for a while, in memory. */
#include "engine/base/json.h"
#include "engine/store/mem_world.h"
#include "engine/sys/keep.h"

#define REPLY(done) ((void (*)(void))(done))

static struct store_breaker *find(struct store_world *world, struct text adapter)
{
    for (unsigned i = 0; i < world->breakers.n; i++)
        if (text_is(world->breakers.at[i].adapter, adapter))
            return &world->breakers.at[i];
    return NULL;
}

uint64_t mem_breakers_rev(const struct store_world *world)
{
    uint64_t rev = 0;
    for (unsigned i = 0; i < world->breakers.n; i++)
        rev += world->breakers.at[i].rev;
    return rev;
}

/* Read when it was asked for, not when it is heard. */
static void answer_breakers(struct mem_answer *answer)
{
    struct store_breakers *breakers = answer->data;
    breakers->err = mem_answer_err(answer);
    ((store_breakers_done *)answer->reply)(answer->reply_to, breakers);
}

static void send_all(struct mem_answer *answer, bool is_set)
{
    struct store_world *world = answer->mem->world;
    struct store_breakers *breakers = arena_new_of(answer->arena, struct store_breakers);
    struct store_breaker *all =
        arena_array(answer->arena, struct store_breaker, world->breakers.n + 1);
    for (unsigned i = 0; i < world->breakers.n; i++)
        all[i] = world->breakers.at[i];
    breakers->items = all;
    breakers->n = world->breakers.n;
    breakers->is_set = is_set;
    answer->data = breakers;
    answer->link = MEM_CONTROL;
    mem_answer_send(answer);
}

void mem_breakers(struct store *store, store_breakers_done *done, void *owner)
{
    send_all(mem_answer_new(mem_of(store), answer_breakers, REPLY(done), owner), false);
}

void mem_breaker_set(struct store *store, const struct store_breaker *breaker,
                     int64_t wait, struct text problem, store_breakers_done *done,
                     void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct store_world *world = mem->world;
    struct mem_answer *answer = mem_answer_new(mem, answer_breakers, REPLY(done), owner);
    struct store_breaker *row = find(world, breaker->adapter);
    bool is_set =
        mem->is_up && (row == NULL || (row->rev == breaker->rev && !row->is_paused));
    (void)problem; /* for people, who do not look here */
    if (is_set && row == NULL) {
        row = mem_add(&world->breakers);
        row->adapter = mem_keep(world, breaker->adapter);
    }
    if (is_set) {
        row->rev++;
        row->state = breaker->state;
        row->failures = breaker->failures;
        row->rounds = breaker->rounds;
        row->next_at = wait > 0 ? mem_now(world) + wait : 0;
        mem_ring_nodes(world);
    }
    send_all(answer, is_set);
}

/* ---- what operators say ---- */

static void answer_said(struct mem_answer *answer)
{
    struct store_said said = {.err = mem_answer_err(answer)};
    ((store_said_done *)answer->reply)(answer->reply_to, &said);
}

static bool do_say(struct store_breaker *row, struct text verb, struct err *err)
{
    bool pauses = text_is(verb, TEXT("pause")), resumes = text_is(verb, TEXT("resume"));
    if (!pauses && !resumes && !text_is(verb, TEXT("reset")))
        return err_set(err, ERR_USAGE, "an adapter can be paused, resumed and reset");
    if (pauses && row->is_paused)
        return err_set(err, ERR_CONFLICT, "the adapter is paused");
    if (resumes && !row->is_paused)
        return err_set(err, ERR_CONFLICT, "the adapter is not paused");
    if (!pauses && !resumes && row->state == STORE_BREAKER_CLOSED)
        return err_set(err, ERR_CONFLICT, "its breaker is closed");
    row->is_paused = pauses || (row->is_paused && !resumes);
    if (!pauses && !resumes) {
        row->state = STORE_BREAKER_CLOSED;
        row->rounds = 0;
        row->next_at = 0;
    }
    row->rev++;
    return true;
}

void mem_adapter(struct store *store, struct text adapter, struct text verb,
                 struct text reason, struct text actor, store_said_done *done,
                 void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct store_world *world = mem->world;
    struct mem_answer *answer = mem_answer_new(mem, answer_said, REPLY(done), owner);
    struct store_breaker *row = find(world, adapter);
    json_t *bound = json_object_getn(json_object_get(world->environment, "adapters"),
                                     adapter.chars, adapter.n);
    (void)reason, (void)actor;
    if (mem->is_up && row == NULL && bound == NULL) {
        err_set(&answer->err, ERR_NOT_FOUND, "there is no adapter \"" TEXT_FMT "\"",
                TEXT_ARG(adapter));
    } else if (mem->is_up) {
        if (row == NULL) {
            row = mem_add(&world->breakers);
            *row = (struct store_breaker){.adapter = mem_keep(world, adapter), .rev = 1};
        }
        if (do_say(row, verb, &answer->err))
            mem_ring_nodes(world);
    }
    mem_answer_send(answer);
}

void mem_list_adapters(struct store *store, store_list_done *done, void *owner)
{
    static const char *const states[] = {"closed", "open", "trying"};
    struct store_world *world = mem_of(store)->world;
    json_t *items = json_array();
    const char *name;
    json_t *said;
    json_object_foreach(json_object_get(world->environment, "adapters"), name, said)
    {
        const struct store_breaker *row = find(world, text_of(name));
        json_array_append_new(
            items, json_pack("{s:s, s:O?, s:s, s:i}", "adapter", name, "over",
                             json_object_get(said, "over"), "state",
                             row == NULL      ? "closed"
                             : row->is_paused ? "paused"
                                              : states[row->state],
                             "failures", row == NULL ? 0 : (int)row->failures));
    }
    mem_list_send(store, items, done, owner);
}
