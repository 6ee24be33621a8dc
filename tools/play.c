/* Plays an image on a held clock: the instance, its open calls, and time. */
#include "tools/play.h"

#include "engine/base/limits.h"
#include "engine/core/migrate.h"
#include "engine/core/shelf.h"

enum {
    PLAY_BYTES_MAX = 64 << 20, /* names and calls of one play */
    ROUNDS_MAX = 100000        /* things due in one advance: more is a loop of ours */
};

struct play *play_open(const struct ir *ir, const json_t *settings)
{
    struct arena *arena = arena_new("play", PLAY_BYTES_MAX);
    struct play *play = arena_new_of(arena, struct play);
    struct id id = {{0x01, 0x93, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}};
    play->ir = ir;
    play->environment = (struct environment){.settings = settings, .version = 1};
    play->now = PLAY_BEGINS;
    play->arena = arena;
    play->turn = arena_new("turn", LIMIT_TURN_BYTES);
    play->kept[0] = arena_new("instance", LIMIT_TURN_BYTES);
    play->kept[1] = arena_new("instance", LIMIT_TURN_BYTES);
    play->inst = instance_new(play->kept[0], ir, id);
    return play;
}

void play_close(struct play *play)
{
    if (play == NULL)
        return;
    if (play->decision != NULL)
        decision_done(play->decision);
    arena_free(play->kept[0]);
    arena_free(play->kept[1]);
    arena_free(play->turn);
    arena_free(play->arena);
}

void play_own(struct play *play, struct id parent)
{
    play->inst->parent = parent;
    play->inst->is_owned = true;
}

/* ---- one stimulus ---- */

/* Large values are read back from their bytes, too. */
static bool read_back(struct arena *arena, const struct shelf *written,
                      struct shelf *shelf, struct err *err)
{
    struct value value;
    shelf_init(shelf, arena);
    for (uint32_t i = 0; i < written->all.n; i++) {
        const struct shelved *one = &written->all.at[i];
        if (!shelf_open(arena, &one->hash, one->bytes, &value, err))
            return false;
        shelf_add(shelf, &one->hash, value);
    }
    return true;
}

/* Packed on one arena and read back on the other: only the snapshot survives. */
static void keep(struct play *play, const struct instance *after)
{
    uint32_t next = 1 - play->kept_in;
    struct arena *kept = play->kept[next];
    struct buf packed;
    struct shelf written, shelf;
    struct err err = {0};
    arena_reset(kept);
    buf_init(&packed, kept);
    shelf_init(&written, kept);
    instance_pack(&packed, play->ir, after, &written);
    play->snapshot = buf_done(&packed);
    play->inst = read_back(kept, &written, &shelf, &err)
                     ? instance_unpack(kept, play->ir, play->snapshot, &shelf, &err)
                     : NULL;
    if (play->inst == NULL)
        fprintf(stderr, "%s\n", err.what);
    must(play->inst != NULL);
    play->kept_in = next;
}

static void forget_call(struct play *play, uint32_t number)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < play->calls.n; i++)
        if (play->calls.at[i].order.number != number)
            play->calls.at[n++] = play->calls.at[i];
    play->calls.n = n;
}

static void remember_calls(struct play *play, const struct decision *decision)
{
    for (uint32_t i = 0; i < decision->calls.n; i++) {
        const struct call_order *order = &decision->calls.at[i];
        struct play_call call = {.order = *order};
        call.order.args = value_copy(play->arena, order->args);
        call.order.step = text_dup(play->arena, order->step);
        const char *name =
            arena_printf(play->arena, TEXT_FMT "." TEXT_FMT, TEXT_ARG(order->adapter),
                         TEXT_ARG(order->operation_name));
        call.name = text_of(name);
        vec_push(play->arena, &play->calls, call);
    }
    for (uint32_t i = 0; i < decision->generations.n; i++)
        vec_push(play->arena, &play->generations, decision->generations.at[i]);
}

const struct decision *play_do(struct play *play, struct stimulus stimulus)
{
    if (play->decision != NULL)
        decision_done(play->decision);
    arena_reset(play->turn);
    stimulus.now = play->now;
    stimulus.dice = play->dice;
    if (stimulus.kind == STIMULUS_RECOVER)
        play->calls.n = 0; /* nobody hears their answers */
    play->decision =
        advance(play->turn, play->ir, play->inst, &play->environment, &stimulus);
    if (stimulus.kind == STIMULUS_OUTCOME)
        forget_call(play, stimulus.call); /* even where nobody waits for it any more */
    if (play->decision->is_nothing || play->decision->refused != ERR_OK)
        return play->decision;
    remember_calls(play, play->decision);
    keep(play, play->decision->after);
    return play->decision;
}

const struct decision *play_migrate(struct play *play, const struct ir *now)
{
    bool is_asked = play->inst->move.to != 0;
    struct stimulus stimulus = {.kind = STIMULUS_MIGRATE,
                                .now = play->now,
                                .dice = play->dice,
                                .actor = TEXT("operator")};
    if (play->decision != NULL)
        decision_done(play->decision);
    arena_reset(play->turn);
    play->decision = is_asked ? advance_move(play->turn, play->ir, now, play->inst,
                                             &play->environment, &stimulus)
                              : advance_migrate(play->turn, play->ir, now, play->inst,
                                                &play->environment, &stimulus);
    if (play->decision->refused != ERR_OK || play->decision->is_nothing)
        return play->decision;
    if (play->decision->left != NULL)
        play->ir = now;
    remember_calls(play, play->decision);
    keep(play, play->decision->after);
    return play->decision;
}

const struct decision *play_start(struct play *play, struct text key, const json_t *args)
{
    play->inst->key = text_dup(play->arena, key);
    return play_do(play, (struct stimulus){.kind = STIMULUS_START, .data = args});
}

const struct decision *play_event(struct play *play, struct text event,
                                  const json_t *body)
{
    return play_do(
        play, (struct stimulus){.kind = STIMULUS_EVENT, .event = event, .data = body});
}

const struct decision *play_outcome(struct play *play, uint32_t call,
                                    const struct outcome *outcome)
{
    return play_do(
        play,
        (struct stimulus){.kind = STIMULUS_OUTCOME, .call = call, .outcome = *outcome});
}

const struct decision *play_child_end(struct play *play, struct id child, struct text how,
                                      const json_t *told)
{
    return play_do(
        play, (struct stimulus){
                  .kind = STIMULUS_CHILD_END, .child = child, .verb = how, .data = told});
}

/* ---- time ---- */

void play_advance(struct play *play, int64_t until, play_seen *seen, void *context)
{
    for (uint32_t i = 0;; i++) {
        int64_t wake = instance_wake_at(play->inst);
        if (wake == 0 || wake > until)
            break;
        must(i < ROUNDS_MAX);
        if (wake > play->now)
            play->now = wake;
        const struct decision *decision =
            play_do(play, (struct stimulus){.kind = STIMULUS_TIMER});
        must(!decision->is_nothing); /* it woke itself for something */
        if (seen != NULL)
            seen(context, play, decision);
    }
    if (until > play->now)
        play->now = until;
}

/* ---- looking ---- */

const struct play_call *play_call_of(const struct play *play, struct text name)
{
    int64_t number;
    bool is_number = text_to_i64(name, &number);
    for (uint32_t i = 0; i < play->calls.n; i++) {
        const struct play_call *call = &play->calls.at[i];
        if (is_number ? call->order.number == number
                      : text_is(call->name, name) ||
                            text_is(call->order.operation_name, name) ||
                            text_is(call->order.step, name))
            return call;
    }
    return NULL;
}

struct id play_child_of(const struct play *play, struct text name)
{
    for (uint32_t i = play->inst->undo.n; i-- > 0;) {
        const struct undo_record *record = &play->inst->undo.at[i];
        bool is_waited_for = record->state == UNDO_ARMED ||
                             (record->state == UNDO_DONE && record->is_asked);
        if (record_is_child(record) && is_waited_for &&
            (text_is(record->name, name) ||
             text_is(ir_text(play->ir, play->ir->children[record->site].flow), name)))
            return record->child;
    }
    return (struct id){{0}};
}

uint32_t play_task_of(const struct play *play, struct text role)
{
    int64_t number;
    bool is_number = text_to_i64(role, &number);
    for (uint32_t i = play->inst->tasks.n; i-- > 0;) {
        const struct task *task = &play->inst->tasks.at[i];
        if (is_number ? task->number == number
                      : text_starts(task->role, role) || text_ends(task->role, role))
            return task->number;
    }
    return 0;
}

struct digest play_key_sent(const struct play *play, const struct call_order *order)
{
    uint32_t generation = 0;
    char text[sizeof order->key.bytes + 16];
    if (!order->key_has_generation)
        return order->key;
    for (uint32_t i = 0; i < play->generations.n; i++)
        generation += digest_is(&play->generations.at[i], &order->key);
    memcpy(text, order->key.bytes, sizeof order->key.bytes);
    int n = snprintf(text + sizeof order->key.bytes, 16, "%u", generation);
    return digest_of((struct text){text, sizeof order->key.bytes + (size_t)n});
}
