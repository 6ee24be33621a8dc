/* Pictures of flows: what each draws of an outline. */
#ifndef TOOLS_GRAPH_GRAPH_H
#define TOOLS_GRAPH_GRAPH_H

#include <jansson.h>

#include "dsl/outline.h"
#include "engine/base/err.h"

/* Graphviz: one digraph, a box for each flow. */
void graph_dot(struct buf *out, const struct outline *const *outlines, uint32_t n);
/* Mermaid: one flowchart, as web pages of repositories draw it. */
void graph_mermaid(struct buf *out, const struct outline *const *outlines, uint32_t n);
/* An object with everything the outline has (docs/LANGUAGE.md tells its members). A new
 * reference. */
json_t *graph_json(struct arena *arena, const struct outline *outline);
json_t *graph_json_ladder(struct arena *arena, const struct outline *outline);
json_t *graph_json_data(struct arena *arena, const struct outline *outline);

/* The undo ladder: what happens, in order, and what puts it back. */
void graph_ladder(struct buf *out, const struct outline *outline);
/* A column for each place that has to do with a parameter, variable or setting. */
void graph_data(struct buf *out, const struct outline *outline);

/* What Graphviz makes of a `graph_dot`, as a part of a page or a file of its own
 * (`is_alone`: with the XML declaration, and the colours by which it is light or dark).
 */
MUST_USE bool graph_svg(struct arena *arena, struct text dot, bool is_alone,
                        struct text *svg, struct err *err);
/* The colours, as a style sheet over the classes of graph_dot. */
struct text graph_colours(void);

/* ---- what pictures share ---- */

/* What stands in the box of a place, besides its name. */
struct graph_card {
    VEC(struct text) lines;
};

struct graph_card graph_card_of(struct arena *arena, const struct outline *outline,
                                uint32_t place);

/* Several ways from one place to another are one arrow with several labels. */
struct graph_arrow {
    uint32_t from, to;
    enum outline_way_kind kind;
    VEC(struct text) labels; /* none: the steps just lead there */
    bool is_anywhere;        /* from a handler of the flow itself */
    bool is_main;            /* one of the ways has no cause */
};

struct graph_arrows {
    VEC(struct graph_arrow) all;
};

struct graph_arrows graph_arrows_of(struct arena *arena, const struct outline *outline);

/* Does a handler of the flow itself lead somewhere? Then there is a box "wherever". */
bool graph_leads_from_anywhere(const struct outline *outline);
/* What a way to OUTLINE_END ends in: "failed", "done"; and is there such a way? */
const char *graph_end_word(enum outline_way_kind kind);
bool graph_ends(const struct outline *outline, enum outline_way_kind kind);
bool graph_is_from_anywhere(const struct outline_way *way);
/* Not longer than `most` columns: cut between words where it can be, with … at the end.
 */
struct text graph_cut(struct arena *arena, struct text t, size_t most);

#endif
