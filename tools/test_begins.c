/* Begins the tested flow as the engine would: `starts on`, `starts every`. */
#include "tools/test_begins.h"

static bool begin(struct test_run *run, const struct begin *begin)
{
    struct err err = {0};
    scoped_json json_t *args = json_read(begin->args, &err);
    const struct decision *decision = play_start(run->play, begin->key, args);
    if (decision->refused != ERR_OK)
        return test_fails(run, "it does not begin: %s", decision->refusal);
    test_seen(run, run->play, decision);
    return true;
}

static void tell_another(struct test_run *run, const struct begin *begin)
{
    struct text line = text_of(arena_printf(
        run->arena, "another order would begin, " TEXT_FMT ": a test plays one",
        TEXT_ARG(begin->key)));
    vec_push(run->arena, &run->told, line);
}

bool test_begins_by(struct test_run *run, struct test_sent *sent)
{
    begin_list its = {0};
    struct err err = {0};
    if (!begins_of_event(run->arena, run->ir, &run->play->environment,
                         ir_text(run->ir, run->ir->events[sent->event].name), sent->body,
                         run->play->now, &its, &err))
        return test_fails(run, "it begins nothing: %s", err.what);
    for (uint32_t i = 0; i < its.n; i++) {
        sent->begins = true;
        if (run->play->inst->rev > 0) {
            if (!text_is(its.at[i].key, run->play->inst->key) ||
                instance_status_is_ended(run->play->inst->status))
                tell_another(run, &its.at[i]);
            continue;
        }
        sent->is_gone = true; /* it came before there was anybody to listen */
        if (!begin(run, &its.at[i]))
            return false;
    }
    return true;
}

/* The line that is due first; false: none ever is. */
static bool first_moment(const struct test_run *run, struct schedule *first,
                         int64_t *moment)
{
    *moment = 0;
    if (run->play->inst->rev > 0)
        return false;
    for (uint32_t i = 0; i < run->ir->starts_every_n; i++) {
        struct schedule schedule;
        struct err ignored = {0};
        int64_t at;
        if (!schedule_read(run->arena, run->ir, i, &run->play->environment,
                           run->play->now, &schedule, &ignored) ||
            !schedule_next(&schedule, PLAY_BEGINS, run->play->now, &at, &ignored))
            continue;
        if (*moment == 0 || at < *moment) {
            *moment = at;
            *first = schedule;
        }
    }
    return *moment != 0;
}

int64_t test_begins_at(const struct test_run *run)
{
    struct schedule schedule;
    int64_t moment;
    return first_moment(run, &schedule, &moment) ? moment : 0;
}

bool test_begins_now(struct test_run *run)
{
    struct schedule schedule;
    struct begin its;
    struct err err = {0};
    int64_t moment;
    if (!first_moment(run, &schedule, &moment))
        return true;
    run->play->now = moment;
    if (!begins_of_moment(run->arena, run->ir, &run->play->environment, &schedule, moment,
                          &its, &err))
        return test_fails(run, "it does not begin: %s", err.what);
    return begin(run, &its);
}
