/* What the parts of lowering share; nobody else includes it.
 *
 * One struct lower makes one image. What a flow needs is drawn in when it is first
 * mentioned (a type, an operation with its undo, a function), so that an image holds what
 * its flow uses and nothing else. Where a name leads depends on where it is said: the
 * steps of the flow find slots, a function its temps, an undo block its frozen copies.
 * That is struct lower_place_of; it is saved and set afresh around everything drawn in.
 */
#ifndef DSL_LOWER_IN_H
#define DSL_LOWER_IN_H

#include "dsl/ir_build.h"
#include "dsl/lower.h"

/* Where the temps of the code being lowered come from. */
enum lower_scope {
    LOWER_FLOW,      /* parameters and variables are places */
    LOWER_FUNCTION,  /* parameters are temps */
    LOWER_OPERATION, /* parameters are temps, `result` the one after them */
    LOWER_REFINEMENT /* `it` is temp 0 */
};

/* A `for each` or branch around the steps being lowered: where `give` goes. */
struct lower_loop {
    struct lower_loop *outer;
    bool is_part;     /* `give` ends it, and hands over what it gives */
    uint32_t again;   /* label */
    uint32_t collect; /* place of the list that is collected; IR_NONE: none is */
};

/* The frame of what is being lowered: of an `undone by { … }` block, where everything
 * from around it is frozen; or of a part, which also sees what is around it. The places
 * of parts are numbered on from those around them: a part's frame holds theirs too. */
struct lower_frame {
    struct lower_frame *outer; /* NULL: the slots */
    bool freezes;
    struct map *places; /* symbol → struct lower_binding, in the frame */
    uint32_t *n;        /* places taken: `own_n`, or that of the frame around a part */
    uint32_t own_n;
    VEC(struct ir_capture) captures;
};

struct lower_context {
    enum lower_scope scope;
    uint32_t result; /* LOWER_OPERATION: temp of `result` */
    struct lower_loop *loop;
    struct lower_frame *frame;   /* NULL: places are slots */
    const struct module *module; /* whose names are meant */
    uint32_t state;              /* index of the state whose steps these are; IR_NONE */
    struct text path;            /* before the dot of STEP; "" */
    struct text policy;          /* `using` of the innermost state that says it; "" */
    uint32_t line;               /* of what was being lowered when this was left */
};

struct lower_binding {
    bool is_temp;
    uint32_t at;
};

struct lower {
    struct program *program;
    struct arena *compile;
    const struct node *flow;
    struct ir_build *b;
    struct lower_context now;
    bool failed;          /* something was said as a diagnostic: there will be no image */
    struct map *types;    /* by identity and by content → index */
    struct map *bindings; /* symbol → struct lower_binding */
    struct map *operations; /* node → index; so with the others */
    struct map *adapters;
    struct map *functions;
    struct map *events;
    struct map *errors;
    struct map *settings;
    struct map *policies;
    struct map *states;  /* node → index */
    struct map *letters; /* name → index */
    struct map *steps;   /* STEP → how often */
};

/* ---- lower.c ---- */

/* An image under the name of `node`, with nothing in it yet. */
struct lower *lower_new(struct program *program, const struct module *module,
                        const struct node *node, uint32_t version);
/* All that the flow says, its image still open for more; and the image, or NULL. */
struct lower *lower_flow_open(struct program *program, const struct module *module,
                              const struct node *flow);
struct ir *lower_flow_close(struct lower *l);

/* F0991: the checker let `what` pass, and there is no code for it. */
void lower_cannot(struct lower *l, const struct node *at, const char *what);
/* An index remembered under an address or a text; IR_NONE: none yet. */
uint32_t lower_known(const struct map *map, const void *address);
void lower_remember(struct lower *l, struct map *map, const void *address,
                    uint32_t index);
uint32_t lower_known_text(const struct map *map, struct text key);
void lower_remember_text(struct lower *l, struct map *map, struct text key,
                         uint32_t index);
/* The module in whose text the node stands. */
const struct module *lower_module_of(const struct lower *l, const struct node *node);
/* A context without loops or frame, for what is drawn in; returns the one before, which
 * lower_leave() sets again. */
struct lower_context lower_enter(struct lower *l, enum lower_scope scope,
                                 const struct node *node);
void lower_leave(struct lower *l, struct lower_context before);
uint32_t lower_text(struct lower *l, struct text t);
/* IR_NONE for an empty one. */
uint32_t lower_doc(struct lower *l, struct text t);
void lower_line(struct lower *l, const struct node *node);

/* ---- lower_place.c: where names lead ---- */

/* The frame of a block that freezes what it reads, or of a part, until it is closed. */
void lower_frame_open(struct lower *l, struct lower_frame *frame, bool freezes);
void lower_frame_close(struct lower *l);
/* A new slot or frame place for what is declared here. */
uint32_t lower_declare(struct lower *l, struct symbol *symbol);
uint32_t lower_hidden(struct lower *l);
void lower_declare_temp(struct lower *l, struct symbol *symbol, uint32_t temp);
void lower_load(struct lower *l, const struct node *at, struct symbol *symbol);
uint32_t lower_target(struct lower *l, struct symbol *symbol); /* of set, add, as */
/* `as x`: what it brings into being, or the variable it sets; IR_NONE: neither. */
uint32_t lower_as(struct lower *l, const struct node *node);

/* ---- lower_type.c ---- */

uint32_t lower_type(struct lower *l, const struct type *type);
/* The fields of params as a range of their own: an operation's. */
struct ir_range lower_params(struct lower *l, struct nodes params);
/* A record type over a range of fields. */
uint32_t lower_record_over(struct lower *l, struct ir_range fields);
/* Index of the case at a position of a variant. */
uint32_t lower_case(struct lower *l, const struct type *variant, uint32_t position);

/* ---- lower_expr.c ---- */

/* Code that pushes the value, as the place wants it. */
void lower_expr(struct lower *l, const struct node *node);
/* The same as a text, however it is typed. */
void lower_expr_as_text(struct lower *l, const struct node *node);
void lower_push_text(struct lower *l, struct text t);
/* A block of its own: its label. */
uint32_t lower_block(struct lower *l, const struct node *expr);
uint32_t lower_text_block(struct lower *l, const struct node *expr);
/* Pushes every field of a record in order: the argument that goes there, else the
 * default, else none. */
void lower_fields(struct lower *l, const struct type *record, struct nodes args);
void lower_params_of(struct lower *l, struct nodes params, struct nodes args);

/* ---- lower_world.c ---- */

uint32_t lower_operation(struct lower *l, struct symbol *symbol);
uint32_t lower_function(struct lower *l, struct symbol *symbol);
uint32_t lower_event(struct lower *l, struct symbol *symbol);
uint32_t lower_error(struct lower *l, struct symbol *symbol);
uint32_t lower_setting(struct lower *l, struct symbol *symbol);
/* By name, as that module sees it; built-in ones too. */
uint32_t lower_policy(struct lower *l, const struct module *module, struct text name);
struct ir_range lower_error_uses(struct lower *l, struct symbol *const *errors,
                                 uint32_t n);
/* A duration that is known now: µs. */
int64_t lower_duration(struct lower *l, const struct node *expr);

/* ---- lower_step.c ---- */

void lower_steps(struct lower *l, struct nodes steps); /* skips what is no step */
/* A block, or the one step that stands for it. NULL: nothing. */
void lower_action(struct lower *l, const struct node *action);
/* A body of its own: its label. */
uint32_t lower_body(struct lower *l, const struct node *action);
bool lower_is_step(const struct node *node);
/* "booking.create_order", numbered from the second on. */
uint32_t lower_step_name(struct lower *l, struct text name);
void lower_join(struct lower *l, uint32_t label);
void lower_jump(struct lower *l, uint32_t label); /* where the code goes on */

/* ---- lower_loop.c: steps that go round ---- */

void lower_for_each(struct lower *l, const struct node *node);
void lower_repeat(struct lower *l, const struct node *node);
void lower_give(struct lower *l, const struct node *node);

/* ---- lower_fork.c: what runs side by side ---- */

bool lower_is_fork(const struct node *for_each);
void lower_for_each_at_once(struct lower *l, const struct node *node);
void lower_together(struct lower *l, const struct node *node);
/* `undo x`, `keep x`: where x is, seen from there. */
void lower_named(struct lower *l, const struct node *node, struct ir_undo *row);

/* ---- lower_ways.c: steps with ways out ---- */

void lower_call(struct lower *l, const struct node *node);
void lower_wait_for(struct lower *l, const struct node *node);
void lower_wait_any(struct lower *l, const struct node *node);
void lower_ask(struct lower *l, const struct node *node);
void lower_attempt(struct lower *l, const struct node *node);
void lower_undo(struct lower *l, const struct node *node, enum ir_undo_mode mode);
void lower_keep(struct lower *l, const struct node *node);
/* A row to be kept; its `pc` is the caller's. */
struct ir_match lower_match(struct lower *l, const struct node *pattern,
                            const struct node *where, uint32_t place);
/* The limit of a step or state: its block, or IR_NONE. */
uint32_t lower_limit(struct lower *l, const struct node *limit, bool *is_moment);
/* A block that makes a record of what is shown: its last operation before RETURN is
 * RECORD, whose type says what. IR_NONE for nothing. */
uint32_t lower_showing(struct lower *l, struct nodes showing);
/* The ways out of a step whose operation has been emitted; its rows were reserved. */
void lower_ways(struct lower *l, struct nodes whens, uint32_t first, uint32_t absent);
uint32_t lower_when_row(struct lower *l, uint32_t row, const struct node *when,
                        uint32_t pc);

/* ---- lower_child.c ---- */

void lower_run(struct lower *l, const struct node *step); /* and start */

/* ---- lower_state.c ---- */

/* Rows for every state and dead letter, so that steps can name them. */
void lower_reserve(struct lower *l);
void lower_states(struct lower *l);
void lower_dead_letters(struct lower *l);
uint32_t lower_match_row(struct lower *l, struct ir_match match);

/* ---- lower_starts.c, lower_measure.c ---- */

void lower_starts(struct lower *l);
void lower_measures(struct lower *l);

/* ---- lower_migrate.c: how older versions are taken over ---- */

void lower_migrations(struct lower *l);

#endif
