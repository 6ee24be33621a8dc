/* What runs side by side: iterations of `for each … at once` and branches of `together`.
 *
 * Each is a part: a fibre of its own, with a copy of its parent's frame, in which the
 * names that it brings into being live. The parent waits in FIBRE_JOINING; at most
 * `window` parts run at a time, the next begins when one ends, in source order. What a
 * part gives is kept until all are joined (advance_gifts.c).
 *
 * An error that nothing inside the part answers makes it failed(…) where failures are
 * borne. Else it goes outward: the siblings are stopped, calls in flight settle, and the
 * error is the parent's, at its FORK. (Where the answer would be `refer to`, nothing of
 * that happens: the part is parked where it is; see advance_raise.c.)
 *
 * `first wins`: the first part that comes to its end wins; the others are stopped, what
 * they did is put back by the parent, and only then it goes on. Records pass to the
 * parent when a part is gone, so that whoever undoes what the parent did finds them. */
#include "engine/base/mutant.h"
#include "engine/core/advance_turn.h"

/* ---- who is whose ---- */

struct fibre *fork_parent(const struct turn *turn, const struct fibre *f)
{
    return f->kind == FIBRE_PART ? fibre_find(turn, f->parent) : NULL;
}

struct fibre *fork_root(const struct turn *turn, struct fibre *f)
{
    for (struct fibre *next; (next = fork_parent(turn, f)) != NULL;)
        f = next;
    return f;
}

bool fork_is_around(const struct turn *turn, const struct fibre *outer,
                    const struct fibre *f)
{
    while (f != NULL && f->number != outer->number)
        f = fork_parent(turn, f);
    return f != NULL;
}

enum fibre_kind fork_root_kind(const struct fibre *f)
{
    return (enum fibre_kind)(f->kind == FIBRE_PART ? f->root : f->kind);
}

/* Of a fibre that joins; NULL where a snapshot says what cannot be. */
const struct ir_fork *fork_of(const struct turn *turn, const struct fibre *f)
{
    return f != NULL && fibre_is_at(turn, f, IR_FORK)
               ? &turn->ir->forks[turn->ir->code[f->pc].b]
               : NULL;
}

static bool is_part_of(const struct fibre *f, uint32_t parent)
{
    return f->number != 0 && f->kind == FIBRE_PART && f->parent == parent;
}

static uint32_t parts_living(const struct turn *turn, const struct fibre *f)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++)
        n += is_part_of(&turn->inst->fibres.at[i], f->number);
    return n;
}

static const struct ir_branch *branch_of(const struct turn *turn,
                                         const struct ir_fork *fork, uint32_t index)
{
    uint32_t at = fork->kind == IR_FORK_EACH || index >= fork->branches.n ? 0 : index;
    return &turn->ir->branches[fork->branches.first + at];
}

static uint32_t parts_n(const struct turn *turn, const struct fibre *f,
                        const struct ir_fork *fork)
{
    if (fork->kind == IR_FORK_BRANCHES)
        return fork->branches.n;
    struct value list = place_get(turn, f, fork->list);
    return list.kind == VALUE_LIST ? list.n : 0;
}

/* ---- beginning ---- */

static bool window_of(struct turn *turn, const struct fibre *f,
                      const struct ir_fork *fork, uint32_t *window)
{
    struct value v = value_int(1);
    *window = LIMIT_PARTS;
    if (fork->kind == IR_FORK_BRANCHES)
        return true;
    if (fork->window != IR_NONE && !turn_eval(turn, f, fork->window, NULL, 0, &v))
        return false;
    if (v.kind != VALUE_INT || v.whole < 1) {
        turn->problem.pc = f->pc;
        snprintf(turn->problem.message, sizeof turn->problem.message,
                 "%lld at once: it must be at least 1",
                 (long long)(v.kind == VALUE_INT ? v.whole : 0));
        return false;
    }
    if (v.whole < LIMIT_PARTS)
        *window = (uint32_t)v.whole;
    return true;
}

void fork_begin(struct turn *turn, struct fibre *f)
{
    const struct ir_fork *fork = fork_of(turn, f);
    uint32_t window;
    if (!window_of(turn, f, fork, &window)) {
        raise_problem(turn, f);
        return;
    }
    f->wait = FIBRE_JOINING;
    f->since = turn->now;
    f->begun = 0;
    f->window = window;
    f->cause_kind = f->cause_message = TEXT("");
    f->cause_data = (struct value){.kind = VALUE_UNSET};
    place_set(turn, f, fork->gifts, (struct value){.kind = VALUE_UNSET});
}

/* What the parent knows, but for what only joining needs. */
static void copy_frame(const struct turn *turn, const struct ir_fork *fork,
                       struct fibre *part, const struct fibre *f)
{
    uint32_t n = turn->ir->flow.frame_slots;
    const struct value unset = {.kind = VALUE_UNSET};
    if (n == 0 || part->frame == NULL || f->frame == NULL)
        return;
    memcpy(part->frame, f->frame, n * sizeof *part->frame);
    if ((fork->gifts & IR_FRAME) != 0)
        part->frame[fork->gifts & ~IR_FRAME] = unset;
    if (fork->list != IR_NONE && (fork->list & IR_FRAME) != 0)
        part->frame[fork->list & ~IR_FRAME] = unset;
}

static void begin_part(struct turn *turn, uint32_t parent)
{
    struct fibre *f = fibre_find(turn, parent);
    const struct ir_fork *fork = fork_of(turn, f);
    uint32_t home = fibre_home(turn, f), index = f->begun++;
    struct value list = place_get(turn, f, fork->list);
    struct fibre *part =
        fibre_add(turn, FIBRE_PART, home, branch_of(turn, fork, index)->body);
    f = fibre_find(turn, parent); /* adding moves them */
    part->parent = parent;
    part->root = fork_root_kind(f);
    part->index = index;
    copy_frame(turn, fork, part, f);
    if (fork->kind == IR_FORK_EACH)
        part->frame[fork->item & ~IR_FRAME] = list.items[index];
}

/* The first part of each fork finds room whatever others take: else forks within parts
 * might wait for each other. How deep they nest, the flow says. */
static bool has_room(const struct turn *turn, uint32_t living)
{
    uint32_t parts = 0;
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++)
        parts += turn->inst->fibres.at[i].number != 0 &&
                 turn->inst->fibres.at[i].kind == FIBRE_PART;
    return living == 0 || parts < LIMIT_PARTS;
}

/* As many as the window and the room allow; false: none. */
static bool begin_more(struct turn *turn, const struct fibre *f,
                       const struct ir_fork *fork, uint32_t living)
{
    uint32_t number = f->number, n = parts_n(turn, f, fork), window = f->window,
             begun = f->begun, before = living;
    while (living < window && begun < n && has_room(turn, living)) {
        begin_part(turn, number);
        living++;
        begun++;
    }
    return living > before;
}

/* ---- what parts share ---- */

/* A part may be the only writer of a name from around it: it is set where it belongs, and
 * for everyone who sees it. */
void fork_share(struct turn *turn, const struct fibre *f, uint32_t at, struct value v)
{
    const struct fibre *owner = f;
    for (const struct fibre *parent; (parent = fork_parent(turn, owner)) != NULL;
         owner = parent) {
        const struct ir_fork *fork = fork_of(turn, parent);
        if (fork == NULL || at >= branch_of(turn, fork, owner->index)->frame)
            break;
    }
    if (owner == f)
        return;
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *other = &turn->inst->fibres.at[i];
        if (other->number != 0 && other->frame != NULL &&
            fork_is_around(turn, owner, other))
            other->frame[at] = v;
    }
}

static bool is_won(const struct turn *turn, const struct fibre *parent,
                   const struct ir_fork *fork)
{
    return fork->first_wins && place_get(turn, parent, fork->gifts).kind == VALUE_LIST;
}

/* ---- ending ---- */

/* Whoever asks what the parent did finds what its part did. */
static void records_pass(struct turn *turn, const struct fibre *part, uint32_t parent,
                         bool is_lost)
{
    for (uint32_t i = 0; i < turn->inst->undo.n; i++) {
        struct undo_record *record = &turn->inst->undo.at[i];
        if (record->fibre != part->number)
            continue;
        record->fibre = parent;
        record->is_lost = (record->is_lost || is_lost) && !MUTANT(LOSER_STANDS);
    }
}

/* Part of fibre_end(): its parts are over with it; what it did is its parent's. */
void fork_fibre_ends(struct turn *turn, const struct fibre *f)
{
    for (uint32_t i = 0; f->wait == FIBRE_JOINING && i < turn->inst->fibres.n; i++)
        if (is_part_of(&turn->inst->fibres.at[i], f->number))
            fibre_end(turn, &turn->inst->fibres.at[i]);
    const struct fibre *parent = fork_parent(turn, f);
    const struct ir_fork *fork = fork_of(turn, parent);
    if (parent != NULL)
        records_pass(turn, f, parent->number, fork != NULL && fork->first_wins);
}

void fork_stop_parts(struct turn *turn, const struct fibre *f, const struct fibre *spare)
{
    const uint32_t number = f->number;
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *part = &turn->inst->fibres.at[i];
        if (!is_part_of(part, number) || part == spare || part->stopping)
            continue;
        if (part->wait == FIBRE_PARKED)
            people_stop_choices(turn, part->number);
        state_stop(turn, part);
    }
}

bool fork_has_parts(const struct turn *turn, const struct fibre *f)
{
    return parts_living(turn, f) > 0;
}

/* Nothing more begins, and what runs is stopped. */
static void close_fork(struct turn *turn, struct fibre *parent, const struct fibre *spare)
{
    parent->window = 0;
    fork_stop_parts(turn, parent, spare);
}

static void win(struct turn *turn, struct fibre *part, struct fibre *parent,
                const struct ir_fork *fork, const struct value *gift)
{
    if (is_won(turn, parent, fork))
        return;
    place_set(turn, parent, fork->gifts, value_list(NULL, 0));
    if (gift != NULL)
        (void)gifts_keep(turn, parent, fork, part->index, *gift);
    records_pass(turn, part, parent->number, false);
    close_fork(turn, parent, part);
}

void fork_part_ended(struct turn *turn, struct fibre *f, const struct value *gift)
{
    struct fibre *parent = fork_parent(turn, f);
    const struct ir_fork *fork = fork_of(turn, parent);
    struct value outcome;
    if (fork == NULL || parent->wait != FIBRE_JOINING || parent->stopping) {
        fibre_end(turn, f);
        return;
    }
    bool gives = branch_of(turn, fork, f->index)->gives;
    if (fork->despite && (gift != NULL || !gives || fork->kind == IR_FORK_BRANCHES)) {
        outcome = gifts_ok(turn, gives, gift);
        gift = &outcome;
    }
    if (fork->first_wins) {
        win(turn, f, parent, fork, gift);
    } else if (gift != NULL && !gifts_keep(turn, parent, fork, f->index, *gift)) {
        raise_trouble(turn, f, trouble_of("bad_value", turn_too_large(turn)));
        return;
    }
    fibre_end(turn, f);
}

static void remember(struct fibre *parent, const struct trouble *trouble)
{
    parent->cause_kind = trouble->name;
    parent->cause_message = trouble->message;
    parent->cause_data = trouble->data;
}

void fork_part_failed(struct turn *turn, struct fibre *f, struct trouble trouble)
{
    struct fibre *parent = fork_parent(turn, f);
    const struct ir_fork *fork = fork_of(turn, parent);
    must(fork != NULL);
    if (fork->despite &&
        gifts_keep(turn, parent, fork, f->index, gifts_failed(turn, &trouble))) {
        fibre_end(turn, f);
        return;
    }
    if (fork->first_wins || parent->cause_kind.n == 0)
        remember(parent, &trouble);
    if (!fork->first_wins)
        close_fork(turn, parent, f);
    fibre_end(turn, f);
}

/* `stay` and `retry` are for the handler or choice around all parts. */
void fork_leave(struct turn *turn, struct fibre *f, enum ir_op_code how)
{
    struct fibre *parent = fork_parent(turn, f);
    struct trouble word = trouble_of(how == IR_RETRY ? "retry" : "stay", TEXT(""));
    if (parent == NULL) {
        fibre_end(turn, f);
        return;
    }
    remember(parent, &word);
    place_set(turn, parent, fork_of(turn, parent)->gifts,
              (struct value){.kind = VALUE_UNSET});
    close_fork(turn, parent, f);
    fibre_end(turn, f);
}

/* ---- joining ---- */

void fork_join(struct turn *turn, struct fibre *f)
{
    const struct ir_fork *fork = fork_of(turn, f);
    struct value v = gifts_collected(turn, f, fork);
    for (uint32_t i = 0; i < turn->inst->undo.n; i++)
        if (turn->inst->undo.at[i].fibre == f->number)
            turn->inst->undo.at[i].is_lost = false;
    place_set(turn, f, fork->gifts, (struct value){.kind = VALUE_UNSET});
    place_set(turn, f, fork->list, (struct value){.kind = VALUE_UNSET});
    place_set(turn, f, fork->place, v);
    f->cause_kind = f->cause_message = TEXT("");
    f->cause_data = (struct value){.kind = VALUE_UNSET};
    f->target = 0;
    fibre_go_on(turn, f, f->pc + 1);
}

static void outward(struct turn *turn, struct fibre *f)
{
    struct trouble trouble = {
        .name = f->cause_kind, .message = f->cause_message, .data = f->cause_data};
    f->cause_kind = f->cause_message = TEXT("");
    f->cause_data = (struct value){.kind = VALUE_UNSET};
    bool is_retry = text_is_chars(trouble.name, "retry");
    if (!is_retry && !text_is_chars(trouble.name, "stay"))
        raise_trouble(turn, f, trouble);
    else if (f->kind == FIBRE_PART)
        fork_leave(turn, f, is_retry ? IR_RETRY : IR_STAY);
    else if (is_retry)
        people_choice_ended(turn, f, IR_RETRY);
    else
        state_stay(turn, f);
}

static void unwind_losers(struct fibre *f)
{
    f->call = (struct wait_call){0};
    f->wait = FIBRE_UNDOING; /* undo_pump() takes it from here, then fork_join() */
    f->target = TARGET_UNDO;
}

static bool moves(struct turn *turn, struct fibre *f)
{
    const struct ir_fork *fork = fork_of(turn, f);
    uint32_t living = parts_living(turn, f);
    if (f->stopping || fork == NULL) {
        if (living == 0)
            fibre_end(turn, f);
        return living == 0;
    }
    if (f->window > 0 && begin_more(turn, f, fork, living))
        return true;
    if (living > 0)
        return false;
    if (f->cause_kind.n > 0 && !is_won(turn, f, fork))
        outward(turn, f);
    else if (fork->first_wins)
        unwind_losers(f);
    else
        fork_join(turn, f);
    return true;
}

bool fork_pump(struct turn *turn)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number != 0 && f->wait == FIBRE_JOINING && moves(turn, f))
            return true;
    }
    return false;
}
