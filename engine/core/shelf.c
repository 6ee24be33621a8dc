/* The shelf: what stands on it, and what of a value goes there. */
#include "engine/core/shelf.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/limits.h"

enum {
    LENGTH_BYTES = 4,
    REFERENCE_WEIGHT = sizeof(struct value) + sizeof(struct digest),
    LIST_KEEPS_MOST = 2 /* a list of which less than half stays is split */
};

/* ---- which ---- */

bool shelf_takes(struct value v)
{
    return value_weight(v) >= LIMIT_SHELF_LEAST;
}

/* Most lists are of small things: the first tells. */
static bool is_of_large(struct value list)
{
    uint64_t leaves = 0;
    if (list.n == 0 || !shelf_takes(list.items[0]))
        return false;
    for (uint32_t i = 0; i < list.n; i++)
        leaves += shelf_leaves(list.items[i]);
    return leaves < list.weight / LIST_KEEPS_MOST;
}

bool shelf_splits(struct value v)
{
    if (v.kind == VALUE_LIST)
        return is_of_large(v);
    if (v.kind != VALUE_RECORD && v.kind != VALUE_VARIANT)
        return false;
    for (uint32_t i = 0; i < v.n; i++)
        if (shelf_takes(v.items[i]))
            return true;
    return false;
}

uint64_t shelf_leaves(struct value v)
{
    if (!shelf_takes(v))
        return sizeof v + value_weight(v);
    if (!shelf_splits(v))
        return REFERENCE_WEIGHT;
    uint64_t leaves = sizeof v;
    for (uint32_t i = 0; i < v.n; i++)
        leaves += shelf_leaves(v.items[i]);
    return leaves;
}

/* ---- what stands there ---- */

void shelf_init(struct shelf *shelf, struct arena *arena)
{
    *shelf = (struct shelf){.arena = arena};
}

void shelf_add(struct shelf *shelf, const struct digest *hash, struct value value)
{
    struct shelved one = {.hash = *hash, .value = value};
    vec_push(shelf->arena, &shelf->all, one);
}

/* These hashes are no secrets, and a loop over thousands looks for hundreds of them: not
 * digest_is(), which takes as long for all. */
static bool is_that(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static struct shelved *find(const struct shelf *shelf, const struct digest *hash)
{
    for (uint32_t i = 0; i < shelf->all.n; i++)
        if (is_that(&shelf->all.at[i].hash, hash))
            return &shelf->all.at[i];
    return NULL;
}

const struct value *shelf_get(const struct shelf *shelf, const struct digest *hash)
{
    const struct shelved *one = find(shelf, hash);
    return one != NULL ? &one->value : NULL;
}

struct digest shelf_put(struct shelf *shelf, struct value v)
{
    /* What was read from the shelf, and handed on as it is, needs no hashing. */
    for (uint32_t i = 0; i < shelf->all.n; i++)
        if (value_is_same(shelf->all.at[i].value, v)) {
            shelf->all.at[i].is_used = true;
            return shelf->all.at[i].hash;
        }
    struct buf packed;
    buf_init(&packed, shelf->arena);
    value_pack(&packed, v);
    struct text bytes = buf_done(&packed);
    struct digest hash = digest_of(bytes);
    struct shelved *known = find(shelf, &hash);
    if (known != NULL) {
        known->is_used = true;
        return hash;
    }
    struct shelved one = {.hash = hash, .value = v, .bytes = bytes, .is_used = true};
    vec_push(shelf->arena, &shelf->all, one);
    return hash;
}

/* ---- as the store hands them out ---- */

void shelf_hand_out(struct buf *bundle, const struct digest *hash, struct text bytes)
{
    const uint8_t length[LENGTH_BYTES] = {(uint8_t)(bytes.n >> 24),
                                          (uint8_t)(bytes.n >> 16),
                                          (uint8_t)(bytes.n >> 8), (uint8_t)bytes.n};
    buf_add(bundle, hash->bytes, sizeof hash->bytes);
    buf_add(bundle, length, sizeof length);
    buf_text(bundle, bytes);
}

bool shelf_next(struct text *bundle, struct digest *hash, struct text *bytes,
                struct err *err)
{
    const size_t head = sizeof hash->bytes + LENGTH_BYTES;
    if (bundle->n == 0)
        return false;
    if (bundle->n < head)
        return err_set(err, ERR_BROKEN, "large values are cut off");
    const uint8_t *at = (const uint8_t *)bundle->chars + sizeof hash->bytes;
    size_t n = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
    memcpy(hash->bytes, bundle->chars, sizeof hash->bytes);
    if (n > bundle->n - head)
        return err_set(err, ERR_BROKEN, "large values are cut off");
    *bytes = (struct text){bundle->chars + head, n};
    bundle->chars += head + n;
    bundle->n -= head + n;
    return true;
}

bool shelf_open(struct arena *arena, const struct digest *hash, struct text bytes,
                struct value *value, struct err *err)
{
    char hex[DIGEST_HEX_BYTES];
    struct digest is = digest_of(bytes);
    struct cut cut = cut_of(bytes);
    if (is_that(&is, hash)) {
        *value = value_unpack(arena, &cut);
        if (cut_ended(&cut))
            return true;
    }
    return err_set(err, ERR_BROKEN,
                   "the large value " TEXT_FMT " is not as it was written",
                   TEXT_ARG(digest_hex(hash, hex)));
}

bool shelf_read(struct shelf *shelf, struct text bundle, struct err *err)
{
    struct digest hash;
    struct text bytes;
    struct value value;
    struct err none = {0};
    while (shelf_next(&bundle, &hash, &bytes, &none)) {
        if (!shelf_open(shelf->arena, &hash, bytes, &value, err))
            return false;
        shelf_add(shelf, &hash, value);
    }
    if (none.code != ERR_OK)
        *err = none;
    return none.code == ERR_OK;
}
