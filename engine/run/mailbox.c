/* Instances in memory: where each stands, and who may stay. */
#include "engine/run/mailbox_parts.h"

#include <string.h>

#include "engine/run/crowd.h"
#include "engine/run/parts.h"
#include "engine/sys/keep.h"
#include "engine/sys/stats.h"

static void resident_free(struct mailbox *mailbox, struct resident *resident);
static bool is_held(const struct mailbox *mailbox, const struct resident *resident);
static void wake(void *owner);

void mailbox_init(struct mailbox *mailbox, struct engine *engine)
{
    *mailbox = (struct mailbox){.engine = engine};
    TAILQ_INIT(&mailbox->empty);
    TAILQ_INIT(&mailbox->reading);
    TAILQ_INIT(&mailbox->suspected);
    TAILQ_INIT(&mailbox->resting);
    TAILQ_INIT(&mailbox->over);
    for (unsigned i = 0; i < STORE_LANES_MAX; i++)
        turns_init(&mailbox->ready[i]);
    mailbox->again = loop_timer_new(engine->loop, wake, mailbox);
}

void mailbox_deinit(struct mailbox *mailbox)
{
    mailbox_forget_all(mailbox);
    mailbox_page_ended(mailbox);
    for (unsigned i = 0; i < STORE_LANES_MAX; i++)
        turns_deinit(&mailbox->ready[i]);
    loop_timer_free(mailbox->again);
    table_deinit(&mailbox->by_id);
    table_deinit(&mailbox->by_mail);
}

static void wake(void *owner)
{
    (void)owner; /* the end of this turn looks */
}

uint64_t id_hash(struct id id)
{
    uint64_t high, low;
    memcpy(&high, id.bytes, sizeof high);
    memcpy(&low, id.bytes + 8, sizeof low);
    return table_mix(high ^ table_mix(low));
}

struct resident *resident_find(const struct mailbox *mailbox, struct id id)
{
    struct table_node *node = table_first(&mailbox->by_id, id_hash(id));
    for (; node != NULL; node = table_next(node)) {
        struct resident *resident = table_item(node, struct resident, by_id);
        if (id_is(resident->id, id))
            return resident;
    }
    return NULL;
}

struct resident *resident_get(struct mailbox *mailbox, struct id id)
{
    struct resident *resident = resident_find(mailbox, id);
    if (resident != NULL)
        return resident;
    resident = keep_new_of(struct resident);
    resident->id = id;
    resident->phase = RESIDENT_EMPTY;
    TAILQ_INIT(&resident->letters);
    TAILQ_INIT(&resident->next_flights);
    table_add(&mailbox->by_id, &resident->by_id, id_hash(id));
    TAILQ_INSERT_TAIL(&mailbox->empty, resident, in_line);
    return resident;
}

void mailbox_expect(struct mailbox *mailbox, struct id instance)
{
    if (mailbox->by_id.n < mailbox->engine->config->hot_max)
        resident_get(mailbox, instance);
}

static size_t resting_bytes(const struct resident *resident)
{
    return resident->row.snapshot.n + resident->hoard.bytes;
}

void resident_leave_rest(struct mailbox *mailbox, struct resident *resident)
{
    TAILQ_REMOVE(&mailbox->resting, resident, in_line);
    mailbox->resting_n--;
    mailbox->resting_bytes -= resting_bytes(resident);
    stats_set(STAT_INSTANCES_HOT, mailbox->by_id.n);
}

bool mailbox_is_full(const struct mailbox *mailbox, enum mailbox_part part)
{
    static const uint8_t quarters[] = {
        [MAILBOX_DUE] = 2, [MAILBOX_MAIL] = 3, [MAILBOX_WHOLE] = 4};
    return mailbox->letters_n >= mailbox->engine->config->queue_max * quarters[part] / 4;
}

void mailbox_count_letters(struct mailbox *mailbox, struct resident *resident, int by)
{
    mailbox->letters_n += (uint32_t)by;
    if (resident->line != NULL)
        resident->line->letters += (uint32_t)by;
}

void resident_set_line(struct mailbox *mailbox, struct resident *resident,
                       struct text name)
{
    const struct letter *letter;
    if (resident->line != NULL)
        return; /* it never leaves it */
    resident->line = crowd_enter(&mailbox->engine->crowd, name);
    TAILQ_FOREACH(letter, &resident->letters, in_resident)
    resident->line->letters++;
}

void mailbox_in_line(struct mailbox *mailbox, struct id instance, struct text line)
{
    struct resident *resident = resident_find(mailbox, instance);
    if (resident != NULL)
        resident_set_line(mailbox, resident, line);
}

uint64_t resident_kind(const struct resident *resident)
{
    return resident->line == NULL ? 0 : resident->line->number;
}

static void to_ready(struct mailbox *mailbox, struct resident *resident)
{
    resident->phase = RESIDENT_READY;
    resident->lane = store_lane_of(mailbox->engine->store, resident->id);
    turns_add(&mailbox->ready[resident->lane], &resident->turn,
              resident_kind(resident) +
                  letter_is_due_work(TAILQ_FIRST(&resident->letters)));
}

void resident_may_begin(struct mailbox *mailbox, struct id id)
{
    struct resident *resident = resident_find(mailbox, id);
    if (resident == NULL || resident->phase != RESIDENT_SUSPECTED)
        return;
    TAILQ_REMOVE(&mailbox->suspected, resident, in_line);
    to_ready(mailbox, resident);
}

void resident_go_on(struct mailbox *mailbox, struct resident *resident)
{
    struct engine *engine = mailbox->engine;
    if (is_held(mailbox, resident)) {
        resident_forget_now(mailbox, resident);
        return;
    }
    if (!TAILQ_EMPTY(&resident->letters)) {
        if (!resident->is_row) {
            resident->phase = RESIDENT_EMPTY;
            TAILQ_INSERT_TAIL(&mailbox->empty, resident, in_line);
        } else if (!poison_lets_begin(&engine->poison, resident)) {
            resident->phase = RESIDENT_SUSPECTED;
            TAILQ_INSERT_TAIL(&mailbox->suspected, resident, in_line);
        } else {
            to_ready(mailbox, resident);
        }
        return;
    }
    resident->phase = RESIDENT_RESTING;
    TAILQ_INSERT_TAIL(&mailbox->resting, resident, in_line);
    mailbox->resting_n++;
    mailbox->resting_bytes += resting_bytes(resident);
    if (!resident->is_row || !resident->row.is_there ||
        instance_status_is_ended(resident->row.status))
        resident_forget(mailbox, resident);
    while (mailbox->resting_n > engine->config->hot_max ||
           mailbox->resting_bytes > (size_t)engine->config->hot_bytes)
        resident_forget(mailbox, TAILQ_FIRST(&mailbox->resting));
    stats_set(STAT_INSTANCES_HOT, mailbox->by_id.n);
}

void resident_drop_row(struct mailbox *mailbox, struct resident *resident)
{
    program_put(&mailbox->engine->cache, resident->program);
    program_put(&mailbox->engine->cache, resident->goes_to);
    resident->program = resident->goes_to = NULL;
    resident->is_unreadable = false;
    keep_free(resident->texts);
    keep_free(resident->snapshot);
    hoard_drop(&resident->hoard);
    resident->texts = resident->snapshot = NULL;
    resident->row = (struct store_instance){0};
    resident->is_row = false;
}

void resident_to_empty(struct mailbox *mailbox, struct resident *resident)
{
    resident->phase = RESIDENT_EMPTY;
    TAILQ_INSERT_TAIL(&mailbox->empty, resident, in_line);
}

/* Called for one that stands in no line. */
void resident_reload(struct mailbox *mailbox, struct resident *resident)
{
    resident_drop_row(mailbox, resident);
    if (TAILQ_EMPTY(&resident->letters)) {
        resident_free(mailbox, resident);
        return;
    }
    resident_to_empty(mailbox, resident);
}

static void leave_line(struct mailbox *mailbox, struct resident *resident)
{
    switch (resident->phase) {
    case RESIDENT_EMPTY:
        TAILQ_REMOVE(&mailbox->empty, resident, in_line);
        break;
    case RESIDENT_READING:
        TAILQ_REMOVE(&mailbox->reading, resident, in_line);
        break;
    case RESIDENT_SUSPECTED:
        TAILQ_REMOVE(&mailbox->suspected, resident, in_line);
        break;
    case RESIDENT_RESTING:
        resident_leave_rest(mailbox, resident);
        break;
    case RESIDENT_READY:
        turns_remove(&mailbox->ready[resident->lane], &resident->turn);
        break;
    case RESIDENT_LOADING:
    case RESIDENT_DECIDED:
    case RESIDENT_SETTLING:
    case RESIDENT_DOOMED:
        break;
    }
}

static void forget_letters(struct mailbox *mailbox, struct resident *resident)
{
    struct letter *letter;
    while ((letter = letter_take(mailbox, resident)) != NULL)
        letter_forget(mailbox, letter);
}

void resident_forget(struct mailbox *mailbox, struct resident *resident)
{
    forget_letters(mailbox, resident);
    if (resident->phase == RESIDENT_DECIDED) {
        table_remove(&mailbox->by_id, &resident->by_id);
        resident->phase = RESIDENT_DOOMED;
        return;
    }
    leave_line(mailbox, resident);
    resident_free(mailbox, resident);
}

void resident_forget_now(struct mailbox *mailbox, struct resident *resident)
{
    forget_letters(mailbox, resident);
    resident_free(mailbox, resident);
}

void resident_doom_done(struct mailbox *mailbox, struct resident *resident)
{
    must(resident->phase == RESIDENT_DOOMED);
    resident_free(mailbox, resident);
}

static void resident_free(struct mailbox *mailbox, struct resident *resident)
{
    struct flight *flight;
    if (resident->phase != RESIDENT_DOOMED)
        table_remove(&mailbox->by_id, &resident->by_id);
    while ((flight = TAILQ_FIRST(&resident->next_flights)) != NULL) {
        TAILQ_REMOVE(&resident->next_flights, flight, in_line);
        flight_free(flight);
    }
    resident_drop_row(mailbox, resident);
    if (resident->line != NULL)
        crowd_leave(&mailbox->engine->crowd, resident->line);
    keep_free(resident->next_snapshot);
    hoard_drop(&resident->next_hoard);
    keep_free(resident);
}

struct forget {
    struct mailbox *mailbox;
    uint32_t shard; /* STORE_SHARDS: all */
};

static void forget_node(struct table_node *node, void *owner)
{
    const struct forget *forget = owner;
    struct resident *resident = table_item(node, struct resident, by_id);
    if (forget->shard == STORE_SHARDS || store_shard_of(resident->id) == forget->shard)
        resident_forget(forget->mailbox, resident);
}

void mailbox_forget_all(struct mailbox *mailbox)
{
    struct forget forget = {mailbox, STORE_SHARDS};
    table_walk(&mailbox->by_id, forget_node, &forget);
}

void mailbox_forget_shard(struct mailbox *mailbox, uint32_t shard)
{
    struct forget forget = {mailbox, shard};
    table_walk(&mailbox->by_id, forget_node, &forget);
}

static bool is_held(const struct mailbox *mailbox, const struct resident *resident)
{
    return resident->is_row && resident->row.is_there &&
           holds_find(&mailbox->engine->holds, &resident->row.hash) != NULL;
}

static void forget_held(struct table_node *node, void *owner)
{
    struct resident *resident = table_item(node, struct resident, by_id);
    if (is_held(owner, resident))
        resident_forget(owner, resident);
}

void mailbox_forget_held(struct mailbox *mailbox)
{
    table_walk(&mailbox->by_id, forget_held, mailbox);
}

static void forget_new_work(struct table_node *node, void *owner)
{
    struct mailbox *mailbox = owner;
    struct resident *resident = table_item(node, struct resident, by_id);
    struct letter *letter = TAILQ_FIRST(&resident->letters), *next;
    for (; letter != NULL; letter = next) {
        next = TAILQ_NEXT(letter, in_resident);
        if (letter->kind == STIMULUS_OUTCOME)
            continue;
        TAILQ_REMOVE(&resident->letters, letter, in_resident);
        mailbox_count_letters(mailbox, resident, -1);
        resident->has_timer = false;
        letter_forget(mailbox, letter);
    }
    if (TAILQ_EMPTY(&resident->letters) && resident->phase != RESIDENT_DECIDED &&
        resident->phase != RESIDENT_SETTLING)
        resident_forget(mailbox, resident);
}

void mailbox_forget_new_work(struct mailbox *mailbox)
{
    table_walk(&mailbox->by_id, forget_new_work, mailbox);
}
