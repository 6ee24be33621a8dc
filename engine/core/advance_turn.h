/* One transition in the making: what the advance_*.c files share, and nobody else
 * includes.
 *
 * A transition copies the instance, applies the stimulus, and runs every ready fibre in
 * creation order until all wait. Then, in this order and again from the top whenever one
 * of them moved something: parts begin or are joined; fibres that wait for others to
 * settle look whether they have; the unwinding of the undo log takes its next step;
 * queued events find their handler; conditions are looked at again; and, for a timer, the
 * earliest thing that is due happens. When nothing moves any more, subscriptions and
 * status are settled.
 *
 * A fibre that is over has number 0 until the transition ends: pointers to fibres stay
 * good while nothing is added (fibre_add), and only so long. */
#ifndef ENGINE_CORE_ADVANCE_TURN_H
#define ENGINE_CORE_ADVANCE_TURN_H

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/vec.h"
#include "engine/base/when.h"
#include "engine/core/advance.h"
#include "engine/core/subscribe.h"
#include "engine/core/wire.h"

struct turn {
    struct arena *arena;
    const struct ir *ir;
    const struct environment *environment;
    const struct stimulus *stimulus;
    struct instance *inst; /* the copy that is being changed */
    struct decision *decision;
    struct value *settings; /* as many as ir->settings */
    const struct calendar *calendar;
    int64_t now;
    struct turn_weight {
        uint64_t all;      /* bytes of what the instance holds, as values weigh; 0: not
                              weighed yet */
        uint64_t snapshot; /* of those, what does not stand beside the snapshot */
    } weight;
    uint32_t steps;              /* moves so far, against LIMIT_STEPS_PER_TRANSITION */
    bool fires;                  /* what is due happens in this transition */
    bool listens_anew;           /* what is listened for may have changed */
    bool places_changed;         /* conditions must be looked at again */
    struct eval_problem problem; /* of the latest evaluation that failed */
    struct value *gifts; /* fork: of the list that was last added to in this turn: */
    uint32_t gifts_room; /* it alone holds them, and grows in place */
};

/* What a fibre does once the others have settled (fibre.target when it is
 * FIBRE_SETTLING), or what its unwinding is for. Below TARGET_BODY it is the
 * state to go to. */
enum {
    TARGET_BODY = 0xfffffff0, /* runs its body: a handler that had to wait for others */
    TARGET_END,               /* the flow has come to its end */
    TARGET_UNDO,              /* unwinds as the operation at its pc says */
    TARGET_FAIL,              /* undoes all, then the flow has failed */
    TARGET_CANCEL             /* undoes all, then the flow is cancelled */
};

/* An error on its way to whoever answers it. */
struct trouble {
    struct text name; /* a declared error, or a built-in: unavailable, bad_value … */
    struct text message;
    struct value data; /* the declared error's record; VALUE_UNSET: none */
    uint32_t attempts;
};

/* ---- advance.c ---- */

/* A transition begins on `inst`, which it changes; and, once the stimulus has been
 * applied, runs until nothing moves. */
void turn_open(struct turn *turn, struct arena *arena, const struct ir *ir,
               struct instance *inst, const struct environment *environment,
               const struct stimulus *stimulus);
void turn_settle(struct turn *turn);
/* Does anybody read what is written for people? */
static inline bool turn_is_read(const struct turn *turn)
{
    return !turn->stimulus->is_unread;
}
/* The text of an entry: nothing is written where nobody reads. */
#define note(turn, ...) (turn_is_read(turn) ? say((turn), __VA_ARGS__) : TEXT(""))
struct text say(const struct turn *turn, const char *format, ...) PRINTF_LIKE(2, 3);
struct entry *turn_entry(struct turn *turn, enum entry_kind kind, const struct fibre *f,
                         struct text text);
struct trouble trouble_of(const char *name, struct text message);
/* Whether the instance may hold `v` (instead of `before`): its snapshot and all its
 * values have a bound. Counts it if so. */
bool turn_has_room(struct turn *turn, struct value before, struct value v);
struct text turn_too_large(const struct turn *turn); /* what is said then */
bool turn_refuse(struct turn *turn, enum err_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* ---- advance_due.c: time ---- */

/* The earliest thing whose moment has come happens; false: nothing is due. */
bool due_fire(struct turn *turn);

/* ---- advance_run.c: fibres and their code ---- */

struct fibre *fibre_add(struct turn *turn, enum fibre_kind kind, uint32_t owner,
                        uint32_t pc);
bool fibre_has_room(const struct turn *turn);
struct fibre *fibre_find(const struct turn *turn, uint32_t number); /* NULL: gone */
void fibre_end(struct turn *turn, struct fibre *f); /* and its task, if it has one */
void fibre_run(struct turn *turn, struct fibre *f);
void fibre_go_on(struct turn *turn, struct fibre *f, uint32_t pc);
/* Does the operation at its pc again, with what it pops computed anew. */
void fibre_again(struct turn *turn, struct fibre *f);
/* The state in which it was declared; IR_NONE: the flow. */
uint32_t fibre_home(const struct turn *turn, const struct fibre *f);
struct text fibre_step(const struct turn *turn, const struct fibre *f);
uint32_t fibre_line(const struct turn *turn, const struct fibre *f);
bool fibre_is_at(const struct turn *turn, const struct fibre *f, enum ir_op_code code);
/* What is done first at `pc`, which may be a body's beginning. */
const struct ir_op *fibre_first_op(const struct ir *ir, uint32_t pc);
struct eval_scope turn_scope(struct turn *turn, const struct fibre *f);
/* False: turn->problem says why. `f` may be NULL. */
bool turn_eval(struct turn *turn, const struct fibre *f, uint32_t block,
               const struct value *given, uint32_t given_n, struct value *out);
void place_set(struct turn *turn, struct fibre *f, uint32_t place, struct value v);
struct value place_get(const struct turn *turn, const struct fibre *f, uint32_t place);
/* The moment a limit's value means: a duration or business time from `since` on, an
 * instant, a date's first moment. False: turn->problem says why there is none. */
bool moment_from(struct turn *turn, int64_t since, struct value v, int64_t *at);
bool moment_of(struct turn *turn, struct value v, int64_t *at); /* since now */
bool limit_of(struct turn *turn, const struct fibre *f, uint32_t block, int64_t *until);

/* ---- advance_fork.c: what runs side by side ---- */

void fork_begin(struct turn *turn, struct fibre *f);
bool fork_pump(struct turn *turn); /* parts begin, or are joined: true */
/* Puts together what parts gave, and goes on behind the FORK. */
void fork_join(struct turn *turn, struct fibre *f);
void fork_part_ended(struct turn *turn, struct fibre *f, const struct value *gift);
void fork_part_failed(struct turn *turn, struct fibre *f, struct trouble trouble);
/* `stay`, `retry` said in a part: of the handler or choice around it. */
void fork_leave(struct turn *turn, struct fibre *f, enum ir_op_code how);
void fork_fibre_ends(struct turn *turn, const struct fibre *f);
void fork_stop_parts(struct turn *turn, const struct fibre *f, const struct fibre *spare);
bool fork_has_parts(const struct turn *turn, const struct fibre *f);
void fork_share(struct turn *turn, const struct fibre *f, uint32_t at, struct value v);
/* Of a fibre that joins; NULL: it does not. */
const struct ir_fork *fork_of(const struct turn *turn, const struct fibre *f);
/* Who joins it; NULL: it is no part. */
struct fibre *fork_parent(const struct turn *turn, const struct fibre *f);
/* The one around all parts that it is in: itself where it is none. */
struct fibre *fork_root(const struct turn *turn, struct fibre *f);
enum fibre_kind fork_root_kind(const struct fibre *f);
/* Is it `outer`, or a part in it? */
bool fork_is_around(const struct turn *turn, const struct fibre *outer,
                    const struct fibre *f);

/* ---- advance_call.c, advance_outcome.c: calls ---- */

/* How a call came out, once nothing more will be tried. */
struct call_end {
    enum call_end_kind {
        CALL_HAPPENED,
        CALL_DECLARED, /* a declared error */
        CALL_FAILED,   /* unavailable, in_doubt, broken, late */
        CALL_ABSENT    /* a record in doubt: it has not happened */
    } kind;
    struct value value; /* HAPPENED: the result; UNSET where the operation gives none */
    struct trouble trouble;
};

void call_begin(struct turn *turn, struct fibre *f, const struct value *args);
void call_outcome(struct turn *turn, struct fibre *f, const struct outcome *outcome);
void call_due(struct turn *turn, struct fibre *f);
void call_recover(struct turn *turn, struct fibre *f);
/* Sends, asks or sends again for an undo record; `f` waits in FIBRE_UNDOING. */
void call_undo(struct turn *turn, struct fibre *f, struct undo_record *record);
void call_resolve(struct turn *turn, struct fibre *f, struct undo_record *record);
/* Is `f` learning what became of the record's effect (rather than undoing it)? */
bool call_is_resolving(const struct fibre *f, const struct undo_record *record);
/* An operator knows that it happened, and with what result. */
void call_enter_result(struct turn *turn, struct fibre *f, struct value v);
bool call_is_in_flight(const struct fibre *f);

void call_send(struct turn *turn, struct fibre *f);
void call_ask(struct turn *turn, struct fibre *f);
/* Its adapter takes no calls: it waits, HELD or ASK_HELD, and looks again by then. */
void call_hold(struct turn *turn, struct fibre *f, enum call_phase phase,
               int64_t look_at);
/* The first that is held although its adapter takes calls again goes on; false: there is
 * none. */
bool call_let_go(struct turn *turn);
const struct ir_operation *call_operation(const struct turn *turn,
                                          const struct wait_call *c);
bool call_is_effect(const struct turn *turn, const struct wait_call *c);
int64_t call_each_within(const struct turn *turn, const struct wait_call *c);
struct text call_operation_name(const struct turn *turn, uint32_t operation);
struct text call_noted(const struct turn *turn, uint32_t operation); /* in an entry */

/* The ways in which a call ends; the fibre goes on, is gone, or waits for the next try.
 */
void call_ended(struct turn *turn, struct fibre *f, struct call_end end);
void call_failed(struct turn *turn, struct fibre *f, const char *name,
                 struct text message);
void call_late(struct turn *turn, struct fibre *f);
void call_in_doubt(struct turn *turn, struct fibre *f, struct text message);

/* ---- advance_key.c: what idempotency keys are made from ---- */

struct digest key_of_call(struct turn *turn, const struct fibre *f, uint32_t operation,
                          struct text step, struct value args, bool *is_known);
struct digest key_of_undo(struct turn *turn, uint32_t operation,
                          const struct undo_record *record, struct value args,
                          bool *is_known);
struct digest key_seed(const struct turn *turn, const struct fibre *f);

/* ---- advance_wait.c: events, times, conditions ---- */

void wait_begin(struct turn *turn, struct fibre *f);
void wait_time(struct turn *turn, struct fibre *f, struct value v);
void wait_late(struct turn *turn, struct fibre *f);
bool wait_event(struct turn *turn, uint32_t event, struct value body);
bool wait_queues(struct turn *turn);
bool wait_conditions(struct turn *turn);
void wait_subscribe(struct turn *turn);
/* Does `where` hold while `place` has that value? Whoever uses the place gets it back. */
bool wait_where_holds(struct turn *turn, struct fibre *f, uint32_t where, uint32_t place,
                      struct value body);
/* False: it is full. */
bool wait_queue_push(struct turn *turn, uint32_t handler, struct value body);
/* Has `handler` its turn before `other`, where both have something to do? */
bool wait_comes_first(const struct turn *turn, uint32_t handler, uint32_t other);
bool wait_queue_is_empty(const struct turn *turn, uint32_t handler);

/* ---- advance_state.c: entering, leaving, limits, the end ---- */

void state_go_to(struct turn *turn, struct fibre *f, uint32_t state);
bool state_settle(struct turn *turn); /* one settling fibre goes on: true */
void state_limit_passed(struct turn *turn, uint32_t state);
void state_timer_due(struct turn *turn, uint32_t handler);
void state_body_ended(struct turn *turn, struct fibre *f);
void state_stay(struct turn *turn, struct fibre *f);
void state_rearm_limit(struct turn *turn, uint32_t state);
bool state_is_active(const struct turn *turn, uint32_t state);
bool state_is_within(const struct ir *ir, uint32_t state, uint32_t around);
bool state_is_final(const struct turn *turn, uint32_t state);
/* Where one arrives who goes to `state`: its first inner state, and so on down. */
uint32_t state_inmost(const struct ir *ir, uint32_t state);
/* In a final state, an answer (at `pc`) that says `go to` is none. */
bool state_forbids(const struct turn *turn, uint32_t pc);
bool state_handler_is_armed(const struct turn *turn, uint32_t handler);
bool state_is_deaf(const struct turn *turn);
void state_start_handler(struct turn *turn, uint32_t handler, struct value body);
struct fibre *state_handler_fibre(const struct turn *turn, uint32_t handler);
void state_begin_flow(struct turn *turn);
void state_stop(struct turn *turn, struct fibre *f);
/* Everything but `spare` whose home is in `around` (IR_NONE: everything). */
void state_stop_others(struct turn *turn, const struct fibre *spare, uint32_t around);
void state_end_flow(struct turn *turn, enum instance_status status);
void state_arm_handlers(struct turn *turn, uint32_t state);
void state_enter(struct turn *turn, uint32_t target);
uint32_t state_depth(const struct ir *ir, uint32_t state);
uint32_t state_too_often(const struct turn *turn, uint32_t target);

/* ---- advance_raise.c: who answers an error ---- */

void raise_trouble(struct turn *turn, struct fibre *f, struct trouble trouble);
void raise_problem(struct turn *turn, struct fibre *f); /* bad_value: turn->problem */
void raise_fail(struct turn *turn, struct fibre *f, uint32_t error, struct value data);
void raise_in_state(struct turn *turn, uint32_t state, struct trouble trouble);
/* The same, past every `on error`: it goes to the built-in dead letter. */
void raise_to_person(struct turn *turn, uint32_t state, struct trouble trouble);
bool raise_to_whens(struct turn *turn, struct fibre *f, struct ir_range whens,
                    const struct trouble *trouble);
/* Keeps the trouble in the fibre. */
void raise_remember(struct fibre *f, const struct trouble *trouble);
void raise_to_edge(struct turn *turn, struct fibre *f, struct trouble trouble);

/* ---- advance_undo.c: the undo log ---- */

struct undo_record *undo_find(const struct turn *turn, uint32_t number);
/* NULL: there are too many, and the step fails. */
struct undo_record *undo_arm(struct turn *turn, struct fibre *f);
/* A record of what has begun; numbered, and armed. NULL: there are too many. */
struct undo_record *undo_add(struct turn *turn, const struct fibre *f,
                             struct undo_record record);
void undo_happened(struct turn *turn, struct undo_record *record);
struct text undo_words(struct turn *turn, const struct undo_record *record);
void undo_drop(struct turn *turn, uint32_t number);
void undo_settle_done(struct turn *turn, struct fibre *f, struct undo_record *record,
                      struct value result);
void undo_begin(struct turn *turn, struct fibre *f);
bool undo_pump(struct turn *turn); /* the unwinding takes one step: true */
void undo_call_ended(struct turn *turn, struct fibre *f, struct call_end end);
bool undo_block_runs(const struct turn *turn);
void undo_block_ended(struct turn *turn, struct fibre *f);
void undo_block_failed(struct turn *turn, struct fibre *f, struct trouble trouble);
/* NULL: all. */
void undo_keep(struct turn *turn, struct fibre *f, const struct ir_undo *named);
void undo_in_doubt(struct turn *turn, struct undo_record *record);
void undo_mark_undone(struct turn *turn, struct undo_record *record);
struct undo_record *undo_stuck_record(const struct turn *turn, const struct fibre *f);

/* ---- advance_answer.c: what people answer ---- */

bool people_answer(struct turn *turn);
json_t *answer_outcomes(struct turn *turn, struct fibre *f, const struct task *task);

/* ---- advance_people.c: questions and dead letters ---- */

void people_ask(struct turn *turn, struct fibre *f);
void people_park(struct turn *turn, struct fibre *f, uint32_t dead_letter,
                 const struct trouble *trouble);
struct fibre *people_begin_choice(struct turn *turn, const struct fibre *parked,
                                  uint32_t pc);
/* The task again, in the words of the flow as it is now. */
void people_tell(struct turn *turn, struct fibre *f, struct task *task);
void people_task_next(struct turn *turn, struct task *task);
void people_task_late(struct turn *turn, struct task *task);
void people_late(struct turn *turn, struct fibre *f);
void people_retry(struct turn *turn, struct fibre *parked);
/* What a choice was made for, which may be a choice itself; NULL: gone, or no choice. */
struct fibre *people_decided(const struct turn *turn, const struct fibre *choice);
void people_choice_ended(struct turn *turn, struct fibre *f, enum ir_op_code how);
/* Ends what a limit or `after` has begun for a parked fibre. */
void people_stop_choices(struct turn *turn, uint32_t parked);
bool people_ask_again(struct turn *turn);
struct task *people_task(const struct turn *turn, uint32_t number);
void people_task_drop(struct turn *turn, uint32_t number);
/* A record of `type` whose fields are filled by name from what is known of a problem. */
struct value people_problem(struct turn *turn, uint32_t type, const struct fibre *f,
                            const struct trouble *trouble);

/* ---- advance_kin.c: flows that it has begun, and the one that began it ---- */

void kin_begin(struct turn *turn, struct fibre *f, const struct value *args);
void kin_unwind(struct turn *turn, struct undo_record *record);
void kin_stop(struct turn *turn, struct fibre *f);
void kin_late(struct turn *turn, struct fibre *f);
bool kin_ended(struct turn *turn);
/* Whoever ran it hears that it has ended; `cause` knows what it failed with, or NULL. */
void kin_tell(struct turn *turn, const struct fibre *cause);
bool kin_unwinds(struct turn *turn);

/* ---- advance_gifts.c: what parts give ---- */

/* Where failures are borne: what a part gives that ended well, or did not. */
struct value gifts_ok(struct turn *turn, bool gives, const struct value *gift);
struct value gifts_failed(struct turn *turn, const struct trouble *trouble);
/* Between those of lower and of higher index. False: there is no room for it. */
bool gifts_keep(struct turn *turn, struct fibre *parent, const struct ir_fork *fork,
                uint32_t index, struct value gift);
/* What all of them are to whoever joins them. */
struct value gifts_collected(struct turn *turn, const struct fibre *f,
                             const struct ir_fork *fork);

/* ---- advance_measure.c: what is measured ---- */

void measure_marked(struct turn *turn, struct text mark); /* stamped for the first time */
void measure_ended(struct turn *turn);

/* ---- advance_command.c: operators ---- */

bool command_do(struct turn *turn);
/* It is cancelled, for whatever reason the stimulus gives. False: it is under way. */
bool command_cancel(struct turn *turn);
/* `on cancel` has run its course: all is undone now. */
void command_cancel_now(struct turn *turn, struct fibre *f);
bool command_cancel_goes_on(struct turn *turn);
void command_entry(struct turn *turn, const struct fibre *f);

/* ---- migrate_ask.c: being asked to go over to another version ---- */

bool migrate_asked(struct turn *turn);
bool migrate_withdrawn(struct turn *turn);

#endif
