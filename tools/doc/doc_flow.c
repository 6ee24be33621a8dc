/* A flow on its module's page: what it is for, its picture, and what it does where. */
#include "engine/base/arena.h"
#include "tools/doc/doc.h"

/* ---- states ---- */

static void add(struct buf *out, const char *words, struct text t)
{
    struct buf line;
    buf_init(&line, out->arena);
    buf_printf(&line, "%s" TEXT_FMT, words, TEXT_ARG(t));
    struct text whole = buf_done(&line), rest = {out->bytes, out->n};
    while (rest.n > 0) {
        struct text said = text_split(&rest, '\n');
        if (text_is(said, whole))
            return; /* once is enough */
    }
    buf_text(out, whole);
    buf_char(out, '\n');
}

/* Lines of a cell. */
static void cell(struct doc_page *page, const char *title, struct buf *lines)
{
    struct text rest = text_trim(buf_done(lines));
    if (rest.n == 0) {
        doc_chars(page, "<td></td>");
        return;
    }
    buf_printf(&page->out, "<td data-t=\"%s\">", title);
    while (rest.n > 0) {
        doc_text(page, text_split(&rest, '\n'));
        doc_chars(page, rest.n > 0 ? "<br/>" : "");
    }
    doc_chars(page, "</td>");
}

static void does(const struct outline *outline, uint32_t place, struct buf *out)
{
    for (uint32_t i = 0; i < outline->calls.n; i++)
        if (outline->calls.at[i].place == place)
            add(out, "", outline->calls.at[i].name);
    for (uint32_t i = 0; i < outline->events.n; i++) {
        const struct outline_event *event = &outline->events.at[i];
        if (event->place == place && event->way == OUTLINE_SENDS)
            add(out, "sends ", event->event->name);
        if (event->place == place && event->way == OUTLINE_AWAITS)
            add(out, "waits for ", event->event->name);
    }
}

/* The handlers as they are written, up to what they do. */
static void reacts(struct doc_page *page, const struct node *owner, struct buf *out)
{
    node_each(item, owner->items)
    {
        if (item->kind < NODE_ON || item->kind > NODE_IGNORE || item->block == NULL)
            continue;
        struct span head = item->span;
        head.to = item->block->span.from;
        add(out, "", outline_source(page->arena, head));
    }
    if (owner->limit != NULL)
        add(out, "", outline_source(page->arena, owner->limit->span));
}

static void may_take(struct doc_page *page, const struct outline *outline, uint32_t place,
                     struct buf *out)
{
    for (uint32_t i = 0; i < outline->ways.n; i++) {
        const struct outline_way *way = &outline->ways.at[i];
        struct text cause = outline_cause_text(page->arena, way->cause);
        if (way->from != place || way->kind == OUTLINE_BEGINS ||
            way->kind == OUTLINE_ENDS)
            continue;
        bool leads = way->to < OUTLINE_END && way->to != way->from;
        struct text to = leads ? outline_place_text(outline, way->to)
                               : text_of(outline_way_word(way->kind));
        add(out, "",
            text_of(arena_printf(page->arena, TEXT_FMT "%s" TEXT_FMT, TEXT_ARG(to),
                                 cause.n > 0 ? ": " : "", TEXT_ARG(cause))));
    }
}

static void who(const struct outline *outline, uint32_t place, struct buf *out)
{
    if (place != OUTLINE_FLOW && outline->places.at[place].kind == OUTLINE_LETTER)
        add(out, "", outline_role(outline->places.at[place].node));
    for (uint32_t i = 0; i < outline->questions.n; i++) {
        const struct node *ask = outline->questions.at[i].node;
        if (outline->questions.at[i].place != place)
            continue;
        add(out, "", outline_role(ask));
        for (const struct node *then = node_clause(ask, NODE_ESCALATE); then != NULL;
             then = node_clause_next(then, NODE_ESCALATE))
            add(out, "then ", then->name);
    }
}

static void state_row(struct doc_page *page, const struct outline *outline,
                      uint32_t place)
{
    const struct node *node =
        place == OUTLINE_FLOW ? outline->flow : outline->places.at[place].node;
    struct buf cells[4];
    for (int i = 0; i < 4; i++)
        buf_init(&cells[i], page->arena);
    does(outline, place, &cells[0]);
    reacts(page, node, &cells[1]);
    may_take(page, outline, place, &cells[2]);
    who(outline, place, &cells[3]);
    if (place == OUTLINE_FLOW && cells[0].n + cells[1].n + cells[2].n + cells[3].n == 0)
        return;
    doc_chars(page, "<tr><td><b>");
    doc_text(page, place == OUTLINE_FLOW ? TEXT("wherever")
                                         : outline_place_text(outline, place));
    doc_chars(page, "</b>");
    if (place != OUTLINE_FLOW && outline->places.at[place].kind != OUTLINE_STATE)
        buf_printf(&page->out, " <span class=\"soft\">%s</span>",
                   outline_place_word(outline->places.at[place].kind));
    if (place != OUTLINE_FLOW)
        doc_prose(page, node->doc);
    doc_chars(page, "</td>");
    cell(page, "does", &cells[0]);
    cell(page, "reacts to", &cells[1]);
    cell(page, "may take", &cells[2]);
    cell(page, "who", &cells[3]);
    doc_chars(page, "</tr>\n");
}

static void states(struct doc_page *page, const struct outline *outline)
{
    doc_chars(page, "<h3>States</h3>\n");
    doc_table(page, "State|Does|Reacts to|May take|Who");
    state_row(page, outline, OUTLINE_FLOW);
    for (uint32_t i = 0; i < outline->places.n; i++)
        state_row(page, outline, i);
    doc_table_end(page);
}

/* ---- effects ---- */

static void effect_row(struct doc_page *page, const struct outline *outline,
                       const struct outline_call *call)
{
    struct text where = outline_place_text(outline, call->place),
                cause = outline_cause_text(page->arena, call->cause);
    if (call->operation == NULL) {
        doc_chars(page, "<tr class=\"seal\"><td colspan=\"5\">point of no return: ");
        doc_text(page, where);
        doc_chars(page, cause.n > 0 ? ", " : "");
        doc_text(page, cause);
        doc_chars(page, "</td></tr>\n");
        return;
    }
    doc_chars(page, "<tr>");
    doc_code(page, "Effect",
             text_of(arena_printf(page->arena, TEXT_FMT "%s", TEXT_ARG(call->name),
                                  call->is_repeated ? " (n)" : "")));
    doc_cell(page, "State",
             text_of(arena_printf(page->arena, TEXT_FMT "%s" TEXT_FMT, TEXT_ARG(where),
                                  cause.n > 0 ? ", " : "", TEXT_ARG(cause))));
    doc_code(page, "Put back by", call->put_back);
    doc_code(page, "Once per", call->key);
    doc_cell(page, "Note", call->note);
    doc_chars(page, "</tr>\n");
}

static void effects(struct doc_page *page, const struct outline *outline)
{
    doc_chars(page, "<h3>Effects, and what puts them back</h3>\n");
    doc_table(page, "Effect|State|Put back by|Once per|Note");
    for (uint32_t i = 0; i < outline->calls.n; i++)
        if (outline->calls.at[i].back != OUTLINE_BACK_READ ||
            outline->calls.at[i].operation == NULL)
            effect_row(page, outline, &outline->calls.at[i]);
    doc_table_end(page);
}

/* ---- decisions, questions, events, measures ---- */

static void decision(struct doc_page *page, const struct outline *outline,
                     const struct outline_choice *choice)
{
    doc_chars(page, "<h3>Decision in ");
    doc_text(page, outline_place_text(outline, choice->place));
    doc_chars(page, ": <code>");
    doc_text(page, outline_source(page->arena, choice->node->value->span));
    doc_chars(page, "</code></h3>\n");
    doc_table(page, "When|And|Then");
    node_each(arm, choice->node->whens)
    {
        doc_chars(page, "<tr>");
        doc_code(page, "When",
                 arm->value == NULL ? TEXT("else")
                                    : outline_source(page->arena, arm->value->span));
        doc_code(page, "And",
                 arm->where == NULL ? TEXT("")
                                    : outline_source(page->arena, arm->where->span));
        doc_code(page, "Then",
                 arm->block == NULL ? TEXT("")
                                    : outline_source(page->arena, arm->block->span));
        doc_chars(page, "</tr>\n");
    }
    doc_table_end(page);
}

static struct text answers(struct doc_page *page, const struct node *ask)
{
    struct buf out;
    buf_init(&out, page->arena);
    node_each(when, ask->whens)
    {
        if (when->target == NULL)
            continue;
        buf_chars(&out, out.n > 0 ? ", " : "");
        buf_text(&out, when->target->name);
        node_each(param, when->params)
        {
            buf_chars(&out, param == when->params.first ? " asking " : ", ");
            buf_text(&out, outline_source(page->arena, param->span));
        }
    }
    return buf_done(&out);
}

static void question_row(struct doc_page *page, const struct outline *outline,
                         const struct node *node, uint32_t place)
{
    doc_chars(page, "<tr>");
    doc_cell(page, "Who", outline_role(node));
    doc_cell(page, "Question", outline_source(page->arena, node->value->span));
    doc_cell(page, "Answers", answers(page, node));
    doc_cell(page, "State", outline_place_text(outline, place));
    doc_chars(page, "</tr>\n");
}

static void questions(struct doc_page *page, const struct outline *outline)
{
    bool is_any = outline->questions.n > 0;
    for (uint32_t i = 0; i < outline->places.n; i++)
        is_any |= outline->places.at[i].kind == OUTLINE_LETTER;
    if (!is_any)
        return;
    doc_chars(page, "<h3>What people are asked</h3>\n");
    doc_table(page, "Who|Question|Answers|State");
    for (uint32_t i = 0; i < outline->questions.n; i++)
        question_row(page, outline, outline->questions.at[i].node,
                     outline->questions.at[i].place);
    for (uint32_t i = 0; i < outline->places.n; i++)
        if (outline->places.at[i].kind == OUTLINE_LETTER)
            question_row(page, outline, outline->places.at[i].node, i);
    doc_table_end(page);
}

static void events(struct doc_page *page, const struct outline *outline)
{
    static const char *const words[] = {[OUTLINE_TAKES] = "takes",
                                        [OUTLINE_AWAITS] = "waits for",
                                        [OUTLINE_SENDS] = "sends",
                                        [OUTLINE_IGNORES] = "ignores"};
    if (outline->events.n == 0)
        return;
    doc_chars(page, "<h3>Events in and out</h3>\n");
    doc_table(page, "Event|What|State");
    for (uint32_t i = 0; i < outline->events.n; i++) {
        const struct outline_event *event = &outline->events.at[i];
        bool starts = event->node->kind == NODE_STARTS_ON;
        doc_chars(page, "<tr>");
        doc_code(page, "Event", event->event->name);
        doc_cell(page, "What", text_of(starts ? "is started by" : words[event->way]));
        doc_cell(page, "State",
                 event->place == OUTLINE_FLOW
                     ? TEXT("wherever")
                     : outline_place_text(outline, event->place));
        doc_chars(page, "</tr>\n");
    }
    doc_table_end(page);
}

/* What the flow says of itself, a line each: key, calendar, starts, measures, versions.
 */
static void said(struct doc_page *page, const char *title, const struct node *flow,
                 enum node_kind first, enum node_kind last)
{
    bool is_any = false;
    node_each(item, flow->items)
    {
        if (item->kind < first || item->kind > last)
            continue;
        if (!is_any)
            buf_printf(&page->out, "<h3>%s</h3>\n<ul>\n", title);
        is_any = true;
        doc_chars(page, "<li><code>");
        doc_text(page, outline_source(page->arena, item->span));
        doc_chars(page, "</code></li>\n");
    }
    doc_chars(page, is_any ? "</ul>\n" : "");
}

static void settings(struct doc_page *page, const struct outline *outline)
{
    bool is_any = false;
    for (uint32_t i = 0; i < outline->uses.n; i++) {
        const struct symbol *symbol = outline->uses.at[i].symbol;
        if (symbol->kind != SYMBOL_SETTING ||
            (i > 0 && outline->uses.at[i - 1].symbol == symbol))
            continue;
        if (!is_any)
            doc_chars(page, "<h3>Settings it reads</h3>\n<ul>\n");
        is_any = true;
        doc_chars(page, "<li><code>");
        doc_text(page, outline_source(page->arena, symbol->node->span));
        doc_chars(page, "</code></li>\n");
    }
    doc_chars(page, is_any ? "</ul>\n" : "");
}

void doc_flow(struct doc_page *page, const struct node *flow, struct text picture,
              struct text why_none)
{
    const struct outline *outline = outline_of(page->arena, flow);
    buf_printf(&page->out,
               "<h2 id=\"flow-" TEXT_FMT "\">" TEXT_FMT
               " <span class=\"soft\">version %lld</span></h2>\n",
               TEXT_ARG(flow->name), TEXT_ARG(flow->name), (long long)flow->number);
    doc_prose(page, flow->doc);
    if (picture.n > 0) {
        doc_chars(page, "<div class=\"picture\">\n");
        buf_text(&page->out, picture);
        doc_chars(page, "</div>\n");
    } else {
        doc_chars(page, "<p class=\"soft\">There is no picture: ");
        doc_text(page, why_none);
        doc_chars(page, "</p>\n");
    }
    said(page, "How it begins", flow, NODE_KEY, NODE_STARTS_EVERY);
    states(page, outline);
    effects(page, outline);
    for (uint32_t i = 0; i < outline->choices.n; i++)
        decision(page, outline, &outline->choices.at[i]);
    questions(page, outline);
    events(page, outline);
    said(page, "Measures", flow, NODE_MEASURE_FROM, NODE_MEASURE_OF);
    settings(page, outline);
    said(page, "From earlier versions", flow, NODE_MIGRATE, NODE_MIGRATE);
}
