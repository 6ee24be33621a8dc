/* Walks the states of a flow depth-first, each once, with a stack of its own.
 *
 * First all paths without a fault, then those with at most one, and so on: what is found
 * takes as few faults as can be. Then the shortest path to the same is looked for, by the
 * same walk with a growing bound on its length.
 *
 * That every path ends is told by components (Tarjan): states from which one comes back
 * to each other. One that no fault-free way leaves, and in which nothing ends and nothing
 * is parked, goes round for ever. */
#include "tools/explore/explore_in.h"

enum {
    MARKS_A_BLOCK = 1 << 16,
    SHORTEN_STATES_MAX = 500000, /* what a shorter path may cost */
    WATCH_EVERY = 1024           /* states between two looks at whoever watches */
};

struct level {           /* one state of the path that is walked */
    struct arena *arena; /* all that is its own */
    struct node node;
    struct choice taken; /* that led here */
    struct choices choices;
    uint32_t next;
    uint32_t successors;
    uint32_t index;
    uint64_t hash;
    bool had_last_resort;
};

struct mark { /* of a state, by its index */
    uint32_t low;
    bool is_open; /* its component is not complete */
    bool ends;    /* an end can be reached from it without faults */
};

struct walk {
    struct world *world;
    const struct explore_request *request;
    struct search_found *found;
    bool *states_found;
    uint64_t *states_in; /* how many of those walked are in each state of the flow */
    struct state_hash *hash;
    struct arena *arena; /* of this walk */
    struct seen seen;
    VEC(struct level) levels;
    uint32_t depth; /* of the last level in use */
    uint32_t depth_most;
    VEC(struct mark *) blocks;
    VEC(uint32_t) open; /* indices of open states, oldest first */
    /* looking for a shorter path to what was found */
    bool is_shortening;
    uint32_t depth_max;
    struct broken wanted;
};

/* ---- levels and marks ---- */

static struct level *level_at(struct walk *walk, uint32_t depth)
{
    while (walk->levels.n <= depth) {
        struct level level = {.arena = arena_new("state", LIMIT_TURN_BYTES)};
        vec_push(walk->arena, &walk->levels, level);
    }
    return &walk->levels.at[depth];
}

static struct mark *mark_of(struct walk *walk, uint32_t index)
{
    uint32_t block = index / MARKS_A_BLOCK;
    while (walk->blocks.n <= block)
        vec_push(walk->arena, &walk->blocks,
                 arena_array(walk->arena, struct mark, MARKS_A_BLOCK));
    return &walk->blocks.at[block][index % MARKS_A_BLOCK];
}

static void walk_open(struct walk *walk)
{
    walk->arena = arena_new("walk", (size_t)1 << 30);
    walk->hash = state_hash_new(walk->arena, walk->world);
    walk->states_in = arena_array(walk->arena, uint64_t, walk->world->ir->states_n + 1);
    walk->levels.at = NULL;
    walk->levels.n = walk->levels.room = 0;
    walk->blocks.at = NULL;
    walk->blocks.n = walk->blocks.room = 0;
    walk->open.at = NULL;
    walk->open.n = walk->open.room = 0;
    walk->depth = 0;
    seen_open(&walk->seen, (uint32_t)(walk->is_shortening ? SHORTEN_STATES_MAX
                                                          : walk->request->states_max));
}

static void walk_close(struct walk *walk)
{
    for (uint32_t i = 0; i < walk->levels.n; i++)
        arena_free(walk->levels.at[i].arena);
    seen_close(&walk->seen);
    arena_free(walk->arena);
}

/* ---- what was found ---- */

static bool is_wanted(const struct walk *walk, const struct broken *broken)
{
    return !walk->is_shortening ||
           (broken->kind == walk->wanted.kind && broken->step == walk->wanted.step);
}

/* The path to the last level. */
static void keep_path(struct walk *walk, struct broken broken)
{
    struct search_found *found = walk->found;
    struct arena *arena = walk->world->arena;
    found->broken = broken;
    found->path = arena_array(arena, struct choice, walk->depth + 1);
    found->path_n = walk->depth;
    for (uint32_t i = 0; i < walk->depth; i++)
        found->path[i] = walk->levels.at[i + 1].taken;
}

static void count_state(struct walk *walk, const struct node *node)
{
    struct search_found *found = walk->found;
    uint32_t s = node->inst->state;
    if (s == IR_NONE || walk->is_shortening)
        return;
    uint64_t n = ++walk->states_in[s];
    if (n > found->crowd) {
        found->crowd = n;
        found->crowded = s;
    }
}

/* Those it went through without a rest, too. */
static void note_states(struct walk *walk, const struct node *node)
{
    for (uint32_t s = 0; s < walk->world->ir->states_n; s++)
        walk->states_found[s] |= node->inst->visits[s].visits > 0;
}

/* ---- into a state, and out of it ---- */

enum step { STEP_ON, STEP_FOUND, STEP_STOP };

static bool is_watched_on(struct walk *walk)
{
    if (walk->request->watch == NULL || walk->seen.n % WATCH_EVERY != 0)
        return true;
    struct explore_progress progress = {.states = walk->seen.n,
                                        .steps = walk->world->steps,
                                        .faults = walk->world->faults_max,
                                        .depth = walk->depth};
    return walk->request->watch(walk->request->context, &progress);
}

/* The last level holds a state that is walked for the first time. */
static enum step enter(struct walk *walk, struct level *level)
{
    struct broken broken = expect_at_node(walk->world, &level->node);
    note_states(walk, &level->node);
    count_state(walk, &level->node);
    if (walk->depth > walk->depth_most)
        walk->depth_most = walk->depth;
    if (broken.kind == BROKEN_NOTHING && walk->is_shortening &&
        walk->wanted.kind == BROKEN_ENDLESS && level->hash == walk->wanted.hash)
        broken = walk->wanted;
    if (broken.kind != BROKEN_NOTHING && is_wanted(walk, &broken)) {
        keep_path(walk, broken);
        return STEP_FOUND;
    }
    level->choices = world_choices(walk->world, level->arena, &level->node);
    level->next = level->successors = 0;
    level->had_last_resort = false;
    if (!walk->is_shortening) {
        *mark_of(walk, level->index) = (struct mark){
            .low = level->index,
            .is_open = true,
            .ends = node_has_ended(&level->node) || node_is_parked(&level->node)};
        vec_push(walk->arena, &walk->open, level->index);
    }
    return STEP_ON;
}

/* A component is complete: does a way out of it end? */
static enum step close_component(struct walk *walk, struct level *root)
{
    bool ends = false;
    uint32_t from = walk->open.n, index;
    do {
        index = walk->open.at[--from];
        ends = ends || mark_of(walk, index)->ends;
    } while (index != root->index);
    for (uint32_t i = from; i < walk->open.n; i++) {
        struct mark *mark = mark_of(walk, walk->open.at[i]);
        mark->is_open = false;
        mark->ends = ends;
    }
    walk->open.n = from;
    if (ends)
        return STEP_ON;
    keep_path(walk, (struct broken){.kind = BROKEN_ENDLESS, .hash = root->hash});
    return STEP_FOUND;
}

static void learn_from(struct walk *walk, const struct level *level, uint32_t index,
                       const struct choice *choice)
{
    struct mark *mark = mark_of(walk, level->index), *other = mark_of(walk, index);
    if (other->is_open)
        mark->low = mark->low < other->low ? mark->low : other->low;
    else if (!choice->is_fault)
        mark->ends = mark->ends || other->ends;
}

static enum step leave(struct walk *walk)
{
    struct level *level = &walk->levels.at[walk->depth];
    bool is_wait = level->successors == 0 && !node_has_ended(&level->node) &&
                   !node_is_parked(&level->node) && level->choices.n == level->next;
    struct broken waits = {.kind = BROKEN_WAITS};
    if (is_wait && (!walk->is_shortening || walk->depth < walk->depth_max) &&
        is_wanted(walk, &waits)) {
        keep_path(walk, waits);
        return STEP_FOUND;
    }
    if (!walk->is_shortening && mark_of(walk, level->index)->low == level->index &&
        close_component(walk, level) == STEP_FOUND)
        return STEP_FOUND;
    if (walk->depth > 0 && !walk->is_shortening)
        learn_from(walk, &walk->levels.at[walk->depth - 1], level->index, &level->taken);
    walk->depth--; /* below 0: over */
    return STEP_ON;
}

/* A state is met; `is_new`: it is to be walked. False: there is no room for it. */
static bool meet(struct walk *walk, struct level *level, uint32_t depth, bool *is_new)
{
    const struct node *from = depth > 0 ? &walk->levels.at[depth - 1].node : NULL;
    level->hash = state_hash_of(walk->hash, level->arena, &level->node, from);
    struct seen_slot *slot = seen_put(&walk->seen, level->hash, depth, is_new);
    if (slot == NULL)
        return false;
    level->index = slot->index;
    if (walk->is_shortening && !*is_new && slot->depth > depth) {
        slot->depth = depth;
        *is_new = true;
    }
    return true;
}

static bool next_choice(struct walk *walk, struct level *level, struct choice *choice)
{
    if (walk->is_shortening && walk->depth >= walk->depth_max)
        return false;
    if (level->next < level->choices.n) {
        *choice = level->choices.at[level->next++];
        return true;
    }
    if (level->successors > 0 || level->had_last_resort || level->choices.n == 0)
        return false;
    level->had_last_resort = true;
    return world_last_resort(&level->node, choice);
}

static enum step unfinished(struct walk *walk, const char *why)
{
    walk->found->unfinished = why;
    return STEP_STOP;
}

static enum step walk_on(struct walk *walk)
{
    struct choice choice;
    struct level *next = level_at(walk, walk->depth + 1);
    struct level *level = &walk->levels.at[walk->depth];
    bool is_new;
    if (!next_choice(walk, level, &choice))
        return leave(walk);
    arena_reset(next->arena);
    if (!world_do(walk->world, next->arena, &level->node, &choice, &next->node))
        return STEP_ON;
    level->successors++;
    if (!meet(walk, next, walk->depth + 1, &is_new))
        return unfinished(walk, "as many states as may be kept");
    if (!is_new) {
        if (!walk->is_shortening)
            learn_from(walk, level, next->index, &choice);
        return STEP_ON;
    }
    if (walk->depth + 1 >= LIMIT_EXPLORE_DEPTH)
        return unfinished(walk, "a path as long as may be walked");
    if (!is_watched_on(walk))
        return unfinished(walk, "as much time as was given");
    next->taken = choice;
    walk->depth++;
    return enter(walk, next);
}

/* ---- one walk ---- */

static enum step walk_all(struct walk *walk)
{
    bool is_new;
    walk_open(walk);
    struct level *first = level_at(walk, 0);
    if (!world_start(walk->world, first->arena, &first->node))
        return STEP_STOP;
    if (!meet(walk, first, 0, &is_new))
        return STEP_STOP;
    enum step step = enter(walk, first);
    while (step == STEP_ON && walk->depth != UINT32_MAX)
        step = walk_on(walk);
    return step;
}

/* The shortest path to what was found: bounds of 0, 1, … steps. */
static void shorten(struct walk *walk)
{
    uint32_t longest = walk->found->path_n;
    walk->is_shortening = true;
    walk->wanted = walk->found->broken;
    for (walk->depth_max = 0; walk->depth_max < longest; walk->depth_max++) {
        enum step step = walk_all(walk);
        bool is_through = walk->seen.n >= SHORTEN_STATES_MAX;
        walk_close(walk);
        if (step != STEP_ON || is_through)
            break;
    }
    walk->found->unfinished = NULL; /* one path is there in any case */
    walk->is_shortening = false;
}

void search(struct world *world, const struct explore_request *request,
            bool *states_found, struct search_found *found)
{
    uint32_t faults_max = world->faults_max;
    *found = (struct search_found){0};
    for (uint32_t faults = 0; faults <= faults_max; faults++) {
        struct walk walk = {.world = world,
                            .request = request,
                            .found = found,
                            .states_found = states_found};
        world->faults_max = faults;
        world->steps = 0;
        found->crowd = 0;
        found->crowded = IR_NONE;
        enum step step = walk_all(&walk);
        found->faults = faults;
        found->states = walk.seen.n;
        found->walked += walk.seen.n;
        found->depth = walk.depth_most;
        walk_close(&walk);
        if (step == STEP_FOUND) {
            uint64_t steps = world->steps;
            shorten(&walk);
            world->steps = steps;
        }
        if (step != STEP_ON)
            break;
    }
    world->faults_max = faults_max;
}
