/* Who wants to hear when an instance has ended. */
#include "engine/run/watch.h"

#include "engine/run/parts.h"
#include "engine/sys/keep.h"

static void free_node(struct table_node *node, void *owner)
{
    (void)owner;
    keep_free(table_item(node, struct watch, by_id));
}

void watches_deinit(struct watches *watches)
{
    table_walk(&watches->by_id, free_node, NULL);
    table_deinit(&watches->by_id);
}

static struct watch *watch_find(const struct watches *watches, struct id instance)
{
    struct table_node *node = table_first(&watches->by_id, id_hash(instance));
    for (; node != NULL; node = table_next(node)) {
        struct watch *watch = table_item(node, struct watch, by_id);
        if (id_is(watch->instance, instance))
            return watch;
    }
    return NULL;
}

/* One after the other: whoever is told may give up watches of others. */
void watches_tell(struct watches *watches, struct id instance)
{
    struct watch *watch;
    while ((watch = watch_find(watches, instance)) != NULL) {
        engine_ended *ended = watch->ended;
        void *owner = watch->owner;
        engine_unwatch(watch);
        ended(owner, instance);
    }
}

struct watch *engine_watch(struct engine *engine, struct id instance, engine_ended *ended,
                           void *owner)
{
    struct watch *watch = keep_new_of(struct watch);
    *watch = (struct watch){.watches = &engine->watches,
                            .instance = instance,
                            .ended = ended,
                            .owner = owner};
    table_add(&engine->watches.by_id, &watch->by_id, id_hash(instance));
    return watch;
}

void engine_unwatch(struct watch *watch)
{
    table_remove(&watch->watches->by_id, &watch->by_id);
    keep_free(watch);
}
