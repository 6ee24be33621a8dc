/* Comparing two versions: which states are the same under another name, then fact by
 * fact, and of what differs only what explains the rest. */
#include "dsl/diff.h"

#include <string.h>

#include "dsl/diff_facts.h"
#include "dsl/diff_stub.h"
#include "engine/base/arena.h"

struct comparing {
    struct arena *arena;
    struct diff *diff;
    struct ir_meaning *old, *now;
    struct text *places_old, *places_now;
    struct diff_facts facts_old, facts_now;
};

static void find_renamed(struct comparing *c);
static void compare(struct comparing *c);
static void leave_out(struct arena *arena, struct diff *diff);

static struct text *paths(struct arena *arena, const struct ir *ir)
{
    struct text *all = arena_array(arena, struct text, ir->states_n + 1);
    for (uint32_t i = 0; i < ir->states_n; i++)
        all[i] = ir_text(ir, ir->states[i].path);
    return all;
}

struct diff *diff_flows(struct arena *arena, const struct ir *old, const struct ir *now)
{
    struct diff *diff = arena_new_of(arena, struct diff);
    *diff = (struct diff){
        .old = old, .now = now, .is_raised = now->flow.version > old->flow.version};
    struct comparing c = {.arena = arena,
                          .diff = diff,
                          .old = ir_meaning_new(arena, old),
                          .now = ir_meaning_new(arena, now),
                          .places_old = paths(arena, old),
                          .places_now = paths(arena, now)};
    ir_meaning_by_name(c.old, true); /* what they are is a fact of its own */
    ir_meaning_by_name(c.now, true);
    find_renamed(&c);
    diff_facts_of(arena, old, c.old, c.places_old, &c.facts_old);
    diff_facts_of(arena, now, c.now, c.places_now, &c.facts_now);
    compare(&c);
    leave_out(arena, diff);
    diff_stub(arena, diff, c.places_old);
    return diff;
}

/* ---- states under another name ---- */

static bool is_there(const struct text *paths, uint32_t n, struct text path)
{
    for (uint32_t i = 0; i < n; i++)
        if (text_is(paths[i], path))
            return true;
    return false;
}

/* The only new state that is made of the same; IR_NONE: none, or several. */
static uint32_t same_content(struct comparing *c, uint32_t old_state)
{
    const struct ir *old = c->diff->old, *now = c->diff->now;
    struct digest wanted = ir_meaning_state(c->old, old_state);
    uint32_t found = IR_NONE;
    for (uint32_t i = 0; i < now->states_n; i++) {
        if (is_there(c->places_old, old->states_n, c->places_now[i]))
            continue;
        struct digest digest = ir_meaning_state(c->now, i);
        if (!digest_is(&digest, &wanted))
            continue;
        if (found != IR_NONE)
            return IR_NONE;
        found = i;
    }
    return found;
}

/* By what they do, wherever that leads: two that lead to each other may both have new
 * names. */
static void find_renamed(struct comparing *c)
{
    const struct ir *old = c->diff->old, *now = c->diff->now;
    ir_meaning_blur(c->old, true);
    ir_meaning_blur(c->now, true);
    for (uint32_t i = 0; i < old->states_n; i++) {
        if (is_there(c->places_now, now->states_n, c->places_old[i]))
            continue;
        uint32_t to = same_content(c, i);
        if (to == IR_NONE)
            continue;
        struct diff_change change = {.how = DIFF_RENAMED,
                                     .what = old->states[i].is_final ? "end" : "state",
                                     .place = TEXT(""),
                                     .name = c->places_now[to],
                                     .before = c->places_old[i],
                                     .after = c->places_now[to]};
        vec_push(c->arena, &c->diff->changes, change);
        c->places_old[i] = c->places_now[to];
        ir_meaning_call(c->old, i, c->places_now[to]);
    }
    ir_meaning_blur(c->old, false);
    ir_meaning_blur(c->now, false);
}

/* ---- fact by fact ---- */

static const struct diff_fact *find(const struct diff_facts *facts,
                                    const struct diff_fact *wanted)
{
    for (uint32_t i = 0; i < facts->all.n; i++) {
        const struct diff_fact *f = &facts->all.at[i];
        if (strcmp(f->what, wanted->what) == 0 && text_is(f->place, wanted->place) &&
            text_is(f->name, wanted->name))
            return f;
    }
    return NULL;
}

static void say(struct comparing *c, enum diff_how how, const struct diff_fact *old,
                const struct diff_fact *now)
{
    const struct diff_fact *of = now != NULL ? now : old;
    struct diff_change change = {.how = how,
                                 .what = of->what,
                                 .place = of->place,
                                 .name = of->name,
                                 .before = old != NULL ? old->shown : TEXT(""),
                                 .after = now != NULL ? now->shown : TEXT("")};
    vec_push(c->arena, &c->diff->changes, change);
}

static void compare(struct comparing *c)
{
    for (uint32_t i = 0; i < c->facts_now.all.n; i++) {
        const struct diff_fact *now = &c->facts_now.all.at[i];
        const struct diff_fact *old = find(&c->facts_old, now);
        if (old == NULL)
            say(c, DIFF_NEW, NULL, now);
        else if (!digest_is(&old->digest, &now->digest))
            say(c, DIFF_CHANGED, old, now);
    }
    for (uint32_t i = 0; i < c->facts_old.all.n; i++)
        if (find(&c->facts_now, &c->facts_old.all.at[i]) == NULL)
            say(c, DIFF_GONE, &c->facts_old.all.at[i], NULL);
}

/* ---- what follows from something else that is said ---- */

static bool is(const struct diff_change *c, const char *what)
{
    return strcmp(c->what, what) == 0;
}

/* "erp.credit: CreditBlocked" is about "erp.credit". */
static bool is_about(struct text name, struct text whole)
{
    return text_starts(name, whole) && (name.n == whole.n || name.chars[whole.n] == ':' ||
                                        name.chars[whole.n] == ' ');
}

static bool is_whole(const struct diff_change *c)
{
    return is(c, "call") || is(c, "question") || is(c, "dead letter") ||
           is(c, "operation");
}

/* With a whole that has come or gone, its parts have too. */
static bool came_with(const struct diff_change *part, const struct diff_change *whole)
{
    if (part->how != whole->how || part == whole ||
        (whole->how != DIFF_NEW && whole->how != DIFF_GONE))
        return false;
    if (is(whole, "state") || is(whole, "end"))
        return text_is(part->place, whole->name);
    return is_whole(whole) && !is_whole(part) && text_is(part->place, whole->place) &&
           is_about(part->name, whole->name);
}

/* That the steps are others is not said where it is said what of them is. */
static bool is_explained_by(const struct diff_change *rough,
                            const struct diff_change *fine)
{
    if (rough->how != DIFF_CHANGED || rough == fine ||
        !text_is(rough->place, fine->place))
        return false;
    if (is(rough, "steps"))
        return !is(fine, "handler") && (!is(fine, "variable") || rough->place.n == 0) &&
               !is(fine, "visits") && !(is(fine, "limit") && fine->name.n == 0);
    if (is(rough, "choices") || is(rough, "operation"))
        return is_about(fine->name, rough->name);
    return false;
}

static bool is_left_out(const struct diff *diff, const struct diff_change *change)
{
    if (is(change, "choices") && change->how != DIFF_CHANGED)
        return true;
    if (is(change, "operation") && change->how != DIFF_CHANGED)
        return true; /* the calls say so */
    for (uint32_t i = 0; i < diff->changes.n; i++)
        if (came_with(change, &diff->changes.at[i]) ||
            is_explained_by(change, &diff->changes.at[i]))
            return true;
    return false;
}

static void leave_out(struct arena *arena, struct diff *diff)
{
    struct diff kept = {0};
    for (uint32_t i = 0; i < diff->changes.n; i++)
        if (!is_left_out(diff, &diff->changes.at[i]))
            vec_push(arena, &kept.changes, diff->changes.at[i]);
    diff->changes.at = kept.changes.at;
    diff->changes.n = kept.changes.n;
    diff->changes.room = kept.changes.room;
}
