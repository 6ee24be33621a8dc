/* Values in order: stable merge sort, and maps by their keys. */
#include "engine/core/eval_machine.h"

static bool is_sorted(const struct value *items, uint32_t n, uint32_t stride)
{
    for (uint32_t i = stride; i < n; i += stride)
        if (value_cmp(items[i - stride], items[i]) > 0)
            return false;
    return true;
}

static void merge(const struct value *from, uint32_t low, uint32_t middle, uint32_t high,
                  uint32_t stride, struct value *to)
{
    uint32_t a = low, b = middle;
    for (uint32_t at = low; at < high; at += stride) {
        bool takes_a = a < middle && (b >= high || value_cmp(from[a], from[b]) <= 0);
        memcpy(&to[at], &from[takes_a ? a : b], stride * sizeof *to);
        *(takes_a ? &a : &b) += stride;
    }
}

void value_sort(struct value *items, uint32_t n, uint32_t stride, struct value *scratch)
{
    struct value *from = items, *to = scratch;
    if (is_sorted(items, n, stride))
        return;
    for (uint64_t width = stride; width < n; width *= 2) {
        for (uint64_t low = 0; low < n; low += 2 * width) {
            uint64_t middle = low + width < n ? low + width : n;
            uint64_t high = low + 2 * width < n ? low + 2 * width : n;
            merge(from, (uint32_t)low, (uint32_t)middle, (uint32_t)high, stride, to);
        }
        struct value *swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, n * sizeof *items);
}

uint32_t value_map_sort(struct value *items, uint32_t n, struct value *scratch)
{
    uint32_t kept = 0;
    value_sort(items, n, 2, scratch);
    for (uint32_t i = 0; i < n; i += 2) {
        bool is_again = kept > 0 && value_is(items[kept - 2], items[i]);
        kept -= is_again ? 2 : 0; /* sorting is stable: the later one counts */
        items[kept] = items[i];
        items[kept + 1] = items[i + 1];
        kept += 2;
    }
    return kept;
}

uint32_t value_map_find(struct value map, struct value key)
{
    uint32_t low = 0, high = map.n / 2;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int order = value_cmp(map.items[2 * middle], key);
        if (order == 0)
            return 2 * middle;
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    return UINT32_MAX;
}
