/* Who answers what goes wrong in a flow: the attempts around a step, what joins the parts
 * it is in, and the handlers on duty, in the order in which the engine asks them. */
#ifndef DSL_CHECK_ANSWERS_H
#define DSL_CHECK_ANSWERS_H

#include "dsl/check_in.h"
#include "dsl/flow_graph.h"

enum answered {
    BY_NOBODY,
    BY_DESK, /* an undo that failed: it waits where the flow refers what has failed */
    BY_RACE, /* the branches beside it win, and it is forgotten */
    BY_ANY,  /* an `on error` that takes whatever comes */
    BY_NAME
};

/* Do these ways out take it, whatever it brings? One with a `where` does not. */
bool answers_by_way(struct nodes whens, struct text name);

/* Who answers `name` when the step at `point` fails with it; its own ways out are not
 * asked. */
enum answered answered_around(const struct flow_graph *graph, uint32_t point,
                              struct text name);

/* What no step did: who answers `name` in this state (NULL: the flow's). */
enum answered answered_in(const struct flow_graph *graph, const struct symbol *state,
                          struct text name);

#endif
