/* One suite, two stores: what store.h promises, held against memory and PostgreSQL. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/sys/clock.h"
#include "engine/sys/log.h"
#include "tests/store/check.h"
#include "tests/store/random.h"
#include "tests/store/sides.h"

static int passed, failed, claims_failed;

bool check(bool holds, const char *claim, const char *file, int line)
{
    if (!holds) {
        claims_failed++;
        printf("    %s:%d: %s\n", file, line, claim);
    }
    return holds;
}

static const struct {
    const char *name;
    void (*run)(struct side *side);
    enum promised where;
} promises[] = {
#define PROMISE(sentence, where) {#sentence, sentence, where},
    PROMISES
#undef PROMISE
};

static void run_one(struct side *side, const char *name, void (*run)(struct side *))
{
    claims_failed = 0;
    side_reset(side);
    run(side);
    printf("%s %s %s\n", claims_failed == 0 ? "ok  " : "FAIL", side->name, name);
    fflush(stdout);
    claims_failed == 0 ? passed++ : failed++;
}

/* Some seeds are always the same ones, and one is new: it is printed when it fails. */
static void run_random(struct side *sides[2], const char *given)
{
    enum { SEEDS = 5, STEPS = 120 };
    int64_t only = 0;
    if (given != NULL && !text_to_i64(text_of(given), &only))
        return;
    for (uint64_t i = 0; i < (given == NULL ? SEEDS : 1); i++) {
        uint64_t seed = given != NULL   ? (uint64_t)only
                        : i + 1 < SEEDS ? i + 1
                                        : (uint64_t)clock_wall();
        bool agrees = random_agrees(sides[0], sides[1], seed, STEPS);
        printf("%s both_say_the_same, seed %llu\n", agrees ? "ok  " : "FAIL",
               (unsigned long long)seed);
        agrees ? passed++ : failed++;
    }
}

int main(int argc, char **argv)
{
    const char *conninfo = argc > 1 ? argv[1] : "";
    const char *word = argc > 2 ? argv[2] : "";
    log_open(-1, LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
    struct event_base *base = event_base_new();
    struct side *sides[2] = {side_mem(base), NULL};
    if (conninfo[0] != '\0')
        sides[1] = side_pg(base, conninfo);
    for (int s = 0; s < 2 && sides[s] != NULL; s++)
        for (size_t i = 0; i < sizeof promises / sizeof *promises; i++)
            if (strstr(promises[i].name, word) != NULL &&
                promises[i].where != (sides[s]->is_pg ? ONLY_MEM : ONLY_PG))
                run_one(sides[s], promises[i].name, promises[i].run);
    if (sides[1] != NULL && strstr("both_say_the_same", word) != NULL)
        run_random(sides, argc > 3 ? argv[3] : NULL);
    for (int s = 0; s < 2 && sides[s] != NULL; s++)
        side_free(sides[s]);
    event_base_free(base);
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
