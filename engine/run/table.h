/* Things by a hash, for things that come and go: the link is inside the thing. */
#ifndef ENGINE_RUN_TABLE_H
#define ENGINE_RUN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_node {
    struct table_node *next;
    uint64_t hash;
};

struct table {
    struct table_node **buckets;
    unsigned room; /* a power of two */
    unsigned n;
};

/* What is inside is not freed. */
void table_deinit(struct table *table);

void table_add(struct table *table, struct table_node *node, uint64_t hash);
void table_remove(struct table *table, struct table_node *node);

/* `for (node = table_first(t, hash); node != NULL; node = table_next(node))`: all that
 * have this very hash. */
struct table_node *table_first(const struct table *table, uint64_t hash);
struct table_node *table_next(struct table_node *node);

/* Every node, in no order. What `each` is given may be removed by it, nothing else. */
void table_walk(struct table *table, void (*each)(struct table_node *node, void *owner),
                void *owner);

#define table_item(node, type, member)                                                   \
    ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* A good spread of a number's bits. */
uint64_t table_mix(uint64_t x);

#endif
