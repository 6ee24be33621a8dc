/* One exploration: read, walked, and what was found told. */
#include "tools/explore/explore.h"

#include "tools/explore/explore_in.h"

static bool comes_between(const struct search_found *found)
{
    for (uint32_t i = 0; i < found->path_n; i++)
        if (found->path[i].kind == CHOICE_BETWEEN)
            return true;
    return false;
}

/* Goes the way that was found once more, and listens. */
static void tell(struct world *world, const struct search_found *found,
                 struct explore_result *result)
{
    struct story story;
    struct node node, next;
    uint32_t state = IR_NONE;
    bool went = true;
    story_init(&story, world->arena, comes_between(found));
    world->story = &story;
    if (!world_start(world, world->arena, &node))
        return;
    for (uint32_t i = 0;; i++) {
        if (node.inst->state != state || i == found->path_n)
            story_state(world, &node);
        state = node.inst->state;
        if (i == found->path_n || !went)
            break;
        went = world_do(world, world->arena, &node, &found->path[i], &next);
        node = next;
    }
    world->run.play->inst = node.inst;
    world->run.step = found->broken.step != NULL ? found->broken.step : world->start;
    result->diag = (struct diag){.severity = DIAG_ERROR};
    result->diag.primary.span =
        found->broken.step != NULL ? found->broken.step->span : world->run.test->span;
    result->diag.primary.label = expect_label(world, &found->broken, &node);
    result->story = buf_done(&story.lines);
    result->as_test = story_as_test(world, &found->broken, &node);
    world->story = NULL;
}

struct explore_result explore(struct arena *arena, const struct explore_request *request)
{
    struct world world;
    struct search_found found;
    uint32_t states_n = request->tests->image->states_n;
    bool *states_found = arena_array(arena, bool, states_n + 1);
    struct explore_result result = {.states_found = states_found, .states_n = states_n};
    bool is_open = world_open(&world, arena, request);
    if (is_open)
        search(&world, request, states_found, &found);
    if (world.run.has_failed) {
        result.verdict = EXPLORE_CANNOT;
        result.diag = world.run.diag;
        world_close(&world);
        return result;
    }
    result.faults_max = world.faults_max;
    result.faults = found.faults;
    result.states = found.states;
    result.walked = found.walked;
    result.steps = world.steps;
    result.depth = found.depth;
    result.not_walked = kin_begun(&world);
    result.unfinished = found.unfinished;
    result.crowded = found.crowded;
    result.crowd = found.crowd;
    result.verdict = found.broken.kind != BROKEN_NOTHING ? EXPLORE_FAILS
                     : found.unfinished != NULL          ? EXPLORE_UNFINISHED
                                                         : EXPLORE_HOLDS;
    struct instance *of_play = world.run.play->inst;
    if (result.verdict == EXPLORE_FAILS)
        tell(&world, &found, &result);
    world.run.play->inst = of_play;
    world_close(&world);
    return result;
}
