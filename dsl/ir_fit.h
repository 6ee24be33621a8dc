/* Whether what one version of a flow has made can be used by another: types across two
 * images. */
#ifndef DSL_IR_FIT_H
#define DSL_IR_FIT_H

#include "dsl/ir.h"

/* The same to the last field and case: values pass as they are. IR_NONE is like itself
 * only. */
bool ir_type_is_same(const struct ir *a, uint32_t type_a, const struct ir *b,
                     uint32_t type_b);

/* Every value of the one, written as JSON, can be read as the other: fields may have been
 * added that have a default or may be absent, cases may have been added, bounds may have
 * been lifted. Says no in doubt. */
bool ir_type_fits(const struct ir *from, uint32_t type_from, const struct ir *to,
                  uint32_t type_to);

/* The same of records given by their fields (an operation's parameters). */
bool ir_fields_fit(const struct ir *from, struct ir_range fields_from,
                   const struct ir *to, struct ir_range fields_to);

#endif
