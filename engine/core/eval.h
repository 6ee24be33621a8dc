/* Blocks of the image: a flat array of operations, one loop, a budget. */
#ifndef ENGINE_CORE_EVAL_H
#define ENGINE_CORE_EVAL_H

#include "engine/base/err.h"
#include "engine/core/calendar.h"
#include "engine/core/value.h"

/* Why an expression has no value: the built-in error bad_value. */
struct eval_problem {
    uint32_t pc;
    char message[240]; /* "10.00 USD + 3.00 EUR: currencies differ"; private values are
                          not shown */
    char pointer[ERR_POINTER_BYTES]; /* the place in JSON that could not be read; "" */
};

/* What a block may look at. `places` and `frame` are as long as the image says; temps
 * given by the caller come first. */
struct eval_scope {
    const struct ir *ir;
    const struct value *places;
    const struct value *frame;    /* NULL: none */
    const struct value *settings; /* as many as ir->settings; VALUE_UNSET: not given by
                                     the environment → its default */
    int64_t now;
    const struct calendar *calendar; /* of the flow; NULL: the standard one */
    /* What few blocks look at is made when one does. `asked` is for those who make it. */
    struct digest (*id_seed)(const struct eval_scope *scope); /* instance, step and visit:
                                    what new_id is made from, with a counter; NULL */
    bool (*problem)(const struct eval_scope *scope,
                    struct value *out); /* of the dead letter; false, NULL: none */
    struct {
        void *of;
        const void *by;
    } asked;
};

/* Runs the block at `block` with `given` values as its first temps. False: `problem` says
 * why. */
MUST_USE bool eval_block(struct arena *turn, const struct eval_scope *scope,
                         uint32_t block, const struct value *given, uint32_t given_n,
                         struct value *out, struct eval_problem *problem);

/* The computing part of a body: runs from *pc until an operation that moves the flow,
 * which is left for the caller: *pc is its index and `stack` holds what it pops (stack_n
 * of them, in pushing order). SET, UNSET and ADD_TO are left to the caller too. A fresh
 * set of temps each time. */
struct eval_run {
    struct value *stack;
    uint32_t stack_n;
    uint32_t pc;
};
MUST_USE bool eval_until_move(struct arena *turn, const struct eval_scope *scope,
                              uint32_t pc, struct eval_run *run,
                              struct eval_problem *problem);

/* A moment so much business time later. False: `why` says what cannot be. */
MUST_USE bool eval_work_from(const struct calendar *calendar, int64_t instant,
                             struct value work, int64_t *out, const char **why);

/* text(x): as on the wire, money as "12.50 USD", texts bare. `type` may be IR_NONE. */
struct text eval_to_text(struct arena *turn, const struct ir *ir, uint32_t type,
                         struct value v);

/* CONVERT: fits a value of one type to another; refinements are checked. */
MUST_USE bool eval_convert(struct arena *turn, const struct eval_scope *scope,
                           uint32_t from, uint32_t to, struct value v, struct value *out,
                           struct eval_problem *problem);

#endif
