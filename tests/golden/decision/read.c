/* Flow files: read, and found where `use` says, in the same folder. */
#include "tests/golden/decision/read.h"

#include <stdio.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"

struct text read_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    struct buf buf;
    char piece[4096];
    size_t n;
    buf_init(&buf, arena);
    while (file != NULL && (n = fread(piece, 1, sizeof piece, file)) > 0)
        buf_add(&buf, piece, n);
    if (file != NULL)
        fclose(file);
    return buf_done(&buf);
}

static bool find_beside(void *context, struct arena *compile, struct text from,
                        struct text name, struct text *path, struct text *text)
{
    (void)context;
    while (from.n > 0 && from.chars[from.n - 1] != '/')
        from.n--;
    *path = text_of(
        arena_printf(compile, TEXT_FMT TEXT_FMT ".flow", TEXT_ARG(from), TEXT_ARG(name)));
    *text = read_file(compile, path->chars);
    return text->n > 0;
}

struct compiled *read_flows(struct arena *compile, const char *path)
{
    struct compile_input input = {.path = text_of(path),
                                  .text = read_file(compile, path)};
    struct compile_request request = {
        .inputs = &input, .inputs_n = 1, .find = find_beside};
    struct compiled *compiled = compile_all(compile, &request);
    struct buf out;
    if (compiled->flows_n > 0)
        return compiled;
    buf_init(&out, compile);
    for (uint32_t i = 0; i < compiled->diags.n; i++)
        diag_draw(&out, compiled->diags.at[i], false);
    fprintf(stderr, TEXT_FMT, TEXT_ARG(buf_done(&out)));
    return compiled;
}
