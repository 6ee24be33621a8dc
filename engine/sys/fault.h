/* Named points where a test may make us fail, wait or die; nothing unless compiled in. */
#ifndef ENGINE_SYS_FAULT_H
#define ENGINE_SYS_FAULT_H

#if __has_include(<config.h>)
#include <config.h> /* WITH_FAULTS */
#endif
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/base/text.h"

enum fault_point {
#define FAULT(name, text, sentence) FAULT_##name,
#include "engine/sys/faults.def"
#undef FAULT
    FAULT_COUNT
};

/* What the caller of a point must do. Dying, stopping and waiting are done by the point.
 */
enum fault_action {
    FAULT_GO,   /* as if nothing were */
    FAULT_FAIL, /* as if what comes next had failed (where that means something) */
    FAULT_DROP  /* as if the connection had broken just here */
};

/* `fault_at(COMMIT_AFTER);` or `if (fault_at(STORE_SEND) == FAULT_DROP) …`.
 *
 * FLOW_FAULTS says what happens where: `commit.after=kill@3,store.send=drop@2+`:
 * POINT=ACTION[:ARGUMENT][@N[+]], at the N-th time it is reached (1 unless said), with
 * `+` from then on. Actions: kill (SIGKILL), stop (SIGSTOP), exit, delay:MS, fail, drop.
 * `decide.before=kill@1+~A-7`: where a point is about something that has a name, only
 * that one counts; `~A-*`: only those whose name begins so.
 *
 * At SIGUSR2 the plan in the file that FLOW_FAULTS_FILE names takes its place: all counts
 * begin anew, and stderr says `faults armed`. A test need not start a program for each.
 */
#ifdef WITH_FAULTS
#define fault_at(name)          fault_reach(FAULT_##name, TEXT(""))
#define fault_at_of(name, what) fault_reach(FAULT_##name, what)
#else
#define fault_at(name)          fault_is_not_compiled_in()
#define fault_at_of(name, what) fault_is_not_compiled_in()
#endif

enum fault_action fault_reach(enum fault_point point, struct text of);
static inline enum fault_action fault_is_not_compiled_in(void)
{
    return FAULT_GO;
}

/* Replaces what the environment said; for tests in process. False: not understood. */
bool fault_plan(const char *plan);

/* Every point with its sentence: `flowd --failpoints`. */
void fault_list(FILE *out);
uint64_t fault_hits(enum fault_point point);
bool fault_is_compiled_in(void);

#endif
