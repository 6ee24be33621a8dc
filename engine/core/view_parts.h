/* What show, why and ladder look at an instance with. For view*.c only. */
#ifndef ENGINE_CORE_VIEW_PARTS_H
#define ENGINE_CORE_VIEW_PARTS_H

#include "engine/core/view.h"

struct view {
    struct arena *turn;
    const struct ir *ir;
    const struct instance *inst;
    enum wire_private private;
    struct value *settings; /* what the environment gives, by the flow's types */
    const struct calendar *calendar;
    const json_t *adapters; /* of the environment: how they are; NULL: not known */
    const json_t *held;     /* the version is held; NULL: it is not */
};

struct view view_of(struct arena *turn, const struct ir *ir, const struct instance *inst,
                    const struct environment *environment, enum wire_private private);

/* The state a fibre belongs to; IR_NONE: the flow. */
uint32_t view_home(const struct view *view, const struct fibre *f);
/* STEP and line of where it is. */
struct text view_step(const struct view *view, const struct fibre *f);
uint32_t view_line(const struct view *view, const struct fibre *f);
struct text view_operation(const struct view *view, uint32_t operation);
/* "erp.create_order", "run drop_ship" */
struct text view_effect(const struct view *view, const struct undo_record *record);
/* The record of the child that the fibre waits for; NULL. */
const struct undo_record *view_child(const struct view *view,
                                     const struct fibre *f); /* "erp.credit" */
struct text view_state(const struct view *view);
const struct task *view_task(const struct view *view, uint32_t number); /* or NULL */
/* The undo record that a parked unwinding has stopped at; NULL: none. */
const struct undo_record *view_stuck(const struct view *view, const struct fibre *f);

/* "SupplierAck" and what it is found by, as JSON of its key fields: {"po":"PO-7"}; NULL
 * when that cannot be told. A new reference. */
json_t *view_match_keys(const struct view *view, const struct fibre *f, uint32_t match);

/* Is the handler on duty now? */
bool view_is_armed(const struct view *view, const struct ir_handler *handler);

/* Does the flow do nothing by itself: no steps are under way, only handlers listen? */
bool view_rests(const struct view *view);

/* Everything it waits for: [{"kind","what","since","until","line"}]. A new reference. */
json_t *view_waiting(const struct view *view);

/* Where it was asked to go over to: {"to","asked_at","by","reason","stays"}, or null. A
 * new reference. And the same as a sentence after others, or empty. */
json_t *view_move(const struct view *view);
struct text view_move_says(const struct view *view);

json_t *view_text(struct text t); /* null where empty */
json_t *view_instant(int64_t at); /* null for 0 */
struct text view_say(const struct view *view, const char *format, ...) PRINTF_LIKE(2, 3);
/* "2h 5m", "3d", "40s": the two largest parts. */
struct text view_span(const struct view *view, int64_t us);

#endif
