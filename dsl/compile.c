/* The door: reading, drawing in what is used, checking. */
#include "dsl/compile.h"

#include "dsl/parse.h"
#include "engine/base/arena.h"
#include "engine/base/map.h"

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
    return module;
}

struct compiled *compile_check(struct arena *compile,
                               const struct compile_request *request)
{
    (void)request;
    return arena_new_of(compile, struct compiled);
}
struct compiled *compile_all(struct arena *compile, const struct compile_request *request)
{
    return compile_check(compile, request);
}
