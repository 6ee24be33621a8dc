/* Rows of instances are read, many at once, and the images that they run by. */
#include "engine/base/arena.h"
#include "engine/run/crowd.h"
#include "engine/run/mailbox_parts.h"
#include "engine/run/parts.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"
#include "engine/sys/stats.h"

enum {
    LOAD_MAX = 500,         /* rows of one read */
    LOAD_PAUSE = 500 * 1000 /* µs after a read that failed */
};

static void set_row(struct mailbox *mailbox, struct resident *resident,
                    const struct store_instance *row);

static void try_again_later(struct mailbox *mailbox)
{
    mailbox->load_not_before = loop_now(mailbox->engine->loop) + LOAD_PAUSE;
    loop_timer_at(mailbox->again, mailbox->load_not_before);
}

static void not_loaded(struct table_node *node, void *owner)
{
    struct resident *resident = table_item(node, struct resident, by_id);
    if (resident->phase == RESIDENT_LOADING)
        resident_to_empty(owner, resident);
}

static void loaded(void *owner, const struct store_instances *instances)
{
    struct mailbox *mailbox = owner;
    mailbox->is_load_under_way = false;
    if (instances->err != NULL) {
        table_walk(&mailbox->by_id, not_loaded, mailbox);
        try_again_later(mailbox);
        return;
    }
    stats_add(STAT_LOADS, instances->n);
    for (uint32_t i = 0; i < instances->n; i++) {
        struct resident *resident = resident_find(mailbox, instances->items[i].id);
        if (resident != NULL && resident->phase == RESIDENT_LOADING)
            set_row(mailbox, resident, &instances->items[i]);
    }
}

/* Its own image, or the one it is to go over to, is there. */
static void image_read(struct mailbox *mailbox, struct resident *resident,
                       struct program *program)
{
    TAILQ_REMOVE(&mailbox->reading, resident, in_line);
    *(resident->program == NULL ? &resident->program : &resident->goes_to) = program;
    resident_go_on(mailbox, resident);
}

/* Without its own image nothing can be done; without the other one it stays. */
static void image_failed(struct mailbox *mailbox, struct resident *resident)
{
    TAILQ_REMOVE(&mailbox->reading, resident, in_line);
    if (resident->program != NULL) {
        resident->is_unreadable = true;
        resident_go_on(mailbox, resident);
        return;
    }
    resident_drop_row(mailbox, resident);
    resident_to_empty(mailbox, resident);
    try_again_later(mailbox);
}

/* The image has come, or will not: whoever waits for one looks again. */
static void image_came(void *owner, struct program *program, const struct err *err)
{
    struct mailbox *mailbox = owner;
    struct flow_cache *cache = &mailbox->engine->cache;
    struct resident *resident = TAILQ_FIRST(&mailbox->reading), *next;
    for (; resident != NULL; resident = next) {
        next = TAILQ_NEXT(resident, in_line);
        struct program *read = flow_cache_get(cache, resident->wants);
        if (read != NULL)
            image_read(mailbox, resident, read);
        else if (err != NULL && !flow_cache_is_loading(cache, resident->wants))
            image_failed(mailbox, resident);
    }
    program_put(cache, program);
}

/* One that is not as it was written is left out: the snapshot cannot be read then, and
 * whoever decides says so. */
static void hold(struct resident *resident, struct text values)
{
    struct err err = {0};
    if (!hoard_read(&resident->hoard, values, &err))
        log_error("large value cannot be read", LOG_ID("instance", resident->id),
                  LOG_ERR(&err));
}

static void set_row(struct mailbox *mailbox, struct resident *resident,
                    const struct store_instance *row)
{
    struct flow_cache *cache = &mailbox->engine->cache;
    resident_drop_row(mailbox, resident);
    resident->is_row = true;
    resident->row = *row;
    resident->texts = keep_alloc(row->flow.n + row->key.n + 1);
    resident->snapshot = keep_alloc(row->snapshot.n + 1);
    char *room = resident->texts;
    resident->row.flow = mailbox_keep_text(&room, row->flow);
    resident->row.key = mailbox_keep_text(&room, row->key);
    room = resident->snapshot;
    resident->row.snapshot = mailbox_keep_text(&room, row->snapshot);
    resident->row.values = (struct text){"", 0};
    hold(resident, row->values);
    if (!row->is_there) {
        resident_go_on(mailbox, resident);
        return;
    }
    char line[STORE_LINE_BYTES];
    resident_set_line(mailbox, resident, store_line(line, row->flow, row->key));
    resident->program = flow_cache_get(cache, row->hash);
    if (resident->program != NULL) {
        resident_go_on(mailbox, resident);
        return;
    }
    resident_want(mailbox, resident, row->hash);
}

void resident_want(struct mailbox *mailbox, struct resident *resident,
                   struct digest image)
{
    program_put(&mailbox->engine->cache, resident->goes_to);
    resident->goes_to = NULL;
    resident->phase = RESIDENT_READING;
    resident->wants = image;
    TAILQ_INSERT_TAIL(&mailbox->reading, resident, in_line);
    flow_cache_want(&mailbox->engine->cache, image, image_came, mailbox);
}

void resident_went_over(struct mailbox *mailbox, struct resident *resident)
{
    program_put(&mailbox->engine->cache, resident->program);
    resident->program = resident->goes_to;
    resident->goes_to = NULL;
    resident->row.hash = resident->program->hash;
    resident->row.version = resident->program->ir->flow.version;
}

void mailbox_turn(struct mailbox *mailbox)
{
    struct engine *engine = mailbox->engine;
    stats_set(STAT_STIMULI_QUEUED, mailbox->letters_n);
    if (mailbox->is_load_under_way || TAILQ_EMPTY(&mailbox->empty) ||
        loop_now(engine->loop) < mailbox->load_not_before)
        return;
    struct id *ids = arena_array(loop_turn(engine->loop), struct id, LOAD_MAX);
    uint32_t n = 0;
    struct resident *resident;
    while (n < LOAD_MAX && (resident = TAILQ_FIRST(&mailbox->empty)) != NULL) {
        TAILQ_REMOVE(&mailbox->empty, resident, in_line);
        resident->phase = RESIDENT_LOADING;
        ids[n++] = resident->id;
    }
    mailbox->is_load_under_way = true;
    store_load(engine->store, ids, n, loaded, mailbox);
}
