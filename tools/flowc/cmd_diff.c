/* flowc diff: what differs in meaning between two versions. */
#include "dsl/diff.h"
#include "engine/base/limits.h"
#include "tools/flowc/flowc.h"
#include "tools/published.h"

static const struct ir *named(const struct published_files *files, struct text name)
{
    for (uint32_t i = 0; i < files->all.n; i++) {
        const struct ir *ir = files->all.at[i].image;
        if (text_is(ir_text(ir, ir->flow.name), name))
            return ir;
    }
    return NULL;
}

static struct text name_of(const struct ir *ir)
{
    return ir_text(ir, ir->flow.name);
}

/* A flow of only one of the files, as people and as programs read it. */
static void one_sided(struct buf *out, json_t *all, const struct ir *ir, bool is_new)
{
    if (all == NULL)
        buf_printf(out, TEXT_FMT " version %u\n  %s\n", TEXT_ARG(name_of(ir)),
                   ir->flow.version, is_new ? "is new" : "is gone");
    else
        json_array_append_new(
            all,
            json_pack("{s:o, s:o, s:o, s:b, s:n, s:[]}", "flow", json_text(name_of(ir)),
                      "before", is_new ? json_null() : json_integer(ir->flow.version),
                      "after", is_new ? json_integer(ir->flow.version) : json_null(),
                      "told", 0, "migrate", "changes"));
}

/* True: they differ. */
static bool compare(struct buf *out, json_t *all, const struct published_files *old,
                    const struct published_files *now)
{
    bool differs = false;
    for (uint32_t i = 0; i < now->all.n; i++) {
        const struct ir *is = now->all.at[i].image, *was = named(old, name_of(is));
        if (i > 0 && all == NULL)
            buf_char(out, '\n');
        if (was == NULL) {
            one_sided(out, all, is, true);
            differs = true;
            continue;
        }
        const struct diff *diff = diff_flows(out->arena, was, is);
        differs = differs || diff->changes.n > 0;
        if (all == NULL)
            diff_print(out, diff);
        else
            json_array_append_new(all, diff_json(diff));
    }
    for (uint32_t i = 0; i < old->all.n; i++)
        if (named(now, name_of(old->all.at[i].image)) == NULL) {
            one_sided(out, all, old->all.at[i].image, false);
            differs = true;
        }
    return differs;
}

int flowc_diff(struct cli *cli)
{
    if (!cli_args(cli, 2, 2))
        return CLI_USAGE;
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    struct published_files old = {.compile = compile}, now = {.compile = compile};
    const char *const *folders = flowc_folders(cli, compile);
    if (!published_add(&old, cli, cli->args[0], folders))
        return old.status;
    if (!published_add(&now, cli, cli->args[1], folders))
        return now.status;
    scoped_json json_t *all = cli_has(cli, "json") ? json_array() : NULL;
    struct buf out;
    buf_init(&out, compile);
    bool differs = compare(&out, all, &old, &now);
    if (all != NULL) {
        buf_text(&out, json_write(compile, all));
        buf_char(&out, '\n');
    }
    flowc_write(buf_done(&out));
    return differs ? CLI_DIFFERS : CLI_OK;
}
