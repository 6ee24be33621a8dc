/* Large values in memory, each on an arena of its own, counted. */
#include "engine/run/hoard.h"

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/sys/keep.h"

struct held {
    struct arena *arena;
    struct digest hash;
    struct value value;
    unsigned uses; /* hoards it is in */
};

static struct held *held_new(const struct digest *hash)
{
    struct held *held = keep_new_of(struct held);
    /* What its values weigh, and what their arrays and texts are rounded up to. */
    held->arena = arena_new("held", 2 * (size_t)LIMIT_INSTANCE_BYTES);
    held->hash = *hash;
    return held;
}

static void held_put(struct held *held)
{
    if (--held->uses > 0)
        return;
    arena_free(held->arena);
    keep_free(held);
}

static void add(struct hoard *hoard, struct held *held)
{
    held->uses++;
    hoard->at[hoard->n++] = held;
    hoard->bytes += arena_used(held->arena);
}

bool hoard_read(struct hoard *hoard, struct text values, struct err *err)
{
    struct digest hash;
    struct text bytes, rest = values;
    struct err none = {0};
    unsigned n = 0;
    while (shelf_next(&rest, &hash, &bytes, &none))
        n++;
    *hoard = (struct hoard){0};
    if (n > 0)
        hoard->at = keep_alloc(n * sizeof(struct held *));
    while (shelf_next(&values, &hash, &bytes, err)) {
        struct held *held = held_new(&hash);
        bool is_whole = shelf_open(held->arena, &hash, bytes, &held->value, err);
        add(hoard, held);
        if (!is_whole)
            break;
    }
    if (err->code == ERR_OK)
        return true;
    hoard_drop(hoard);
    return false;
}

void hoard_shelve(const struct hoard *hoard, struct shelf *shelf)
{
    for (unsigned i = 0; i < hoard->n; i++)
        shelf_add(shelf, &hoard->at[i]->hash, hoard->at[i]->value);
}

struct hoard hoard_next(const struct hoard *before, const struct shelf *shelf)
{
    struct hoard next = {0};
    if (shelf->all.n > 0)
        next.at = keep_alloc(shelf->all.n * sizeof(struct held *));
    for (uint32_t i = 0; i < shelf->all.n; i++) {
        const struct shelved *one = &shelf->all.at[i];
        if (!one->is_used)
            continue;
        if (i < before->n) {
            add(&next, before->at[i]);
            continue;
        }
        struct held *held = held_new(&one->hash);
        held->value = value_copy(held->arena, one->value);
        add(&next, held);
    }
    return next;
}

void hoard_drop(struct hoard *hoard)
{
    for (unsigned i = 0; i < hoard->n; i++)
        held_put(hoard->at[i]);
    keep_free(hoard->at);
    *hoard = (struct hoard){0};
}
