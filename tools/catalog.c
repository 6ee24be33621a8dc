/* The adapters' tables of options, row by row, for dsl/catalog.h. */
#include "tools/catalog.h"

#include "adapters/registry.h"
#include "engine/base/arena.h"
#include "engine/base/vec.h"

static enum catalog_option_kind kind_of(enum adapter_option_kind kind)
{
    switch (kind) {
    case ADAPTER_OPTION_TEXT:
        return CATALOG_TEXT;
    case ADAPTER_OPTION_NUMBER:
        return CATALOG_NUMBER;
    case ADAPTER_OPTION_WORDS:
        return CATALOG_WORDS;
    case ADAPTER_OPTION_TABLE:
        return CATALOG_TABLE;
    }
    return CATALOG_TEXT;
}

static struct catalog_transport transport_of(struct arena *arena,
                                             const struct adapter_ops *ops)
{
    VEC(struct catalog_option) options = {0};
    for (const struct adapter_option *o = ops->options; o->name != NULL; o++) {
        struct catalog_option option = {.name = o->name,
                                        .kind = kind_of(o->kind),
                                        .is_needed = o->is_needed,
                                        .least = o->least,
                                        .most = o->most};
        vec_push(arena, &options, option);
    }
    return (struct catalog_transport){.name = ops->name,
                                      .options = options.at,
                                      .options_n = options.n,
                                      .maps = ops->maps,
                                      .not_free = ops->not_free};
}

const struct catalog *catalog_of_adapters(struct arena *arena)
{
    VEC(struct catalog_transport) transports = {0};
    const struct adapter_ops *ops;
    for (size_t i = 0; (ops = adapter_ops_at(i)) != NULL; i++)
        vec_push(arena, &transports, transport_of(arena, ops));
    struct catalog *catalog = arena_new_of(arena, struct catalog);
    *catalog = (struct catalog){transports.at, transports.n};
    return catalog;
}
