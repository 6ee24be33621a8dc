/* The image: a compiled flow as flat, read-only arrays. The only header of dsl/ that the
 * engine sees (with ir_*.h).
 *
 * One image is one flow with everything it needs: types, operations, events, policies,
 * functions. It is built by lowering (ir_build), checked (ir_verify), packed and hashed
 * (ir_pack), and never changes after. Things are named by their index in an array;
 * IR_NONE where there is none. Ranges are `first` and `n`.
 *
 * Code is one array of struct ir_op. A *block* computes: it begins with ENTER and ends
 * with RETURN. A *body* moves the flow: it begins with ENTER and ends with END; at every
 * operation that moves the flow the stack is empty but for what that operation pops. A
 * body is entered at the pc of its ENTER, and re-entered at the pcs the tables name
 * (whens, after a call), with fresh temps: temps never live across an operation that
 * moves the flow, SET among them. */
#ifndef DSL_IR_H
#define DSL_IR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/decimal.h"
#include "engine/base/digest.h"
#include "engine/base/text.h"

#define IR_NONE UINT32_MAX

/* A place is a slot of the instance (shared by everything that runs in it) or, with this
 * bit, a slot of the running fibre's own frame (iterations that run side by side, undo
 * blocks with frozen values). */
#define IR_FRAME UINT32_C(0x80000000)

enum { IR_FORMAT = 6 }; /* raised when the packed form changes */

enum ir_op_code {
#define OP(name, pops, pushes, operands, sentence) IR_##name,
#include "dsl/ir.def"
#undef OP
    IR_OP_COUNT
};

enum ir_builtin { /* IR_BUILTIN_SUM … */
#define BUILTIN(NAME, name, fewest, most, sentence) IR_BUILTIN_##NAME,
#include "dsl/ir_builtins.def"
#undef BUILTIN
                  IR_BUILTINS_N /* how many there are */
};

struct ir_op {
    uint16_t code; /* enum ir_op_code */
    uint16_t a;
    uint32_t b;
};

struct ir_range {
    uint32_t first;
    uint32_t n;
};

/* ---- types ---- */

enum ir_type_kind {
    IR_TYPE_TEXT,
    IR_TYPE_BOOL,
    IR_TYPE_INT,
    IR_TYPE_DECIMAL,
    IR_TYPE_MONEY,
    IR_TYPE_DATE,
    IR_TYPE_INSTANT,
    IR_TYPE_DURATION,
    IR_TYPE_WORKDAYS,
    IR_TYPE_OPTIONAL,
    IR_TYPE_LIST,
    IR_TYPE_MAP,
    IR_TYPE_RECORD,
    IR_TYPE_VARIANT,
    IR_TYPE_JSON /* bindings only: any JSON value */
};

struct ir_type {
    uint32_t kind;         /* enum ir_type_kind */
    uint32_t name;         /* text; IR_NONE when it has none */
    uint32_t of;           /* optional, list: the inner type. map: the value's type */
    uint32_t key;          /* map: the key's type */
    struct ir_range parts; /* record: fields. variant: cases */
    uint32_t
        scale; /* decimal(n): n. money(USD): text of the currency. IR_NONE: not fixed */
    uint32_t refined; /* block over temp 0, gives bool; IR_NONE: none. Checked after the
                         inner type fits */
    uint32_t pattern; /* text of the refinement as written, for messages; IR_NONE */
    bool is_private;
    bool is_secret;
};

struct ir_field {
    uint32_t name;
    uint32_t type;
    uint32_t standard; /* block for the default; IR_NONE: must be given (an optional one
                          may be absent all the same) */
};

struct ir_case {
    uint32_t name;
    struct ir_range fields; /* of the data record; n = 0: a plain case */
    uint32_t record;        /* type of the data record; IR_NONE for a plain case */
    uint32_t position;      /* in its variant, from 0 */
};

enum ir_const_kind {
    IR_CONST_BOOL,
    IR_CONST_INT,
    IR_CONST_DECIMAL,
    IR_CONST_MONEY,
    IR_CONST_TEXT,
    IR_CONST_DATE,
    IR_CONST_INSTANT,
    IR_CONST_DURATION,
    IR_CONST_WORK_DAYS,
    IR_CONST_WORK_HOURS
};

struct ir_const {
    uint32_t kind;
    uint32_t text; /* TEXT: the text. MONEY: the currency */
    int64_t whole; /* BOOL 0/1, INT, DATE days, INSTANT and DURATION and WORK_HOURS µs,
                      WORK_DAYS days */
    struct decimal decimal; /* DECIMAL, MONEY */
};

struct ir_function {
    uint32_t name;
    uint32_t params; /* how many; they arrive as temps 0 … params - 1 */
    uint32_t block;
    uint32_t gives; /* type */
};

/* ---- the outside world ---- */

enum ir_key_kind {
    IR_KEY_NONE, /* the operation names no key: an in-doubt call cannot be sent again */
    IR_KEY_STEP, /* once per step: instance, step path, visit, iteration */
    IR_KEY_VALUE /* once per EXPR: the block's value, and a generation */
};

enum ir_class {
    IR_CLASS_READ,
    IR_CLASS_UNDONE,
    IR_CLASS_IRREVERSIBLE,
    IR_CLASS_HARMLESS,
    IR_CLASS_UNSAID
};

/* An operation of an adapter. Its blocks get the arguments as temps 0 … params.n - 1 and,
 * where there is one, the result as the temp after them. */
struct ir_operation {
    uint32_t adapter;
    uint32_t name;
    uint32_t class_of;      /* enum ir_class */
    struct ir_range params; /* fields */
    uint32_t gives;         /* type; IR_NONE: nothing */
    struct ir_range errors; /* in error_uses */
    uint32_t key_kind;      /* enum ir_key_kind */
    uint32_t key;           /* block, for IR_KEY_VALUE: a text */
    uint32_t undone_by;     /* operation; IR_NONE */
    uint32_t undone_args;   /* block: a record of that operation's parameters */
    uint32_t found_by;      /* operation; IR_NONE */
    uint32_t
        found_args;  /* block: a record of that operation's parameters; no result temp */
    uint32_t within; /* block: duration; IR_NONE */
    uint32_t policy; /* IR_NONE: not said at the operation */
};

struct ir_adapter {
    uint32_t name;
    uint32_t rate;    /* calls per `rate_per`; 0: no limit */
    int64_t rate_per; /* µs */
    uint32_t at_once; /* calls at once; 0: no limit */
    int64_t rest;     /* µs of rest after `rest_after` failures; 0: no breaker */
    uint32_t rest_after;
};

struct ir_error { /* a declared error and its parameters */
    uint32_t name;
    uint32_t record; /* type; a record without fields where it has no parameters */
};

enum ir_only {
    IR_ONLY_UNAVAILABLE = 1,
    IR_ONLY_IN_DOUBT = 2
}; /* policy `only`; both where it is not said */

struct ir_policy {
    uint32_t name;
    uint32_t tries;      /* counting the first; at least 1 */
    int64_t within;      /* µs; 0: no limit */
    int64_t each_within; /* µs; 0: 20 s */
    int64_t pause;       /* µs before the second try */
    int64_t pause_max;   /* µs; equal to pause where it does not double */
    bool doubling;
    uint32_t spread; /* per mille of the pause, either way */
    uint32_t only;   /* mask of enum ir_only */
};

struct ir_event {
    uint32_t name;
    uint32_t record;        /* type */
    struct ir_range keys;   /* in positions: which fields are key, in order */
    struct ir_range unique; /* in positions */
    int64_t held;           /* µs; 0: not held */
};

/* ---- the flow ---- */

enum ir_slot_kind { IR_SLOT_PARAM, IR_SLOT_VAR, IR_SLOT_LOCAL, IR_SLOT_HIDDEN };

struct ir_slot {
    uint32_t name; /* IR_NONE for hidden ones */
    uint32_t type; /* IR_NONE for hidden ones */
    uint32_t kind;
    uint32_t state; /* declared in; IR_NONE: the flow */
};

struct ir_setting {
    uint32_t name;
    uint32_t type;
    uint32_t standard; /* block; IR_NONE: the environment must give it */
};

/* A way out of a step: `when NAME … action`. The stack is empty at pc. */
struct ir_when {
    uint32_t name;  /* text: a declared error, unavailable, in_doubt, broken, late, an
                       answer, a choice */
    uint32_t place; /* of `as`; IR_NONE. Gets the error's or answer's record */
    uint32_t form;  /* record type of `asking`; IR_NONE */
    uint32_t where; /* block; IR_NONE. May read `place` */
    uint32_t pc;
};

struct ir_site { /* one `call` in the text */
    uint32_t operation;
    uint32_t place;  /* of `as`; IR_NONE */
    uint32_t name;   /* text by which `undo x` and `keep x` find it: the `as`, else the
                        operation; never IR_NONE */
    uint32_t policy; /* as said at the call, else state, flow, operation, else the
                        built-in steady: resolved */
    uint32_t limit;  /* block; IR_NONE */
    bool limit_is_moment; /* `by` */
    bool never_undone;
    uint32_t undo_block; /* IR_NONE: the operation's own */
    struct ir_range whens;
    uint32_t step; /* text: the STEP of the contract, unique in the flow:
                      "booking.create_order" */
};

struct ir_undo_block { /* undone by { … } at a call: a body whose values are frozen when
                          the effect happens, after the site's `place` has been set */
    uint32_t body;
    struct ir_range captures;
};

struct ir_capture {
    uint32_t from; /* place */
    uint32_t to;   /* frame place in the undo body */
};

struct ir_match { /* EVENT(field: expr, …) as p where … */
    uint32_t event;
    struct ir_range keys; /* in match_keys, in the order of the event's key fields */
    uint32_t place;       /* IR_NONE */
    uint32_t where;       /* block; IR_NONE. May read `place` */
    uint32_t pc;          /* where it goes on; handlers: their body */
};

struct ir_match_key {
    uint32_t field; /* position in the event's record */
    uint32_t block;
    bool is_list; /* any of */
};

struct ir_wait { /* wait for … / wait within … when … */
    struct ir_range matches;
    uint32_t limit; /* block; IR_NONE */
    bool limit_is_moment;
    uint32_t late_pc; /* IR_NONE: it raises late */
    uint32_t step;
};

struct ir_question { /* ask */
    uint32_t role;
    uint32_t question; /* block: text */
    uint32_t showing; /* block: a record of what is shown, made by the RECORD right before
                         its RETURN, whose type says what it is; IR_NONE */
    uint32_t limit;
    bool limit_is_moment;
    struct ir_range whens; /* `late` among them */
    struct ir_range escalations;
    uint32_t step;
};

struct ir_escalation {
    uint32_t role;
    uint32_t after; /* block */
};

struct ir_child {  /* one `run` or `start` of another flow in the text; what this flow
                      knows  of it (ir_signature.h) */
    uint32_t flow; /* text: its name */
    struct ir_range params; /* fields: what it takes */
    uint32_t gives;         /* type; IR_NONE: nothing */
    struct ir_range errors; /* in error_uses */
    uint32_t key;   /* block: its key as a text, over its parameters as temps; IR_NONE */
    uint32_t place; /* of `as`: run: the result. start: its id. IR_NONE */
    uint32_t
        name; /* text by which `undo x` and `keep x` find it: the `as`, else the flow */
    uint32_t limit; /* block; IR_NONE */
    bool limit_is_moment;
    bool never_undone;
    bool
        is_owned; /* run: waited for, cancelled and undone with this one. start: let go */
    struct ir_range whens;
    uint32_t step;
};

struct ir_loop {    /* for each … one at a time, and repeat. Places: */
    uint32_t list;  /* the list; repeat: the most rounds */
    uint32_t index; /* how many items or rounds have begun */
    uint32_t item;  /* the item; repeat: IR_NONE */
};

enum ir_fork_kind { IR_FORK_EACH, IR_FORK_BRANCHES };

/* What runs side by side, each a part with a frame of its own: iterations of `for each …
 * at once`, branches of `together`. */
struct ir_fork {
    uint32_t kind; /* enum ir_fork_kind */
    bool first_wins;
    bool despite;    /* failures: parts end as ok(value) or failed(error, message) */
    uint32_t list;   /* EACH: place of the list */
    uint32_t window; /* EACH: block: how many at once; IR_NONE: one */
    uint32_t item;   /* EACH: frame place of the item */
    uint32_t gifts;  /* hidden place: what parts have given so far */
    uint32_t place;  /* of `as`; IR_NONE */
    struct ir_range branches; /* EACH: one, for all iterations */
    uint32_t step;
};

struct ir_branch {
    uint32_t name;  /* text; IR_NONE: an iteration */
    uint32_t body;  /* lies before the FORK that begins it, so that none begins itself */
    uint32_t frame; /* its own frame places begin here: those below are its parent's */
    bool gives;     /* `give` is said in it */
};

struct ir_attempt {
    uint32_t from_pc; /* the ATTEMPT operation */
    uint32_t to_pc;   /* its ATTEMPT_END: a raise at from_pc < pc < to_pc is inside */
    uint32_t mark;    /* hidden place: where the undo log stood */
    uint32_t name;    /* text; IR_NONE */
    struct ir_range whens;
    uint32_t step;
};

enum ir_undo_mode { IR_UNDO_ALL, IR_UNDO_SINCE, IR_UNDO_NAMED };

struct ir_undo { /* undo …; keep x, which has no ways out */
    uint32_t mode;
    uint32_t state;   /* SINCE */
    uint32_t name;    /* NAMED: text */
    uint32_t outside; /* NAMED: how many of the parts around it what is named is not in */
    bool every; /* NAMED: what is named goes round, and this is said outside: all of them
                 */
    struct ir_range whens;
    uint32_t step;
};

enum ir_handler_kind {
    IR_HANDLER_EVENT,
    IR_HANDLER_ERROR,
    IR_HANDLER_LATE,
    IR_HANDLER_CANCEL,
    IR_HANDLER_AFTER,
    IR_HANDLER_EVERY,
    IR_HANDLER_IGNORE
};

struct ir_handler {
    uint32_t kind;
    uint32_t state;  /* IR_NONE: the flow */
    uint32_t match;  /* EVENT; IGNORE uses only its event */
    uint32_t error;  /* ERROR: text of the name; IR_NONE: any */
    uint32_t place;  /* ERROR, CANCEL: of `as` */
    uint32_t period; /* AFTER, EVERY: block */
    uint32_t body;
    uint32_t line;
};

struct ir_state {
    uint32_t name;        /* "picking" */
    uint32_t path;        /* "shipping.picking" */
    uint32_t parent;      /* IR_NONE */
    uint32_t first_inner; /* the inner state that is entered with it; IR_NONE */
    bool is_final;
    uint32_t visits_max; /* 0: no bound */
    uint32_t limit;      /* block; IR_NONE */
    bool limit_is_moment;
    uint32_t body;            /* IR_NONE: no steps */
    struct ir_range handlers; /* in handlers, which are sorted by state */
    uint32_t line;
    uint32_t doc; /* text; IR_NONE */
};

struct ir_dead_letter {
    uint32_t name;
    uint32_t role;
    uint32_t question; /* block: text; may use PROBLEM */
    uint32_t showing;  /* block, as of a question; IR_NONE; may use PROBLEM */
    uint32_t limit;    /* block; IR_NONE; its running out is the choice `late` */
    bool limit_is_moment;
    struct ir_range whens;
    struct ir_range afters;       /* in escalations: role IR_NONE; `after` block */
    struct ir_range after_bodies; /* in positions: pc of the body of each */
    uint32_t line;
};

enum ir_measure_kind { IR_MEASURE_FROM_TO, IR_MEASURE_SHARE, IR_MEASURE_OF };

struct ir_measure {
    uint32_t name;
    uint32_t kind;      /* enum ir_measure_kind */
    uint32_t from;      /* FROM_TO: text of the mark; or of `started`, `ended` */
    uint32_t to;        /* FROM_TO */
    uint32_t block;     /* SHARE: a bool. OF: a number, money, a duration; or none */
    uint32_t goal;      /* block; IR_NONE */
    uint32_t goal_said; /* text: as the flow says it; IR_NONE */
};

struct ir_start_on {
    uint32_t match; /* its place is a frame place in a scope of its own */
    uint32_t
        args; /* block: record of the flow's parameters; may read the match's place */
};

/* `starts every`: a moment without an order, that begins one. Its block reads settings
 * and nothing else. */
struct ir_start_every {
    uint32_t every; /* block: a duration or business time */
    int64_t at;     /* µs of the local day; negative: not said */
    uint32_t said;  /* text: as the flow says it, "1d at \"02:00\"" */
};

/* How this version takes over instances of an older one (ir_shift.h). */
struct ir_migration {
    uint32_t from; /* number of the older version; each at most once */
    struct ir_range moves;
    struct ir_range initials;
    uint32_t line;
};

struct ir_move {
    uint32_t state; /* text: its path there, or a name that is unique there */
    uint32_t to;    /* state; IR_NONE: it stays */
};

struct ir_initial { /* set v = expr, said of what comes from there */
    uint32_t place;
    uint32_t block;
};

struct ir_flow {
    uint32_t name;
    uint32_t version;
    uint32_t params;        /* record type; parameter i is slot i */
    uint32_t gives;         /* type; IR_NONE */
    struct ir_range errors; /* in error_uses */
    uint32_t key;           /* block over the slots: a text; IR_NONE: the id is the key */
    uint32_t key_path; /* text: JSON Pointer into the arguments, where the key is such a
                          path; IR_NONE */
    uint32_t body;     /* steps of the flow itself, `var` initialisers first; IR_NONE */
    uint32_t first_state;       /* IR_NONE: a flow without states */
    uint32_t error_dead_letter; /* of the flow's `on error refer to`; IR_NONE: the
                                   built-in stuck */
    uint32_t calendar;          /* text; IR_NONE */
    uint32_t problem;     /* record type of `problem`: kind, message, step, operation,
                             attempts, since, in_doubt */
    uint32_t frame_slots; /* the most any fibre needs */
    uint32_t source;      /* text: file name, for messages */
    uint32_t doc;         /* text; IR_NONE */
};

/* Arrays in packed order: IR_ARRAY(C type, name). One list for struct ir, packing,
 * unpacking, verifying. */
#define IR_ARRAYS(IR_ARRAY)                                                              \
    IR_ARRAY(struct text, texts)                                                         \
    IR_ARRAY(struct ir_type, types)                                                      \
    IR_ARRAY(struct ir_field, fields)                                                    \
    IR_ARRAY(struct ir_case, cases)                                                      \
    IR_ARRAY(struct ir_const, consts)                                                    \
    IR_ARRAY(struct ir_op, code)                                                         \
    IR_ARRAY(uint32_t, lines) /* as long as code: the source line of each operation */   \
    IR_ARRAY(struct ir_function, functions)                                              \
    IR_ARRAY(struct ir_adapter, adapters)                                                \
    IR_ARRAY(struct ir_operation, operations)                                            \
    IR_ARRAY(struct ir_error, errors)                                                    \
    IR_ARRAY(uint32_t, error_uses) /* indices of errors */                               \
    IR_ARRAY(struct ir_policy, policies)                                                 \
    IR_ARRAY(struct ir_event, events)                                                    \
    IR_ARRAY(uint32_t, positions)                                                        \
    IR_ARRAY(struct ir_setting, settings)                                                \
    IR_ARRAY(struct ir_slot, slots)                                                      \
    IR_ARRAY(struct ir_when, whens)                                                      \
    IR_ARRAY(struct ir_site, sites)                                                      \
    IR_ARRAY(struct ir_undo_block, undo_blocks)                                          \
    IR_ARRAY(struct ir_capture, captures)                                                \
    IR_ARRAY(struct ir_match, matches)                                                   \
    IR_ARRAY(struct ir_match_key, match_keys)                                            \
    IR_ARRAY(struct ir_wait, waits)                                                      \
    IR_ARRAY(struct ir_question, questions)                                              \
    IR_ARRAY(struct ir_escalation, escalations)                                          \
    IR_ARRAY(struct ir_child, children)                                                  \
    IR_ARRAY(struct ir_loop, loops)                                                      \
    IR_ARRAY(struct ir_fork, forks)                                                      \
    IR_ARRAY(struct ir_branch, branches)                                                 \
    IR_ARRAY(struct ir_attempt, attempts)                                                \
    IR_ARRAY(struct ir_undo, undos)                                                      \
    IR_ARRAY(struct ir_handler, handlers)                                                \
    IR_ARRAY(struct ir_state, states)                                                    \
    IR_ARRAY(struct ir_dead_letter, dead_letters)                                        \
    IR_ARRAY(struct ir_measure, measures)                                                \
    IR_ARRAY(struct ir_start_on, starts_on)                                              \
    IR_ARRAY(struct ir_start_every, starts_every)                                        \
    IR_ARRAY(struct ir_migration, migrations)                                            \
    IR_ARRAY(struct ir_move, moves)                                                      \
    IR_ARRAY(struct ir_initial, initials)

struct ir {
    struct ir_flow flow;
#define IR_ARRAY(type, name)                                                             \
    type *name;                                                                          \
    uint32_t name##_n;
    IR_ARRAYS(IR_ARRAY)
#undef IR_ARRAY
    struct digest hash; /* of the packed bytes; set by packing and unpacking */
};

static inline struct text ir_text(const struct ir *ir, uint32_t text)
{
    return text == IR_NONE ? (struct text){"", 0} : ir->texts[text];
}

/* Lookups by name; IR_NONE when there is none. */
uint32_t ir_find_event(const struct ir *ir, struct text name);
uint32_t ir_find_state(const struct ir *ir,
                       struct text path); /* path, or a name that is unique */
uint32_t ir_find_operation(const struct ir *ir, struct text adapter, struct text name);
uint32_t ir_find_slot(const struct ir *ir, struct text name);
/* Whether the body that begins at `pc` may say `go to`, short of what lies in parts. */
bool ir_says_go_to(const struct ir *ir, uint32_t pc);
uint32_t ir_find_dead_letter(const struct ir *ir, struct text name);

#endif
