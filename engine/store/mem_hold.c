/* Flow versions that are held, in memory: by a test, for the twin counts no deaths. */
#include "engine/base/json.h"
#include "engine/store/mem_world.h"

#define REPLY(done) ((void (*)(void))(done))

void store_world_hold(struct store_world *world, struct text flow, uint32_t version)
{
    for (unsigned i = 0; i < world->versions.n; i++) {
        struct mem_version *v = &world->versions.at[i];
        if (!text_is(v->flow, flow) || v->number != version || v->held_at != 0)
            continue;
        v->held_at = mem_now(world);
        world->holds_rev++;
        mem_ring_nodes(world);
    }
}

bool mem_is_held(struct store_world *world, struct id instance)
{
    const struct mem_instance *row = mem_instance(world, instance);
    return row != NULL && world->versions.at[row->version].held_at != 0;
}

static void answer_holds(struct mem_answer *answer)
{
    struct store_holds *holds = answer->data;
    holds->err = mem_answer_err(answer);
    ((store_holds_done *)answer->reply)(answer->reply_to, holds);
}

void mem_holds_now(struct store *store, store_holds_done *done, void *owner)
{
    struct store_world *world = mem_of(store)->world;
    struct mem_answer *answer =
        mem_answer_new(mem_of(store), answer_holds, REPLY(done), owner);
    struct store_holds *holds = arena_new_of(answer->arena, struct store_holds);
    struct store_hold *all =
        arena_array(answer->arena, struct store_hold, world->versions.n + 1);
    for (unsigned i = 0; i < world->versions.n; i++)
        if (world->versions.at[i].held_at != 0)
            all[holds->n++] = (struct store_hold){
                world->versions.at[i].hash, world->versions.at[i].flow,
                world->versions.at[i].number, world->versions.at[i].held_at,
                LIMIT_VERSION_SET_ASIDE};
    holds->items = all;
    answer->data = holds;
    answer->link = MEM_CONTROL;
    mem_answer_send(answer);
}

static void answer_said(struct mem_answer *answer)
{
    struct store_said said = {.err = mem_answer_err(answer)};
    ((store_said_done *)answer->reply)(answer->reply_to, &said);
}

static void let_go(struct store_world *world, struct text flow, uint32_t version,
                   struct err *err)
{
    uint32_t there = 0, gone = 0;
    for (unsigned i = 0; i < world->versions.n; i++) {
        struct mem_version *v = &world->versions.at[i];
        if (!text_is(v->flow, flow) || (version != 0 && v->number != version))
            continue;
        there++;
        gone += v->held_at != 0;
        v->held_at = 0;
    }
    if (there == 0)
        err_set(err, ERR_NOT_FOUND, "there is no flow \"" TEXT_FMT "\"", TEXT_ARG(flow));
    else if (gone == 0)
        err_set(err, ERR_CONFLICT, "no version of " TEXT_FMT " is held", TEXT_ARG(flow));
    else
        world->holds_rev++;
    if (gone > 0)
        mem_ring_nodes(world);
}

void mem_let_go(struct store *store, struct text flow, uint32_t version,
                struct text reason, struct text actor, store_said_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct mem_answer *answer = mem_answer_new(mem, answer_said, REPLY(done), owner);
    (void)reason, (void)actor; /* for people, who do not look here */
    if (mem->is_up)
        let_go(mem->world, flow, version, &answer->err);
    mem_answer_send(answer);
}
