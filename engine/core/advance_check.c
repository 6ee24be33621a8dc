/* What the door asks before anything is stored: do these arguments, does this event fit?
 */
#include "engine/core/advance_turn.h"

struct value *advance_settings(struct arena *turn, const struct ir *ir,
                               const struct environment *environment, int64_t now)
{
    struct eval_scope scope = {.ir = ir, .now = now};
    struct value *settings = arena_array(turn, struct value, ir->settings_n + 1);
    if (environment == NULL || environment->settings == NULL)
        return settings; /* none is given */
    for (uint32_t i = 0; i < ir->settings_n; i++) {
        struct text name = ir_text(ir, ir->settings[i].name);
        struct err err = {0};
        const json_t *given = json_object_getn(environment->settings, name.chars, name.n);
        if (given == NULL || !wire_read(turn, &scope, ir->settings[i].type, given,
                                        WIRE_IGNORE_UNKNOWN, &settings[i], &err))
            settings[i] = (struct value){.kind = VALUE_UNSET};
    }
    return settings;
}

struct eval_scope advance_scope(struct arena *turn, const struct ir *ir,
                                const struct environment *environment, int64_t now)
{
    return (struct eval_scope){.ir = ir,
                               .now = now,
                               .settings = advance_settings(turn, ir, environment, now),
                               .calendar = advance_calendar(ir, environment)};
}

const struct calendar *advance_calendar(const struct ir *ir,
                                        const struct environment *environment)
{
    const struct calendars *all = environment != NULL ? environment->calendars : NULL;
    return ir->flow.calendar != IR_NONE
               ? calendar_find(all, ir_text(ir, ir->flow.calendar))
               : calendar_standard();
}

/* As `once per` and keys turn a value to text: the characters of a text, else what
 * text(x) writes. */
static struct text key_text(struct arena *turn, const struct ir *ir, struct value v)
{
    return v.kind == VALUE_TEXT ? value_text_of(v) : eval_to_text(turn, ir, IR_NONE, v);
}

bool advance_check_start(struct arena *turn, const struct ir *ir,
                         const struct environment *environment, const json_t *args,
                         struct text key_given, struct text *key, struct err *err)
{
    struct eval_scope scope = advance_scope(turn, ir, environment, 0);
    struct eval_problem problem;
    struct value record, v;
    scoped_json json_t *none = json_object();
    if (!wire_read(turn, &scope, ir->flow.params, args != NULL ? args : none,
                   WIRE_REFUSE_UNKNOWN, &record, err))
        return err_while(err, "reading the arguments of " TEXT_FMT,
                         TEXT_ARG(ir_text(ir, ir->flow.name)));
    *key = key_given;
    if (ir->flow.key == IR_NONE)
        return true;
    struct value *places = arena_array(turn, struct value, ir->slots_n + 1);
    for (uint32_t i = 0; i < record.n; i++)
        places[i] = record.items[i];
    scope.places = places;
    if (!eval_block(turn, &scope, ir->flow.key, NULL, 0, &v, &problem))
        return err_set(err, ERR_BAD_DATA, "these arguments give no key: %s",
                       problem.message);
    *key = key_text(turn, ir, v);
    if (key_given.n > 0 && !text_is(key_given, *key)) {
        err_set(err, ERR_USAGE, "the key of these arguments is \"" TEXT_FMT "\"",
                TEXT_ARG(*key));
        return err_hint(err, "leave the key out, or give that one");
    }
    return true;
}

bool advance_check_event(struct arena *turn, const struct ir *ir,
                         const struct environment *environment, uint32_t event,
                         const json_t *body, struct value *value, struct err *err)
{
    struct eval_scope scope = advance_scope(turn, ir, environment, 0);
    scoped_json json_t *none = json_object();
    if (wire_read(turn, &scope, ir->events[event].record, body != NULL ? body : none,
                  WIRE_IGNORE_UNKNOWN, value, err))
        return true;
    return err_while(err, "reading the event " TEXT_FMT,
                     TEXT_ARG(ir_text(ir, ir->events[event].name)));
}

const char advance_set_aside[] =
    "it is set aside, because it brought the engine down too often: resume it first";

bool advance_check_request(struct arena *turn, const struct ir *ir,
                           const struct instance *inst,
                           const struct environment *environment,
                           const struct stimulus *stimulus, struct err *err)
{
    if (inst->status == STATUS_QUARANTINED) {
        bool resumes =
            stimulus->kind == STIMULUS_COMMAND && text_is(stimulus->verb, TEXT("resume"));
        return resumes || err_set(err, ERR_CONFLICT, "%s", advance_set_aside);
    }
    struct decision *decision = advance(turn, ir, inst, environment, stimulus);
    bool is_fine = decision->refused == ERR_OK;
    if (!is_fine) {
        err_set(err, decision->refused, "%s", decision->refusal);
        memcpy(err->pointer, decision->refusal_pointer, sizeof err->pointer);
    }
    decision_done(decision);
    return is_fine;
}
