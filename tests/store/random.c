/* Random sequences of verbs: what one store says, the other must say too. Ids differ, so
 * both sides speak of instances by the order in which they were started. */
#include "tests/store/random.h"

#include <stdio.h>

#include "engine/base/buf.h"

enum { INSTANCES_MAX = 12, KEYS = 5, ORDERS = 4 };

struct world {
    struct side *side;
    struct node *node;
    struct store_instance rows[INSTANCES_MAX]; /* as last seen: may be stale on purpose */
    int n;
};

struct dice {
    uint64_t state;
};

static uint32_t throw_dice(struct dice *dice, uint32_t sides)
{
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice->state >> 33) % sides;
}

/* ---- one verb, as a line ---- */

static void say_start(struct world *w, struct buf *out, struct dice dice)
{
    char args[80];
    snprintf(args, sizeof args, "{\"order\":{\"id\":\"K-%u\"},\"n\":%u}",
             throw_dice(&dice, KEYS), throw_dice(&dice, 2));
    struct got got = do_start(w->side, w->node, "f", args, "");
    buf_printf(out, "start %s: %d %d", args, got.err.code, got.created);
    if (got.err.code == ERR_OK && got.created && w->n < INSTANCES_MAX)
        w->rows[w->n++] = loaded(w->side, w->node, got.id);
}

static int place_of(const struct world *w, struct id id)
{
    for (int i = 0; i < w->n; i++)
        if (id_is(w->rows[i].id, id))
            return i;
    return -1;
}

static uint64_t mail_of(struct world *w, struct id id, bool *is_event)
{
    struct got mail = do_mail(w->side, w->node, 0, 1000);
    for (uint32_t i = 0; i < mail.n; i++)
        if (id_is(mail.mails[i].instance, id)) {
            *is_event = mail.mails[i].kind == STIMULUS_EVENT;
            return mail.mails[i].seq;
        }
    return 0;
}

static enum instance_status status_of(struct dice *dice)
{
    static const enum instance_status all[] = {STATUS_RUNNING, STATUS_WAITING,
                                               STATUS_WAITING, STATUS_PARKED,
                                               STATUS_PAUSED,  STATUS_COMPLETED};
    return all[throw_dice(dice, sizeof all / sizeof *all)];
}

static void say_commit(struct world *w, struct buf *out, struct dice dice)
{
    int i = (int)throw_dice(&dice, (uint32_t)w->n);
    if (throw_dice(&dice, 4) > 0)
        w->rows[i] = loaded(w->side, w->node, w->rows[i].id);
    struct store_transition t = next_of(&w->rows[i]);
    t.status = status_of(&dice);
    t.ended_at = instance_status_is_ended(t.status) ? t.at : 0;
    t.in_flight = throw_dice(&dice, 3) == 0;
    t.wake_at = throw_dice(&dice, 2) * (t.at + (int64_t)throw_dice(&dice, 9) * 1000000);
    char order[16];
    snprintf(order, sizeof order, "K-%u", throw_dice(&dice, ORDERS));
    struct store_subscription s = {.drop = throw_dice(&dice, 3) == 0,
                                   .number = 1 + throw_dice(&dice, 3),
                                   .event = TEXT("Paid"),
                                   .key = hash_of(order),
                                   .fields = 1,
                                   .is_held = true};
    t.subscriptions = &s;
    t.subscriptions_n = throw_dice(&dice, 2);
    bool is_event = false;
    if (throw_dice(&dice, 2) > 0)
        t.mail = mail_of(w, t.id, &is_event);
    t.event_given_back = is_event && throw_dice(&dice, 2) == 0;
    struct digest key = digest_of(TEXT("k"));
    t.raised = t.asked = &key;
    t.raised_n = throw_dice(&dice, 2);
    t.asked_n = 1;
    struct got got = do_commit(w->side, w->node, &t, 1);
    buf_printf(
        out, "commit %d rev %u to %d mail %d: fate %d timer %lld generation %u %d%d", i,
        t.rev, t.status, t.mail != 0, got.moved[0].fate, (long long)got.moved[0].timer_at,
        got.moved[0].fate == STORE_MOVED ? got.moved[0].generations[0] : 0, got.emitted,
        got.subscribed);
}

static void say_send(struct world *w, struct buf *out, struct dice dice)
{
    char body[64];
    snprintf(body, sizeof body, "{\"order\":\"K-%u\",\"m\":%u}",
             throw_dice(&dice, ORDERS), throw_dice(&dice, 8));
    struct got got = do_send(w->side, w->node, "Paid", body);
    buf_printf(out, "send %s: %d %d", body, got.err.code, got.duplicate);
}

static void say_command(struct world *w, struct buf *out, struct dice dice)
{
    static const char *const verbs[] = {"cancel", "pause", "resume", "retry"};
    int i = (int)throw_dice(&dice, (uint32_t)w->n);
    const char *verb = verbs[throw_dice(&dice, 4)];
    struct got got = do_command(w->side, w->node, w->rows[i].id, verb);
    buf_printf(out, "%s %d: %d", verb, i, got.err.code);
}

static void say_match(struct world *w, struct buf *out)
{
    struct got got = match_all(w->side, w->node);
    buf_printf(out, "match: %d delivered %u", got.err.code, got.delivered);
}

/* Everything that can be seen. */
static void say_all(struct world *w, struct buf *out)
{
    static const char *const kinds[] = {"held", "unclaimed", "duplicate", "refused"};
    for (int i = 0; i < w->n; i++) {
        struct store_instance row = loaded(w->side, w->node, w->rows[i].id);
        buf_printf(out, "\n  %d: " TEXT_FMT " rev %u %s timer %lld", i, TEXT_ARG(row.key),
                   row.rev, instance_status_name(row.status), (long long)row.timer_at);
    }
    struct got mail = do_mail(w->side, w->node, 0, 1000);
    for (int i = 0; i < w->n; i++)
        for (uint32_t k = 0; k < mail.n; k++)
            if (place_of(w, mail.mails[k].instance) == i)
                buf_printf(out, "\n  mail for %d: kind %d " TEXT_FMT, i,
                           mail.mails[k].kind, TEXT_ARG(mail.mails[k].data));
    struct got timers = do_timers(w->side, w->node, 0, NULL, 1000);
    for (int i = 0; i < w->n; i++)
        for (uint32_t k = 0; k < timers.n; k++)
            if (place_of(w, timers.timers[k].instance) == i)
                buf_printf(out, "\n  timer of %d: %lld", i,
                           (long long)timers.timers[k].fire_at);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        buf_printf(out, "\n  %s %d", kinds[k], inbox_count(w->side, kinds[k]));
    for (int status = STATUS_RUNNING; status <= STATUS_COMPLETED; status++) {
        const char *name = instance_status_name((enum instance_status)status);
        if (name == NULL || (status > STATUS_QUARANTINED && status < STATUS_COMPLETED))
            continue;
        buf_printf(out, "\n  %s %d", name, count_of(w->side, w->node, name));
    }
}

static struct text say(struct world *w, uint32_t verb, struct dice dice)
{
    struct buf out;
    buf_init(&out, w->side->test);
    if (verb < 3 || w->n == 0)
        say_start(w, &out, dice);
    else if (verb < 10)
        say_commit(w, &out, dice);
    else if (verb < 13)
        say_send(w, &out, dice);
    else if (verb < 14)
        say_command(w, &out, dice);
    else if (verb < 17)
        say_match(w, &out);
    else
        say_all(w, &out);
    return buf_done(&out);
}

bool random_agrees(struct side *a, struct side *b, uint64_t seed, int steps)
{
    struct dice dice = {seed};
    struct world worlds[2] = {{.side = a}, {.side = b}};
    bool agrees = true;
    for (int i = 0; i < 2; i++) {
        side_reset(worlds[i].side);
        worlds[i].node = node_open(worlds[i].side, 32, 60 * INT64_C(1000000));
    }
    for (int step = 0; step <= steps && agrees; step++) {
        uint32_t verb = step == steps ? 17 : throw_dice(&dice, 18);
        struct text said[2] = {say(&worlds[0], verb, dice), say(&worlds[1], verb, dice)};
        throw_dice(&dice, 2);
        agrees = text_is(said[0], said[1]);
        if (!agrees)
            printf("    seed %llu step %d:\n    %s: " TEXT_FMT "\n    %s: " TEXT_FMT "\n",
                   (unsigned long long)seed, step, a->name, TEXT_ARG(said[0]), b->name,
                   TEXT_ARG(said[1]));
    }
    for (int i = 0; i < 2; i++)
        node_kill(worlds[i].node);
    return agrees;
}
