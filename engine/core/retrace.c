/* The journal read as a state, and held against the one that is stored.
 *
 * Entries say what happened, not with what: answers of calls, for instance, stand in the
 * snapshot alone. So not everything can be told from them; what can is where an instance
 * is and since when, how often it was in each state, its marks, whether it lives, rests
 * or is paused, its version, and that no transition is missing. What else is checked is
 * that the rows beside a snapshot (its columns, timer, key, tasks, waits) say what it
 * says. docs/adr/0032 tells why the flow is not run again. */
#include "engine/core/retrace.h"

#include <stdarg.h>
#include <stdio.h>

#include "engine/base/json.h"
#include "engine/base/map.h"
#include "engine/base/when.h"
#include "engine/core/decision.h"

struct told { /* of a mark, or a state */
    int64_t at;
    uint32_t n;
};

struct retrace {
    struct arena *arena;
    uint32_t rows, rev;
    uint32_t missing; /* the first revision that has no row; 0: none */
    bool is_unread;   /* a row that is no list of entries */
    bool is_paused, has_moved, has_revived;
    uint32_t version; /* 0: it is on the one it began with */
    int64_t since, started_at, ended_at;
    enum instance_status ended; /* STATUS_RUNNING: it lives */
    struct text key, state, error;
    struct map *marks, *visits; /* of struct told */
    VEC(struct retrace_difference) differences;
};

struct entry_row { /* an entry, as it is stored */
    struct text kind, state, text;
    const json_t *data;
    int64_t at;
};

static bool read_entry(const json_t *json, struct entry_row *out);
static void fold_entry(struct retrace *r, const struct entry_row *entry);

struct retrace *retrace_new(struct arena *arena)
{
    struct retrace *r = arena_new_of(arena, struct retrace);
    r->arena = arena;
    r->ended = STATUS_RUNNING;
    r->marks = map_new(arena);
    r->visits = map_new(arena);
    return r;
}

uint32_t retrace_rows(const struct retrace *retrace)
{
    return retrace->rows;
}

void retrace_row(struct retrace *retrace, const struct retrace_row *row)
{
    size_t i;
    json_t *item;
    scoped_json json_t *entries = json_loadb(row->entries.chars, row->entries.n, 0, NULL);
    retrace->rows++;
    if (row->rev != retrace->rev + 1 && retrace->missing == 0)
        retrace->missing = retrace->rev + 1;
    retrace->rev = row->rev;
    retrace->is_unread = retrace->is_unread || !json_is_array(entries);
    json_array_foreach(entries, i, item)
    {
        struct entry_row entry;
        if (read_entry(item, &entry)) {
            entry.at = row->at;
            fold_entry(retrace, &entry);
        } else {
            retrace->is_unread = true;
        }
    }
}

static bool read_entry(const json_t *json, struct entry_row *out)
{
    *out = (struct entry_row){.kind = json_text_of(json_array_get(json, 0)),
                              .state = json_text_of(json_array_get(json, 1)),
                              .text = json_text_of(json_array_get(json, 5)),
                              .data = json_array_get(json, 6)};
    return json_array_size(json) == 7 && out->kind.n > 0;
}

/* ---- what an entry says ---- */

static struct told *told_of(struct retrace *r, struct map *map, struct text name)
{
    struct told *told = map_get(map, name);
    if (told != NULL)
        return told;
    told = arena_new_of(r->arena, struct told);
    map_put(map, text_dup(r->arena, name), told);
    return told;
}

static void keep_text(struct retrace *r, struct text *where, struct text t)
{
    if (!text_is(*where, t))
        *where = text_dup(r->arena, t);
}

static void started(struct retrace *r, const struct entry_row *e)
{
    r->started_at = r->since = e->at;
    keep_text(r, &r->key, e->text);
}

static void entered(struct retrace *r, const struct entry_row *e)
{
    r->since = e->at;
    keep_text(r, &r->state, e->text);
    told_of(r, r->visits, e->text)->n++;
}

static void marked(struct retrace *r, const struct entry_row *e)
{
    told_of(r, r->marks, e->text)->at = e->at;
}

/* How often it was in states of another name is not told from here on. */
static void migrated(struct retrace *r, const struct entry_row *e)
{
    r->version = (uint32_t)json_integer_value(json_object_get(e->data, "to"));
    r->has_moved = true;
    keep_text(r, &r->state, e->state);
}

static void commanded(struct retrace *r, const struct entry_row *e)
{
    bool unwinds = text_starts(e->text, TEXT("unwind"));
    if (text_is(e->text, TEXT("pause")))
        r->is_paused = true;
    if (unwinds || text_is(e->text, TEXT("resume")) || text_is(e->text, TEXT("cancel")))
        r->is_paused = false;
    if (!unwinds || r->ended == STATUS_RUNNING)
        return;
    r->ended = STATUS_RUNNING;
    r->ended_at = 0;
    r->since = e->at;
    r->has_revived = true;
}

static void ended(struct retrace *r, const struct entry_row *e, enum instance_status how)
{
    r->ended = how;
    r->ended_at = r->since = e->at;
    r->is_paused = false;
    keep_text(r, &r->error, e->text);
}

static void completed(struct retrace *r, const struct entry_row *e)
{
    ended(r, e, STATUS_COMPLETED);
}

static void failed(struct retrace *r, const struct entry_row *e)
{
    ended(r, e, STATUS_FAILED);
}

static void cancelled(struct retrace *r, const struct entry_row *e)
{
    ended(r, e, STATUS_CANCELLED);
}

/* Other kinds say nothing that is looked at. */
static void fold_entry(struct retrace *r, const struct entry_row *entry)
{
    static const struct {
        enum entry_kind kind;
        void (*fold)(struct retrace *r, const struct entry_row *entry);
    } folds[] = {
        {ENTRY_STARTED, started},     {ENTRY_ENTERED, entered},
        {ENTRY_MARKED, marked},       {ENTRY_MIGRATED, migrated},
        {ENTRY_COMMANDED, commanded}, {ENTRY_COMPLETED, completed},
        {ENTRY_FAILED, failed},       {ENTRY_CANCELLED, cancelled},
    };
    for (size_t i = 0; i < sizeof folds / sizeof *folds; i++)
        if (text_is_chars(entry->kind, entry_kind_name(folds[i].kind)))
            folds[i].fold(r, entry);
}

/* ---- what differs ---- */

static struct text say(const struct retrace *r, const char *format, ...)
    PRINTF_LIKE(2, 3);
static struct text say(const struct retrace *r, const char *format, ...)
{
    char chars[512];
    va_list args;
    va_start(args, format);
    vsnprintf(chars, sizeof chars, format, args);
    va_end(args);
    return text_dup(r->arena, text_of(chars));
}

static struct text moment(const struct retrace *r, int64_t at)
{
    char chars[WHEN_TEXT_BYTES];
    return at == 0 ? TEXT("none") : text_dup(r->arena, when_instant_print(at, chars));
}

static struct text word(struct text t)
{
    return t.n > 0 ? t : TEXT("none");
}

static void differs(struct retrace *r, const char *what, struct text journal,
                    struct text stored)
{
    struct retrace_difference d = {.what = what, .journal = journal, .stored = stored};
    vec_push(r->arena, &r->differences, d);
}

static void beside(struct retrace *r, const char *what, struct text snapshot,
                   struct text row)
{
    differs(r, what, snapshot, row);
    vec_last(&r->differences).is_beside = true;
}

/* Every transition has its row, and there is none beyond. */
static void compare_rows(struct retrace *r, const struct retrace_stored *stored)
{
    if (r->missing != 0)
        differs(r, "its transitions", say(r, "number %u is missing", r->missing),
                say(r, "%u", stored->rev));
    else if (r->rev != stored->rev)
        differs(r, "its transitions", say(r, "%u", r->rev), say(r, "%u", stored->rev));
    if (r->is_unread)
        differs(r, "its entries", TEXT("some cannot be read"), TEXT("all are lists"));
}

static struct text living(const struct retrace *r, enum instance_status ended,
                          bool is_paused)
{
    if (instance_status_is_ended(ended))
        return text_of(instance_status_name(ended));
    return say(r, "living%s", is_paused ? ", paused" : "");
}

static void compare_life(struct retrace *r, const struct retrace_stored *stored)
{
    bool is_aside = stored->status == STATUS_QUARANTINED;
    bool is_paused = is_aside ? r->is_paused : stored->status == STATUS_PAUSED;
    bool has_ended = instance_status_is_ended(stored->status);
    enum instance_status ended = has_ended ? stored->status : STATUS_RUNNING;
    if (r->ended != ended || (!has_ended && r->is_paused != is_paused))
        differs(r, "how it is", living(r, r->ended, r->is_paused),
                living(r, ended, is_paused));
    if (r->ended_at != stored->ended_at)
        differs(r, "when it ended", moment(r, r->ended_at), moment(r, stored->ended_at));
    if (r->started_at != stored->started_at)
        differs(r, "when it began", moment(r, r->started_at),
                moment(r, stored->started_at));
    if (r->since != stored->since)
        differs(r, "since when", moment(r, r->since), moment(r, stored->since));
    if (!text_is(r->key, stored->key))
        differs(r, "its key", word(r->key), word(stored->key));
    if (r->version != 0 && r->version != stored->version)
        differs(r, "its version", say(r, "%u", r->version),
                say(r, "%u", stored->version));
}

static void compare_states(struct retrace *r, const struct ir *ir,
                           const struct instance *inst)
{
    struct text state = instance_state_path(ir, inst);
    if (ir->states_n > 0 && !text_is(r->state, state))
        differs(r, "where it is", word(r->state), word(state));
    for (uint32_t i = 0; i < ir->states_n && !r->has_moved; i++) {
        struct text path = ir_text(ir, ir->states[i].path);
        const struct told *told = map_get(r->visits, path);
        uint32_t n = told != NULL ? told->n : 0;
        if (n != inst->visits[i].visits)
            differs(r, "how often it was in a state",
                    say(r, TEXT_FMT ": %u", TEXT_ARG(path), n),
                    say(r, "%u", inst->visits[i].visits));
    }
}

static void compare_marks(struct retrace *r, const struct instance *inst)
{
    for (uint32_t i = 0; i < inst->marks.n; i++) {
        const struct mark_stamp *mark = &inst->marks.at[i];
        const struct told *told = map_get(r->marks, mark->name);
        int64_t at = told != NULL ? told->at : 0;
        if (at != mark->at)
            differs(r, "a mark",
                    say(r, TEXT_FMT ": " TEXT_FMT, TEXT_ARG(mark->name),
                        TEXT_ARG(moment(r, at))),
                    moment(r, mark->at));
    }
    if (instance_status_is_ended(r->ended) && !text_is(r->error, inst->error))
        differs(r, "its error", word(r->error), word(inst->error));
    if (map_count(r->marks) > inst->marks.n)
        differs(r, "its marks", say(r, "%u", map_count(r->marks)),
                say(r, "%u", inst->marks.n));
}

static void compare_columns(struct retrace *r, const struct ir *ir,
                            const struct instance *inst,
                            const struct retrace_stored *stored)
{
    struct text state = instance_state_path(ir, inst);
    bool is_aside = stored->status == STATUS_QUARANTINED;
    if (inst->rev != stored->rev)
        beside(r, "its revision", say(r, "%u", inst->rev), say(r, "%u", stored->rev));
    if (!is_aside && inst->status != stored->status)
        beside(r, "its status", text_of(instance_status_name(inst->status)),
               text_of(instance_status_name(stored->status)));
    if (!text_is(state, stored->state))
        beside(r, "its state", word(state), word(stored->state));
    if (instance_has_calls(inst) != stored->in_flight)
        beside(r, "its calls",
               instance_has_calls(inst) ? TEXT("in flight") : TEXT("none in flight"),
               stored->in_flight ? TEXT("in flight") : TEXT("none in flight"));
    if (inst->since != stored->since)
        beside(r, "since when", moment(r, inst->since), moment(r, stored->since));
    if (inst->ended_at != stored->ended_at)
        beside(r, "when it ended", moment(r, inst->ended_at),
               moment(r, stored->ended_at));
    if (!text_is(inst->key, stored->key))
        beside(r, "its key", word(inst->key), word(stored->key));
}

/* What would wake it: nothing sleeps without an alarm. */
static void compare_alarms(struct retrace *r, const struct instance *inst,
                           const struct retrace_stored *stored)
{
    int64_t wake_at = instance_wake_at(inst);
    bool has_ended = instance_status_is_ended(stored->status);
    if (wake_at != 0 && (stored->timer_at == 0 || stored->timer_at > wake_at))
        beside(r, "when it is woken", moment(r, wake_at), moment(r, stored->timer_at));
    else if (!has_ended && stored->timer_at != 0 && !stored->has_timer)
        beside(r, "its timer", moment(r, stored->timer_at), TEXT("no row"));
    if (inst->tasks.n != stored->tasks)
        beside(r, "its tasks", say(r, "%u", inst->tasks.n), say(r, "%u", stored->tasks));
    if (inst->subscriptions.n != stored->subscriptions)
        beside(r, "what it waits for", say(r, "%u", inst->subscriptions.n),
               say(r, "%u", stored->subscriptions));
}

/* The key of what lives is taken; one that was given back with an end is not taken again
 * by what lives on to be undone. */
static void compare_key(struct retrace *r, const struct instance *inst,
                        const struct retrace_stored *stored)
{
    char chars[ID_TEXT_BYTES];
    bool has_own = !text_is(stored->key, id_print(inst->id, chars));
    bool wants = has_own && !instance_status_is_ended(stored->status) && !r->has_revived;
    if (wants != stored->has_key)
        beside(r, "its key's row", wants ? TEXT("taken") : TEXT("free"),
               stored->has_key ? TEXT("taken") : TEXT("free"));
}

uint32_t retrace_compare(struct retrace *retrace, const struct ir *ir,
                         const struct instance *inst, const struct retrace_stored *stored,
                         const struct retrace_difference **differences)
{
    compare_rows(retrace, stored);
    if (retrace->rows > 0)
        compare_life(retrace, stored);
    if (inst == NULL && stored->rev > 0)
        differs(retrace, "its snapshot", TEXT("it has begun"), TEXT("none"));
    if (inst != NULL && retrace->missing == 0) {
        compare_states(retrace, ir, inst);
        compare_marks(retrace, inst);
    }
    if (inst != NULL) {
        compare_columns(retrace, ir, inst, stored);
        compare_alarms(retrace, inst, stored);
        compare_key(retrace, inst, stored);
    }
    *differences = retrace->differences.at;
    return retrace->differences.n;
}
