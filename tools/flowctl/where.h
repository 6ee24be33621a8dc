/* `--where`: conditions on what a list shows. */
#ifndef TOOLS_FLOWCTL_WHERE_H
#define TOOLS_FLOWCTL_WHERE_H

#include "tools/flowctl/kit.h"

/* FIELD OP VALUE, several with `and` between, as a JSON array [{"f","op","v"}] for
 * WHERE_HOLDS; NULL where it was not given. Fields are those of a list; values are words,
 * or quoted; moments are a day, an instant, or a span: so long ago. */
MUST_USE bool where_read(struct kit *kit, const char **out, struct err *err);

/* A condition of a statement over flow.instances; `parameter` is what where_read() gave.
 */
#define WHERE_COMPARED(is)                                                               \
    "CASE WHEN " is " = c.v THEN 0 WHEN " is " COLLATE \"C\" < c.v THEN -1 "             \
    "WHEN " is " IS NOT NULL THEN 1 END"
#define WHERE_MOMENT(is) "sign(extract(epoch FROM " is " - c.v::timestamptz))"
#define WHERE_HOLDS(parameter)                                                                                                                                                                                       \
    "(" parameter                                                                                                                                                                                                    \
    "::json IS NULL OR NOT EXISTS (SELECT FROM json_to_recordset(" parameter                                                                                                                                         \
    "::json) c(f text, op text, v text) CROSS JOIN LATERAL (SELECT CASE c.f"                                                                                                                                         \
    " WHEN 'version' THEN sign(version - c.v::numeric)"                                                                                                                                                              \
    " WHEN 'since' THEN " WHERE_MOMENT("since") " WHEN 'started_at' THEN " WHERE_MOMENT("started_at") " WHEN 'ended_at' THEN " WHERE_MOMENT("ended_at") " WHEN 'key' THEN " WHERE_COMPARED(                          \
        "key") " WHEN 'flow' THEN " WHERE_COMPARED("flow") " WHEN 'status' "                                                                                                                                         \
                                                           "THEN " WHERE_COMPARED("stat"                                                                                                                             \
                                                                                  "us") " WHEN 'state' THEN " WHERE_COMPARED("state") " END AS x) n WHERE CASE c.op"                                                 \
                                                                                                                                      " WHEN '=' THEN x = 0 WHEN '!=' THEN x IS DISTINCT FROM 0 WHEN '<' THEN x < 0" \
                                                                                                                                      " WHEN '<=' THEN x <= 0 WHEN '>' THEN x > 0 WHEN '>=' THEN x >= 0 END IS NOT TRUE))"

#endif
