/* Values as bytes, and back: compact, self-describing, bounded. */
#include "engine/base/arena.h"
#include "engine/core/shelf.h"
#include "engine/core/value.h"

/* A value begins with its kind; this bit says that it is private. */
enum { PRIVATE_BIT = 0x80 };
/* In place of a kind: a hash follows, and the value stands on the shelf. */
enum { SHELVED = 0x7f };

static void put_units(struct buf *out, __int128 units);
static __int128 cut_units(struct cut *cut);

struct unpacking {
    struct arena *arena;
    struct cut *cut;
    const struct shelf *shelf; /* NULL: there is none */
};
static struct value unpack(const struct unpacking *u, unsigned depth);

void value_pack(struct buf *out, struct value v)
{
    value_pack_beside(out, v, NULL);
}

static void put_shelved(struct buf *out, struct value v, struct shelf *shelf)
{
    struct digest hash = shelf_put(shelf, v);
    buf_u8(out, SHELVED);
    buf_add(out, hash.bytes, sizeof hash.bytes);
}

void value_pack_beside(struct buf *out, struct value v, struct shelf *shelf)
{
    if (shelf != NULL && !shelf_takes(v))
        shelf = NULL; /* nor anything below */
    if (shelf != NULL && !shelf_splits(v)) {
        put_shelved(out, v, shelf);
        return;
    }
    buf_u8(out, v.kind | (v.is_private ? PRIVATE_BIT : 0));
    switch ((enum value_kind)v.kind) {
    case VALUE_UNSET:
    case VALUE_NONE:
        return;
    case VALUE_BOOL:
        buf_u8(out, v.yes);
        return;
    case VALUE_INT:
    case VALUE_DATE:
    case VALUE_INSTANT:
    case VALUE_DURATION:
    case VALUE_WORK_DAYS:
    case VALUE_WORK_HOURS:
        buf_i64(out, v.whole);
        return;
    case VALUE_MONEY:
        buf_add(out, v.currency, 3);
        buf_u8(out, v.scale);
        put_units(out, v.units);
        return;
    case VALUE_DECIMAL:
        buf_u8(out, v.scale);
        put_units(out, v.units);
        return;
    case VALUE_TEXT:
        buf_bytes(out, value_text_of(v));
        return;
    case VALUE_VARIANT:
        buf_u32(out, v.tag);
        break;
    case VALUE_LIST:
    case VALUE_MAP:
    case VALUE_RECORD:
        break;
    }
    buf_u32(out, v.n);
    for (uint32_t i = 0; i < v.n; i++)
        value_pack_beside(out, v.items[i], shelf);
}

/* Zigzag, in two halves when it does not fit in one: bit 0 of the first byte says so. */
static void put_units(struct buf *out, __int128 units)
{
    unsigned __int128 zigzag =
        ((unsigned __int128)units << 1) ^ (unsigned __int128)(units >> 127);
    if (zigzag >> 63 == 0) {
        buf_u64(out, (uint64_t)zigzag << 1);
        return;
    }
    buf_u64(out, ((uint64_t)zigzag << 1) | 1);
    buf_u64(out, (uint64_t)(zigzag >> 63));
    buf_u8(out, (uint8_t)(zigzag >> 127));
}

static __int128 cut_units(struct cut *cut)
{
    uint64_t low = cut_u64(cut);
    unsigned __int128 zigzag = low >> 1;
    if (low & 1) {
        uint64_t high = cut_u64(cut);
        uint8_t highest = cut_u8(cut);
        if ((high == 0 && highest == 0) || highest > 1) /* one form for one number */
            cut->bad = true;
        zigzag |= (unsigned __int128)high << 63 | (unsigned __int128)highest << 127;
    }
    return (__int128)(zigzag >> 1) ^ -(__int128)(zigzag & 1);
}

struct value value_unpack(struct arena *arena, struct cut *cut)
{
    return value_unpack_beside(arena, cut, NULL);
}

struct value value_unpack_beside(struct arena *arena, struct cut *cut,
                                 const struct shelf *shelf)
{
    const struct unpacking u = {.arena = arena, .cut = cut, .shelf = shelf};
    return unpack(&u, 0);
}

static struct value refuse(struct cut *cut)
{
    cut->bad = true;
    return value_none();
}

static bool units_fit(__int128 units, uint8_t scale)
{
    static const __int128 nines = (__int128)INT64_C(10000000000000000) *
                                      INT64_C(10000000000000000) * INT64_C(1000000) -
                                  1;
    return scale <= DECIMAL_DIGITS_MAX && units <= nines && units >= -nines;
}

static struct value unpack_number(struct cut *cut, struct value v)
{
    if (v.kind == VALUE_MONEY)
        for (int i = 0; i < 3; i++)
            v.currency[i] = (char)cut_u8(cut);
    v.scale = cut_u8(cut);
    v.units = cut_units(cut);
    return units_fit(v.units, v.scale) ? v : refuse(cut);
}

static struct value unpack_text(struct arena *arena, struct cut *cut, struct value v)
{
    struct text t = cut_bytes(cut);
    if (t.n > UINT32_MAX || t.n + 64 > arena_left(arena))
        return refuse(cut);
    v.n = (uint32_t)t.n;
    v.chars = t.n > 0 ? arena_copy(arena, t.chars, t.n) : "";
    return v;
}

static struct value unpack_shelved(const struct unpacking *u)
{
    struct digest hash = {{0}};
    for (size_t i = 0; i < sizeof hash.bytes; i++)
        hash.bytes[i] = cut_u8(u->cut);
    const struct value *v = u->shelf != NULL ? shelf_get(u->shelf, &hash) : NULL;
    return v != NULL ? *v : refuse(u->cut);
}

static struct value unpack_items(const struct unpacking *u, struct value v,
                                 unsigned depth)
{
    struct arena *arena = u->arena;
    struct cut *cut = u->cut;
    uint32_t tag = v.kind == VALUE_VARIANT ? cut_u32(cut) : 0;
    uint32_t n = cut_u32(cut);
    bool fits = depth < VALUE_DEPTH_MAX + VALUE_DEPTH_SLACK && tag <= UINT16_MAX &&
                n <= (size_t)(cut->end - cut->at) &&
                (v.kind != VALUE_VARIANT || n <= 1) &&
                (v.kind != VALUE_MAP || n % 2 == 0);
    if (!fits || n * sizeof(struct value) + 64 > arena_left(arena))
        return refuse(cut);
    struct value *items = n > 0 ? arena_array(arena, struct value, n) : NULL;
    for (uint32_t i = 0; i < n && !cut->bad; i++)
        items[i] = unpack(u, depth + 1);
    struct value made = value_list(items, n); /* counts levels and weight */
    made.kind = v.kind;
    made.is_private = v.is_private;
    made.tag = (uint16_t)tag;
    return made;
}

static struct value unpack(const struct unpacking *u, unsigned depth)
{
    struct cut *cut = u->cut;
    uint8_t head = cut_u8(cut);
    struct value v = {.kind = head & (uint8_t)~PRIVATE_BIT,
                      .is_private = (head & PRIVATE_BIT) != 0};
    if (head == SHELVED)
        return unpack_shelved(u);
    if (cut->bad || v.kind > VALUE_VARIANT)
        return refuse(cut);
    switch ((enum value_kind)v.kind) {
    case VALUE_UNSET:
    case VALUE_NONE:
        return v;
    case VALUE_BOOL:
        head = cut_u8(cut);
        v.yes = head == 1;
        return head <= 1 ? v : refuse(cut);
    case VALUE_INT:
    case VALUE_DATE:
    case VALUE_INSTANT:
    case VALUE_DURATION:
    case VALUE_WORK_DAYS:
    case VALUE_WORK_HOURS:
        v.whole = cut_i64(cut);
        return v;
    case VALUE_MONEY:
    case VALUE_DECIMAL:
        return unpack_number(cut, v);
    case VALUE_TEXT:
        return unpack_text(u->arena, cut, v);
    case VALUE_LIST:
    case VALUE_MAP:
    case VALUE_RECORD:
    case VALUE_VARIANT:
        return unpack_items(u, v, depth);
    }
    return refuse(cut);
}
