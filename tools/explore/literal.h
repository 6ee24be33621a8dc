/* Values as the language would write them. */
#ifndef TOOLS_EXPLORE_LITERAL_H
#define TOOLS_EXPLORE_LITERAL_H

#include "engine/core/value.h"

void literal_write(struct buf *out, const struct ir *ir, uint32_t type, struct value v);
/* name: value, … */
void literal_fields(struct buf *out, const struct ir *ir, struct ir_range fields,
                    struct value record);

#endif
