/* flowc doc: a page for each module. */
#include "engine/base/limits.h"
#include "engine/sys/file.h"
#include "tools/doc/doc.h"
#include "tools/flowc/flowc.h"
#include "tools/graph/graph.h"

/* The pictures of a module's flows; where one cannot be drawn there is none of any, and
 * `why` says it. */
static struct text *draw(struct arena *arena, const struct module *module,
                         struct text *why)
{
    struct err err = {0};
    uint32_t n = 0;
    struct text *pictures = arena_array(arena, struct text, module->file->items.n + 1);
    node_each(node, module->file->items)
    {
        struct buf dot;
        if (node->kind != NODE_FLOW || why->n > 0)
            continue;
        const struct outline *outline = outline_of(arena, node);
        buf_init(&dot, arena);
        graph_dot(&dot, &outline, 1);
        if (!graph_svg(arena, buf_done(&dot), false, &pictures[n++], &err))
            *why = text_of(arena_printf(arena, "%s", err.what));
    }
    return pictures;
}

static bool write_page(const char *folder, struct text name, struct text page,
                       struct arena *arena, struct err *err)
{
    char *path = arena_printf(arena, "%s/" TEXT_FMT ".html", folder, TEXT_ARG(name));
    if (!file_write(path, page, 0644, err))
        return false;
    printf("%s\n", path);
    return true;
}

static bool write_all(struct arena *arena, const struct compiled *compiled,
                      const char *folder, struct text *why, struct err *err)
{
    struct module **pages = arena_array(arena, struct module *, compiled->asked + 1);
    uint32_t n = 0;
    if (!file_make_folder(folder, 0755, err))
        return false;
    for (uint32_t i = 0; i < compiled->asked; i++) {
        struct module *module = compiled->asked_modules[i];
        if (module->is_binding)
            continue;
        struct text *pictures = draw(arena, module, why);
        struct text page = doc_module(arena, &compiled->program, module, pictures, *why);
        if (!write_page(folder, module->name, page, arena, err))
            return false;
        pages[n++] = module;
    }
    return n < 2 ||
           write_page(folder, TEXT("index"), doc_index(arena, pages, n), arena, err);
}

int flowc_doc(struct cli *cli)
{
    struct err err = {0};
    struct text why = TEXT("");
    const char *folder = cli_option(cli, "dir");
    if (!cli_args(cli, 1, UINT32_MAX))
        return CLI_USAGE;
    if (folder == NULL)
        return cli_misused(cli, "-d says which folder the pages go to");
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    struct compiled *compiled;
    int status = flowc_checked(cli, compile, &compiled);
    if (status != CLI_OK)
        return status;
    if (!write_all(compile, compiled, folder, &why, &err))
        return cli_fail(cli, &err);
    if (why.n > 0)
        cli_say(cli, "pages without pictures: " TEXT_FMT, TEXT_ARG(why));
    return CLI_OK;
}
