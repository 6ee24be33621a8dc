/* Pages: their frame, and what a module declares besides flows. */
#include "tools/doc/doc.h"

#include "dsl/token.h"
#include "engine/base/arena.h"
#include "tools/graph/graph.h"

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1f2937;--soft:#5b6675;--line:#d5dbe3;"
    "--paper:#fff;--tint:#f3f6fa;--link:#1d4ed8}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e2e8f0;--soft:#9aa7b8;"
    "--line:#334155;--paper:#0f172a;--tint:#1a2438;--link:#8ab4ff}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:70rem;padding:1.5rem 1rem 4rem;background:var(--paper);"
    "color:var(--ink);font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,"
    "Helvetica,Arial,sans-serif}\n"
    "a{color:var(--link)}h1{font-size:1.9rem;line-height:1.2;margin:.5rem 0}"
    "h2{font-size:1.45rem;margin:2.5rem 0 .5rem;border-bottom:2px solid var(--line);"
    "padding-bottom:.25rem}h3{font-size:1.1rem;margin:1.75rem 0 .4rem}\n"
    "p{max-width:46rem;margin:.4rem 0}.soft{color:var(--soft)}"
    "nav{font-size:.95rem}nav a{margin-right:.9rem;white-space:nowrap}\n"
    "code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;"
    "overflow-wrap:anywhere}\n"
    ".picture{overflow-x:auto;border:1px solid var(--line);border-radius:.5rem;"
    "padding:.5rem;background:var(--paper)}"
    ".picture svg{display:block;margin:0 auto;max-width:100%;height:auto}\n"
    "table{border-collapse:collapse;width:100%;font-size:.93rem;margin:.4rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;"
    "border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:600}"
    "tr.seal td{background:var(--tint);font-weight:600;text-align:center}\n"
    "@media (max-width:640px){thead{display:none}tr{display:block;"
    "border:1px solid var(--line);border-radius:.5rem;margin:.6rem 0;padding:.3rem}"
    "td{display:block;border:0;padding:.2rem .5rem}td:empty{display:none}"
    "td[data-t]:before{content:attr(data-t) \": \";color:var(--soft);font-weight:600}"
    ".picture svg{max-width:none}}\n"
    "@media print{body{max-width:none;font-size:11pt}nav{display:none}"
    "h2{break-before:auto}tr,.picture{break-inside:avoid}}\n";

void doc_chars(struct doc_page *page, const char *html)
{
    buf_chars(&page->out, html);
}

void doc_text(struct doc_page *page, struct text t)
{
    for (size_t i = 0; i < t.n; i++) {
        char c = t.chars[i];
        if (c == '&' || c == '<' || c == '>' || c == '"')
            buf_chars(&page->out, c == '&'   ? "&amp;"
                                  : c == '<' ? "&lt;"
                                  : c == '>' ? "&gt;"
                                             : "&quot;");
        else if ((unsigned char)c >= 0x20 || c == '\n' || c == '\t')
            buf_char(&page->out, c);
    }
}

void doc_prose(struct doc_page *page, struct text doc)
{
    bool is_open = false;
    while (doc.n > 0) {
        struct text line = text_trim(text_split(&doc, '\n'));
        if (line.n > 0)
            doc_chars(page, is_open ? " " : "<p>");
        else if (is_open)
            doc_chars(page, "</p>\n");
        doc_text(page, line);
        is_open = line.n > 0;
    }
    doc_chars(page, is_open ? "</p>\n" : "");
}

/* ---- tables: columns for a wide page, cards with titles for a phone ---- */

void doc_table(struct doc_page *page, const char *titles)
{
    struct text rest = text_of(titles);
    doc_chars(page, "<table><thead><tr>");
    while (rest.n > 0) {
        doc_chars(page, "<th>");
        doc_text(page, text_split(&rest, '|'));
        doc_chars(page, "</th>");
    }
    doc_chars(page, "</tr></thead><tbody>\n");
}

void doc_table_end(struct doc_page *page)
{
    doc_chars(page, "</tbody></table>\n");
}

static void cell(struct doc_page *page, const char *title, struct text t, bool is_code)
{
    if (t.n == 0) {
        doc_chars(page, "<td></td>");
        return;
    }
    buf_printf(&page->out, "<td data-t=\"%s\">%s", title, is_code ? "<code>" : "");
    doc_text(page, t);
    doc_chars(page, is_code ? "</code></td>" : "</td>");
}

void doc_cell(struct doc_page *page, const char *title, struct text t)
{
    cell(page, title, t, false);
}

void doc_code(struct doc_page *page, const char *title, struct text t)
{
    cell(page, title, t, true);
}

/* ---- adapters, events, settings ---- */

static struct text errors_of(struct doc_page *page, const struct symbol *operation)
{
    struct buf out;
    buf_init(&out, page->arena);
    for (uint32_t i = 0; i < operation->errors_n; i++) {
        buf_chars(&out, i > 0 ? ", " : "");
        buf_text(&out, operation->errors[i]->name);
    }
    return buf_done(&out);
}

static struct text signature(struct doc_page *page, const struct node *operation)
{
    struct buf out;
    buf_init(&out, page->arena);
    buf_text(&out, operation->name);
    buf_char(&out, '(');
    node_each(param, operation->params)
    {
        buf_chars(&out, param == operation->params.first ? "" : ", ");
        buf_text(&out, outline_source(page->arena, param->span));
    }
    buf_char(&out, ')');
    if (operation->type_of != NULL) {
        buf_chars(&out, " gives ");
        buf_text(&out, outline_source(page->arena, operation->type_of->span));
    }
    return buf_done(&out);
}

static struct text clause(struct doc_page *page, const struct node *operation,
                          enum node_kind kind)
{
    const struct node *it = node_clause(operation, kind);
    return it == NULL ? TEXT("") : outline_source(page->arena, it->span);
}

static struct text undo_of(struct doc_page *page, const struct node *operation)
{
    if (!operation->flag)
        return TEXT("");
    if (node_clause(operation, NODE_IRREVERSIBLE) != NULL)
        return TEXT("irreversible");
    if (node_clause(operation, NODE_HARMLESS) != NULL)
        return TEXT("harmless");
    return clause(page, operation, NODE_UNDONE_BY_OP);
}

static void adapter(struct doc_page *page, const struct node *node)
{
    buf_printf(&page->out, "<h3 id=\"adapter-" TEXT_FMT "\">Adapter " TEXT_FMT "</h3>\n",
               TEXT_ARG(node->name), TEXT_ARG(node->name));
    doc_prose(page, node->doc);
    node_each(item, node->items) if (item->kind != NODE_OPERATION)
    {
        doc_chars(page, "<p class=\"soft\"><code>");
        doc_text(page, outline_source(page->arena, item->span));
        doc_chars(page, "</code></p>\n");
    }
    doc_table(page, "Operation|Kind|Put back|Once per|Fails with|Meaning");
    node_each(item, node->items)
    {
        if (item->kind != NODE_OPERATION)
            continue;
        doc_chars(page, "<tr>");
        doc_code(page, "Operation", signature(page, item));
        doc_cell(page, "Kind", item->flag ? TEXT("effect") : TEXT("read"));
        doc_code(page, "Put back", undo_of(page, item));
        doc_code(page, "Once per", clause(page, item, NODE_ONCE_PER));
        doc_cell(page, "Fails with", errors_of(page, item->declares));
        doc_cell(page, "Meaning", item->doc);
        doc_chars(page, "</tr>\n");
    }
    doc_table_end(page);
}

/* A table over declarations of one kind: the words as they are written, and their doc. */
static void declared(struct doc_page *page, const char *title, enum node_kind kind)
{
    bool is_any = false;
    node_each(node, page->module->file->items)
    {
        if (node->kind != kind)
            continue;
        if (!is_any) {
            buf_printf(&page->out, "<h2>%s</h2>\n", title);
            doc_table(page, "Name|As written|Meaning");
        }
        is_any = true;
        doc_chars(page, "<tr>");
        doc_cell(page, "Name", node->name);
        doc_code(page, "As written", outline_source(page->arena, node->span));
        doc_cell(page, "Meaning", node->doc);
        doc_chars(page, "</tr>\n");
    }
    if (is_any)
        doc_table_end(page);
}

static void adapters(struct doc_page *page)
{
    bool is_any = false;
    node_each(node, page->module->file->items)
    {
        if (node->kind != NODE_ADAPTER)
            continue;
        doc_chars(page, is_any ? "" : "<h2>Adapters</h2>\n");
        is_any = true;
        adapter(page, node);
    }
}

/* ---- a page ---- */

static void head(struct doc_page *page, struct text title)
{
    doc_chars(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta "
                    "charset=\"utf-8\"/>\n<meta name=\"viewport\" "
                    "content=\"width=device-width, initial-scale=1\"/>\n<title>");
    doc_text(page, title);
    doc_chars(page, "</title>\n<style>\n");
    doc_chars(page, style);
    buf_text(&page->out, graph_colours());
    doc_chars(page, "</style>\n</head>\n<body>\n<h1>");
    doc_text(page, title);
    doc_chars(page, "</h1>\n");
}

/* The `##` lines that begin the file. */
static struct text purpose(struct arena *arena, const struct module *module)
{
    struct buf out;
    buf_init(&out, arena);
    for (uint32_t i = 0; i < module->tokens_n; i++) {
        if (module->tokens[i].comment != TOKEN_DOC)
            break;
        struct text line = span_text(module->tokens[i].span);
        buf_text(&out, text_trim(text_cut(line, 2, line.n)));
        buf_char(&out, '\n');
    }
    return buf_done(&out);
}

static void contents(struct doc_page *page)
{
    doc_chars(page, "<nav>");
    node_each(node, page->module->file->items) if (node->kind == NODE_FLOW ||
                                                   node->kind == NODE_ADAPTER)
        buf_printf(&page->out, "<a href=\"#%s-" TEXT_FMT "\">" TEXT_FMT "</a> ",
                   node->kind == NODE_FLOW ? "flow" : "adapter", TEXT_ARG(node->name),
                   TEXT_ARG(node->name));
    doc_chars(page, "</nav>\n");
}

struct text doc_module(struct arena *arena, const struct program *program,
                       const struct module *module, const struct text *pictures,
                       struct text why_none)
{
    struct doc_page page = {.arena = arena, .program = program, .module = module};
    buf_init(&page.out, arena);
    head(&page, module->name);
    doc_prose(&page, purpose(arena, module));
    contents(&page);
    node_each(node, module->file->items) if (node->kind == NODE_FLOW)
        doc_flow(&page, node, *pictures++, why_none);
    adapters(&page);
    declared(&page, "Settings", NODE_SETTING);
    declared(&page, "Events", NODE_EVENT);
    declared(&page, "Records", NODE_RECORD_DECL);
    declared(&page, "Choices", NODE_VARIANT_DECL);
    declared(&page, "Names for values", NODE_ALIAS_DECL);
    declared(&page, "Functions", NODE_FUNCTION);
    declared(&page, "Policies", NODE_POLICY);
    doc_chars(&page, "</body>\n</html>\n");
    return buf_done(&page.out);
}

struct text doc_index(struct arena *arena, struct module *const *modules, uint32_t n)
{
    struct doc_page page = {.arena = arena};
    buf_init(&page.out, arena);
    head(&page, TEXT("Flows"));
    doc_table(&page, "Module|Flows|Purpose");
    for (uint32_t i = 0; i < n; i++) {
        const char *between = "";
        buf_printf(&page.out,
                   "<tr><td><a href=\"" TEXT_FMT ".html\">" TEXT_FMT "</a></td><td>",
                   TEXT_ARG(modules[i]->name), TEXT_ARG(modules[i]->name));
        node_each(node, modules[i]->file->items)
        {
            if (node->kind != NODE_FLOW)
                continue;
            doc_chars(&page, between);
            doc_text(&page, node->name);
            between = ", ";
        }
        doc_chars(&page, "</td><td>");
        doc_text(&page, text_trim(purpose(arena, modules[i])));
        doc_chars(&page, "</td></tr>\n");
    }
    doc_table_end(&page);
    doc_chars(&page, "</body>\n</html>\n");
    return buf_done(&page.out);
}
