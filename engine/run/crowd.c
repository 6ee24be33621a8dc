/* Whose work it is. */
#include "engine/run/crowd.h"

#include <string.h>

#include "engine/run/table.h"

static struct text first_part(struct text key)
{
    const char *slash = key.n == 0 ? NULL : memchr(key.chars, '/', key.n);
    return text_cut(key, 0, slash == NULL ? 0 : (size_t)(slash - key.chars));
}

uint64_t crowd_line(struct text flow, struct text key)
{
    return table_mix(text_hash(flow) ^ table_mix(text_hash(first_part(key))));
}
