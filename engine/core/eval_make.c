/* What operations make: records, cases, lists, maps, and texts of pieces. */
#include <string.h>

#include "engine/base/arena.h"
#include "engine/core/eval_machine.h"

bool eval_record(struct eval_machine *m, const struct value *fields, uint32_t n,
                 struct value *out)
{
    struct value *items = eval_array(m, struct value, n);
    if (items == NULL)
        return false;
    memcpy(items, fields, n * sizeof *items);
    return eval_made(m, value_record(items, n), out);
}

bool eval_variant(struct eval_machine *m, uint32_t of, const struct value *fields,
                  uint32_t n, struct value *out)
{
    uint32_t position = m->scope->ir->cases[of].position;
    if (n == 0) {
        *out = value_variant(position, NULL);
        return true;
    }
    struct value *held = eval_array(m, struct value, 1);
    return held != NULL && eval_record(m, fields, n, held) &&
           eval_made(m, value_variant(position, held), out);
}

bool eval_list(struct eval_machine *m, const struct value *from, uint32_t n,
               struct value *out)
{
    struct value *items = eval_array(m, struct value, n);
    if (items == NULL)
        return false;
    memcpy(items, from, n * sizeof *items);
    return eval_made(m, value_list(items, n), out);
}

bool eval_map(struct eval_machine *m, const struct value *from, uint32_t n,
              struct value *out)
{
    struct value *items = eval_array(m, struct value, n);
    struct value *scratch = items != NULL ? eval_array(m, struct value, n) : NULL;
    if (scratch == NULL || !eval_burn(m, n))
        return false;
    memcpy(items, from, n * sizeof *items);
    n = value_map_sort(items, n, scratch);
    return eval_made(m, value_map(items, n), out);
}

bool eval_with(struct eval_machine *m, uint32_t position, struct value from,
               struct value v, struct value *out)
{
    if (from.kind != VALUE_RECORD || position >= from.n)
        return eval_fail_one(m, "a field of", from, "it has none of that name");
    struct value *items = eval_array(m, struct value, from.n);
    if (items == NULL)
        return false;
    memcpy(items, from.items, from.n * sizeof *items);
    items[position] = v;
    bool is_private = from.is_private;
    if (!eval_made(m, value_record(items, from.n), out))
        return false;
    out->is_private = is_private;
    return true;
}

/* The list in a temporary grows in place: it is marked as ours (tag), and its room is the
 * next power of two. TEMP takes the mark off what it pushes, so that nobody else appends
 * to the same items. */
bool eval_append(struct eval_machine *m, struct value *into, struct value v)
{
    if (into->kind != VALUE_LIST)
        return eval_fail_one(m, "adding to", *into, "it is no list");
    uint32_t n = into->n;
    bool is_full = into->tag == 0 || (n >= 8 && (n & (n - 1)) == 0);
    if (is_full) {
        uint32_t room = 8;
        while (room <= n)
            room *= 2;
        struct value *items = eval_array(m, struct value, room);
        if (items == NULL)
            return false;
        if (n > 0) /* an empty list may have no items at all, not even an address */
            memcpy(items, into->items, n * sizeof *items);
        into->items = items;
        into->tag = 1;
    }
    struct value one = value_list(&v, 1);
    ((struct value *)into->items)[n] = v;
    into->n = n + 1;
    into->scale = one.scale > into->scale ? one.scale : into->scale;
    into->weight += one.weight;
    return eval_made(m, *into, into);
}

bool eval_join_text(struct eval_machine *m, const struct value *pieces, uint32_t n,
                    struct value *out)
{
    size_t bytes = 0;
    bool is_private = false;
    for (uint32_t i = 0; i < n; i++) {
        if (pieces[i].kind != VALUE_TEXT)
            return eval_fail_one(m, "a text with", pieces[i], "that is no text");
        bytes += pieces[i].n;
        is_private |= pieces[i].is_private;
    }
    char *chars = eval_room(m, bytes + 1);
    if (chars == NULL)
        return false;
    size_t at = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (pieces[i].n > 0)
            memcpy(chars + at, pieces[i].chars, pieces[i].n);
        at += pieces[i].n;
    }
    *out = value_text((struct text){chars, bytes});
    out->is_private = is_private;
    return true;
}

bool eval_text_of(struct eval_machine *m, uint32_t type, struct value v,
                  struct value *out)
{
    if (v.kind == VALUE_TEXT) {
        *out = v;
        if (type != IR_NONE && m->scope->ir->types[type].kind == IR_TYPE_JSON)
            *out = value_text(eval_json_text(m->turn, value_text_of(v)));
        out->is_private = v.is_private;
        return eval_burn(m, v.n / 64);
    }
    /* JSON of what nests: names and signs beside what it weighs. */
    size_t most = 96 + (v.kind >= VALUE_LIST ? 2 * v.weight : 0);
    if ((int64_t)most > m->bytes_left)
        return eval_room(m, most) != NULL;
    struct text t = eval_to_text(m->turn, m->scope->ir, type, v);
    m->bytes_left -= (int64_t)t.n;
    *out = value_text(t);
    return true;
}
