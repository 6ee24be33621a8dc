/* flowc graph: a flow as a picture. */
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "tools/flowc/flowc.h"
#include "tools/graph/graph.h"

struct pictures {
    struct cli *cli;
    struct arena *compile;
    const struct outline **outlines;
    uint32_t n;
    struct buf out;
};

static void collect(struct pictures *p, const struct compiled *compiled)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < compiled->asked; i++)
        most += compiled->asked_modules[i]->file->items.n;
    p->outlines = arena_array(p->compile, const struct outline *, most + 1);
    for (uint32_t i = 0; i < compiled->asked; i++)
        node_each(node,
                  compiled->asked_modules[i]->file->items) if (node->kind == NODE_FLOW)
            p->outlines[p->n++] = outline_of(p->compile, node);
}

static void write_json(struct pictures *p)
{
    scoped_json json_t *all = json_array();
    for (uint32_t i = 0; i < p->n; i++)
        json_array_append_new(
            all, cli_has(p->cli, "undo")   ? graph_json_ladder(p->compile, p->outlines[i])
                 : cli_has(p->cli, "data") ? graph_json_data(p->compile, p->outlines[i])
                                           : graph_json(p->compile, p->outlines[i]));
    buf_text(&p->out, json_write_pretty(p->compile, all));
    buf_char(&p->out, '\n');
}

/* With a title each where there are several. */
static void write_tables(struct pictures *p, bool is_ladder)
{
    for (uint32_t i = 0; i < p->n; i++) {
        if (p->n > 1)
            buf_printf(&p->out, "%s" TEXT_FMT "\n", i > 0 ? "\n" : "",
                       TEXT_ARG(p->outlines[i]->flow->name));
        if (is_ladder)
            graph_ladder(&p->out, p->outlines[i]);
        else
            graph_data(&p->out, p->outlines[i]);
    }
}

static bool draw(struct pictures *p, struct err *err)
{
    struct buf dot;
    struct text svg;
    buf_init(&dot, p->compile);
    graph_dot(&dot, p->outlines, p->n);
    if (!graph_svg(p->compile, buf_done(&dot), true, &svg, err))
        return false;
    buf_text(&p->out, svg);
    return true;
}

static bool is_one_form(const struct cli *cli)
{
    bool table = cli_has(cli, "undo") || cli_has(cli, "data");
    int forms = cli_has(cli, "svg") + cli_has(cli, "dot") + cli_has(cli, "mermaid");
    return cli_has(cli, "undo") + cli_has(cli, "data") <= 1 &&
           forms + cli_has(cli, "json") <= 1 && !(table && forms > 0);
}

static bool write(struct pictures *p, struct err *err)
{
    const struct cli *cli = p->cli;
    if (cli_has(cli, "json"))
        write_json(p);
    else if (cli_has(cli, "undo") || cli_has(cli, "data"))
        write_tables(p, cli_has(cli, "undo"));
    else if (cli_has(cli, "mermaid"))
        graph_mermaid(&p->out, p->outlines, p->n);
    else if (cli_has(cli, "svg"))
        return draw(p, err);
    else
        graph_dot(&p->out, p->outlines, p->n);
    return true;
}

int flowc_graph(struct cli *cli)
{
    struct err err = {0};
    if (!cli_args(cli, 1, UINT32_MAX))
        return CLI_USAGE;
    if (!is_one_form(cli))
        return cli_misused(cli, "one of --svg, --dot, --mermaid and --json; --undo and "
                                "--data are text or --json");
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    struct compiled *compiled;
    int status = flowc_checked(cli, compile, &compiled);
    if (status != CLI_OK)
        return status;
    struct pictures p = {.cli = cli, .compile = compile};
    buf_init(&p.out, compile);
    collect(&p, compiled);
    if (p.n == 0) {
        err_set(&err, ERR_NOT_FOUND, "there is no flow in %s", cli->args[0]);
        return cli_fail(cli, &err);
    }
    if (!write(&p, &err))
        return cli_fail(cli, &err);
    flowc_write(buf_done(&p.out));
    return CLI_OK;
}
