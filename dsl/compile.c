/* The door: reading, drawing in what is used, checking. */
#include "dsl/compile_in.h"

#include "dsl/parse.h"
#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "engine/base/vec.h"

static struct text module_name(struct text path)
{
    for (size_t i = path.n; i-- > 0;)
        if (path.chars[i] == '/') {
            path = text_cut(path, i + 1, path.n);
            break;
        }
    for (size_t i = 0; i < path.n; i++)
        if (path.chars[i] == '.')
            return text_cut(path, 0, i);
    return path;
}

struct module *compile_parse(struct arena *compile, struct diags *diags, struct text path,
                             struct text text)
{
    struct module *module = arena_new_of(compile, struct module);
    module->source = source_new(compile, path, text);
    module->name = module_name(module->source->path);
    module->is_binding = text_ends(path, TEXT(".bind"));
    struct parse parse = {.compile = compile,
                          .diags = diags,
                          .source = module->source,
                          .is_binding = module->is_binding};
    uint32_t before = diags_count(diags, DIAG_ERROR);
    parse_scan(&parse);
    if (diags_count(diags, DIAG_ERROR) == before || parse.words.n > 1)
        parse_words(&parse);
    else
        parse.file = node_new(compile, NODE_FILE, source_span(module->source, 0, 0));
    module->file = parse.file;
    module->tokens = parse.tokens.at;
    module->tokens_n = parse.tokens.n;
    module->is_cut = parse.is_cut;
    return module;
}

/* ---- drawing in what is used ---- */

struct drawing_in {
    struct arena *compile;
    struct diags *diags;
    const struct compile_request *request;
    struct compiled *compiled;
    struct map *by_path; /* path → module, asked for or found */
    VEC(struct module *) modules;
    VEC(struct module *) open; /* being drawn in: one that uses these goes in a circle */
};

static void draw_in(struct drawing_in *d, struct module *module);

static struct module *read_module(struct drawing_in *d, struct text path,
                                  struct text text)
{
    struct module *module = map_get(d->by_path, path);
    if (module != NULL)
        return module;
    module = compile_parse(d->compile, d->diags, path, text);
    compile_schemas(d->compile, d->diags, d->request, module);
    map_put(d->by_path, module->source->path, module);
    return module;
}

/* A file that was asked for is what `use` means, wherever it lies. */
static struct module *asked_module(struct drawing_in *d, struct text name)
{
    for (uint32_t i = 0; i < d->compiled->asked; i++)
        if (text_is(d->compiled->asked_modules[i]->name, name) &&
            !d->compiled->asked_modules[i]->is_binding)
            return d->compiled->asked_modules[i];
    return NULL;
}

void compile_say_no_file(struct diags *diags, struct span at, struct text file,
                         struct text reason)
{
    if (reason.n > 0) {
        struct diag *diag = diag_add(diags, DIAG_F0101, at,
                                     "`" TEXT_FMT "` cannot be read", TEXT_ARG(file));
        diag_why(diags, diag, TEXT_FMT ".", TEXT_ARG(reason));
        return;
    }
    struct diag *diag = diag_add(diags, DIAG_F0101, at, "there is no file `" TEXT_FMT "`",
                                 TEXT_ARG(file));
    diag_label(
        diags, diag,
        "looked for beside this file, in -I folders, and among the installed flows");
}

static struct module *used_module(struct drawing_in *d, struct module *from,
                                  const struct node *use)
{
    struct text name = use->target->name, path = TEXT(""), text = TEXT("");
    struct module *module = asked_module(d, name);
    if (module != NULL)
        return module;
    if (d->request->find == NULL ||
        !d->request->find(d->request->find_context, d->compile, from->source->path, name,
                          &path, &text)) {
        char *file = arena_printf(d->compile, TEXT_FMT ".flow", TEXT_ARG(name));
        from->lacks_a_file = true;
        compile_say_no_file(d->diags, use->target->span, text_of(file), text);
        return NULL;
    }
    if (map_get(d->by_path, path) == NULL && map_count(d->by_path) >= LIMIT_SOURCES) {
        diag_add(d->diags, DIAG_F0007, use->span, "more than %d files", LIMIT_SOURCES);
        return NULL;
    }
    return read_module(d, path, text);
}

static bool is_in(struct module *const *modules, uint32_t n, const struct module *module)
{
    for (uint32_t i = 0; i < n; i++)
        if (modules[i] == module)
            return true;
    return false;
}

/* What is used comes before what uses it; of a circle, whoever was met first comes last.
 */
static void draw_in(struct drawing_in *d, struct module *module)
{
    if (is_in(d->open.at, d->open.n, module))
        return;
    vec_push(d->compile, &d->open, module);
    node_each(node, module->file->items)
    {
        if (node->kind != NODE_USE)
            continue;
        struct module *used = used_module(d, module, node);
        if (used != NULL)
            draw_in(d, used);
    }
    vec_push(d->compile, &d->modules, module);
}

static void read_all(struct drawing_in *d)
{
    const struct compile_request *request = d->request;
    struct compiled *compiled = d->compiled;
    compiled->asked_modules =
        arena_array(d->compile, struct module *, request->inputs_n + 1);
    for (uint32_t i = 0; i < request->inputs_n; i++) {
        struct module *module =
            read_module(d, request->inputs[i].path, request->inputs[i].text);
        if (!is_in(compiled->asked_modules, compiled->asked, module))
            compiled->asked_modules[compiled->asked++] = module;
    }
    for (uint32_t i = 0; i < compiled->asked; i++)
        draw_in(d, compiled->asked_modules[i]);
    compiled->program.modules = d->modules.at;
    compiled->program.modules_n = d->modules.n;
}

struct compiled *compile_check(struct arena *compile,
                               const struct compile_request *request)
{
    struct compiled *compiled = arena_new_of(compile, struct compiled);
    diags_init(&compiled->diags, compile);
    compiled->diags.watch = request->watch;
    compiled->program.compile = compile;
    compiled->program.diags = &compiled->diags;
    compiled->program.catalog = request->catalog;
    compiled->program.lints = request->lints;
    struct drawing_in d = {.compile = compile,
                           .diags = &compiled->diags,
                           .request = request,
                           .compiled = compiled,
                           .by_path = map_new(compile)};
    read_all(&d);
    check_program(&compiled->program);
    diags_sort(&compiled->diags);
    return compiled;
}
