/* flowc dump: a flow as the compiler sees it, stage by stage. */
#include <string.h>

#include "dsl/ir_text.h"
#include "dsl/parse.h"
#include "engine/base/limits.h"
#include "tools/flowc/flowc.h"

static void dump_words(struct buf *out, const struct module *module)
{
    for (uint32_t i = 0; i < module->tokens_n; i++) {
        const struct token *token = &module->tokens[i];
        const char *kind = token->comment == TOKEN_DOC ? "documentation"
                           : token->comment == TOKEN_COMMENT
                               ? "comment"
                               : parse_kind_name(token->kind);
        buf_printf(out, "%u:%u\t%s\t" TEXT_FMT "\n", token->span.line, token->span.column,
                   kind, TEXT_ARG(span_text(token->span)));
    }
}

static int dump_images(struct cli *cli, struct arena *compile, struct sources *sources)
{
    struct compile_request request = sources_request(sources);
    struct compiled *compiled = compile_all(compile, &request);
    if (sources_complain(cli, &compiled->diags, false))
        return CLI_FLOW_ERRORS;
    struct buf out;
    buf_init(&out, compile);
    for (uint32_t i = 0; i < compiled->flows_n; i++)
        ir_text_all(&out, compiled->flows[i].image);
    for (uint32_t i = 0; i < compiled->environments_n; i++) {
        buf_text(&out, compiled->environments[i].json);
        buf_char(&out, '\n');
    }
    flowc_write(buf_done(&out));
    return CLI_OK;
}

static int dump_texts(struct cli *cli, struct arena *compile, struct sources *sources,
                      bool words)
{
    struct diags diags;
    diags_init(&diags, compile);
    struct buf out;
    buf_init(&out, compile);
    for (uint32_t i = 0; i < sources->inputs.n; i++) {
        const struct compile_input *input = &sources->inputs.at[i];
        struct module *module = compile_parse(compile, &diags, input->path, input->text);
        if (words)
            dump_words(&out, module);
        else
            ast_write(&out, module->file);
    }
    flowc_write(buf_done(&out));
    diags_sort(&diags);
    return sources_complain(cli, &diags, false) ? CLI_FLOW_ERRORS : CLI_OK;
}

/* The packed image itself: what `--against` and `diff` take for a published version. */
static int dump_packed(struct cli *cli, struct arena *compile, struct sources *sources)
{
    struct compile_request request = sources_request(sources);
    struct compiled *compiled = compile_all(compile, &request);
    if (sources_complain(cli, &compiled->diags, false))
        return CLI_FLOW_ERRORS;
    if (compiled->flows_n != 1)
        return cli_misused(cli, "an image is of one flow, and there are %u here",
                           compiled->flows_n);
    flowc_write(compiled->flows[0].packed);
    return CLI_OK;
}

int flowc_dump(struct cli *cli)
{
    struct err err = {0};
    struct sources sources;
    if (!cli_args(cli, 2, UINT32_MAX))
        return CLI_USAGE;
    bool words = strcmp(cli->args[0], "lex") == 0,
         images = strcmp(cli->args[0], "ir") == 0;
    bool packed = strcmp(cli->args[0], "image") == 0;
    if (!words && !images && !packed && strcmp(cli->args[0], "ast") != 0)
        return cli_misused(cli, "what is dumped is lex, ast, ir or image");
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    if (!flowc_sources(cli, compile, 1, &sources, &err))
        return cli_fail(cli, &err);
    if (packed)
        return dump_packed(cli, compile, &sources);
    return images ? dump_images(cli, compile, &sources)
                  : dump_texts(cli, compile, &sources, words);
}
