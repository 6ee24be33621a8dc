/* What is under way between nodes and a world that has roads: requests of lanes, which
 * are done when they arrive whatever has become of who sent them, and answers. Without
 * roads everything is done at once and told at the next turn of the loop. */
#include <event2/event.h>

#include "engine/store/mem_world.h"

#define ERRAND_BYTES_MAX ((size_t)64 << 20)

/* ---- requests ---- */

struct mem_errand *mem_errand_new(struct mem_answer *answer,
                                  void (*arrives)(struct mem_errand *))
{
    struct arena *arena = arena_new("errand", ERRAND_BYTES_MAX);
    struct mem_errand *errand = arena_new_of(arena, struct mem_errand);
    *errand = (struct mem_errand){.arena = arena,
                                  .world = answer->mem->world,
                                  .answer = answer,
                                  .ticket = mem_ticket(answer->mem),
                                  .arrives = arrives};
    return errand;
}

static void done(struct mem_errand *errand)
{
    errand->arrives(errand);
    if (errand->answer != NULL) {
        errand->answer->now = mem_now(errand->world);
        mem_answer_send(errand->answer);
    }
    arena_free(errand->arena);
}

void mem_errand_send(struct mem_errand *errand)
{
    struct store_world *world = errand->world;
    if (world->roads == NULL) {
        done(errand);
        return;
    }
    int64_t takes = world->roads->request(world->roads->owner);
    if (takes < 0) {
        struct mem_answer *answer = errand->answer;
        arena_free(errand->arena);
        mem_answer_lost(answer);
        mem_answer_send(answer);
        mem_break_now(answer->mem);
        return;
    }
    errand->at = mem_now(world) + takes;
    struct mem_errand **place = &world->errands;
    while (*place != NULL && (*place)->at <= errand->at)
        place = &(*place)->next;
    errand->next = *place;
    *place = errand;
}

/* Nobody listens any more; they arrive all the same. */
void mem_errands_abandon(struct mem_store *mem)
{
    for (struct mem_errand *e = mem->world->errands; e != NULL; e = e->next) {
        struct mem_answer *answer = e->answer;
        if (answer == NULL || answer->mem != mem)
            continue;
        e->answer = NULL;
        mem_answer_lost(answer);
        mem_answer_send(answer);
    }
}

void mem_errands_free(struct store_world *world)
{
    while (world->errands != NULL) {
        struct mem_errand *errand = world->errands;
        world->errands = errand->next;
        arena_free(errand->arena);
    }
}

/* ---- answers ---- */

/* Into the line of its node's answers: the next to arrive stands first. */
void mem_answer_put(struct mem_answer *answer)
{
    struct mem_store *mem = answer->mem;
    const struct mem_roads *roads = mem->world->roads;
    struct mem_answer *before = NULL, *behind = mem->answers;
    if (roads != NULL) {
        int64_t *last = &mem->answered_at[answer->link];
        answer->at = mem_now(mem->world) + roads->answer(roads->owner);
        if (answer->link != MEM_LANES && answer->at < *last)
            answer->at = *last;
        *last = answer->at;
        for (; behind != NULL && behind->at <= answer->at; behind = behind->next)
            before = behind;
    }
    answer->previous = before;
    answer->next = behind;
    if (behind != NULL)
        behind->previous = answer;
    if (before != NULL)
        before->next = answer;
    else
        mem->answers = answer;
}

/* The session is gone: what is under way is in doubt, and is told so at once. */
void mem_answers_cut(struct mem_store *mem)
{
    if (mem->world->roads == NULL)
        return;
    mem_errands_abandon(mem);
    for (struct mem_answer *a = mem->answers; a != NULL; a = a->next) {
        mem_answer_lost(a);
        a->at = mem_now(mem->world);
    }
}

void mem_cut(struct store *store)
{
    if (mem_of(store)->is_up)
        mem_break_now(mem_of(store));
}

bool mem_has_come(const struct store *store)
{
    const struct mem_store *mem = (const struct mem_store *)store;
    return mem->answers != NULL && mem->answers->at <= mem_now(mem->world);
}

/* ---- the world's turn ---- */

void mem_turn(struct store_world *world)
{
    int64_t now = mem_now(world);
    while (world->errands != NULL && world->errands->at <= now) {
        struct mem_errand *errand = world->errands;
        world->errands = errand->next;
        done(errand);
    }
    for (unsigned i = 0; i < world->stores.n; i++)
        for (struct mem_answer *a = world->stores.at[i]->answers;
             a != NULL && a->at <= now; a = a->next)
            event_active(a->event, EV_TIMEOUT, 1);
}

int64_t mem_next(const struct store_world *world)
{
    int64_t next = world->errands == NULL ? 0 : world->errands->at;
    for (unsigned i = 0; i < world->stores.n; i++) {
        const struct mem_answer *a = world->stores.at[i]->answers;
        if (a != NULL && (next == 0 || a->at < next))
            next = a->at;
    }
    return next;
}
