/* Values in a snapshot: written out, on the shelf, or named by the place that holds them.
 */
#include "engine/base/limits.h"
#include "engine/core/instance_pack_in.h"
#include "engine/core/shelf.h"

/* In place of a value's kind: it is that of the place whose number follows. */
enum { VALUE_OF_PLACE = 0x7E };

/* What all values that stand for a place's weigh in memory: more are written out. So a
 * few doctored bytes cannot become more than a copy has room for. */
enum { OF_PLACES_WEIGHT_MAX = 4 * LIMIT_SNAPSHOT_BYTES };

/* Short ones are written sooner than looked for. */
static bool is_worth_a_place(struct value v)
{
    return v.kind >= VALUE_LIST ? v.n > 0 : v.kind == VALUE_TEXT && v.n > 8;
}

static uint64_t weight_of(struct value v)
{
    return v.n + (v.kind >= VALUE_LIST ? v.weight : 0);
}

static uint32_t place_of(const struct writer *w, struct value v)
{
    for (uint32_t i = 0; i < w->ir->slots_n; i++)
        if (value_is_same(w->inst->places[i], v))
            return i;
    return IR_NONE;
}

static bool put_place(struct writer *w, struct value v)
{
    uint32_t place = is_worth_a_place(v) ? place_of(w, v) : IR_NONE;
    if (place == IR_NONE || w->of_places + weight_of(v) > OF_PLACES_WEIGHT_MAX)
        return false;
    w->of_places += weight_of(v);
    buf_u8(w->out, VALUE_OF_PLACE);
    buf_u32(w->out, place);
    return true;
}

static struct value cut_place(struct reader *r)
{
    cut_u8(&r->cut);
    uint32_t place = cut_u32(&r->cut);
    bool is_one = !r->cut.bad && place < r->ir->slots_n && r->inst->places != NULL &&
                  is_worth_a_place(r->inst->places[place]);
    if (is_one)
        r->of_places += weight_of(r->inst->places[place]);
    if (!is_one || r->of_places > OF_PLACES_WEIGHT_MAX) {
        r->cut.bad = true;
        return value_none();
    }
    return r->inst->places[place];
}

static bool is_next(const struct reader *r, uint8_t byte)
{
    return !r->cut.bad && r->cut.at < r->cut.end && *r->cut.at == byte;
}

static void put_field(struct writer *w, struct value v)
{
    if (!put_place(w, v))
        value_pack_beside(w->out, v, w->shelf);
}

static struct value cut_field(struct reader *r)
{
    return is_next(r, VALUE_OF_PLACE) ? cut_place(r)
                                      : value_unpack_beside(r->arena, &r->cut, r->shelf);
}

/* As value_pack does, but that it, or fields of a record, may be places'. */
void put_value(struct writer *w, struct value v)
{
    bool is_beside = w->shelf != NULL && shelf_takes(v) && !shelf_splits(v);
    if (v.kind != VALUE_RECORD || v.is_private || is_beside) {
        put_field(w, v);
        return;
    }
    if (put_place(w, v))
        return;
    buf_u8(w->out, VALUE_RECORD);
    buf_u32(w->out, v.n);
    for (uint32_t i = 0; i < v.n; i++)
        put_field(w, v.items[i]);
}

struct value cut_value(struct reader *r)
{
    if (!is_next(r, VALUE_RECORD))
        return cut_field(r);
    cut_u8(&r->cut);
    uint32_t n = cut_count(r, sizeof(struct value));
    struct value *fields = n > 0 ? arena_array(r->arena, struct value, n) : NULL;
    for (uint32_t i = 0; i < n && !r->cut.bad; i++)
        fields[i] = cut_field(r);
    return r->cut.bad ? value_none() : value_record(fields, n);
}

void put_values(struct writer *w, const struct value *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        put_value(w, values[i]);
}

struct value *cut_values(struct reader *r, uint32_t n)
{
    if (n > (size_t)(r->cut.end - r->cut.at) ||
        n * sizeof(struct value) + 64 > arena_left(r->arena))
        r->cut.bad = true;
    if (r->cut.bad)
        return NULL;
    struct value *values = arena_array(r->arena, struct value, n);
    for (uint32_t i = 0; i < n && !r->cut.bad; i++)
        values[i] = cut_value(r);
    return values;
}
