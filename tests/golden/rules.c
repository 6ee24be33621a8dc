/* Says of wrong flows by which rule of the compiler each diagnostic was found: one
 * "check_paths.c:40" a line. mutate.sh asks whether each rule would be missed. */
#include <stdio.h>

#include "dsl/compile.h"
#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "tools/sources.h"

static void say(const struct diags *diags)
{
    for (uint32_t i = 0; i < diags->n; i++) {
        const char *rule = strrchr(diags->at[i]->rule, '/');
        printf("%s\n", rule == NULL ? diags->at[i]->rule : rule + 1);
    }
}

static bool check(const char *path, struct err *err)
{
    static const char *const folders[] = {"world", NULL};
    struct sources sources;
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    sources_init(&sources, compile, folders);
    if (!sources_add(&sources, path, err))
        return false;
    struct compile_request request = sources_request(&sources);
    request.lints = true;
    say(&compile_all(compile, &request)->diags);
    return true;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct err err = {0};
        if (!check(argv[i], &err)) {
            fprintf(stderr, "%s: %s\n", argv[i], err.what);
            return 1;
        }
    }
    return 0;
}
