/* How events find those who wait: the hash of an event's key fields, the same for sender
 * and waiter. */
#include "engine/core/subscribe.h"

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/core/wire.h"

enum {
    PLAIN_BYTES_MAX = 200,
    APART = 0x1f, /* between the parts: no text of JSON contains it unescaped */
    SCRATCH_BYTES_MAX = LIMIT_EVAL_BYTES * 8 /* the largest value, written as JSON */
};

static const struct ir_field *field_of(const struct ir *ir, uint32_t event,
                                       uint32_t position)
{
    const struct ir_type *record = &ir->types[ir->events[event].record];
    return position < record->parts.n ? &ir->fields[record->parts.first + position]
                                      : NULL;
}

static uint32_t keys_of(const struct ir *ir, uint32_t event)
{
    uint32_t n = ir->events[event].keys.n;
    return n < SUBSCRIBE_KEYS_MAX ? n : SUBSCRIBE_KEYS_MAX;
}

/* Numbers that are equal have one text. */
static struct value normal(struct value v)
{
    if (v.kind != VALUE_DECIMAL && v.kind != VALUE_MONEY)
        return v;
    struct decimal d = decimal_normal(value_decimal_of(v));
    v.scale = d.scale;
    v.units = d.units;
    return v;
}

/* A JSON string's characters, or compact JSON of anything else. */
static void add_part(struct buf *out, const struct ir *ir, uint32_t type, struct value v)
{
    scoped_json json_t *json = wire_write(ir, type, v, WIRE_WHOLE);
    buf_u8(out, APART);
    buf_text(out,
             json_is_string(json) ? json_text_of(json) : json_write(out->arena, json));
}

static bool is_text(const struct ir *ir, uint32_t type)
{
    while (ir->types[type].kind == IR_TYPE_OPTIONAL)
        type = ir->types[type].of;
    return ir->types[type].kind == IR_TYPE_TEXT;
}

/* Where all keys are texts, which is nearly always: the same bytes without JSON. 0: they
 * are not, or too long. */
static size_t plain_key(char out[PLAIN_BYTES_MAX], const struct ir *ir, uint32_t event,
                        uint32_t fields, const struct value *values)
{
    const struct ir_event *row = &ir->events[event];
    struct text name = ir_text(ir, row->name);
    if (name.n + 2 > PLAIN_BYTES_MAX)
        return 0;
    memcpy(out, name.chars, name.n);
    size_t n = name.n;
    out[n++] = APART;
    out[n++] = (char)fields;
    for (uint32_t i = 0; i < keys_of(ir, event); i++) {
        if ((fields >> i & 1) == 0)
            continue;
        const struct ir_field *field =
            field_of(ir, event, ir->positions[row->keys.first + i]);
        if (field == NULL || !is_text(ir, field->type) || values->kind != VALUE_TEXT ||
            values->n + 1 > PLAIN_BYTES_MAX - n)
            return 0;
        out[n++] = APART;
        memcpy(out + n, values->chars, values->n);
        n += values++->n;
    }
    return n;
}

static uint64_t wire_key(const struct ir *ir, uint32_t event, uint32_t fields,
                         const struct value *values);

uint64_t subscribe_key(const struct ir *ir, uint32_t event, uint32_t fields,
                       const struct value *values)
{
    char plain[PLAIN_BYTES_MAX];
    size_t n = plain_key(plain, ir, event, fields, values);
    if (n == 0)
        return wire_key(ir, event, fields, values);
    struct digest digest = digest_remembered((struct text){plain, n});
    return digest_u64(&digest);
}

static uint64_t wire_key(const struct ir *ir, uint32_t event, uint32_t fields,
                         const struct value *values)
{
    const struct ir_event *row = &ir->events[event];
    scoped_arena struct arena *scratch = arena_new("subscribe", SCRATCH_BYTES_MAX);
    struct buf out;
    uint32_t used = 0;
    buf_init(&out, scratch);
    buf_text(&out, ir_text(ir, row->name));
    buf_u8(&out, APART);
    buf_u8(&out, (uint8_t)fields);
    for (uint32_t i = 0; i < keys_of(ir, event); i++) {
        const struct ir_field *field =
            field_of(ir, event, ir->positions[row->keys.first + i]);
        if ((fields >> i & 1) == 0)
            continue;
        if (field != NULL)
            add_part(&out, ir, field->type, normal(values[used]));
        used++;
    }
    struct digest digest = digest_of(buf_done(&out));
    return digest_u64(&digest);
}

uint32_t subscribe_keys_of(struct arena *turn, const struct ir *ir, uint32_t event,
                           struct value body, struct subscribe_hash **out)
{
    const struct ir_event *row = &ir->events[event];
    uint32_t n = keys_of(ir, event);
    struct subscribe_hash *hashes = arena_array(turn, struct subscribe_hash, 1U << n);
    for (uint32_t mask = 0; mask < 1U << n; mask++) {
        struct value values[SUBSCRIBE_KEYS_MAX];
        uint32_t used = 0;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t position = ir->positions[row->keys.first + i];
            if (mask >> i & 1)
                values[used++] = body.kind == VALUE_RECORD && position < body.n
                                     ? body.items[position]
                                     : value_none();
        }
        hashes[mask] =
            (struct subscribe_hash){subscribe_key(ir, event, mask, values), mask};
    }
    *out = hashes;
    return 1U << n;
}

bool subscribe_unique(const struct ir *ir, uint32_t event, struct value body,
                      struct digest *out)
{
    const struct ir_event *row = &ir->events[event];
    scoped_arena struct arena *scratch = arena_new("subscribe", SCRATCH_BYTES_MAX);
    struct buf said;
    if (row->unique.n == 0)
        return false;
    buf_init(&said, scratch);
    buf_text(&said, ir_text(ir, row->name));
    for (uint32_t i = 0; i < row->unique.n; i++) {
        uint32_t position = ir->positions[row->unique.first + i];
        const struct ir_field *field = field_of(ir, event, position);
        if (field != NULL && body.kind == VALUE_RECORD && position < body.n)
            add_part(&said, ir, field->type, body.items[position]);
    }
    *out = digest_of(buf_done(&said));
    return true;
}
