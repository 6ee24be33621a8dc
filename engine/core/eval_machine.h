/* What evaluating holds in its hands: the budget, room for temps and stacks, one compiled
 * pattern. For eval*.c, builtins*.c and wire*.c only. */
#ifndef ENGINE_CORE_EVAL_MACHINE_H
#define ENGINE_CORE_EVAL_MACHINE_H

#include <jansson.h>
#include <regex.h>

#include "engine/base/limits.h"
#include "engine/base/when.h"
#include "engine/core/eval.h"

/* What an instant can be: years 0001 to 9999. */
#define EVAL_INSTANT_MIN (INT64_C(-62135596800) * WHEN_SECOND)
#define EVAL_INSTANT_MAX (INT64_C(253402300800) * WHEN_SECOND - 1)

struct eval_chunk;

struct eval_machine {
    struct arena *turn;
    const struct eval_scope *scope;
    struct eval_problem *problem;
    bool has_pc;              /* problem->pc is set: the innermost block has said where */
    int64_t fuel;             /* operations left */
    int64_t bytes_left;       /* of LIMIT_EVAL_BYTES */
    uint32_t depth;           /* functions within functions */
    uint32_t ids;             /* new_id so far */
    struct eval_chunk *chunk; /* where the next frame goes */
    struct text pattern;      /* that `compiled` is of */
    uint64_t pattern_nodes;   /* what it costs */
    bool has_compiled;
    regex_t compiled;
    json_t *json;           /* the JSON looked into last; NULL: none */
    const char *json_chars; /* its text */
    struct text json_place; /* where the last look went: for messages */
};

void eval_machine_init(struct eval_machine *m, struct arena *turn,
                       const struct eval_scope *scope, struct eval_problem *problem);
void eval_machine_deinit(struct eval_machine *m);

/* Runs a block inside a machine that is already at work. */
MUST_USE bool eval_machine_block(struct eval_machine *m, uint32_t block,
                                 const struct value *given, uint32_t given_n,
                                 struct value *out);

/* False, and the problem says so. */
bool eval_fail(struct eval_machine *m, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same about one or two values: "10.00 USD + 3.00 EUR: currencies differ". */
bool eval_fail_one(struct eval_machine *m, const char *before, struct value v,
                   const char *why);
bool eval_fail_two(struct eval_machine *m, struct value a, const char *between,
                   struct value b, const char *why);

/* Memory on `turn` within the budget, zeroed; NULL: used up, and the problem is set. */
void *eval_room(struct eval_machine *m, size_t bytes);
#define eval_array(m, type, n) ((type *)eval_room((m), sizeof(type) * (size_t)(n)))

/* Work that a single operation does over many items counts as so many. */
MUST_USE bool eval_burn(struct eval_machine *m, uint64_t items);

/* Is what was made neither too deep nor too heavy? Sets *out. */
MUST_USE bool eval_made(struct eval_machine *m, struct value v, struct value *out);

/* A value in a message: 12.50 USD, "C42…", a list of 3; (private). */
enum { EVAL_SHOWN_BYTES = 64 };
void eval_show(struct value v, char out[EVAL_SHOWN_BYTES]);

/* Operators (eval_math.c). */
MUST_USE bool eval_add(struct eval_machine *m, struct value a, struct value b,
                       struct value *out);
MUST_USE bool eval_sub(struct eval_machine *m, struct value a, struct value b,
                       struct value *out);
MUST_USE bool eval_mul(struct eval_machine *m, struct value a, struct value b,
                       struct value *out);
MUST_USE bool eval_div(struct eval_machine *m, struct value a, struct value b,
                       struct value *out);
/* A moment or date, and business time. */
MUST_USE bool eval_add_work(struct eval_machine *m, struct value a, struct value b,
                            struct value *out);
MUST_USE bool eval_neg(struct eval_machine *m, struct value a, struct value *out);

/* RECORD, VARIANT, LIST, MAP, WITH, APPEND, JOIN_TEXT, TO_TEXT (eval_make.c): of `n`
 * values that lie one after the other. `of`: the case, in the image. */
MUST_USE bool eval_record(struct eval_machine *m, const struct value *fields, uint32_t n,
                          struct value *out);
MUST_USE bool eval_variant(struct eval_machine *m, uint32_t of,
                           const struct value *fields, uint32_t n, struct value *out);
MUST_USE bool eval_list(struct eval_machine *m, const struct value *from, uint32_t n,
                        struct value *out);
MUST_USE bool eval_map(struct eval_machine *m, const struct value *from, uint32_t n,
                       struct value *out);
/* `from` with another field at this position. */
MUST_USE bool eval_with(struct eval_machine *m, uint32_t position, struct value from,
                        struct value v, struct value *out);
/* To the list in a temporary, in place. */
MUST_USE bool eval_append(struct eval_machine *m, struct value *into, struct value v);
MUST_USE bool eval_join_text(struct eval_machine *m, const struct value *pieces,
                             uint32_t n, struct value *out);
/* A value of that type (IR_NONE: not known) as a piece of a text. */
MUST_USE bool eval_text_of(struct eval_machine *m, uint32_t type, struct value v,
                           struct value *out);

/* CONVERT (eval_convert.c), and the refinement alone. */
MUST_USE bool eval_machine_convert(struct eval_machine *m, uint32_t from, uint32_t to,
                                   struct value v, struct value *out);
MUST_USE bool eval_refined(struct eval_machine *m, uint32_t type, struct value v,
                           bool *holds);

/* JSON (eval_json.c): its text read into a type, and a value as JSON. */
MUST_USE bool eval_from_json(struct eval_machine *m, uint32_t to, struct value v,
                             struct value *out);
MUST_USE bool eval_to_json(struct eval_machine *m, uint32_t from, struct value v,
                           struct value *out);
/* In a text: a string bare, null as nothing, the rest as it is. */
struct text eval_json_text(struct arena *turn, struct text written);

/* BUILTIN (builtins.c). */
MUST_USE bool eval_builtin(struct eval_machine *m, uint32_t builtin,
                           const struct value *args, uint32_t n, struct value *out);

/* matches(t, pattern) (eval_match.c). */
MUST_USE bool eval_matches(struct eval_machine *m, struct text t, struct text pattern,
                           bool *out);

/* The pairs of a map that is being made, sorted by key; of equal keys the later counts.
 * `n` is twice the pairs, before and after; `scratch` is as long as `items`. */
uint32_t value_map_sort(struct value *items, uint32_t n, struct value *scratch);
/* The position of a key in a map (of its value: one more); UINT32_MAX: not there. */
uint32_t value_map_find(struct value map, struct value key);
/* Stable, ascending by value_cmp; `stride` values belong together, the first decides. */
void value_sort(struct value *items, uint32_t n, uint32_t stride, struct value *scratch);

#endif
