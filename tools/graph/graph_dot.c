/* Flows for Graphviz. */
#include "engine/base/arena.h"
#include "tools/graph/graph.h"

/* In the classes of a picture, so that a style sheet can turn it dark. */
static const char head[] =
    "digraph flows {\n"
    "    graph [rankdir=TB bgcolor=\"transparent\" "
    "fontname=\"Helvetica,Arial,sans-serif\" "
    "fontsize=13\n"
    "           nodesep=0.45 ranksep=0.55 pad=0.25 style=rounded color=\"#a8b3c2\" "
    "fontcolor=\"#334155\"]\n"
    "    node [fontname=\"Helvetica,Arial,sans-serif\" fontsize=12 shape=box "
    "style=\"rounded,filled\" margin=\"0.16,0.08\"\n"
    "          class=state fillcolor=\"#eaf1fb\" color=\"#4a6fa5\" "
    "fontcolor=\"#16324f\"]\n"
    "    edge [fontname=\"Helvetica,Arial,sans-serif\" fontsize=10 color=\"#64748b\" "
    "fontcolor=\"#334155\" arrowsize=0.7]\n";

#define FINAL_LOOK                                                                       \
    "style=filled height=0.3 margin=\"0.35,0.04\" fillcolor=\"#1f2937\" "                \
    "color=\"#1f2937\" fontcolor=\"#ffffff\""

static void write_id(struct buf *out, const struct outline *outline, uint32_t place,
                     bool is_anywhere)
{
    buf_printf(out, "\"" TEXT_FMT "/", TEXT_ARG(outline->flow->name));
    if (place == OUTLINE_FLOW)
        buf_chars(out, is_anywhere ? "/wherever" : "");
    else
        buf_text(out, outline->places.at[place].path);
    buf_char(out, '"');
}

/* A slash more than any place has. */
static void write_end_id(struct buf *out, const struct outline *outline,
                         enum outline_way_kind kind)
{
    buf_printf(out, "\"" TEXT_FMT "//%s\"", TEXT_ARG(outline->flow->name),
               graph_end_word(kind));
}

static void write_escaped(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.n; i++) {
        char c = t.chars[i];
        if (c == '&' || c == '<' || c == '>')
            buf_chars(out, c == '&' ? "&amp;" : c == '<' ? "&lt;" : "&gt;");
        else
            buf_char(out, c);
    }
}

static void indent(struct buf *out, uint32_t depth)
{
    for (uint32_t i = 0; i <= depth; i++)
        buf_chars(out, "    ");
}

static void write_card(struct buf *out, const struct outline *outline, uint32_t place,
                       bool with_name)
{
    struct graph_card card = graph_card_of(out->arena, outline, place);
    buf_chars(out, "label=<");
    if (with_name) {
        buf_chars(out, "<b>");
        write_escaped(out, outline->places.at[place].node->name);
        buf_chars(out, "</b>");
    }
    buf_chars(out, card.lines.n > 0 ? "<font point-size=\"10\">" : "");
    for (uint32_t i = 0; i < card.lines.n; i++) {
        buf_chars(out, with_name || i > 0 ? "<br/>" : "");
        write_escaped(out, card.lines.at[i]);
    }
    buf_chars(out, card.lines.n > 0 ? "</font>>" : with_name ? ">" : "enters>");
}

static void write_place(struct buf *out, const struct outline *outline, uint32_t place,
                        uint32_t depth);

/* A state with states inside is a box; what it does itself is a card in it. */
static void write_nested(struct buf *out, const struct outline *outline, uint32_t place,
                         uint32_t depth)
{
    const struct outline_place *it = &outline->places.at[place];
    indent(out, depth);
    buf_printf(out, "subgraph \"cluster_" TEXT_FMT "/" TEXT_FMT "\" {\n",
               TEXT_ARG(outline->flow->name), TEXT_ARG(it->path));
    indent(out, depth + 1);
    buf_printf(out, "class=nested label=<<b>" TEXT_FMT "</b>>\n",
               TEXT_ARG(it->node->name));
    indent(out, depth + 1);
    write_id(out, outline, place, false);
    buf_chars(out, " [class=own shape=box style=\"rounded,dashed\" ");
    write_card(out, outline, place, false);
    buf_chars(out, "]\n");
    for (uint32_t i = place + 1; i < outline->places.n; i++)
        if (outline->places.at[i].outer == place)
            write_place(out, outline, i, depth + 1);
    indent(out, depth);
    buf_chars(out, "}\n");
}

static void write_place(struct buf *out, const struct outline *outline, uint32_t place,
                        uint32_t depth)
{
    const struct outline_place *it = &outline->places.at[place];
    if (it->inner_n > 0) {
        write_nested(out, outline, place, depth);
        return;
    }
    indent(out, depth);
    write_id(out, outline, place, false);
    buf_chars(out, " [");
    if (it->kind == OUTLINE_FINAL)
        buf_chars(out, "class=final " FINAL_LOOK " ");
    else if (it->kind == OUTLINE_LETTER)
        buf_chars(out, "class=letter shape=note style=filled fillcolor=\"#fff3d1\" "
                       "color=\"#b7791f\" fontcolor=\"#6b4708\" ");
    write_card(out, outline, place, true);
    buf_chars(out, "]\n");
    for (uint32_t i = place + 1; i < outline->places.n; i++)
        if (outline->places.at[i].outer == place) /* dead letters of a plain state */
            write_place(out, outline, i, depth);
}

static void write_end(struct buf *out, const struct outline *outline,
                      enum outline_way_kind kind)
{
    if (!graph_ends(outline, kind))
        return;
    indent(out, 1);
    write_end_id(out, outline, kind);
    buf_chars(out, " [class=final " FINAL_LOOK " ");
    buf_printf(out, "label=<<b>%s</b>>]\n", graph_end_word(kind));
}

static void write_ends(struct buf *out, const struct outline *outline)
{
    indent(out, 1);
    write_id(out, outline, OUTLINE_FLOW, false);
    buf_chars(out, " [class=start shape=circle style=filled width=0.2 fixedsize=true "
                   "label=\"\" fillcolor=\"#1f2937\" color=\"#1f2937\"]\n");
    if (graph_leads_from_anywhere(outline)) {
        indent(out, 1);
        write_id(out, outline, OUTLINE_FLOW, true);
        buf_chars(out,
                  " [class=own style=\"rounded,dashed\" label=<<i>in any state</i>>]\n");
    }
    write_end(out, outline, OUTLINE_FAILS);
    write_end(out, outline, OUTLINE_ENDS);
}

static void write_labels(struct buf *out, const struct graph_arrow *arrow)
{
    buf_chars(out, "label=<");
    for (uint32_t i = 0; i < arrow->labels.n; i++) {
        buf_chars(out, i == 0 ? " " : "<br align=\"left\"/> ");
        write_escaped(out, arrow->labels.at[i]);
    }
    buf_chars(out, "<br align=\"left\"/>>");
}

static void write_arrow(struct buf *out, const struct outline *outline,
                        const struct graph_arrow *arrow)
{
    bool to_letter = arrow->kind == OUTLINE_REFERS;
    indent(out, 1);
    write_id(out, outline, arrow->from, arrow->is_anywhere);
    buf_chars(out, " -> ");
    if (arrow->to == OUTLINE_END)
        write_end_id(out, outline, arrow->kind);
    else
        write_id(out, outline, arrow->to, false);
    buf_printf(out, " [class=%s", to_letter ? "refer" : arrow->is_main ? "main" : "way");
    if (to_letter)
        buf_chars(
            out,
            " style=dashed color=\"#b7791f\" fontcolor=\"#8a5a10\" constraint=false");
    else if (arrow->is_main)
        buf_chars(out, " penwidth=2 color=\"#1d4ed8\" weight=4");
    if (arrow->labels.n > 0) {
        buf_char(out, ' ');
        write_labels(out, arrow);
    }
    buf_chars(out, "]\n");
}

static void write_flow(struct buf *out, const struct outline *outline)
{
    buf_printf(out, "    subgraph \"cluster_" TEXT_FMT "\" {\n",
               TEXT_ARG(outline->flow->name));
    buf_printf(
        out, "        class=flow labeljust=l label=<<b>" TEXT_FMT "</b> version %lld>\n",
        TEXT_ARG(outline->flow->name), (long long)outline->flow->number);
    write_ends(out, outline);
    for (uint32_t i = 0; i < outline->places.n; i++)
        if (outline->places.at[i].outer == OUTLINE_FLOW)
            write_place(out, outline, i, 1);
    struct graph_arrows arrows = graph_arrows_of(out->arena, outline);
    for (uint32_t i = 0; i < arrows.all.n; i++)
        write_arrow(out, outline, &arrows.all.at[i]);
    for (uint32_t i = 0; i < outline->places.n; i++)
        if (outline->places.at[i].inner_n > 0) {
            uint32_t first = i + 1;
            while (outline->places.at[first].kind == OUTLINE_LETTER)
                first++;
            struct graph_arrow in = {
                .from = i, .to = first, .kind = OUTLINE_GOES, .is_main = true};
            write_arrow(out, outline, &in);
        }
    buf_chars(out, "    }\n");
}

void graph_dot(struct buf *out, const struct outline *const *outlines, uint32_t n)
{
    buf_chars(out, head);
    for (uint32_t i = 0; i < n; i++)
        write_flow(out, outlines[i]);
    buf_chars(out, "}\n");
}
