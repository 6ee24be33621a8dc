/* Business time in expressions: it is counted by the flow's calendar. */
#include "engine/core/builtins.h"
#include "engine/core/calendar.h"

static const struct calendar *calendar_of(const struct eval_machine *m)
{
    return m->scope->calendar != NULL ? m->scope->calendar : calendar_standard();
}

bool eval_work_from(const struct calendar *c, int64_t instant, struct value work,
                    int64_t *out, const char **why)
{
    return work.kind == VALUE_WORK_DAYS
               ? calendar_add_days(c, instant, work.whole, out, why)
               : calendar_add_hours(c, instant, work.whole, out, why);
}

bool eval_add_work(struct eval_machine *m, struct value a, struct value b,
                   struct value *out)
{
    const struct calendar *c = calendar_of(m);
    const char *why = "";
    int64_t at;
    bool ok = a.kind == VALUE_INSTANT ? eval_work_from(c, a.whole, b, &at, &why)
              : b.kind == VALUE_WORK_DAYS
                  ? calendar_close(c, (int32_t)a.whole, b.whole, &at, &why)
                  : calendar_add_hours(c, calendar_date_start(c, (int32_t)a.whole),
                                       b.whole, &at, &why);
    if (ok && at > EVAL_INSTANT_MAX) {
        why = "the result is too large";
        ok = false;
    }
    if (!ok)
        return eval_fail_two(m, a, " + ", b, why);
    *out = value_instant(at);
    out->is_private = a.is_private || b.is_private;
    return true;
}

bool builtin_WORKDAYS_BETWEEN(struct eval_machine *m, const struct value *args,
                              uint32_t n, struct value *out)
{
    (void)n;
    const struct calendar *c = calendar_of(m);
    for (int i = 0; i < 2; i++)
        if (args[i].kind != VALUE_DATE)
            return builtin_refuse(m, "workdays_between of", args[i]);
    if (c->problem.n > 0)
        return eval_fail(m, "workdays_between: " TEXT_FMT, TEXT_ARG(c->problem));
    *out = value_int(
        calendar_days_between(c, (int32_t)args[0].whole, (int32_t)args[1].whole));
    return true;
}

bool builtin_START_OF_DAY(struct eval_machine *m, const struct value *args, uint32_t n,
                          struct value *out)
{
    (void)n;
    const struct calendar *c = calendar_of(m);
    if (args[0].kind != VALUE_INSTANT)
        return builtin_refuse(m, "start_of_day of", args[0]);
    if (c->problem.n > 0)
        return eval_fail(m, "start_of_day: " TEXT_FMT, TEXT_ARG(c->problem));
    *out = value_instant(calendar_day_start(c, args[0].whole));
    return true;
}
