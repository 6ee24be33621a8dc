/* The same step in two versions: where a fibre that waits goes on. */
#ifndef ENGINE_CORE_MIGRATE_POINT_H
#define ENGINE_CORE_MIGRATE_POINT_H

#include "dsl/ir_shift.h"
#include "engine/base/vec.h"
#include "engine/core/instance.h"

struct migrate_place { /* a hidden place of the one and the other */
    uint32_t old, now;
};

struct migrate_point {
    uint32_t pc;     /* IR_NONE: it is not there */
    uint32_t target; /* from where what it pops is computed */
    uint32_t owner;
    VEC(struct migrate_place) hidden;
};

struct migrate_point migrate_point_of(struct arena *arena, const struct ir_shift *shift,
                                      const struct fibre *fibre);
/* The handler of the new version that listens for the same in the same state; IR_NONE. */
uint32_t migrate_handler(const struct ir_shift *shift, uint32_t handler);

#endif
