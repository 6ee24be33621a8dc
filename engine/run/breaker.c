/* Whether an adapter takes calls. */
#include "engine/run/breaker.h"

enum {
    WINDOW_BEGUN = 128,   /* calls at once when a node begins */
    GROWS_BEGUN = 100000, /* µs in which that doubles, without failures */
    WINDOW_CLOSED = 1,    /* when an adapter has come back */
    GROWS_CLOSED = 1000000,
    FAILURES_SLOW = 3 /* in a row open it again while it begins slowly */
};

static void begin_slowly(struct breaker *breaker, uint32_t window, int64_t every,
                         int64_t now)
{
    breaker->window = window;
    breaker->grow_every = every;
    breaker->grows_at = now + every;
}

void breaker_begin(struct breaker *breaker, int64_t now)
{
    *breaker = (struct breaker){0};
    begin_slowly(breaker, WINDOW_BEGUN, GROWS_BEGUN, now);
}

bool breaker_is_shut(const struct breaker *breaker)
{
    return breaker->row.is_paused || breaker->is_opening ||
           breaker->row.state != STORE_BREAKER_CLOSED;
}

void breaker_learn(struct breaker *breaker, const struct store_breaker *row, bool we_try,
                   int64_t now)
{
    bool was_shut = breaker_is_shut(breaker);
    if (row->rev < breaker->row.rev)
        return; /* read before what we know was done */
    breaker->row = *row;
    breaker->is_opening = false;
    if (row->state != STORE_BREAKER_TRYING)
        breaker->has_try = false;
    else if (we_try)
        breaker->has_try = true;
    if (!breaker_is_shut(breaker) && was_shut) {
        breaker->in_row = 0;
        begin_slowly(breaker, WINDOW_CLOSED, GROWS_CLOSED, now);
    }
}

enum breaker_answer breaker_ask(const struct breaker *breaker, int64_t now)
{
    if (breaker->row.is_paused)
        return BREAKER_SHUT;
    if (breaker->row.state == STORE_BREAKER_CLOSED)
        return breaker->is_opening ? BREAKER_LATER : BREAKER_GO;
    if (breaker->has_try)
        return BREAKER_GO;
    return now >= breaker->row.next_at ? BREAKER_TRY : BREAKER_LATER;
}

struct breaker_wish breaker_try(const struct breaker *breaker, int64_t life)
{
    struct breaker_wish wish = {breaker->row, life};
    wish.row.state = STORE_BREAKER_TRYING;
    return wish;
}

bool breaker_sent(struct breaker *breaker)
{
    bool tries = breaker->has_try;
    breaker->has_try = false;
    return tries;
}

static struct breaker_wish opens(struct breaker *breaker,
                                 const struct breaker_rules *rules, uint32_t rounds,
                                 uint32_t dice)
{
    struct breaker_wish wish = {breaker->row, rules->pause_first};
    for (uint32_t i = 1; i < rounds && wish.wait < rules->pause_max; i++)
        wish.wait *= 2;
    if (wish.wait > rules->pause_max)
        wish.wait = rules->pause_max;
    wish.wait += wish.wait / 4000 * (dice % 1001);
    wish.row.state = STORE_BREAKER_OPEN;
    wish.row.rounds = rounds;
    return wish;
}

static bool has_failed_enough(const struct breaker *breaker,
                              const struct breaker_rules *rules)
{
    uint32_t most = rules->failures_max;
    if (breaker->grow_every == GROWS_CLOSED && breaker->window != 0 &&
        most > FAILURES_SLOW)
        most = FAILURES_SLOW;
    return most > 0 && breaker->in_row >= most;
}

static bool ended_while_closed(struct breaker *breaker, const struct breaker_rules *rules,
                               bool failed, uint32_t dice, int64_t now,
                               struct breaker_wish *wish)
{
    if (!failed) {
        breaker->in_row = 0;
        breaker->window += breaker->window > 0;
        return false;
    }
    breaker->in_row++;
    breaker->window = breaker->window > 1 ? breaker->window / 2 : breaker->window;
    breaker->grows_at = now + breaker->grow_every;
    if (breaker->is_opening || !has_failed_enough(breaker, rules))
        return false;
    breaker->is_opening = true;
    *wish = opens(breaker, rules, 1, dice);
    wish->row.failures = breaker->in_row;
    return true;
}

bool breaker_ended(struct breaker *breaker, const struct breaker_rules *rules,
                   bool has_tried, bool failed, uint32_t dice, int64_t now,
                   struct breaker_wish *wish)
{
    if (breaker->row.state == STORE_BREAKER_CLOSED)
        return ended_while_closed(breaker, rules, failed, dice, now, wish);
    if (!has_tried || breaker->row.state != STORE_BREAKER_TRYING)
        return false; /* it was sent before */
    if (failed) {
        *wish = opens(breaker, rules, breaker->row.rounds + 1, dice);
        wish->row.failures++;
        return true;
    }
    *wish = (struct breaker_wish){breaker->row, 0};
    wish->row.state = STORE_BREAKER_CLOSED;
    wish->row.rounds = wish->row.failures = 0;
    return true;
}

uint32_t breaker_window(struct breaker *breaker, uint32_t most, int64_t now)
{
    while (breaker->window != 0 && now >= breaker->grows_at) {
        breaker->window *= 2;
        breaker->grows_at += breaker->grow_every;
        if (breaker->window >= most)
            breaker->window = 0;
    }
    if (breaker->window >= most)
        breaker->window = 0;
    return breaker->window;
}
