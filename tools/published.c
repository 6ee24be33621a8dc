/* Published versions, read as images. */
#include "tools/published.h"

#include "dsl/ir_pack.h"
#include "engine/base/limits.h"
#include "tools/sources.h"

static void keep(struct published_files *files, const struct ir *image)
{
    struct published one = {.image = image, .at = TEXT("")};
    vec_push(files->compile, &files->all, one);
}

static bool fail(struct published_files *files, struct cli *cli, struct err *err)
{
    files->status = cli_fail(cli, err);
    return false;
}

static bool add_image(struct published_files *files, struct cli *cli, const char *path,
                      struct text packed)
{
    struct err err = {0};
    const struct ir *image = ir_unpack(files->compile, packed, &err);
    if (image == NULL) {
        (void)err_while(&err, "reading %s", path);
        return fail(files, cli, &err);
    }
    keep(files, image);
    return true;
}

static bool add_flow(struct published_files *files, struct cli *cli, const char *path,
                     const char *const *folders)
{
    struct err err = {0};
    struct sources sources;
    sources_init(&sources, files->compile, folders);
    if (!sources_add(&sources, path, &err))
        return fail(files, cli, &err);
    struct compile_request request = sources_request(&sources);
    struct compiled *compiled = compile_all(files->compile, &request);
    if (diags_count(&compiled->diags, DIAG_ERROR) > 0) {
        (void)sources_complain(cli, &compiled->diags, false);
        files->status = CLI_FLOW_ERRORS;
        return false;
    }
    for (uint32_t i = 0; i < compiled->flows_n; i++)
        keep(files, compiled->flows[i].image);
    return true;
}

bool published_add(struct published_files *files, struct cli *cli, const char *path,
                   const char *const *folders)
{
    struct err err = {0};
    struct text text;
    if (text_ends(text_of(path), TEXT(".flow")))
        return add_flow(files, cli, path, folders);
    if (!cli_read(files->compile, path, LIMIT_IMAGE_BYTES, &text, &err))
        return fail(files, cli, &err);
    return add_image(files, cli, path, text);
}
