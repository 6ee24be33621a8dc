/* What is measured of an instance: once each, when it is known.
 *
 * A span is known when its second mark is stamped for the first time, a share or an
 * amount when the instance has ended. What has no value (a variable that was never set,
 * an absent one, a private one) does not count the instance. */
#include "engine/core/advance_turn.h"

enum { MICROSECONDS = 6 };

static struct decimal seconds(int64_t span)
{
    struct decimal d = decimal_from_i64(span);
    d.scale = MICROSECONDS;
    return d;
}

static struct decimal number_of(struct value v)
{
    return v.kind == VALUE_DURATION ? seconds(v.whole) : value_decimal_of(v);
}

static bool is_amount(struct value v)
{
    return !v.is_private && (v.kind == VALUE_INT || v.kind == VALUE_DECIMAL ||
                             v.kind == VALUE_MONEY || v.kind == VALUE_DURATION);
}

/* Its goal, where it has one that can be evaluated. */
static bool goal_of(struct turn *turn, const struct ir_measure *row, struct value *goal)
{
    return row->goal != IR_NONE && turn_eval(turn, NULL, row->goal, NULL, 0, goal) &&
           goal->kind != VALUE_NONE;
}

static void count(struct turn *turn, struct measured measured)
{
    vec_push(turn->arena, &turn->decision->measured, measured);
}

/* ---- from one mark to another ---- */

static bool moment_of_mark(const struct instance *inst, struct text name, int64_t *at)
{
    *at = text_is_chars(name, "started") ? inst->started_at
          : text_is_chars(name, "ended") ? inst->ended_at
                                         : 0;
    for (uint32_t i = 0; *at == 0 && i < inst->marks.n; i++)
        if (text_is(inst->marks.at[i].name, name))
            *at = inst->marks.at[i].at;
    return *at != 0;
}

static void span_known(struct turn *turn, uint32_t measure)
{
    const struct ir_measure *row = &turn->ir->measures[measure];
    struct measured measured = {.measure = measure, .unit = "s"};
    int64_t from, latest;
    struct value goal;
    if (!moment_of_mark(turn->inst, ir_text(turn->ir, row->from), &from))
        return;
    measured.value = seconds(turn->now - from);
    if (goal_of(turn, row, &goal) && moment_from(turn, from, goal, &latest)) {
        measured.met = turn->now <= latest ? MEASURED_MET : MEASURED_MISSED;
        measured.has_goal = goal.kind == VALUE_DURATION;
        measured.goal = seconds(goal.kind == VALUE_DURATION ? goal.whole : 0);
    }
    count(turn, measured);
}

void measure_marked(struct turn *turn, struct text mark)
{
    const struct ir *ir = turn->ir;
    for (uint32_t i = 0; i < ir->measures_n && turn_is_read(turn); i++)
        if (ir->measures[i].kind == IR_MEASURE_FROM_TO &&
            text_is(ir_text(ir, ir->measures[i].to), mark))
            span_known(turn, i);
}

/* ---- at the end ---- */

static void share_known(struct turn *turn, uint32_t measure)
{
    const struct ir_measure *row = &turn->ir->measures[measure];
    struct measured measured = {.measure = measure};
    struct value yes, goal;
    if (!turn_eval(turn, NULL, row->block, NULL, 0, &yes) || yes.kind != VALUE_BOOL ||
        yes.is_private)
        return;
    measured.value = decimal_from_i64(yes.yes);
    if (goal_of(turn, row, &goal) && is_amount(goal)) {
        measured.has_goal = true; /* of all together: one alone does not meet it */
        measured.goal = number_of(goal);
    }
    count(turn, measured);
}

static void amount_known(struct turn *turn, uint32_t measure)
{
    const struct ir_measure *row = &turn->ir->measures[measure];
    struct measured measured = {.measure = measure};
    struct value v, goal;
    if (!turn_eval(turn, NULL, row->block, NULL, 0, &v) || !is_amount(v))
        return;
    measured.value = number_of(v);
    if (v.kind == VALUE_MONEY)
        memcpy(measured.unit, v.currency, sizeof measured.unit);
    else if (v.kind == VALUE_DURATION)
        measured.unit[0] = 's';
    if (goal_of(turn, row, &goal) && is_amount(goal)) {
        measured.has_goal = true;
        measured.goal = number_of(goal);
        measured.met = decimal_cmp(measured.value, measured.goal) >= 0 ? MEASURED_MET
                                                                       : MEASURED_MISSED;
    }
    count(turn, measured);
}

void measure_ended(struct turn *turn)
{
    const struct ir *ir = turn->ir;
    measure_marked(turn, TEXT("ended"));
    for (uint32_t i = 0; i < ir->measures_n && turn_is_read(turn); i++)
        if (ir->measures[i].kind == IR_MEASURE_SHARE)
            share_known(turn, i);
        else if (ir->measures[i].kind == IR_MEASURE_OF)
            amount_known(turn, i);
}
