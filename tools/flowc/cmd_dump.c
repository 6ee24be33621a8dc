/* flowc dump: a flow as the compiler sees it, stage by stage. */
#include <string.h>

#include "dsl/ir_text.h"
#include "dsl/parse.h"
#include "tools/flowc/flowc.h"

static void dump_words(struct buf *out, const struct module *module)
{
    for (uint32_t i = 0; i < module->tokens_n; i++) {
        const struct token *token = &module->tokens[i];
        const char *kind = token->comment == TOKEN_DOC       ? "doc"
                           : token->comment == TOKEN_COMMENT ? "comment"
                           : token->kind == 0                ? "end"
                                                             : parse_kind_name(token->kind);
        buf_printf(out, "%u:%u\t%s\t" TEXT_FMT "\n", token->span.line, token->span.column, kind,
                   TEXT_ARG(span_text(token->span)));
    }
}

static int dump_images(struct cli *cli, struct arena *compile, struct compile_request *request)
{
    struct compiled *compiled = compile_all(compile, request);
    flowc_report(cli, &compiled->diags, false);
    if (diags_count(&compiled->diags, DIAG_ERROR) > 0)
        return FLOWC_ERRORS;
    struct buf out;
    buf_init(&out, compile);
    for (uint32_t i = 0; i < compiled->flows_n; i++)
        ir_text_all(&out, compiled->flows[i].image);
    for (uint32_t i = 0; i < compiled->environments_n; i++) {
        buf_text(&out, compiled->environments[i].json);
        buf_char(&out, '\n');
    }
    cli_write(stdout, buf_done(&out));
    return FLOWC_OK;
}

static int dump_texts(struct cli *cli, struct arena *compile,
                      const struct compile_request *request, bool words)
{
    struct diags diags;
    diags_init(&diags, compile);
    struct buf out;
    buf_init(&out, compile);
    for (uint32_t i = 0; i < request->inputs_n; i++) {
        struct module *module =
            compile_parse(compile, &diags, request->inputs[i].path, request->inputs[i].text);
        if (words)
            dump_words(&out, module);
        else
            ast_write(&out, module->file);
    }
    cli_write(stdout, buf_done(&out));
    diags_sort(&diags);
    flowc_report(cli, &diags, false);
    return diags_count(&diags, DIAG_ERROR) > 0 ? FLOWC_ERRORS : FLOWC_OK;
}

int flowc_dump(struct cli *cli, struct arena *compile, int argc, char **argv)
{
    struct cli_option options[] = {FLOWC_OPTIONS, {0}};
    struct compile_request request;
    struct err err = {0};
    const char *stage = argc > 0 ? argv[0] : "";
    bool words = strcmp(stage, "lex") == 0, images = strcmp(stage, "ir") == 0;
    if (!words && !images && strcmp(stage, "ast") != 0) {
        err_set(&err, ERR_USAGE, "what is dumped is lex, ast or ir");
        return cli_fail(cli, &err);
    }
    if (!cli_parse(cli, options, argc - 1, argv + 1, &err) ||
        !flowc_request(cli, compile, options, &request, &err))
        return cli_fail(cli, &err);
    return images ? dump_images(cli, compile, &request) : dump_texts(cli, compile, &request, words);
}
