/* flowc explain: what a diagnostic means, with an example that is wrong and one that is
 * right. */
#include "engine/base/limits.h"
#include "tools/catalog.h"
#include "tools/flowc/flowc.h"

static void write_indented(struct buf *out, struct text text, const char *indent)
{
    while (text.n > 0) {
        struct text line = text_split(&text, '\n');
        buf_printf(out, "%s" TEXT_FMT "\n", line.n > 0 ? indent : "", TEXT_ARG(line));
    }
}

/* What the compiler says to the wrong example. */
static void write_said(struct buf *out, struct arena *compile, enum diag_code code,
                       bool colour)
{
    struct compiled *compiled =
        compile_example(compile, diag_example(code, true), catalog_of_adapters(compile));
    for (uint32_t i = 0; i < compiled->diags.n; i++)
        diag_draw(out, compiled->diags.at[i], colour);
}

static void explain(struct cli *cli, struct arena *compile, struct buf *out,
                    enum diag_code code)
{
    struct text wrong = diag_example(code, true), right = diag_example(code, false);
    buf_printf(out, "%s[%s]: %s\n\n%s\n", diag_severity_name(diag_severity(code)),
               diag_name(code), diag_title(code), diag_essay(code));
    if (wrong.n == 0)
        return;
    buf_chars(out, "\nwrong:\n");
    write_indented(out, wrong, "    ");
    buf_char(out, '\n');
    write_said(out, compile, code, cli_colour(cli, stdout));
    buf_chars(out, "\nright:\n");
    write_indented(out, right, "    ");
}

/* ---- all of them as one page ---- */

static void page_head(struct buf *out)
{
    buf_chars(out,
              "# What the compiler says\n\nEvery diagnostic: why we insist, an "
              "example that is wrong with what is said to it, and one that is right. "
              "This page is\nwritten by `flowc explain --markdown`; each example is "
              "compiled by the tests.\n\nAn *error* stops a deploy. A *warning* does "
              "not, but `-Werror` and `flowctl deploy --strict` make it one; it is "
              "answered in\nplace by `# allow F0504: why` on the line above. *Notes* "
              "and *lints* (`--lint`) stop nothing.\n\nThe examples use this "
              "world; where only steps are shown, they stand in the state `working` "
              "of a flow over an\n`order: Order`. Behind `--- NAME` stands another file, "
              "behind `--- what was published` the version before:\n\n```text\n");
    buf_text(out, diag_example_world());
    buf_chars(out, "```\n\n| code | | |\n|---|---|---|\n");
    for (int i = 0; i < DIAG_CODES; i++) {
        enum diag_code code = (enum diag_code)i;
        buf_printf(out, "| [%s](#%s) | %s | %s |\n", diag_name(code), diag_name(code),
                   diag_severity_name(diag_severity(code)), diag_title(code));
    }
}

static void page_one(struct buf *out, struct arena *compile, enum diag_code code)
{
    struct text wrong = diag_example(code, true);
    buf_printf(out, "\n## %s\n\n**%s** (%s)\n\n%s\n", diag_name(code), diag_title(code),
               diag_severity_name(diag_severity(code)), diag_essay(code));
    if (wrong.n == 0)
        return;
    buf_printf(out, "\nWrong:\n\n```text\n" TEXT_FMT "```\n\n```text\n", TEXT_ARG(wrong));
    write_said(out, compile, code, false);
    buf_printf(out, "```\n\nRight:\n\n```text\n" TEXT_FMT "```\n",
               TEXT_ARG(diag_example(code, false)));
}

static int write_page(void)
{
    scoped_arena struct arena *page = arena_new("page", LIMIT_COMPILE_BYTES);
    struct buf out;
    buf_init(&out, page);
    page_head(&out);
    for (int code = 0; code < DIAG_CODES; code++)
        page_one(&out, page, (enum diag_code)code);
    flowc_write(buf_done(&out));
    return CLI_OK;
}

int flowc_explain(struct cli *cli)
{
    if (cli_has(cli, "markdown"))
        return write_page();
    for (int code = 0; cli->args_n == 0 && code < DIAG_CODES; code++)
        printf("%s  %s\n", diag_name((enum diag_code)code),
               diag_title((enum diag_code)code));
    for (uint32_t i = 0; i < cli->args_n; i++) {
        enum diag_code code;
        struct err err = {0};
        if (!diag_find(text_of(cli->args[i]), &code)) {
            err_set(&err, ERR_NOT_FOUND, "there is no diagnostic %s", cli->args[i]);
            err_hint(&err, "`flowc explain` lists them");
            return cli_fail(cli, &err);
        }
        scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
        struct buf out;
        buf_init(&out, compile);
        if (i > 0)
            buf_char(&out, '\n');
        explain(cli, compile, &out, code);
        flowc_write(buf_done(&out));
    }
    return CLI_OK;
}
