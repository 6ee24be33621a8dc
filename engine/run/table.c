/* Things by a hash. */
#include "engine/run/table.h"

#include "engine/base/must.h"
#include "engine/sys/keep.h"

enum { ROOM_FIRST = 64 };

void table_deinit(struct table *table)
{
    keep_free(table->buckets);
    *table = (struct table){0};
}

static struct table_node **bucket_of(const struct table *table, uint64_t hash)
{
    return &table->buckets[hash & (table->room - 1)];
}

static void grow(struct table *table)
{
    struct table old = *table;
    table->room = old.room == 0 ? ROOM_FIRST : old.room * 2;
    must(table->room > old.room);
    table->buckets = keep_alloc(table->room * sizeof *table->buckets);
    for (unsigned i = 0; i < old.room; i++)
        for (struct table_node *node = old.buckets[i], *next; node != NULL; node = next) {
            next = node->next;
            struct table_node **bucket = bucket_of(table, node->hash);
            node->next = *bucket;
            *bucket = node;
        }
    keep_free(old.buckets);
}

void table_add(struct table *table, struct table_node *node, uint64_t hash)
{
    if (table->n >= table->room)
        grow(table);
    struct table_node **bucket = bucket_of(table, hash);
    node->hash = hash;
    node->next = *bucket;
    *bucket = node;
    table->n++;
}

void table_remove(struct table *table, struct table_node *node)
{
    struct table_node **at = bucket_of(table, node->hash);
    while (*at != node) {
        must(*at != NULL);
        at = &(*at)->next;
    }
    *at = node->next;
    node->next = NULL;
    table->n--;
}

static struct table_node *that_has(struct table_node *node, uint64_t hash)
{
    while (node != NULL && node->hash != hash)
        node = node->next;
    return node;
}

struct table_node *table_first(const struct table *table, uint64_t hash)
{
    return table->room == 0 ? NULL : that_has(*bucket_of(table, hash), hash);
}

struct table_node *table_next(struct table_node *node)
{
    return that_has(node->next, node->hash);
}

void table_walk(struct table *table, void (*each)(struct table_node *node, void *owner),
                void *owner)
{
    for (unsigned i = 0; i < table->room; i++)
        for (struct table_node *node = table->buckets[i], *next; node != NULL;
             node = next) {
            next = node->next;
            each(node, owner);
        }
}

uint64_t table_mix(uint64_t x)
{
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ (x >> 33);
}
