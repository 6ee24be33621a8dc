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
/* The lines of SQL stay as they are written. */
/* clang-format off */
#define WHERE_WORD(field)                                                                \
    " WHEN '" field "' THEN CASE WHEN " field " = c.v THEN 0"                            \
    " WHEN " field " COLLATE \"C\" < c.v THEN -1 WHEN " field " IS NOT NULL THEN 1 END"
#define WHERE_MOMENT(field)                                                              \
    " WHEN '" field "' THEN sign(extract(epoch FROM " field " - c.v::timestamptz))"
#define WHERE_HOLDS(parameter)                                                           \
    "(" parameter "::json IS NULL OR NOT EXISTS (SELECT"                                 \
    " FROM json_to_recordset(" parameter "::json) c(f text, op text, v text)"            \
    " CROSS JOIN LATERAL (SELECT CASE c.f"                                               \
    " WHEN 'version' THEN sign(version - c.v::numeric)"                                  \
    WHERE_MOMENT("since") WHERE_MOMENT("started_at") WHERE_MOMENT("ended_at")            \
    WHERE_WORD("key") WHERE_WORD("flow") WHERE_WORD("status") WHERE_WORD("state")        \
    " END AS x) n WHERE CASE c.op"                                                       \
    " WHEN '=' THEN x = 0 WHEN '!=' THEN x IS DISTINCT FROM 0"                           \
    " WHEN '<' THEN x < 0 WHEN '<=' THEN x <= 0"                                         \
    " WHEN '>' THEN x > 0 WHEN '>=' THEN x >= 0 END IS NOT TRUE))"
/* clang-format on */

#endif
