/* What came after a crowd. */
#include "engine/run/front.h"

#include "engine/base/arena.h"
#include "engine/run/parts.h"
#include "engine/sys/clock.h"
#include "engine/sys/stats.h"

enum {
    LINE_SHARE = 8,   /* of the letters in memory a line may have an eighth by this way */
    BEHIND_MAX = 1000 /* lines that are left lying: their names go to the database each
                         time. With more the second reading rests */
};

static void mail_came(void *owner, const struct store_mails *mails);
static void timers_came(void *owner, const struct store_timers *timers);

void front_init(struct front *front, struct engine *engine)
{
    *front = (struct front){.engine = engine};
}

void front_look(struct front *front)
{
    front->mail.is_wanted = front->mail.is_on;
}

void front_look_at_timers(struct front *front)
{
    front->timers.is_wanted = front->timers.is_on;
}

static void begin(struct front_reading *reading)
{
    reading->is_on = true;
    reading->is_at_end = false;
    reading->is_wanted = true;
}

void front_begin_mail(struct front *front, uint64_t after)
{
    if (front->mail.is_on || front->mail.is_under_way)
        return;
    begin(&front->mail);
    front->mail_after = after;
}

void front_begin_timers(struct front *front, const struct store_timer *after)
{
    if (front->timers.is_on || front->timers.is_under_way)
        return;
    begin(&front->timers);
    front->timers_after = *after;
}

static void end(struct front_reading *reading)
{
    reading->is_on = reading->is_wanted = false;
}

/* On its way to the end the second reading is not far ahead of the first at the
 * beginning: who is left then stays so, for there is more of it. */
void front_met_mail(struct front *front, uint64_t seq)
{
    bool is_end = seq == UINT64_MAX;
    if (is_end || front->mail.is_at_end)
        crowd_caught_up(&front->engine->crowd, seq);
    if (is_end)
        end(&front->mail);
}

void front_met_timers(struct front *front)
{
    end(&front->timers);
}

void front_forget(struct front *front)
{
    front_met_mail(front, UINT64_MAX);
    front_met_timers(front);
}

/* ---- reading ---- */

static void ask_for_mail(struct front *front)
{
    struct engine *engine = front->engine;
    struct crowd *crowd = &engine->crowd;
    struct text *left =
        arena_array(loop_turn(engine->loop), struct text, crowd->behind_n + 1);
    uint32_t n = 0;
    const struct line *line;
    TAILQ_FOREACH(line, &crowd->behind, in_behind)
    left[n++] = line->name;
    front->mail.is_wanted = false;
    front->mail.is_under_way = true;
    mailbox_page_begins(&engine->mailbox);
    store_skim_mail(engine->store, front->mail_after, left, n, sched_page(&engine->sched),
                    mail_came, front);
}

void front_turn(struct front *front)
{
    struct engine *engine = front->engine;
    if (mailbox_is_full(&engine->mailbox, MAILBOX_WHOLE))
        return;
    if (front->mail.is_wanted && !front->mail.is_under_way &&
        !engine->sched.is_mail_under_way && engine->crowd.behind_n <= BEHIND_MAX)
        ask_for_mail(front);
    if (front->timers.is_wanted && !front->timers.is_under_way) {
        front->timers.is_wanted = false;
        front->timers.is_under_way = true;
        store_skim_timers(engine->store,
                          front->timers_after.fire_at == 0 ? NULL : &front->timers_after,
                          sched_page(&engine->sched), timers_came, front);
    }
}

static bool is_much_in_hand(const struct engine *engine, struct text name)
{
    const struct line *line = crowd_find(&engine->crowd, name);
    return line != NULL && line->letters > engine->config->queue_max / LINE_SHARE;
}

static bool is_read(const struct engine *engine, const struct front_reading *reading,
                    const struct err *err)
{
    return err == NULL && reading->is_on && lease_is_working(&engine->lease) &&
           !engine->is_draining;
}

static void take_mail(struct front *front, const struct store_mail *mail)
{
    struct engine *engine = front->engine;
    bool is_behind = mail->is_left || crowd_is_behind(&engine->crowd, mail->line);
    if (is_behind || is_much_in_hand(engine, mail->line)) {
        crowd_left(&engine->crowd, mail->line, mail->seq);
        return;
    }
    if (lease_hands_over(&engine->lease, mail->instance))
        return;
    stats_add(STAT_PAST_CROWD, mailbox_post_mail(&engine->mailbox, mail));
    mailbox_in_line(&engine->mailbox, mail->instance, mail->line);
}

static void mail_came(void *owner, const struct store_mails *mails)
{
    struct front *front = owner;
    struct engine *engine = front->engine;
    front->mail.is_under_way = false;
    if (is_read(engine, &front->mail, mails->err)) {
        for (uint32_t i = 0; i < mails->n; i++)
            take_mail(front, &mails->mails[i]);
        if (mails->n > 0)
            front->mail_after = mails->mails[mails->n - 1].seq;
        front->mail.is_wanted |= mails->more;
        front->mail.is_at_end |= !mails->more;
    }
    mailbox_page_ended(&engine->mailbox);
}

static void timers_came(void *owner, const struct store_timers *timers)
{
    struct front *front = owner;
    struct engine *engine = front->engine;
    front->timers.is_under_way = false;
    if (!is_read(engine, &front->timers, timers->err))
        return;
    for (uint32_t i = 0; i < timers->n; i++) {
        const struct store_timer *timer = &timers->timers[i];
        if (is_much_in_hand(engine, timer->line) ||
            lease_hands_over(&engine->lease, timer->instance))
            continue;
        stats_add(STAT_PAST_CROWD, 1);
        mailbox_post_timer(&engine->mailbox, timer->instance);
        mailbox_in_line(&engine->mailbox, timer->instance, timer->line);
    }
    if (timers->n > 0) {
        front->timers_after.fire_at = timers->timers[timers->n - 1].fire_at;
        front->timers_after.instance = timers->timers[timers->n - 1].instance;
    }
    front->timers.is_wanted |= timers->more;
    sched_timer_set(&engine->sched, timers->next_at);
}
