/* Where the compiler's texts come from. */
#include "tools/sources.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/limits.h"
#include "engine/sys/file.h"
#include "tools/catalog.h"

static compile_find find_used, find_schema;
static bool find_file(struct sources *sources, struct text from, struct text file,
                      size_t most, struct text *path, struct text *text);
static bool try_file(struct sources *sources, struct text folder, struct text file,
                     size_t most, struct text *path, struct text *text);
static struct text folder_of(struct text path);
static bool is_environment(struct text text);

void sources_init(struct sources *sources, struct arena *compile,
                  const char *const *folders)
{
    *sources = (struct sources){.compile = compile, .folders = folders};
}

bool sources_add(struct sources *sources, const char *path, struct err *err)
{
    struct compile_input input = {.path = text_of(path)};
    if (!cli_read(sources->compile, path, LIMIT_SOURCE_BYTES, &input.text, err))
        return false;
    if (text_is(input.path, TEXT("-")) && is_environment(input.text))
        input.path = sources_said_name(input.text);
    vec_push(sources->compile, &sources->inputs, input);
    return true;
}

/* Comments and lines of `use` left out, does it say `environment`? */
static bool is_environment(struct text text)
{
    while (text.n > 0) {
        const char *end = memchr(text.chars, '\n', text.n);
        size_t n = end == NULL ? text.n : (size_t)(end - text.chars) + 1;
        struct text line = text_trim(text_cut(text, 0, n));
        if (line.n > 0 && line.chars[0] != '#' && !text_starts(line, TEXT("use ")))
            return text_starts(line, TEXT("environment "));
        text = text_cut(text, n, text.n);
    }
    return false;
}

struct text sources_said_name(struct text text)
{
    return is_environment(text) ? TEXT("standard input.bind") : TEXT("standard input");
}

struct compile_request sources_request(struct sources *sources)
{
    return (struct compile_request){.inputs = sources->inputs.at,
                                    .inputs_n = sources->inputs.n,
                                    .find = find_used,
                                    .find_schema = find_schema,
                                    .find_context = sources,
                                    .catalog = catalog_of_adapters(sources->compile)};
}

bool sources_complain(const struct cli *cli, const struct diags *diags, bool lints)
{
    struct buf out;
    buf_init(&out, diags->compile);
    bool colour = cli_colour(cli, stderr);
    for (uint32_t i = 0; i < diags->n; i++)
        if (lints || diags->at[i]->severity != DIAG_LINT)
            diag_draw(&out, diags->at[i], colour);
    if (diags->dropped > 0)
        buf_printf(&out, "… and %u more\n", diags->dropped);
    struct text drawn = buf_done(&out);
    fflush(stdout);
    fwrite(drawn.chars, 1, drawn.n, stderr);
    return diags_count(diags, DIAG_ERROR) > 0;
}

/* Names are plain words (the scanner sees to it): they cannot climb out of the folder. */
static bool find_used(void *context, struct arena *compile, struct text from,
                      struct text name, struct text *path, struct text *text)
{
    (void)compile;
    struct sources *sources = context;
    char *file = arena_printf(sources->compile, TEXT_FMT ".flow", TEXT_ARG(name));
    return find_file(sources, from, text_of(file), LIMIT_SOURCE_BYTES, path, text);
}

/* A schema may lie in a folder below, and not elsewhere. */
static bool find_schema(void *context, struct arena *compile, struct text from,
                        struct text name, struct text *path, struct text *text)
{
    (void)compile;
    struct text rest = name;
    bool is_below =
        name.n > 0 && name.chars[0] != '/' && memchr(name.chars, 0, name.n) == NULL;
    while (rest.n > 0)
        is_below &= !text_is(text_split(&rest, '/'), TEXT(".."));
    return is_below && find_file(context, from, name, LIMIT_JSON_BYTES, path, text);
}

static bool find_file(struct sources *sources, struct text from, struct text file,
                      size_t most, struct text *path, struct text *text)
{
    if (try_file(sources, folder_of(from), file, most, path, text))
        return true;
    for (const char *const *folder = sources->folders; folder != NULL && *folder != NULL;
         folder++)
        if (try_file(sources, text_of(*folder), file, most, path, text))
            return true;
    return try_file(sources, TEXT(FLOWS_DIR), file, most, path, text);
}

static bool try_file(struct sources *sources, struct text folder, struct text file,
                     size_t most, struct text *path, struct text *text)
{
    char *whole = arena_printf(sources->compile, TEXT_FMT "%s" TEXT_FMT, TEXT_ARG(folder),
                               folder.n == 0 ? "" : "/", TEXT_ARG(file));
    *path = text_of(whole);
    if (sources->unsaved != NULL &&
        sources->unsaved(sources->unsaved_context, *path, text))
        return true;
    if (!file_is_there(whole))
        return false;
    if (file_read(sources->compile, whole, most, text, &sources->err))
        return true;
    *text = text_dup(sources->compile, text_of(sources->err.what));
    return false;
}

static struct text folder_of(struct text path)
{
    for (size_t n = path.n; n > 0; n--)
        if (path.chars[n - 1] == '/')
            return text_cut(path, 0, n == 1 ? 1 : n - 1);
    return TEXT("");
}
