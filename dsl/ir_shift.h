/* What becomes of everything an instance of one version may hold, in another: the one
 * place where the compiler, the tools and the engine learn how versions correspond.
 *
 * States by the `migrate from` block; what is not mentioned by its path, and what lies
 * inside a state that is mentioned goes with it. Parameters and variables by name.
 * Operations, events, dead letters and errors by name. */
#ifndef DSL_IR_SHIFT_H
#define DSL_IR_SHIFT_H

#include "dsl/ir.h"

struct arena;

enum ir_shift_how {
    IR_SHIFT_SAME,  /* not mentioned: the state of that path */
    IR_SHIFT_SAID,  /* the block says where it goes */
    IR_SHIFT_STAYS, /* the block says that it stays */
    IR_SHIFT_GAP    /* nothing is said, and there is no such state any more */
};

struct ir_shift_state {
    enum ir_shift_how how;
    uint32_t to; /* IR_NONE for STAYS and GAP */
};

enum ir_shift_value {
    IR_SHIFT_CARRIED, /* from `from` */
    IR_SHIFT_SET,     /* by the block */
    IR_SHIFT_NEW,     /* there was none, and nobody reads it */
    IR_SHIFT_UNSET,   /* there was none, and somebody reads it */
    IR_SHIFT_OTHER    /* it was of another type */
};

struct ir_shift_slot { /* of a slot of the new version */
    enum ir_shift_value how;
    uint32_t from;    /* slot of the old one */
    bool is_same;     /* types are the same: the value passes as it is */
    uint32_t read_at; /* a pc that reads it; IR_NONE */
};

struct ir_shift {
    const struct ir *old, *now;
    const struct ir_migration *migration; /* NULL: there is no block; by names alone */
    struct ir_shift_state *states;        /* of old->states */
    struct ir_shift_slot *slots;          /* of now->slots */
    uint32_t *operations;                 /* of old->operations; IR_NONE */
    uint32_t *events;                     /* of old->events; IR_NONE */
    uint32_t *dead_letters;               /* of old->dead_letters; IR_NONE */
};

const struct ir_migration *ir_migration_from(const struct ir *now, uint32_t version);
struct ir_shift *ir_shift_new(struct arena *arena, const struct ir *old,
                              const struct ir *now);

/* An instance can be in it: it has no inner states, and is not final. */
bool ir_state_is_lived_in(const struct ir *ir, uint32_t state);

/* An effect of the old version that may have to be undone, and how: why not, or NULL. */
enum ir_shift_undo {
    IR_UNDO_FITS,
    IR_UNDO_NO_EFFECT, /* the operation is gone, or takes other arguments */
    IR_UNDO_NO_WAY,    /* the operation that would undo it is gone, or takes others */
    IR_UNDO_NO_BLOCK   /* the `undone by { … }` of the call is another, or gone */
};
enum ir_shift_undo ir_shift_undo_of(const struct ir_shift *shift, uint32_t operation);
/* A call with an `undone by { … }` of its own: the site of the new version with the same
 * one; IR_NONE. */
uint32_t ir_shift_site(struct arena *arena, const struct ir_shift *shift, uint32_t site);

#endif
