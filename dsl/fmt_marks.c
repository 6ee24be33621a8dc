/* Which words begin lines: what the layout takes from the nodes. */
#include "dsl/fmt_marks.h"

#include "dsl/parser.h"
#include "engine/base/arena.h"
#include "engine/base/vec.h"

enum {
    SHORT_CHARS_MAX = 120
}; /* what a block may hold to stay on one line, blanks not counted */

/* Lines that may share columns. */
enum {
    GROUP_NONE,
    GROUP_WHEN,
    GROUP_FINAL,
    GROUP_TYPE,
    GROUP_EVENT,
    GROUP_MEASURE,
    GROUP_POLICY,
    GROUP_MIGRATE
};

struct marking {
    struct fmt_mark *marks;
    const struct token *tokens;
    uint32_t n;
    uint32_t *match; /* of a closing brace: where it opens */
};

static void mark_node(struct marking *m, const struct node *node, uint32_t indent,
                      bool on_one_line);

static uint32_t token_at(const struct marking *m, uint32_t offset)
{
    uint32_t low = 0, high = m->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (m->tokens[middle].span.from < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->n ? low : m->n - 1;
}

/* The last word of a node. */
static uint32_t token_last(const struct marking *m, const struct node *node)
{
    uint32_t at = token_at(m, node->span.to);
    while (at > 0 && (m->tokens[at].comment != TOKEN_WORD ||
                      m->tokens[at].span.from >= node->span.to))
        at--;
    return at;
}

static void match_braces(struct arena *compile, struct marking *m)
{
    VEC(uint32_t) open = {0};
    m->match = arena_array(compile, uint32_t, m->n);
    for (uint32_t i = 0; i < m->n; i++)
        if (m->tokens[i].kind == LBRACE) {
            vec_push(compile, &open, i);
        } else if (m->tokens[i].kind == RBRACE && open.n > 0) {
            m->match[i] = open.at[--open.n];
            m->match[m->match[i]] = i;
        }
}

/* Goes back over the comments that stand above a word, to where what belongs to it
 * begins. */
static uint32_t with_comments(const struct marking *m, uint32_t at)
{
    while (at > 0 && m->tokens[at - 1].comment != TOKEN_WORD &&
           (at == 1 || m->tokens[at - 2].span.end_line < m->tokens[at - 1].span.line))
        at--;
    return at;
}

static void begin_line(struct marking *m, uint32_t at, uint32_t indent)
{
    for (uint32_t i = with_comments(m, at); i <= at; i++) {
        struct fmt_mark *mark = &m->marks[i];
        mark->breaks = mark->begins_line = true;
        mark->keeps_line = false;
        mark->indent = indent;
        mark->blank =
            i > 0 && m->tokens[i].span.line > m->tokens[i - 1].span.end_line + 1;
    }
}

/* What goes on in a next line stands one level in. */
static void continue_at(struct marking *m, uint32_t from, uint32_t to, uint32_t indent)
{
    for (uint32_t i = from; i <= to; i++)
        if (!m->marks[i].begins_line)
            m->marks[i].indent = indent;
}

static bool has_comment(const struct marking *m, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i <= to; i++)
        if (m->tokens[i].comment != TOKEN_WORD)
            return true;
    return false;
}

/* Blanks are not counted, so that laying out again finds the same. */
static bool was_on_one_line(const struct marking *m, uint32_t from, uint32_t to)
{
    struct span span = span_join(m->tokens[from].span, m->tokens[to].span);
    struct text inside = span_text(span);
    uint32_t chars = 0;
    for (size_t i = 0; i < inside.n; i++)
        chars +=
            inside.chars[i] != ' ' && ((unsigned char)inside.chars[i] & 0xC0) != 0x80;
    return span.line == span.end_line && !has_comment(m, from, to) &&
           chars <= SHORT_CHARS_MAX;
}

static void keep_line(struct marking *m, uint32_t at)
{
    m->marks[at].keeps_line = true;
}

/* { items } whose closing brace is at `close`. */
static void mark_braces(struct marking *m, struct nodes items, uint32_t close,
                        uint32_t indent, bool on_one_line)
{
    uint32_t open = m->match[close];
    bool is_short = on_one_line || was_on_one_line(m, open, close);
    keep_line(m, open);
    node_each(item, items)
    {
        uint32_t at = token_at(m, item->span.from);
        if (is_short)
            m->marks[at].wide = item != items.first;
        else
            begin_line(m, at, indent + 1);
    }
    node_each(item, items) mark_node(m, item, indent + 1, is_short);
    if (is_short)
        return;
    begin_line(m, close, indent);
    for (uint32_t i = with_comments(m, close); i < close; i++)
        m->marks[i].indent =
            indent + 1; /* comments at the end of a block belong into it */
    m->marks[with_comments(m, close)].blank = false;
    if (items.first != NULL)
        m->marks[with_comments(m, token_at(m, items.first->span.from))].blank = false;
}

static void mark_columns(struct marking *m, uint32_t first, uint32_t group)
{
    m->marks[first].group = group;
}

static void mark_cell(struct marking *m, uint32_t at, uint32_t group)
{
    m->marks[at].cell = true;
    m->marks[at].group = group;
}

/* One-line ways out share a column: behind the outcome's name, or before an arm's action.
 */
static void mark_when_columns(struct marking *m, const struct node *when)
{
    uint32_t first = token_at(m, when->span.from), last = token_last(m, when);
    bool has_keys = when->kind == NODE_WHEN && when->target != NULL &&
                    when->target->kind == NODE_PATTERN && when->target->args.n > 0;
    if (!was_on_one_line(m, first, last) || when->kind == NODE_DL_AFTER || has_keys)
        return;
    mark_columns(m, first, GROUP_WHEN);
    if (when->kind == NODE_WHEN && when->target != NULL)
        mark_cell(m, token_last(m, when->target) + 1, GROUP_WHEN);
    else
        mark_cell(m, token_at(m, when->block->span.from), GROUP_WHEN);
}

static void mark_whens(struct marking *m, struct nodes whens, uint32_t indent,
                       bool on_one_line)
{
    node_each(when, whens)
    {
        uint32_t at = token_at(m, when->span.from);
        if (!on_one_line)
            begin_line(m, at, indent + 1);
        else
            m->marks[at].wide = true;
        mark_node(m, when, indent + 1, on_one_line);
        if (!on_one_line)
            mark_when_columns(m, when);
    }
}

static void mark_action(struct marking *m, const struct node *action, uint32_t indent,
                        bool on_one_line)
{
    if (action == NULL)
        return;
    keep_line(m, token_at(m, action->span.from));
    mark_node(m, action, indent, on_one_line);
}

static uint32_t word_before(const struct marking *m, uint32_t at)
{
    do
        at--;
    while (at > 0 && m->tokens[at].comment != TOKEN_WORD);
    return at;
}

/* The nodes that stand in braces of their own, their closing brace being their last word.
 */
static bool is_braced(enum node_kind kind)
{
    switch ((int)kind) {
    case NODE_BLOCK:
    case NODE_RECORD_DECL:
    case NODE_EVENT:
    case NODE_ADAPTER:
    case NODE_FLOW:
    case NODE_STATE:
    case NODE_TOGETHER:
    case NODE_MIGRATE:
    case NODE_TEST:
    case NODE_EXPLORE:
    case NODE_ENVIRONMENT:
    case NODE_BIND_CALENDAR:
    case NODE_BIND_ADAPTER:
    case NODE_BIND_OPERATION:
    case NODE_BIND_EVENTS:
        return true;
    default:
        return false;
    }
}

static void mark_heads(struct marking *m, const struct node *node)
{
    uint32_t first = token_at(m, node->span.from), last = token_last(m, node);
    if (!was_on_one_line(m, first, last))
        return;
    switch ((int)node->kind) {
    case NODE_FINAL:
        mark_columns(m, first, GROUP_FINAL);
        if (node->block != NULL)
            mark_cell(m, token_at(m, node->block->span.from), GROUP_FINAL);
        return;
    case NODE_ALIAS_DECL:
    case NODE_VARIANT_DECL:
    case NODE_RECORD_DECL:
        mark_columns(m, first, GROUP_TYPE);
        mark_cell(m, first + 2, GROUP_TYPE);
        return;
    case NODE_EVENT:
        mark_columns(m, first, GROUP_EVENT);
        mark_cell(m, first + 2, GROUP_EVENT);
        if (m->tokens[first + 2].kind != LBRACE)
            mark_cell(m, m->match[last], GROUP_EVENT);
        return;
    case NODE_POLICY:
        mark_columns(m, first, GROUP_POLICY);
        mark_cell(m, first + 2, GROUP_POLICY);
        return;
    case NODE_MEASURE_FROM:
    case NODE_MEASURE_SHARE:
    case NODE_MEASURE_OF:
        mark_columns(m, first, GROUP_MEASURE);
        mark_cell(m, first + 2, GROUP_MEASURE);
        if (node->third != NULL)
            mark_cell(m, word_before(m, token_at(m, node->third->span.from)),
                      GROUP_MEASURE);
        return;
    case NODE_MIGRATE_STATE:
        mark_columns(m, first, GROUP_MIGRATE);
        mark_cell(m, token_last(m, node->target) + 1, GROUP_MIGRATE);
        return;
    default:
        return;
    }
}

static void mark_clauses(struct marking *m, const struct node *node, bool on_one_line)
{
    node_each(clause, node->clauses)
    {
        if (node->kind == NODE_OPERATION || node->kind == NODE_POLICY)
            m->marks[token_at(m, clause->span.from)].wide =
                clause != node->clauses.first || node->kind == NODE_OPERATION;
        if (on_one_line)
            keep_line(m, token_at(m, clause->span.from));
    }
}

static void mark_node(struct marking *m, const struct node *node, uint32_t indent,
                      bool on_one_line)
{
    if (node == NULL)
        return;
    uint32_t first = token_at(m, node->span.from), last = token_last(m, node);
    continue_at(m, first + 1, last, indent + 1);
    mark_heads(m, node);
    mark_clauses(m, node, on_one_line);
    if (is_braced(node->kind)) {
        mark_braces(m, node->items, last, indent, on_one_line);
        return;
    }
    if (node->kind == NODE_MATCH || node->kind == NODE_DEAD_LETTER) {
        bool is_short = on_one_line || was_on_one_line(m, m->match[last], last);
        mark_braces(m, node->whens, last, indent, on_one_line);
        mark_whens(m, node->whens, indent, is_short);
        for (const struct node *when = node->whens.first; is_short && when != NULL;
             when = when->next)
            m->marks[token_at(m, when->span.from)].wide = when != node->whens.first;
        return;
    }
    if (node->kind == NODE_POLICY) {
        mark_braces(m, node->clauses, last, indent, on_one_line);
        return;
    }
    node_each(clause, node->clauses) mark_action(m, clause->block, indent, on_one_line);
    mark_action(m, node->block, indent, on_one_line);
    if (node->otherwise != NULL) {
        uint32_t at = token_at(m, node->otherwise->span.from);
        uint32_t word = word_before(m, at); /* else, when late, when exhausted */
        keep_line(m, at);
        if (node->kind == NODE_WAIT_FOR && !on_one_line) {
            begin_line(m, word, indent + 1);
            mark_node(m, node->otherwise, indent + 1, on_one_line);
        } else {
            keep_line(m, word);
            mark_node(m, node->otherwise, indent, on_one_line);
        }
    }
    mark_whens(m, node->whens, indent, on_one_line);
}

/* Line ends inside of texts with { } and after words that cannot end a line are not kept.
 */
static void keep_own_breaks(struct marking *m)
{
    uint32_t templates = 0;
    for (uint32_t i = 1; i < m->n; i++) {
        struct fmt_mark *mark = &m->marks[i];
        int before = m->tokens[i - 1].kind, kind = m->tokens[i].kind;
        bool after_comment = m->tokens[i - 1].comment != TOKEN_WORD;
        bool own_line = m->tokens[i].span.line > m->tokens[i - 1].span.end_line;
        if (before == TMPL_OPEN)
            templates++;
        if (before == TMPL_CLOSE && templates > 0)
            templates--;
        if (after_comment)
            mark->breaks = true;
        if (mark->breaks || !own_line)
            continue;
        bool is_closing = kind == RPAREN || kind == RBRACKET || kind == COMMA ||
                          kind == DOT || kind == QDOT;
        mark->breaks =
            m->tokens[i].comment != TOKEN_WORD ||
            (!mark->keeps_line && templates == 0 && !is_closing && before != DOT &&
             before != QDOT && before != TMPL_CLOSE && kind != TMPL_CLOSE);
    }
}

struct fmt_mark *fmt_marks(struct arena *compile, const struct module *module)
{
    struct marking m = {.tokens = module->tokens, .n = module->tokens_n};
    m.marks = arena_array(compile, struct fmt_mark, m.n);
    match_braces(compile, &m);
    node_each(declaration, module->file->items)
    {
        begin_line(&m, token_at(&m, declaration->span.from), 0);
        mark_node(&m, declaration, 0, false);
    }
    begin_line(&m, m.n - 1, 0); /* the end, and comments before it */
    keep_own_breaks(&m);
    return m.marks;
}
