/* What differs between two versions of a flow in what they mean: not text, layout, names
 * of locals or the order of numbers. */
#ifndef DSL_DIFF_H
#define DSL_DIFF_H

#include "dsl/ir.h"
#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/vec.h"

enum diff_how { DIFF_NEW, DIFF_GONE, DIFF_RENAMED, DIFF_CHANGED };

struct diff_change {
    enum diff_how how;
    const char *what;   /* "state", "limit", "answer", …: diff_facts.h */
    struct text place;  /* the state it is said in; "" for the flow */
    struct text name;   /* RENAMED: the new one */
    struct text before; /* as text, where it can be said shortly; "" */
    struct text after;
};

struct diff {
    const struct ir *old, *now;
    VEC(struct diff_change) changes; /* of the flow, then state by state */
    bool is_raised;                  /* the version is higher */
    struct text stub;                /* a `migrate from` block that compiles */
    bool is_told; /* the stub says something: not all goes with its name */
};

struct diff *diff_flows(struct arena *arena, const struct ir *old, const struct ir *now);
/* For people: a paragraph, a line a change, and what to do about what is under way. */
void diff_print(struct buf *out, const struct diff *diff);
/* {flow, before, after, migration, changes: [{how, what, place, name, before, after}]}. A
 * new reference. */
json_t *diff_json(const struct diff *diff);
/* The same said in a word: "another `awaiting_goods`"; "" when nothing differs. */
struct text diff_gist(struct arena *arena, const struct diff *diff);

#endif
