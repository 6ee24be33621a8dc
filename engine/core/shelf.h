/* Large values of an instance stand beside its snapshot: each once, known by its hash.
 *
 * The snapshot holds the hash in the value's place, so a step that leaves the value alone
 * writes 33 bytes for it. A record or a variant that has a large part is no value of the
 * shelf itself: it stands in the snapshot, and its large part beside it; so is a list of
 * hardly anything but large values. Nothing on the shelf refers to anything else. */
#ifndef ENGINE_CORE_SHELF_H
#define ENGINE_CORE_SHELF_H

#include "engine/base/digest.h"
#include "engine/base/err.h"
#include "engine/base/vec.h"
#include "engine/core/value.h"

struct shelved {
    struct digest hash; /* of its packed bytes */
    struct value value;
    struct text bytes; /* of what came while packing; empty: it stood there before */
    bool is_used;      /* by what was packed since */
};

struct shelf {
    struct arena *arena;
    VEC(struct shelved) all;
};

void shelf_init(struct shelf *shelf, struct arena *arena);
/* It stands there already; the value must live as long as the shelf. */
void shelf_add(struct shelf *shelf, const struct digest *hash, struct value value);

/* Large values as the store hands them out, one after the other: hash, length in four
 * bytes, big-endian, and the packed bytes. False: there is no other, or `bundle` is not
 * of that form and `err` says so. */
bool shelf_next(struct text *bundle, struct digest *hash, struct text *bytes,
                struct err *err);
/* Adds one to those that are handed out. */
void shelf_hand_out(struct buf *bundle, const struct digest *hash, struct text bytes);
/* One of them, unpacked on `arena`, when it is what its hash says. */
MUST_USE bool shelf_open(struct arena *arena, const struct digest *hash,
                         struct text bytes, struct value *value, struct err *err);
/* All of them, onto the shelf. */
MUST_USE bool shelf_read(struct shelf *shelf, struct text bundle, struct err *err);

/* It stands beside the snapshot; or a part of it does, where it splits. */
bool shelf_takes(struct value v);
bool shelf_splits(struct value v);
/* What of its weight stays in the snapshot. */
uint64_t shelf_leaves(struct value v);

/* What it is known by, and that it is used. */
struct digest shelf_put(struct shelf *shelf, struct value v);
/* NULL: it does not stand there. */
const struct value *shelf_get(const struct shelf *shelf, const struct digest *hash);

#endif
