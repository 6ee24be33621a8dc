/* Many seeds, each a little world of its own; one that goes wrong is told again. */
#include "tests/sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/arena.h"
#include "engine/base/mutant.h"
#include "engine/sys/config.h"
#include "engine/sys/log.h"

struct sim sim;
bool sim_is_late_allowed;

/* ---- chance and trace ---- */

static uint64_t next(void)
{
    uint64_t z = (sim.dice += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t sim_below(uint32_t n)
{
    return (uint32_t)(next() % n);
}

bool sim_happens(uint32_t rate)
{
    bool so = rate > 0 && sim.now < sim.quiet_at && sim_below(1000) < rate;
    sim.faults_n += so;
    return so;
}

void sim_note(struct text what)
{
    for (size_t i = 0; i < what.n; i++)
        sim.hash = (sim.hash ^ (uint8_t)what.chars[i]) * UINT64_C(0x100000001b3);
}

void sim_trace(const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    sim_note(text_of(line));
    sim_note((struct text){(const char *)&sim.now, sizeof sim.now});
    if (sim.is_traced)
        printf("%10.3f  %s\n", (double)(sim.now - sim.quiet_at) / 1e6, line);
}

void sim_complain(const char *format, ...)
{
    if (sim.complaint[0] != '\0')
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(sim.complaint, sizeof sim.complaint, format, args);
    va_end(args);
    sim_trace("WRONG: %s", sim.complaint);
}

/* ---- many seeds ---- */

struct wish {
    uint64_t first, n;
    bool is_traced, stops, is_once;
    const char *story, *folder;
    struct config config;
};

static const struct story *story_of(const struct wish *wish, uint64_t seed)
{
    for (uint32_t i = 0; wish->story != NULL && i < stories_n; i++)
        if (strcmp(stories[i].name, wish->story) == 0)
            return &stories[i];
    return &stories[seed % stories_n];
}

/* Twice, and the second time everything happens again just so. */
static bool try_seed(struct wish *wish, uint64_t seed, uint64_t *faults)
{
    const struct story *story = story_of(wish, seed);
    play(seed, story, &wish->config, false);
    uint64_t hash = sim.hash;
    *faults += sim.faults_n;
    if (sim.complaint[0] == '\0' && !wish->is_once) {
        play(seed, story, &wish->config, false);
        if (sim.hash != hash)
            sim_complain("the same seed went another way");
    }
    if (sim.complaint[0] != '\0')
        printf("seed %llu: %s: %s\n  to see it: tests/sim/sim --seed %llu --story %s "
               "--trace\n",
               (unsigned long long)seed, story->name, sim.complaint,
               (unsigned long long)seed, story->name);
    return sim.complaint[0] == '\0';
}

static int try_all(struct wish *wish)
{
    uint64_t failed = 0, faults = 0, tried = 0;
    clock_t began = clock();
    for (uint64_t seed = wish->first; seed < wish->first + wish->n; seed++, tried++) {
        if (wish->stops && failed > 0)
            break;
        if (wish->is_traced)
            play(seed, story_of(wish, seed), &wish->config, true),
                failed += sim.complaint[0] != '\0';
        else
            failed += !try_seed(wish, seed, &faults);
    }
    double took = (double)(clock() - began) / CLOCKS_PER_SEC;
    fprintf(stderr,
            "%llu faults; %.0f seeds a minute of processor time, each played %s\n",
            (unsigned long long)faults, (double)tried * 60 / (took + 1e-6),
            wish->is_traced || wish->is_once ? "once" : "twice");
    printf("%llu passed, %llu failed\n", (unsigned long long)(tried - failed),
           (unsigned long long)failed);
    return failed > 0;
}

static bool read_wish(struct wish *wish, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--trace") == 0)
            wish->is_traced = true;
        else if (strcmp(argv[i], "--late") == 0)
            sim_is_late_allowed = true;
        else if (strcmp(argv[i], "--stop") == 0)
            wish->stops = true;
        else if (strcmp(argv[i], "--once") == 0)
            wish->is_once = true;
        else if (value == NULL)
            return false;
        else if (strcmp(argv[i], "--seed") == 0)
            wish->first = strtoull(argv[++i], NULL, 10), wish->n = 1;
        else if (strcmp(argv[i], "--from") == 0)
            wish->first = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seeds") == 0)
            wish->n = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--story") == 0)
            wish->story = argv[++i];
        else if (strcmp(argv[i], "--flows") == 0)
            wish->folder = argv[++i];
        else if (strcmp(argv[i], "--mutant") != 0 || !mutant_plant(argv[++i]))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct wish wish = {.first = 1, .n = 100, .folder = "tests/sim"};
    if (argc == 2 && strcmp(argv[1], "--mutants") == 0) {
        mutant_list(stdout);
        return 0;
    }
    if (!read_wish(&wish, argc, argv)) {
        fprintf(stderr,
                "usage: sim [--seed N | --from N] [--seeds N] [--story NAME] [--trace] "
                "[--stop] [--once] [--late] [--mutant NAME] [--flows FOLDER]\n"
                "       sim --mutants\n");
        return 2;
    }
    scoped_arena struct arena *process = arena_new("process", 64 << 20);
    log_open(-1, LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
    config_init(&wish.config, process);
    if (!stories_read(process, wish.folder))
        return 2;
    return try_all(&wish);
}
