/* Feeds a fuzz target its seeds and corpus, each as it is and with bytes changed: what
 * `make check` runs where there is no fuzzer. Built with libFuzzer, the target needs no
 * replay. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/must.h"
#include "engine/base/scoped.h"
#include "tests/fuzz/fuzz.h"

enum { MUTANTS = 400, FILE_BYTES_MAX = 1 << 20 };

struct replay {
    struct arena *arena;
    uint32_t dice;
    unsigned inputs;
};

static uint32_t thrown(struct replay *r, uint32_t below)
{
    r->dice = r->dice * 1664525 + 1013904223;
    return (r->dice >> 8) % below;
}

/* A copy whose end is its end: a byte read behind it is seen under AddressSanitizer. */
static void feed(struct replay *r, struct text input)
{
    struct arena *exact = arena_new("input", (size_t)FILE_BYTES_MAX * 2);
    LLVMFuzzerTestOneInput(arena_copy(exact, input.chars, input.n), input.n);
    arena_free(exact);
    r->inputs++;
}

/* One to four changes: a bit, a byte, a piece taken out, the rest cut off. */
static struct text mutant(struct replay *r, struct text input)
{
    char *bytes = text_chars(r->arena, input);
    size_t n = input.n;
    for (uint32_t changes = 1 + thrown(r, 4); changes > 0 && n > 0; changes--) {
        uint32_t at = thrown(r, (uint32_t)n), what = thrown(r, 10);
        if (what < 4)
            bytes[at] = (char)(bytes[at] ^ (1 << thrown(r, 8)));
        else if (what < 8)
            bytes[at] = (char)thrown(r, 256);
        else if (what == 8)
            memmove(bytes + at, bytes + at + 1, n-- - at - 1);
        else
            n = at;
    }
    return (struct text){bytes, n};
}

static void play(struct replay *r, struct text input)
{
    feed(r, input);
    for (int i = 0; i < MUTANTS; i++) {
        feed(r, mutant(r, input));
        if (arena_used(r->arena) > (size_t)64 << 20)
            return;
    }
}

static void play_file(struct replay *r, const char *path)
{
    scoped_fclose FILE *file = fopen(path, "rb");
    if (file == NULL)
        return;
    char *bytes = arena_alloc(r->arena, FILE_BYTES_MAX);
    size_t n = fread(bytes, 1, FILE_BYTES_MAX, file);
    play(r, (struct text){bytes, n});
}

static void play_folder(struct replay *r, const char *folder)
{
    struct dirent **names = NULL;
    int n = scandir(folder, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (names[i]->d_name[0] != '.')
            play_file(r, path);
        free(names[i]);
        arena_reset(r->arena);
    }
    free(names);
}

/* Folders and files to play besides the seeds. */
int main(int argc, char **argv)
{
    struct replay r = {.arena = arena_new("replay", (size_t)128 << 20), .dice = 1};
    struct text seed;
    for (uint32_t i = 0; fuzz_seed(r.arena, i, &seed); i++) {
        play(&r, seed);
        arena_reset(r.arena);
    }
    for (int i = 1; i < argc; i++)
        play_folder(&r, argv[i]);
    arena_free(r.arena);
    printf("%u passed, 0 failed\n", r.inputs);
    return r.inputs == 0;
}
