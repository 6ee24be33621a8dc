/* Flows for Mermaid. */
#include "tools/graph/graph.h"

/* Mermaid's identifiers are plain words: f0, f0p3. */
static void write_id(struct buf *out, uint32_t flow, uint32_t place, bool is_anywhere)
{
    buf_printf(out, "f%u", flow);
    if (place == OUTLINE_FLOW)
        buf_chars(out, is_anywhere ? "any" : "start");
    else
        buf_printf(out, "p%u", place);
}

/* Inside quotation marks; `#` begins its own kind of entity. */
static void write_escaped(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.n; i++) {
        char c = t.chars[i];
        if (c == '"' || c == '#' || c == '<' || c == '>' || c == '&' || c == '`')
            buf_printf(out, "#%d;", c);
        else
            buf_char(out, c);
    }
}

static void indent(struct buf *out, uint32_t depth)
{
    for (uint32_t i = 0; i < depth; i++)
        buf_chars(out, "    ");
}

static void write_box(struct buf *out, const struct outline *outline, uint32_t flow,
                      uint32_t place, bool with_name)
{
    const struct outline_place *it = &outline->places.at[place];
    struct graph_card card = graph_card_of(out->arena, outline, place);
    write_id(out, flow, place, false);
    buf_chars(out, it->kind == OUTLINE_STATE   ? "(\""
                   : it->kind == OUTLINE_FINAL ? "[[\""
                                               : ">\"");
    if (with_name)
        buf_text(out, it->node->name);
    else if (card.lines.n == 0)
        buf_chars(out, "enters");
    for (uint32_t i = 0; i < card.lines.n; i++) {
        buf_chars(out, with_name || i > 0 ? "<br/>" : "");
        write_escaped(out, card.lines.at[i]);
    }
    buf_chars(out, it->kind == OUTLINE_STATE   ? "\")"
                   : it->kind == OUTLINE_FINAL ? "\"]]:::final"
                                               : "\"]:::letter");
    buf_char(out, '\n');
}

static void write_place(struct buf *out, const struct outline *outline, uint32_t flow,
                        uint32_t place, uint32_t depth)
{
    const struct outline_place *it = &outline->places.at[place];
    bool is_nested = it->inner_n > 0;
    indent(out, depth);
    if (is_nested) {
        buf_printf(out, "subgraph f%us%u [\"" TEXT_FMT "\"]\n", flow, place,
                   TEXT_ARG(it->node->name));
        indent(out, depth + 1);
    }
    write_box(out, outline, flow, place, !is_nested);
    for (uint32_t i = place + 1; i < outline->places.n; i++)
        if (outline->places.at[i].outer == place)
            write_place(out, outline, flow, i, depth + is_nested);
    if (is_nested) {
        indent(out, depth);
        buf_chars(out, "end\n");
    }
}

static void write_arrow(struct buf *out, uint32_t flow, const struct graph_arrow *arrow)
{
    indent(out, 1);
    write_id(out, flow, arrow->from, arrow->is_anywhere);
    buf_chars(out, arrow->kind == OUTLINE_REFERS ? " -.->"
                   : arrow->is_main              ? " ==>"
                                                 : " -->");
    for (uint32_t i = 0; i < arrow->labels.n; i++) {
        buf_chars(out, i == 0 ? "|\"" : "<br/>");
        write_escaped(out, arrow->labels.at[i]);
    }
    buf_chars(out, arrow->labels.n > 0 ? "\"| " : " ");
    if (arrow->to == OUTLINE_END)
        buf_printf(out, "f%u%s", flow, graph_end_word(arrow->kind));
    else
        write_id(out, flow, arrow->to, false);
    buf_char(out, '\n');
}

static void write_flow(struct buf *out, const struct outline *outline, uint32_t flow)
{
    struct graph_arrows arrows = graph_arrows_of(out->arena, outline);
    buf_printf(out, "    subgraph f%u [\"" TEXT_FMT " version %lld\"]\n", flow,
               TEXT_ARG(outline->flow->name), (long long)outline->flow->number);
    buf_printf(out, "        f%ustart((\" \")):::final\n", flow);
    if (graph_leads_from_anywhere(outline))
        buf_printf(out, "        f%uany(\"in any state\")\n", flow);
    for (int kind = OUTLINE_FAILS; kind <= OUTLINE_ENDS; kind++)
        if (graph_ends(outline, (enum outline_way_kind)kind))
            buf_printf(out, "        f%u%s[[\"%s\"]]:::final\n", flow,
                       graph_end_word((enum outline_way_kind)kind),
                       graph_end_word((enum outline_way_kind)kind));
    for (uint32_t i = 0; i < outline->places.n; i++)
        if (outline->places.at[i].outer == OUTLINE_FLOW)
            write_place(out, outline, flow, i, 2);
    buf_chars(out, "    end\n");
    for (uint32_t i = 0; i < arrows.all.n; i++)
        write_arrow(out, flow, &arrows.all.at[i]);
    for (uint32_t i = 0; i < outline->places.n; i++)
        for (uint32_t k = i + 1;
             k < outline->places.n && outline->places.at[i].inner_n > 0; k++)
            if (outline->places.at[k].kind != OUTLINE_LETTER) {
                struct graph_arrow in = {
                    .from = i, .to = k, .kind = OUTLINE_GOES, .is_main = true};
                write_arrow(out, flow, &in);
                break;
            }
}

void graph_mermaid(struct buf *out, const struct outline *const *outlines, uint32_t n)
{
    buf_chars(out, "flowchart TB\n"
                   "    classDef final fill:#1f2937,stroke:#1f2937,color:#ffffff\n"
                   "    classDef letter fill:#fff3d1,stroke:#b7791f,color:#6b4708\n");
    for (uint32_t i = 0; i < n; i++)
        write_flow(out, outlines[i], i);
}
