/* What is due: pages of mail and of timers, asked for when there is reason to. */
#include "engine/run/sched.h"
#include "engine/base/mutant.h"

#include "engine/base/arena.h"
#include "engine/run/parts.h"
#include "engine/sys/clock.h"
#include "engine/sys/fault.h"
#include "engine/sys/log.h"
#include "engine/sys/stats.h"

enum {
    REREAD_PAUSE = 1000000, /* µs between two readings from the start while much of it is
                               known and under way */
    TIMERS_POLL =
        5 * 1000000,    /* µs: timers are ours alone, so this is only a safety net */
    ALARM_LEAST = 1000, /* µs: a timer that is due and not seen yet is not spun for */
    QUIET_DOUBLINGS = 2 /* of the pause between polls: an idle engine costs next to
                           nothing, and what rang unheard is found within four of them */
};

static void poll(void *owner);
static void alarm_rang(void *owner);
static void mail_came(void *owner, const struct store_mails *mails);
static void timers_came(void *owner, const struct store_timers *timers);

void sched_init(struct sched *sched, struct engine *engine)
{
    *sched = (struct sched){.engine = engine};
    sched->poll = loop_timer_new(engine->loop, poll, sched);
    sched->alarm = loop_timer_new(engine->loop, alarm_rang, sched);
}

void sched_deinit(struct sched *sched)
{
    loop_timer_free(sched->poll);
    loop_timer_free(sched->alarm);
}

void sched_start(struct sched *sched)
{
    sched->quiet_polls = 0;
    loop_timer_in(sched->poll, sched->engine->config->poll);
}

void sched_stop(struct sched *sched)
{
    sched->quiet_polls = 0; /* and nobody who looks starts it */
    loop_timer_stop(sched->poll);
    loop_timer_stop(sched->alarm);
}

static void look(struct sched *sched)
{
    sched->is_mail_wanted = true;
    front_look(&sched->engine->front);
}

void sched_look(struct sched *sched)
{
    if (sched->quiet_polls > 0)
        sched_start(sched); /* the next poll is far off */
    look(sched);
}

void sched_look_at_timers(struct sched *sched)
{
    sched->are_timers_wanted = true;
    front_look_at_timers(&sched->engine->front);
}

void sched_begin_anew(struct sched *sched)
{
    sched->mail_after = 0;
    sched->is_mail_stale = sched->is_mail_under_way;
    front_forget(&sched->engine->front);
}

static void poll(void *owner)
{
    struct sched *sched = owner;
    loop_timer_in(sched->poll, sched->engine->config->poll << sched->quiet_polls);
    if (sched->quiet_polls < QUIET_DOUBLINGS)
        sched->quiet_polls++;
    look(sched);
    inbox_look(&sched->engine->inbox);
    if (loop_now(sched->engine->loop) - sched->timers_asked_at > TIMERS_POLL)
        sched_look_at_timers(sched);
}

uint32_t sched_page(const struct sched *sched)
{
    int64_t page = sched->engine->config->page;
    return page < STORE_PAGE_MAX ? (uint32_t)page : STORE_PAGE_MAX;
}

static void ask_for_mail(struct sched *sched)
{
    struct engine *engine = sched->engine;
    uint32_t page = sched_page(sched);
    int64_t now = loop_now(engine->loop);
    bool is_known = sched->mail_after == 0 && engine->mailbox.mails_n >= page &&
                    now - sched->mail_from_start_at < REREAD_PAUSE;
    if (sched->is_mail_under_way || engine->front.mail.is_under_way)
        return;
    if (mailbox_is_full(&engine->mailbox, MAILBOX_MAIL)) {
        front_begin_mail(&engine->front, sched->mail_after);
        return;
    }
    if (is_known)
        return;
    sched->is_mail_wanted = false;
    sched->is_mail_under_way = true;
    if (sched->mail_after == 0)
        sched->mail_from_start_at = now;
    mailbox_page_begins(&engine->mailbox);
    store_mail(engine->store, sched->mail_after, page, mail_came, sched);
}

static void ask_for_timers(struct sched *sched)
{
    struct engine *engine = sched->engine;
    if (sched->are_timers_under_way)
        return;
    if (mailbox_is_full(&engine->mailbox, MAILBOX_DUE)) {
        front_begin_timers(&engine->front, &sched->timers_after);
        return;
    }
    sched->are_timers_wanted = false;
    sched->are_timers_under_way = true;
    sched->timers_asked_at = loop_now(engine->loop);
    store_timers(engine->store, 0,
                 sched->timers_after.fire_at == 0 ? NULL : &sched->timers_after,
                 sched_page(sched), timers_came, sched);
}

void sched_turn(struct sched *sched)
{
    struct engine *engine = sched->engine;
    if (!lease_is_working(&engine->lease) || engine->is_draining)
        return;
    /* One page at a time, of the one reading and of the other. */
    if (sched->is_fronts_turn)
        front_turn(&engine->front);
    sched->is_fronts_turn = false;
    if (sched->is_mail_wanted)
        ask_for_mail(sched);
    if (sched->are_timers_wanted)
        ask_for_timers(sched);
    front_turn(&engine->front);
}

/* ---- mail ---- */

static void mail_came(void *owner, const struct store_mails *mails)
{
    struct sched *sched = owner;
    struct engine *engine = sched->engine;
    sched->is_mail_under_way = false;
    sched->is_fronts_turn = true;
    bool is_long = sched->mail_after != 0; /* more than a page, and perhaps thousands */
    bool is_ours =
        mails->err == NULL && lease_is_working(&engine->lease) && !engine->is_draining;
    if (is_ours)
        for (uint32_t i = 0; i < mails->n; i++)
            if (!lease_hands_over(&engine->lease, mails->mails[i].instance))
                mailbox_post_mail(&engine->mailbox, &mails->mails[i]);
    mailbox_page_ended(&engine->mailbox);
    sched->mail_after = 0;
    if (sched->is_mail_stale) {
        sched->is_mail_stale = false;
        sched->is_mail_wanted = true;
    } else if (is_ours && mails->more && mails->n > 0) {
        sched->mail_after = mails->mails[mails->n - 1].seq;
        sched->is_mail_wanted = true;
        front_met_mail(&engine->front, sched->mail_after);
        if (is_long)
            front_begin_mail(&engine->front, sched->mail_after);
    } else if (is_ours) {
        front_met_mail(&engine->front, UINT64_MAX);
    }
}

/* ---- timers ---- */

static void set_alarm(struct sched *sched, int64_t at)
{
    int64_t wait = at - clock_now();
    loop_timer_in(sched->alarm, wait < ALARM_LEAST ? ALARM_LEAST : wait);
}

void sched_timer_set(struct sched *sched, int64_t at)
{
    if (at == 0 || (sched->next_at != 0 && sched->next_at <= at))
        return;
    sched->next_at = at;
    set_alarm(sched, at);
}

static void alarm_rang(void *owner)
{
    struct sched *sched = owner;
    sched->next_at = 0;
    if (!MUTANT(TIMERS_ARE_NOT_READ))
        sched_look_at_timers(sched);
}

static void timers_came(void *owner, const struct store_timers *timers)
{
    struct sched *sched = owner;
    struct engine *engine = sched->engine;
    sched->are_timers_under_way = false;
    if (timers->err != NULL || !lease_is_working(&engine->lease) || engine->is_draining)
        return;
    clock_follow(timers->now, clock_monotonic());
    for (uint32_t i = 0; i < timers->n; i++) {
        const struct store_timer *timer = &timers->timers[i];
        if (lease_hands_over(&engine->lease, timer->instance))
            continue;
        fault_at(TIMER_DUE);
        stats_add(STAT_TIMERS, 1);
        stats_add(STAT_TIMER_LATE_TIME, timers->now - timer->fire_at);
        mailbox_post_timer(&engine->mailbox, timer->instance);
    }
    bool is_long = sched->timers_after.fire_at != 0;
    sched->timers_after = (struct store_timer){0};
    if (timers->more && timers->n > 0) {
        sched->timers_after = timers->timers[timers->n - 1];
        if (is_long)
            front_begin_timers(&engine->front, &sched->timers_after);
        sched_look_at_timers(sched);
    } else {
        front_met_timers(&engine->front);
    }
    sched_timer_set(sched, timers->next_at);
}
