/* flowc: the architect's program; it needs nothing that runs. */
#include "tools/flowc/flowc.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

static const struct cli_option options[] = {
#define OPTION(name, letter, value, sentence) {name, letter, value, sentence},
#include "tools/flowc_options.def"
#undef OPTION
};

static const struct cli_command commands[] = {
#define COMMAND(name, function, usage, options, sentence, example)                       \
    {name, usage, options, sentence, example, function},
#include "tools/flowc_commands.def"
#undef COMMAND
};

static const struct cli_program program = {
    .name = "flowc",
    .sentence = "checks, tests, lays out and explains flows",
    .commands = commands,
    .commands_n = sizeof commands / sizeof *commands,
    .options = options,
    .options_n = sizeof options / sizeof *options,
    .common = "include color",
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}

const char *const *flowc_folders(struct cli *cli, struct arena *compile)
{
    uint32_t n = 0;
    const char **folders = arena_array(compile, const char *, cli->given.n + 1);
    while ((folders[n] = cli_option_at(cli, "include", n)) != NULL)
        n++;
    return folders;
}

bool flowc_sources(struct cli *cli, struct arena *compile, uint32_t first,
                   struct sources *sources, struct err *err)
{
    sources_init(sources, compile, flowc_folders(cli, compile));
    for (uint32_t i = first; i < cli->args_n; i++)
        if (!sources_add(sources, cli->args[i], err))
            return false;
    return true;
}

void flowc_write(struct text text)
{
    fwrite(text.chars, 1, text.n, stdout);
}

json_t *flowc_settings(const struct compiled *compiled)
{
    struct err ignored = {0};
    if (compiled->environments_n == 0)
        return NULL;
    scoped_json json_t *document =
        json_read(compiled->environments[compiled->environments_n - 1].json, &ignored);
    return json_incref(json_object_get(document, "settings"));
}

int flowc_checked(struct cli *cli, struct arena *compile, struct compiled **out)
{
    struct err err = {0};
    struct sources sources;
    if (!flowc_sources(cli, compile, 0, &sources, &err))
        return cli_fail(cli, &err);
    struct compile_request request = sources_request(&sources);
    *out = compile_check(compile, &request);
    return sources_complain(cli, &(*out)->diags, false) ? CLI_FLOW_ERRORS : CLI_OK;
}

int flowc_tests(struct cli *cli, struct arena *compile, struct compiled **out)
{
    struct err err = {0};
    struct sources sources;
    const char *bindings = cli_option(cli, "bindings");
    if (!flowc_sources(cli, compile, 0, &sources, &err) ||
        (bindings != NULL && !sources_add(&sources, bindings, &err)))
        return cli_fail(cli, &err);
    struct compile_request request = sources_request(&sources);
    *out = compile_tests(compile, &request);
    return sources_complain(cli, &(*out)->diags, false) ? CLI_FLOW_ERRORS : CLI_OK;
}
