/* Being asked to go over to another version: the request waits in the instance until that
 * rests. */
#include "engine/core/advance_turn.h"
#include "engine/core/migrate.h"

#include "engine/base/limits.h"

static bool is_short(struct turn *turn, struct text t, const char *what)
{
    return t.n <= LIMIT_PROBLEM_BYTES ||
           turn_refuse(turn, ERR_BAD_DATA, "%s of at most %d bytes is kept", what,
                       LIMIT_PROBLEM_BYTES);
}

bool migrate_asked(struct turn *turn)
{
    const struct stimulus *s = turn->stimulus;
    struct instance_move *move = &turn->inst->move;
    json_int_t to = json_integer_value(json_object_get(s->data, "to"));
    struct digest image;
    if (to <= 0 || to > INT32_MAX ||
        !digest_parse(json_text_of(json_object_get(s->data, "image")), &image))
        return turn_refuse(turn, ERR_BAD_DATA, "which version it shall go over to?");
    if ((uint32_t)to == turn->ir->flow.version)
        return turn_refuse(turn, ERR_CONFLICT, "it is on version %u already",
                           turn->ir->flow.version);
    if (move->to == (uint32_t)to && digest_is(&move->image, &image))
        return turn_refuse(turn, ERR_CONFLICT,
                           "it waits to go over to version %u already", move->to);
    if (!is_short(turn, s->reason, "a reason") || !is_short(turn, s->actor, "a name"))
        return false;
    command_entry(turn, NULL);
    struct entry *entry = &vec_last(&turn->decision->entries);
    entry->text = say(turn, "migrate to version %u", (uint32_t)to);
    *move = (struct instance_move){
        .to = (uint32_t)to,
        .image = image,
        .asked_at = turn->now,
        .actor = text_dup(turn->arena, s->actor),
        .reason = text_dup(turn->arena, s->reason),
        .stays = TEXT(""),
    };
    return true;
}

bool migrate_withdrawn(struct turn *turn)
{
    struct instance_move *move = &turn->inst->move;
    if (move->to == 0)
        return turn_refuse(turn, ERR_CONFLICT, "it was not asked to go over");
    command_entry(turn, NULL);
    vec_last(&turn->decision->entries).text =
        say(turn, "stay on version %u", turn->ir->flow.version);
    *move = (struct instance_move){0};
    return true;
}

/* ---- what comes of it ---- */

static struct decision *nothing(struct arena *arena, const struct instance *inst)
{
    struct decision *decision = arena_new_of(arena, struct decision);
    decision->after = arena_copy(arena, inst, sizeof *inst);
    decision->event_taken = decision->is_nothing = true;
    return decision;
}

/* It remembers why, and says it once. */
static struct decision *stay(struct arena *arena, const struct ir *old,
                             const struct instance *inst,
                             const struct environment *environment,
                             const struct stimulus *stimulus, struct text why)
{
    struct turn turn;
    turn_open(&turn, arena, old, instance_copy(arena, old, inst), environment, stimulus);
    turn.inst->move.stays = why;
    struct entry *entry = turn_entry(&turn, ENTRY_STAYS, NULL, why);
    entry->data = json_pack("{s:i}", "to", (int)inst->move.to);
    turn.inst->rev++;
    return turn.decision;
}

struct decision *advance_move(struct arena *arena, const struct ir *old,
                              const struct ir *now, const struct instance *inst,
                              const struct environment *environment,
                              const struct stimulus *stimulus)
{
    if (inst->move.to != now->flow.version || !migrate_rests(inst))
        return nothing(arena, inst);
    struct stimulus by = *stimulus;
    by.actor = inst->move.actor;
    by.reason = inst->move.reason;
    struct decision *decision = advance_migrate(arena, old, now, inst, environment, &by);
    if (decision->refused == ERR_OK)
        return decision;
    struct text why = text_of(arena_printf(arena, "%s", decision->refusal));
    decision_done(decision);
    return text_is(why, inst->move.stays) ? nothing(arena, inst)
                                          : stay(arena, old, inst, environment, &by, why);
}
