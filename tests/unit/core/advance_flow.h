/* A small flow made by hand, and how tests play it. */
#ifndef TESTS_UNIT_CORE_ADVANCE_FLOW_H
#define TESTS_UNIT_CORE_ADVANCE_FLOW_H

#include "dsl/ir_build.h"
#include "tests/support/unit.h"
#include "tools/play.h"

/* Flow `order(n: int)`, key n:
 *   ordering   call erp.create(n) as so      → resting
 *   resting    within 1h; on Cancel(order: n) { undo all  go to given_up }
 *              on late go to completed
 *   finals     completed, given_up
 * erp: effect create(n) gives int, once per step, undone by cancel(number: result), fails
 * with Refused; effect cancel(number), once per number; read find(n) gives int?. */
struct sample {
    struct arena *arena;
    struct ir *ir; /* rows may be changed before the play */
    struct play *play;
};

enum { SAMPLE_CREATE, SAMPLE_CANCEL, SAMPLE_FIND };

void sample_open(struct sample *sample);
void sample_begin(struct sample *sample); /* starts it with n = 7 */
void sample_close(struct sample *sample);

void sample_answer(struct sample *sample, const char *call, enum outcome_kind kind,
                   const char *name, const char *json);
void sample_event(struct sample *sample, const char *json);
bool sample_command(struct sample *sample, const char *verb, const char *step);
void sample_wait(struct sample *sample, int64_t duration);
void sample_recover(struct sample *sample);

const struct instance *sample_inst(const struct sample *sample);
bool sample_is_in(const struct sample *sample, const char *state);
/* "create cancel": operations of the open calls. */
struct text sample_calls(const struct sample *sample);
/* "create done, cancel armed": the undo log. */
struct text sample_log(const struct sample *sample);

#endif
