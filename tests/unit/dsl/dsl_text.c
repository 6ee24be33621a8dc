/* Texts through the front end, for tests. */
#include "tests/unit/dsl/dsl_text.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"

struct module *dsl_parse(struct arena *arena, struct diags *diags, const char *path,
                         const char *text)
{
    diags_init(diags, arena);
    return compile_parse(arena, diags, text_of(path), text_of(text));
}

struct compiled *dsl_check(struct arena *arena, const char *text)
{
    struct compile_input input = {TEXT("t.flow"), text_of(text)};
    struct compile_request request = {.inputs = &input, .inputs_n = 1};
    return compile_check(arena, &request);
}

struct text dsl_codes(struct arena *arena, const struct diags *diags)
{
    struct buf out;
    buf_init(&out, arena);
    for (uint32_t i = 0; i < diags->n; i++)
        buf_printf(&out, "%s%s", i > 0 ? " " : "", diag_name(diags->at[i]->code));
    return buf_done(&out);
}
