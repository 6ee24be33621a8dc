/* Values as JSON and back, by their types (contract §5). */
#ifndef ENGINE_CORE_WIRE_H
#define ENGINE_CORE_WIRE_H

#include "engine/base/json.h"
#include "engine/core/eval.h"

enum wire_unknown {
    WIRE_REFUSE_UNKNOWN,
    WIRE_IGNORE_UNKNOWN
}; /* members that the type does not have */
/* Who reads it. What is masked is written as "(private)": secrets for whoever reads,
 * private values for those who may not see them; nothing for a system that is called, or
 * for another flow. */
enum wire_private { WIRE_WHOLE, WIRE_SHOW_PRIVATE, WIRE_MASK_PRIVATE };

/* What does not fit is refused with BAD_DATA: the JSON Pointer, what was wanted, what was
 * found. Missing members take the field's default, none where optional, else are refused.
 * Refinements are checked. `scope` supplies image, settings and now (for defaults and
 * refinements). */
MUST_USE bool wire_read(struct arena *turn, const struct eval_scope *scope, uint32_t type,
                        const json_t *json, enum wire_unknown unknown, struct value *out,
                        struct err *err);

/* A new reference. The value must be of the type (evaluation guarantees it). */
json_t *wire_write(const struct ir *ir, uint32_t type, struct value v,
                   enum wire_private private);

/* Arguments as one object: an operation's, a flow's. */
json_t *wire_write_fields(const struct ir *ir, struct ir_range fields,
                          const struct value *values, enum wire_private private);

/* The deterministic value made from a type (LANGUAGE §11): text "x", numbers 1, …
 * Refinements are met where a plain rule can (it >= n; patterns are not); */
struct value wire_sample(struct arena *turn, const struct ir *ir, uint32_t type);

/* "a whole number", "money", "a list of OrderLine": for messages. */
struct text wire_type_name(struct arena *turn, const struct ir *ir, uint32_t type);

#endif
