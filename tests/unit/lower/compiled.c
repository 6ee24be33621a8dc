/* Compiles what a test says. */
#include "tests/unit/lower/compiled.h"

#include <stdio.h>

#include "dsl/catalog.h"
#include "engine/base/arena.h"

struct files {
    struct text flow;
};

/* `use t` finds the test's own flow file; nothing else is there. */
static bool find(void *context, struct arena *compile, struct text from, struct text name,
                 struct text *path, struct text *text)
{
    const struct files *files = context;
    (void)compile;
    (void)from;
    if (!text_is_chars(name, "t"))
        return false;
    *path = TEXT("t.flow");
    *text = files->flow;
    return true;
}

static struct compiled *compile(struct arena *arena, const struct compile_input *inputs,
                                uint32_t n, const struct catalog *catalog)
{
    struct files files = {inputs[0].text};
    struct compile_request request = {.inputs = inputs,
                                      .inputs_n = n,
                                      .find = find,
                                      .find_context = &files,
                                      .catalog = catalog};
    return compile_all(arena, &request);
}

struct compiled *compiled_flow(struct arena *arena, const char *text)
{
    struct compile_input input = {TEXT("t.flow"), text_of(text)};
    return compile(arena, &input, 1, NULL);
}

struct compiled *compiled_bound(struct arena *arena, const char *flow, const char *bind,
                                const struct catalog *catalog)
{
    struct compile_input inputs[] = {{TEXT("t.flow"), text_of(flow)},
                                     {TEXT("t.bind"), text_of(bind)}};
    return compile(arena, inputs, 2, catalog);
}

static void print_diags(const struct compiled *compiled)
{
    struct buf out;
    buf_init(&out, compiled->diags.compile);
    for (uint32_t i = 0; i < compiled->diags.n; i++)
        diag_draw(&out, compiled->diags.at[i], false);
    fprintf(stderr, "\n" TEXT_FMT, TEXT_ARG(buf_done(&out)));
}

struct ir *compiled_image(const struct compiled *compiled)
{
    if (compiled->flows_n == 1 && compiled->flows[0].image != NULL)
        return compiled->flows[0].image;
    print_diags(compiled);
    return NULL;
}

struct text compiled_says(struct arena *arena, const struct compiled *compiled)
{
    struct buf out;
    buf_init(&out, arena);
    for (uint32_t i = 0; i < compiled->diags.n; i++) {
        const struct diag *diag = compiled->diags.at[i];
        if (diag->severity == DIAG_LINT || diag->severity == DIAG_NOTE)
            continue;
        buf_printf(&out, "%s%s %u", out.n > 0 ? ", " : "", diag_name(diag->code),
                   diag->primary.span.line);
    }
    return buf_done(&out);
}

uint32_t compiled_op(const struct ir *ir, enum ir_op_code code, uint32_t from)
{
    for (uint32_t pc = from; pc < ir->code_n; pc++)
        if (ir->code[pc].code == code)
            return pc;
    return IR_NONE;
}

uint32_t compiled_text(const struct ir *ir, const char *chars)
{
    for (uint32_t i = 0; i < ir->texts_n; i++)
        if (text_is_chars(ir->texts[i], chars))
            return i;
    return IR_NONE;
}
