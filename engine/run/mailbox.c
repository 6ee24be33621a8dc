/* Instances in memory, and their letters. */
#include "engine/run/mailbox.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/mutant.h"
#include "engine/run/crowd.h"
#include "engine/run/parts.h"
#include "engine/sys/clock.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"
#include "engine/sys/stats.h"

enum {
    LOAD_MAX = 500,         /* rows of one read */
    LOAD_PAUSE = 500 * 1000 /* µs after a read that failed */
};

static void resident_free(struct mailbox *mailbox, struct resident *resident);
static void set_row(struct mailbox *mailbox, struct resident *resident,
                    const struct store_instance *row);
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

uint64_t id_hash(struct id id)
{
    uint64_t high, low;
    memcpy(&high, id.bytes, sizeof high);
    memcpy(&low, id.bytes + 8, sizeof low);
    return table_mix(high ^ table_mix(low));
}

/* ---- letters ---- */

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

static struct resident *resident_get(struct mailbox *mailbox, struct id id)
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

static void leave_rest(struct mailbox *mailbox, struct resident *resident)
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

static void count_letters(struct mailbox *mailbox, struct resident *resident, int by)
{
    mailbox->letters_n += (uint32_t)by;
    if (resident->line != NULL)
        resident->line->letters += (uint32_t)by;
}

static void set_line(struct mailbox *mailbox, struct resident *resident, struct text name)
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
        set_line(mailbox, resident, line);
}

static void post(struct mailbox *mailbox, struct letter *letter)
{
    struct resident *resident = resident_get(mailbox, letter->instance);
    TAILQ_INSERT_TAIL(&resident->letters, letter, in_resident);
    count_letters(mailbox, resident, 1);
    if (letter->kind == STIMULUS_TIMER)
        resident->has_timer = true;
    if (resident->phase == RESIDENT_RESTING) {
        leave_rest(mailbox, resident);
        resident_go_on(mailbox, resident);
    }
}

static struct letter *letter_new(struct id instance, enum stimulus_kind kind, size_t room)
{
    struct letter *letter = keep_alloc(sizeof *letter + room);
    letter->instance = instance;
    letter->kind = kind;
    return letter;
}

static struct text keep_text(char **room, struct text t)
{
    struct text kept = {*room, t.n};
    if (t.n > 0)
        memcpy(*room, t.chars, t.n);
    *room += t.n;
    return kept;
}

bool mailbox_post_mail(struct mailbox *mailbox, const struct store_mail *mail)
{
    uint64_t hash = table_mix(mail->seq);
    struct table_node *node = table_first(&mailbox->by_mail, hash);
    for (; node != NULL; node = table_next(node))
        if (table_item(node, struct letter, by_mail)->mail == mail->seq)
            return false;
    struct letter *letter = letter_new(mail->instance, mail->kind,
                                       mail->event.n + mail->verb.n + mail->step.n +
                                           mail->actor.n + mail->reason.n + mail->data.n);
    char *room = letter->chars;
    letter->mail = mail->seq;
    letter->event = keep_text(&room, mail->event);
    letter->verb = keep_text(&room, mail->verb);
    letter->step = keep_text(&room, mail->step);
    letter->actor = keep_text(&room, mail->actor);
    letter->reason = keep_text(&room, mail->reason);
    letter->data = keep_text(&room, mail->data);
    letter->message = mail->message;
    letter->task = mail->task;
    table_add(&mailbox->by_mail, &letter->by_mail, hash);
    mailbox->mails_n++;
    post(mailbox, letter);
    return true;
}

void mailbox_post_timer(struct mailbox *mailbox, struct id instance)
{
    const struct resident *resident = resident_find(mailbox, instance);
    if (resident != NULL && (resident->has_timer || resident->phase == RESIDENT_DECIDED ||
                             resident->phase == RESIDENT_SETTLING))
        return; /* known, or just being changed: the next query shows what is left */
    post(mailbox, letter_new(instance, STIMULUS_TIMER, 0));
}

void mailbox_post_recover(struct mailbox *mailbox, struct id instance)
{
    post(mailbox, letter_new(instance, STIMULUS_RECOVER, 0));
}

void mailbox_post_outcome(struct mailbox *mailbox, struct flight *flight)
{
    struct letter *letter = letter_new(flight->instance, STIMULUS_OUTCOME, 0);
    letter->flight = flight;
    flight->is_posted = true;
    post(mailbox, letter);
}

bool letter_is_due_work(const struct letter *letter)
{
    return letter != NULL &&
           (letter->kind == STIMULUS_TIMER || letter->kind == STIMULUS_RECOVER);
}

struct letter *letter_take(struct mailbox *mailbox, struct resident *resident)
{
    struct letter *letter = TAILQ_FIRST(&resident->letters);
    if (letter == NULL)
        return NULL;
    TAILQ_REMOVE(&resident->letters, letter, in_resident);
    count_letters(mailbox, resident, -1);
    if (letter->kind == STIMULUS_TIMER)
        resident->has_timer = false;
    return letter;
}

void letter_return(struct mailbox *mailbox, struct resident *resident,
                   struct letter *letter)
{
    TAILQ_INSERT_HEAD(&resident->letters, letter, in_resident);
    count_letters(mailbox, resident, 1);
    if (letter->kind == STIMULUS_TIMER)
        resident->has_timer = true;
}

static void letter_free(struct letter *letter)
{
    if (letter->flight != NULL)
        letter->flight->is_posted = false;
    keep_free(letter);
}

/* A page that is being read was perhaps written down before this letter was consumed, and
 * would bring it again: so it stays known until the page has come. */
void letter_done(struct mailbox *mailbox, struct letter *letter)
{
    if (letter->mail != 0) {
        mailbox->mails_n--;
        if (mailbox->is_reading && !MUTANT(MAIL_NOT_LOOKED_FOR)) {
            letter->is_over = true;
            TAILQ_INSERT_TAIL(&mailbox->over, letter, in_resident);
            return;
        }
        table_remove(&mailbox->by_mail, &letter->by_mail);
    }
    letter_free(letter);
}

void letter_forget(struct mailbox *mailbox, struct letter *letter)
{
    if (letter->mail != 0) {
        mailbox->mails_n--;
        table_remove(&mailbox->by_mail, &letter->by_mail);
    }
    letter_free(letter);
}

void mailbox_page_begins(struct mailbox *mailbox)
{
    mailbox->is_reading = true;
}

void mailbox_page_ended(struct mailbox *mailbox)
{
    struct letter *letter;
    mailbox->is_reading = false;
    while ((letter = TAILQ_FIRST(&mailbox->over)) != NULL) {
        TAILQ_REMOVE(&mailbox->over, letter, in_resident);
        table_remove(&mailbox->by_mail, &letter->by_mail);
        keep_free(letter);
    }
}

/* ---- residents ---- */

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

static void drop_row(struct mailbox *mailbox, struct resident *resident)
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

/* Called for one that stands in no line. */
void resident_reload(struct mailbox *mailbox, struct resident *resident)
{
    drop_row(mailbox, resident);
    if (TAILQ_EMPTY(&resident->letters)) {
        resident_free(mailbox, resident);
        return;
    }
    resident->phase = RESIDENT_EMPTY;
    TAILQ_INSERT_TAIL(&mailbox->empty, resident, in_line);
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
        leave_rest(mailbox, resident);
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
    drop_row(mailbox, resident);
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
        count_letters(mailbox, resident, -1);
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

/* ---- reading rows ---- */

static void try_again_later(struct mailbox *mailbox)
{
    mailbox->load_not_before = loop_now(mailbox->engine->loop) + LOAD_PAUSE;
    loop_timer_at(mailbox->again, mailbox->load_not_before);
}

static void wake(void *owner)
{
    (void)owner; /* the end of this turn looks */
}

static void to_empty(struct mailbox *mailbox, struct resident *resident)
{
    resident->phase = RESIDENT_EMPTY;
    TAILQ_INSERT_TAIL(&mailbox->empty, resident, in_line);
}

static void not_loaded(struct table_node *node, void *owner)
{
    struct resident *resident = table_item(node, struct resident, by_id);
    if (resident->phase == RESIDENT_LOADING)
        to_empty(owner, resident);
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
    drop_row(mailbox, resident);
    to_empty(mailbox, resident);
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
    drop_row(mailbox, resident);
    resident->is_row = true;
    resident->row = *row;
    resident->texts = keep_alloc(row->flow.n + row->key.n + 1);
    resident->snapshot = keep_alloc(row->snapshot.n + 1);
    char *room = resident->texts;
    resident->row.flow = keep_text(&room, row->flow);
    resident->row.key = keep_text(&room, row->key);
    room = resident->snapshot;
    resident->row.snapshot = keep_text(&room, row->snapshot);
    resident->row.values = (struct text){"", 0};
    hold(resident, row->values);
    if (!row->is_there) {
        resident_go_on(mailbox, resident);
        return;
    }
    char line[STORE_LINE_BYTES];
    set_line(mailbox, resident, store_line(line, row->flow, row->key));
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
