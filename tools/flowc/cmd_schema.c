/* flowc schema: types as JSON Schema, and JSON Schema as types. */
#include <string.h>

#include "dsl/schema.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "tools/flowc/flowc.h"

/* The arguments of a flow are a record too. */
static const struct type *type_of_flow(struct arena *compile, const struct symbol *flow)
{
    struct type_field *fields =
        arena_array(compile, struct type_field, flow->params_n + 1);
    for (uint32_t i = 0; i < flow->params_n; i++)
        fields[i] = (struct type_field){flow->params[i]->name, flow->params[i]->type,
                                        flow->params[i]->node->value};
    return type_record(compile, flow->name, fields, flow->params_n);
}

static const struct symbol *find(const struct compiled *compiled, struct text name)
{
    const struct scope *scope = compiled->asked_modules[0]->scope;
    const struct symbol *found = scope_find_kind(scope, SYMBOL_TYPE, name);
    return found != NULL ? found : scope_find_kind(scope, SYMBOL_FLOW, name);
}

static const struct symbol *near(const struct compiled *compiled, struct text name)
{
    enum { SLIPS = 2 };
    const struct map *names = compiled->asked_modules[0]->scope->names;
    const struct symbol *nearest = NULL;
    unsigned least = SLIPS + 1;
    for (uint32_t i = 0; i < map_count(names); i++) {
        const struct symbol *symbol = map_item_at(names, i);
        unsigned away = text_distance(symbol->name, name, SLIPS);
        bool is_one = symbol->kind == SYMBOL_TYPE || symbol->kind == SYMBOL_EVENT ||
                      symbol->kind == SYMBOL_FLOW;
        if (is_one && away < least) {
            nearest = symbol;
            least = away;
        }
    }
    return nearest;
}

static void not_found(const struct compiled *compiled, struct text name, struct err *err)
{
    const struct symbol *meant = near(compiled, name);
    err_set(err, ERR_NOT_FOUND,
            "there is no type, event or flow `" TEXT_FMT "` in " TEXT_FMT, TEXT_ARG(name),
            TEXT_ARG(compiled->asked_modules[0]->source->path));
    if (meant != NULL)
        err_hint(err, "did you mean `" TEXT_FMT "`?", TEXT_ARG(meant->name));
}

static int export(struct cli *cli, struct arena *compile)
{
    struct err err = {0};
    struct sources sources;
    struct text name = text_of(cli->args[1]);
    sources_init(&sources, compile, NULL);
    if (!flowc_sources(cli, compile, 2, &sources, &err))
        return cli_fail(cli, &err);
    struct compile_request request = sources_request(&sources);
    struct compiled *compiled = compile_check(compile, &request);
    if (sources_complain(cli, &compiled->diags, false))
        return CLI_FLOW_ERRORS;
    const struct symbol *symbol = find(compiled, name);
    if (symbol == NULL) {
        not_found(compiled, name, &err);
        return cli_fail(cli, &err);
    }
    scoped_json json_t *schema = schema_of_type(
        compile,
        symbol->kind == SYMBOL_FLOW ? type_of_flow(compile, symbol) : symbol->type,
        symbol->node->doc);
    flowc_write(json_write_pretty(compile, schema));
    flowc_write(TEXT("\n"));
    return CLI_OK;
}

/* "schemas/purchase-order.schema.json" → "purchase-order". */
static struct text name_of_file(struct text path)
{
    for (size_t i = path.n; i-- > 0;)
        if (path.chars[i] == '/') {
            path = text_cut(path, i + 1, path.n);
            break;
        }
    return text_split(&path, '.');
}

static void write_remarks(struct buf *out, const struct schema_types *types)
{
    if (types->remarks.n > 0)
        buf_chars(out, "\n# What the schema says and these types do not:\n");
    for (uint32_t i = 0; i < types->remarks.n; i++) {
        const struct schema_remark *remark = &types->remarks.at[i];
        buf_printf(out, "# " TEXT_FMT "%s", TEXT_ARG(remark->pointer),
                   remark->pointer.n > 0 ? ": " : "");
        for (size_t k = 0; k < remark->words.n; k++)
            buf_char(out, (unsigned char)remark->words.chars[k] < 0x20
                              ? ' '
                              : remark->words.chars[k]);
        buf_char(out, '\n');
    }
}

/* What is not right here is our mistake: it is checked before it is shown. */
static bool is_clean(struct cli *cli, struct arena *compile, const char *path,
                     struct text flow)
{
    struct compile_input input = {text_of(path), flow};
    struct compile_request request = {.inputs = &input, .inputs_n = 1};
    struct compiled *compiled = compile_check(compile, &request);
    return !sources_complain(cli, &compiled->diags, false);
}

static int import(struct cli *cli, struct arena *compile)
{
    struct err err = {0};
    struct text json;
    struct schema_types types;
    struct buf out;
    if (cli->args_n != 2)
        return cli_misused(cli, "import takes one file");
    const char *path = cli->args[1];
    if (!cli_read(compile, path, LIMIT_JSON_BYTES, &json, &err))
        return cli_fail(cli, &err);
    if (!schema_to_types(compile, json, name_of_file(text_of(path)), SCHEMA_AS_SAID,
                         &types, &err)) {
        err_while(&err, "reading %s", path);
        return cli_fail(cli, &err);
    }
    buf_init(&out, compile);
    buf_text(&out, types.text);
    write_remarks(&out, &types);
    struct text flow = buf_done(&out);
    if (!is_clean(cli, compile, path, flow))
        return CLI_FLOW_ERRORS;
    flowc_write(flow);
    return CLI_OK;
}

int flowc_schema(struct cli *cli)
{
    if (!cli_args(cli, 2, UINT32_MAX))
        return CLI_USAGE;
    bool is_export = strcmp(cli->args[0], "export") == 0;
    if (!is_export && strcmp(cli->args[0], "import") != 0)
        return cli_misused(cli, "a schema is exported or imported");
    if (is_export && cli->args_n != 3)
        return cli_misused(cli, "export takes a type and a file");
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    return is_export ? export(cli, compile) : import(cli, compile);
}
