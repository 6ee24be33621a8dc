/* An image in the making: how lowering, and unit tests by hand, put one together.
 *
 *     struct ir_build *b = ir_build_new(arena, "greeting", 1);
 *     uint32_t slot = ir_add_slot(b, "n", IR_SLOT_PARAM, ir_add_simple(b, IR_TYPE_INT));
 *     ir_open_body(b);
 *     ir_emit(b, IR_LOAD, 0, slot);
 *     ir_push_int(b, 1);
 *     ir_emit(b, IR_ADD, 0, 0);
 *     ir_emit(b, IR_SET, 0, slot);
 *     b->flow.body = ir_close(b);           (END is added where it is missing)
 *     struct ir *ir = ir_build_done(b);
 *
 * **Labels.** Until ir_build_done(), everything that points into code — a jump's target,
 * a block or body, the pc of a when — is a label, in rows and operations alike; it turns
 * them all into pcs. ir_close() gives the label of what it closes; ir_label() makes one
 * for a spot still to come, and ir_here() says that the spot is here.
 *
 * **Rows** are pushed with ir_new(b, sites): an index, whose optional references are
 * IR_NONE and whose numbers are 0; fill `b->sites.at[i]` afterwards. Ranges must lie side
 * by side: ir_new_many() first, then fill. Row pointers do not survive another ir_new().
 *
 * **Sections nest.** A block may be opened while a body is being written (the limit of a
 * wait, say): it gets its own stretch of code, and ir_close() returns to the body. */
#ifndef DSL_IR_BUILD_H
#define DSL_IR_BUILD_H

#include "dsl/ir_columns.h"
#include "engine/base/vec.h"

struct arena;
struct map;
struct ir_section;

struct ir_label {
    struct ir_section *section; /* it lies in; NULL: not yet said */
    uint32_t at;                /* offset in its section; a pc once that is closed */
    uint32_t depth;             /* of the stack there; IR_NONE: not known yet */
};

struct ir_build {
    struct arena *arena;
    struct ir_flow flow;
#define IR_ARRAY(type, name) VEC(type) name;
    IR_ARRAYS(IR_ARRAY)
#undef IR_ARRAY
    uint32_t line;              /* of the operations emitted from now on */
    struct map *interned;       /* texts, types and consts by their content */
    struct ir_section *section; /* open now; NULL: none */
    VEC(struct ir_label) labels;
    bool is_too_large; /* an operand or a count of temps has no room in an operation: ask
                          before ir_build_done() where input decides how many there are */
    uint64_t temps_work; /* the most temps times operations of a section: likewise */
};

/* A flow of that name and version, with the simplest parameters (none) and problem
 * record; everything optional is IR_NONE. */
struct ir_build *ir_build_new(struct arena *arena, const char *name, uint32_t version);

/* The image, its labels resolved, on the build's arena. Not verified, not hashed:
 * ir_pack() does both. */
struct ir *ir_build_done(struct ir_build *b);

/* ---- what is held once, however often it is said ---- */

uint32_t ir_add_text(struct ir_build *b, struct text t);
uint32_t ir_add_chars(struct ir_build *b, const char *chars);
uint32_t ir_add_type(struct ir_build *b, struct ir_type type);

/* A type with nothing in it, to be filled: kind set, everything optional IR_NONE. */
struct ir_type ir_type_of_kind(enum ir_type_kind kind);
uint32_t ir_add_simple(struct ir_build *b, enum ir_type_kind kind);
uint32_t ir_add_list(struct ir_build *b, uint32_t of);
uint32_t ir_add_map(struct ir_build *b, uint32_t key, uint32_t of);
uint32_t ir_add_optional(struct ir_build *b, uint32_t of);

struct ir_part { /* a field of a record, or a case of a variant */
    const char *name;
    uint32_t type; /* field: its type. Case: type of its data record, or IR_NONE */
};
/* `name` may be NULL: a record without a name. */
uint32_t ir_add_record(struct ir_build *b, const char *name, const struct ir_part *fields,
                       uint32_t n);
uint32_t ir_add_variant(struct ir_build *b, const char *name, const struct ir_part *cases,
                        uint32_t n);

uint32_t ir_add_const(struct ir_build *b, struct ir_const c);
uint32_t ir_add_whole(struct ir_build *b, enum ir_const_kind kind, int64_t whole);

/* ---- rows ---- */

#define ir_new(b, array)         ir_new_((b), IR_ARRAY_##array, 1)
#define ir_new_many(b, array, n) ir_new_((b), IR_ARRAY_##array, (n))
uint32_t ir_new_(struct ir_build *b, enum ir_array array, uint32_t n);

uint32_t ir_add_slot(struct ir_build *b, const char *name, enum ir_slot_kind kind,
                     uint32_t type);
uint32_t ir_add_hidden(struct ir_build *b); /* a place without a name */

/* ---- code ---- */

/* A block whose first `given` temps the caller of the block provides. */
void ir_open_block(struct ir_build *b, uint32_t given);
void ir_open_body(struct ir_build *b);
uint32_t ir_close(struct ir_build *b); /* the label of its ENTER */

/* Appends an operation and follows the stack; what cannot be (popping an empty stack) is
 * a bug of the caller. After one that never goes on (JUMP, RETURN, GO_TO, FAIL …) the
 * next spot is one that a label names, with that label's depth; 0 if only tables do. */
void ir_emit(struct ir_build *b, enum ir_op_code code, uint32_t a, uint32_t operand);
bool ir_goes_on(const struct ir_build *b); /* can the next spot be reached by falling
                                              into it, or by a label that is here? */

uint32_t ir_label(struct ir_build *b);
void ir_here(struct ir_build *b, uint32_t label);

/* Temps of the open section: taken in order, given back down to a mark. */
uint32_t ir_temp_take(struct ir_build *b);
void ir_temps_back(struct ir_build *b, uint32_t mark);

void ir_push_int(struct ir_build *b, int64_t x);
void ir_push_bool(struct ir_build *b, bool yes);
void ir_push_text(struct ir_build *b, const char *chars);
void ir_push_decimal(struct ir_build *b, const char *digits);
void ir_push_money(struct ir_build *b, const char *digits, const char *currency);
void ir_push_duration(struct ir_build *b, int64_t us);
void ir_push_none(struct ir_build *b);

#endif
