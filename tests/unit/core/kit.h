/* Small images by hand, values from text, and results as text: what the core's tests are
 * written with. */
#ifndef TESTS_UNIT_CORE_KIT_H
#define TESTS_UNIT_CORE_KIT_H

#include "dsl/ir_build.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/core/wire.h"
#include "tests/support/unit.h"

struct kit {
    struct arena *arena;
    struct ir_build *b; /* NULL once it is done */
    struct ir *ir;
    struct eval_problem problem;
    struct err err;
};

struct kit kit_new(void);
void kit_free(struct kit *k);

/* A block of `given` temps, opened; kit_close() makes it a function, and says its index.
 */
void kit_open(struct kit *k, uint32_t given);
uint32_t kit_close(struct kit *k, uint32_t given);
/* The same, for one operation on its given values: a op b. */
uint32_t kit_op(struct kit *k, enum ir_op_code code, uint32_t a, uint32_t b,
                uint32_t given);
void kit_done(struct kit *k); /* builds, verifies, packs */

/* The result as text; "! message" for a problem. */
const char *kit_run(struct kit *k, uint32_t function, const struct value *given,
                    uint32_t n);
const char *kit_show(struct kit *k, struct value v); /* lists as [a, b], records (a, b) */

/* Values from text: "12", "1.50", "10.00 USD", "'text", "2026-05-12", "1h30m", "none",
 * "true", "[1, 2, 3]". */
struct value kit_value(struct kit *k, const char *text);
json_t *kit_json(struct kit *k, const char *text); /* single quotes stand for double */

/* Reads `json` as the type, and writes it again; "! pointer: message" when refused. */
const char *kit_read(struct kit *k, uint32_t type, const char *json);

static inline bool kit_is(const char *got, const char *want)
{
    return check_text_(text_of(got), want);
}
#define CHECK_SAYS(got, want) CU_ASSERT(kit_is((got), (want)))

#endif
