/* Would each rule of the compiler be missed? Every pair is compiled once to learn which
 * rules speak in it, and once more for each of these with that one rule silent: is
 * nothing else said then, nobody would have missed it.
 *
 * rules FILE…            prints what is said of each file, for tools/mutate to compare
 * rules --missed FILE…   reads the places of all rules ("check_paths.c:40" a line,
 * sorted) from stdin, and names those that no file would miss */
#include <stdio.h>
#include <stdlib.h>

#include "dsl/check_versions.h"
#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/sys/file.h"
#include "tools/catalog.h"
#include "tools/sources.h"

enum { SITES_MAX = 1000, SITE_CHARS = 80 };

struct site {
    char file[SITE_CHARS];
    unsigned line;
    bool is_missed;
};

struct asking {
    struct site sites[SITES_MAX];
    unsigned sites_n;
    bool speaks[SITES_MAX];       /* in this file */
    const char *rules[SITES_MAX]; /* as it calls itself */
};

/* ---- what is said of a file ---- */

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static const char *folder_of(struct arena *compile, const char *path)
{
    return arena_printf(compile, "%.*s", (int)(name_of(path) - path), path);
}

typedef struct compiled *compiling(struct arena *compile,
                                   const struct compile_request *request);

static struct compiled *compiled_of(struct arena *compile, const char *path,
                                    const struct diag_watch *watch, compiling *compiles)
{
    struct err err = {0};
    struct sources *sources = arena_new_of(compile, struct sources);
    const char **folders = arena_array(compile, const char *, 2);
    folders[0] = arena_printf(compile, "%sworld", folder_of(compile, path));
    sources_init(sources, compile, folders);
    struct compile_input input = {.path = text_of(path)};
    if (!file_read(compile, path, 2 * LIMIT_SOURCE_BYTES, &input.text, &err)) {
        fprintf(stderr, "%s: %s\n", path, err.what);
        exit(1);
    }
    vec_push(compile, &sources->inputs, input);
    struct compile_request request = sources_request(sources);
    request.lints = true;
    request.watch = watch;
    return compiles(compile, &request);
}

/* F0504_x.flow is held against F0504_x.old.flow, where there is one. */
static void hold_against(struct arena *compile, const char *path,
                         struct compiled *compiled)
{
    const char *old = arena_printf(compile, "%.*s.old.flow",
                                   (int)(strlen(path) - strlen(".flow")), path);
    if (!file_is_there(old))
        return;
    const struct compiled *was = compiled_of(compile, old, NULL, compile_all);
    for (uint32_t i = 0; i < was->flows_n; i++) {
        struct published published = {.image = was->flows[i].image, .at = TEXT("")};
        check_versions(compiled, &published, 1);
    }
}

static struct text said_of(struct arena *compile, const char *path,
                           const struct diag_watch *watch, compiling *compiles)
{
    struct buf out;
    buf_init(&out, compile);
    struct compiled *compiled = compiled_of(compile, path, watch, compiles);
    if (compiles == compile_all)
        hold_against(compile, path, compiled);
    for (uint32_t i = 0; i < compiled->diags.n; i++)
        diag_draw(&out, compiled->diags.at[i], false);
    buf_printf(&out, "%u more, %u images\n", compiled->diags.dropped, compiled->flows_n);
    return buf_done(&out);
}

/* ---- which rules speak ---- */

/* A call that goes over several lines may be told by any of them: it is the last one that
 * begins before. */
static unsigned site_of(const struct asking *asking, const char *rule)
{
    const char *name = name_of(rule), *colon = strrchr(name, ':');
    unsigned line = (unsigned)strtoul(colon + 1, NULL, 10), found = SITES_MAX;
    for (unsigned i = 0; i < asking->sites_n; i++)
        if (strncmp(asking->sites[i].file, name, (size_t)(colon - name)) == 0 &&
            asking->sites[i].line <= line &&
            (found == SITES_MAX || asking->sites[i].line > asking->sites[found].line))
            found = i;
    return found;
}

static void speaks(void *context, const char *rule)
{
    struct asking *asking = context;
    unsigned site = site_of(asking, rule);
    if (site == SITES_MAX) {
        fprintf(stderr, "%s is among no rules\n", rule);
        exit(1);
    }
    asking->speaks[site] = true;
    asking->rules[site] = rule;
}

static void ignore(void *context, const char *rule)
{
    (void)context;
    (void)rule;
}

/* What is wrong is not lowered: without its rule the check alone has to say something
 * else, before the same may be asked of what comes behind it. */
static bool is_missed(const char *path, const char *rule)
{
    static compiling *const stages[] = {compile_check, compile_all};
    struct diag_watch watch = {.said = ignore}, without = {rule, ignore, NULL};
    bool is_same = true;
    for (size_t i = 0; i < sizeof stages / sizeof *stages && is_same; i++) {
        scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
        is_same = text_is(said_of(compile, path, &watch, stages[i]),
                          said_of(compile, path, &without, stages[i]));
    }
    return !is_same;
}

static void ask(struct asking *asking, const char *path)
{
    struct diag_watch watch = {.said = speaks, .context = asking};
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    memset(asking->speaks, 0, sizeof asking->speaks);
    (void)said_of(compile, path, &watch, compile_all);
    for (unsigned i = 0; i < asking->sites_n; i++)
        if (asking->speaks[i] && !asking->sites[i].is_missed)
            asking->sites[i].is_missed = is_missed(path, asking->rules[i]);
}

static void read_sites(struct asking *asking)
{
    struct site site = {0};
    while (asking->sites_n < SITES_MAX &&
           scanf("%79[^:]:%u ", site.file, &site.line) == 2)
        asking->sites[asking->sites_n++] = site;
}

static int all_missed(int files_n, char **files)
{
    static struct asking asking;
    unsigned missed = 0;
    read_sites(&asking);
    for (int i = 0; i < files_n; i++)
        ask(&asking, files[i]);
    for (unsigned i = 0; i < asking.sites_n; i++) {
        missed += asking.sites[i].is_missed;
        if (!asking.sites[i].is_missed)
            printf("nobody would miss %s:%u\n", asking.sites[i].file,
                   asking.sites[i].line);
    }
    printf("%u passed, %u failed\n", missed, asking.sites_n - missed);
    return missed == 0 || missed < asking.sites_n;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "--missed") == 0)
        return all_missed(argc - 2, argv + 2);
    for (int i = 1; i < argc; i++) {
        scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
        struct text said = said_of(compile, argv[i], NULL, compile_all);
        printf("%s\n" TEXT_FMT, argv[i], TEXT_ARG(said));
    }
    return 0;
}
