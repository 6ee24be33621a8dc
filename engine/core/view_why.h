/* The sentence of why, as the files that make it see it. For view_why*.c only.
 *
 * The sentence is "O-1001 is in booking and …": each says_… gives what comes after, as a
 * phrase with a verb, and notes who can change that. Read it aloud. */
#ifndef ENGINE_CORE_VIEW_WHY_H
#define ENGINE_CORE_VIEW_WHY_H

#include "engine/core/view_parts.h"

struct why {
    struct view view;
    int64_t now;
    struct text key; /* as flowctl takes it: quoted where a shell needs it */
    json_t *can;
};

/* "2026-05-12T10:00:00Z (in 2h)" */
struct text why_moment(const struct why *why, int64_t at);
/* ", for 2h since 2026-05-12T10:00:00Z"; empty for 0 */
struct text why_since(const struct why *why, int64_t at);
/* `before` and the moment; empty for 0 */
struct text why_until(const struct why *why, const char *before, int64_t at);
/* What a shell takes as one word. */
struct text why_quoted(const struct why *why, struct text t);
/* "approve, reject or ask_more": one after the other, or those of a question that are
 * somebody's choice. */
void why_add_choice(struct buf *out, struct text name, uint32_t i, uint32_t n);
struct text why_choices(const struct why *why, struct ir_range whens);
/* The events its handlers are armed for, each once: "ShipmentPacked or PickShort". */
struct text why_listens_for(const struct why *why);

/* Who can do what, and by which command; its row, borrowed: the same is noted once. */
json_t *why_can(const struct why *why, struct text who, struct text what,
                struct text command);
void why_operator_can(const struct why *why, const char *what, const char *verb,
                      struct text step);
/* The task's id is the store's: `task` is its number in the instance, by which whoever
 * shows this can put the id in. */
void why_role_can(const struct why *why, const struct task *task, struct ir_range whens);
void why_sender_can(const struct why *why, const struct fibre *f, uint32_t match);

struct text why_says_call(struct why *why, const struct fibre *f);
struct text why_says_parked(struct why *why, const struct fibre *f);
struct text why_says_fibre(struct why *why, const struct fibre *f); /* any of them */

#endif
