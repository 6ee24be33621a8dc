/* flowc explore: walks flows through all that may happen, and says what does not hold. */
#include <time.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/when.h"
#include "engine/sys/clock.h"
#include "tools/explore/explore.h"
#include "tools/flowc/flowc.h"

enum {
    EXPLORE_BYTES_MAX = 512 << 20, /* what telling of a path may take */
    PROGRESS_US = 200000
};

struct exploring {
    struct cli *cli;
    struct arena *arena;
    struct text filter;
    const json_t *settings;
    json_t *json; /* NULL: for people */
    int64_t faults;
    int64_t states_max;
    int64_t time_max; /* µs; 0: no bound */
    int64_t began;
    int64_t shown;
    clock_t clock_began;
    bool is_watched; /* somebody looks at a terminal */
    uint32_t held;
    uint32_t failed;
    uint32_t unfinished;
};

/* ---- while it walks ---- */

static bool watch(void *context, const struct explore_progress *progress)
{
    struct exploring *e = context;
    int64_t now = clock_monotonic();
    if (e->is_watched && now - e->shown >= PROGRESS_US) {
        e->shown = now;
        fprintf(stderr, "\r%llu states with up to %u fault%s, %u steps deep \x1b[K",
                (unsigned long long)progress->states, progress->faults,
                progress->faults == 1 ? "" : "s", progress->depth);
    }
    return e->time_max == 0 || now - e->began < e->time_max;
}

/* ---- what is said ---- */

static const char *faults_text(struct arena *arena, uint32_t n)
{
    return n == 0   ? "no fault"
           : n == 1 ? "one fault"
                    : arena_printf(arena, "%u faults", n);
}

static void say_indented(struct buf *out, struct text lines)
{
    while (lines.n > 0) {
        struct text line = text_split(&lines, '\n');
        buf_printf(out, "     " TEXT_FMT "\n", TEXT_ARG(line));
    }
}

/* What makes it large, and what makes it smaller. */
static void say_way_out(struct buf *out, const struct compiled_tests *tests,
                        const struct explore_result *result)
{
    const struct ir *ir = tests->image;
    if (result->crowded != IR_NONE && result->states > 0)
        buf_printf(out, "  %u%% of them in " TEXT_FMT "\n",
                   (unsigned)(result->crowd * 100 / result->states),
                   TEXT_ARG(ir_text(ir, ir->states[result->crowded].path)));
    buf_chars(out, "  hint: ");
    if (result->faults > 0)
        buf_printf(out, "`faults up to %u` has been walked whole; for more, ",
                   result->faults - 1);
    buf_chars(out, "let mocks give shorter lists, allow fewer events in one\n"
                   "  exploration, or give it more: --states N, --time D\n");
}

static void say_result(struct exploring *e, const struct compiled_tests *tests,
                       const struct compiled_test *exploration,
                       const struct explore_result *result)
{
    struct buf out;
    buf_init(&out, e->arena);
    buf_printf(&out, "%s " TEXT_FMT ": ",
               result->verdict == EXPLORE_HOLDS ? "ok    " : "not ok",
               TEXT_ARG(exploration->name));
    switch (result->verdict) {
    case EXPLORE_HOLDS:
        buf_printf(&out, "%llu states, up to %s\n", (unsigned long long)result->states,
                   faults_text(e->arena, result->faults_max));
        break;
    case EXPLORE_UNFINISHED:
        buf_printf(&out,
                   "not finished: %llu states with up to %s, %s; nothing was wrong yet\n",
                   (unsigned long long)result->states,
                   faults_text(e->arena, result->faults), result->unfinished);
        say_way_out(&out, tests, result);
        break;
    case EXPLORE_CANNOT:
        buf_chars(&out, "it cannot begin\n");
        diag_draw_frame(&out, &result->diag, cli_colour(e->cli, stdout));
        break;
    case EXPLORE_FAILS:
        buf_printf(&out, "found with %s\n", faults_text(e->arena, result->faults));
        diag_draw_frame(&out, &result->diag, cli_colour(e->cli, stdout));
        buf_chars(&out, "  this can happen:\n");
        say_indented(&out, result->story);
        buf_chars(&out, "  and as a test:\n\n");
        buf_text(&out, result->as_test);
        buf_char(&out, '\n');
        break;
    }
    if (result->not_walked.n > 0)
        buf_printf(&out, "  run, but not walked themselves: " TEXT_FMT "\n",
                   TEXT_ARG(result->not_walked));
    flowc_write(buf_done(&out));
    fflush(stdout);
}

static void add_json(struct exploring *e, const struct compiled_tests *tests,
                     const struct compiled_test *exploration,
                     const struct explore_result *result, int64_t took)
{
    static const char *const verdicts[] = {[EXPLORE_HOLDS] = "holds",
                                           [EXPLORE_FAILS] = "fails",
                                           [EXPLORE_UNFINISHED] = "unfinished",
                                           [EXPLORE_CANNOT] = "cannot_begin"};
    json_t *one = json_object();
    json_object_set_new(one, "name", json_text(exploration->name));
    json_object_set_new(one, "flow",
                        json_text(ir_text(tests->image, tests->image->flow.name)));
    json_object_set_new(one, "file", json_text(exploration->span.source->path));
    json_object_set_new(one, "line", json_integer(exploration->span.line));
    json_object_set_new(one, "verdict", json_string(verdicts[result->verdict]));
    json_object_set_new(one, "faults", json_integer(result->faults));
    json_object_set_new(one, "faults_max", json_integer(result->faults_max));
    json_object_set_new(one, "states", json_integer((json_int_t)result->states));
    json_object_set_new(one, "steps", json_integer((json_int_t)result->steps));
    json_object_set_new(one, "depth", json_integer(result->depth));
    json_object_set_new(one, "walked", json_integer((json_int_t)result->walked));
    json_object_set_new(one, "not_walked", json_text(result->not_walked));
    json_object_set_new(one, "processor_seconds",
                        json_real((double)(clock() - e->clock_began) / CLOCKS_PER_SEC));
    json_object_set_new(one, "seconds", json_real((double)took / WHEN_SECOND));
    bool has_failed =
        result->verdict == EXPLORE_FAILS || result->verdict == EXPLORE_CANNOT;
    json_object_set_new(one, "problem",
                        has_failed ? json_text(result->diag.primary.label) : json_null());
    json_object_set_new(one, "test",
                        result->verdict == EXPLORE_FAILS ? json_text(result->as_test)
                                                         : json_null());
    json_array_append_new(e->json, one);
}

/* States that none of the flow's explorations has been in. */
static void say_missed(const struct ir *ir, const bool *found)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ir->states_n; i++)
        if (!found[i])
            printf("%s" TEXT_FMT, n++ == 0 ? "  never entered: " : ", ",
                   TEXT_ARG(ir_text(ir, ir->states[i].path)));
    if (n > 0)
        printf("\n");
}

/* ---- each of them ---- */

static void explore_one(struct exploring *e, const struct compiled_tests *tests,
                        const struct compiled_test *exploration, bool *found)
{
    scoped_arena struct arena *arena = arena_new("exploration", EXPLORE_BYTES_MAX);
    struct explore_request request = {.tests = tests,
                                      .exploration = exploration,
                                      .settings = e->settings,
                                      .faults = e->faults,
                                      .states_max = (uint64_t)e->states_max,
                                      .watch = watch,
                                      .context = e};
    int64_t began = clock_monotonic();
    e->clock_began = clock();
    struct explore_result result = explore(arena, &request);
    if (e->is_watched)
        fprintf(stderr, "\r\x1b[K");
    e->held += result.verdict == EXPLORE_HOLDS;
    e->unfinished += result.verdict == EXPLORE_UNFINISHED;
    e->failed += result.verdict == EXPLORE_FAILS || result.verdict == EXPLORE_CANNOT;
    for (uint32_t i = 0; i < result.states_n; i++)
        found[i] = found[i] || result.states_found[i];
    if (e->json != NULL)
        add_json(e, tests, exploration, &result, clock_monotonic() - began);
    else
        say_result(e, tests, exploration, &result);
}

static void explore_all(struct exploring *e, const struct compiled *compiled)
{
    for (uint32_t i = 0; i < compiled->tests_n; i++) {
        const struct compiled_tests *tests = &compiled->tests[i];
        bool *found = arena_array(e->arena, bool, tests->image->states_n + 1);
        uint32_t n = 0;
        for (uint32_t k = 0; k < tests->explorations_n; k++) {
            if (!text_has(tests->explorations[k].name, e->filter))
                continue;
            explore_one(e, tests, &tests->explorations[k], found);
            n++;
        }
        if (n > 0 && e->json == NULL)
            say_missed(tests->image, found);
    }
    if (e->json == NULL) {
        printf("%u passed, %u failed", e->held, e->failed);
        printf(e->unfinished > 0 ? ", %u not finished\n" : "\n", e->unfinished);
        return;
    }
    flowc_write(json_write(e->arena, e->json));
    flowc_write(TEXT("\n"));
}

/* ---- what was asked for ---- */

/* An option that is a whole number of at least `least`. */
static bool number_of(struct cli *cli, const char *option, int64_t least, int64_t most,
                      int64_t *out)
{
    const char *said = cli_option(cli, option);
    if (said == NULL)
        return true;
    if (text_to_i64(text_of(said), out) && *out >= least && *out <= most)
        return true;
    cli_misused(cli, "--%s wants a whole number from %lld to %lld, not %s", option,
                (long long)least, (long long)most, said);
    return false;
}

static bool read_bounds(struct cli *cli, struct exploring *e)
{
    const char *time = cli_option(cli, "time");
    e->faults = -1;
    e->states_max = LIMIT_EXPLORE_STATES;
    if (!number_of(cli, "faults", 0, 100, &e->faults) ||
        !number_of(cli, "states", 1, LIMIT_EXPLORE_STATES, &e->states_max))
        return false;
    if (time == NULL ||
        (when_duration_parse_short(text_of(time), &e->time_max) && e->time_max > 0))
        return true;
    cli_misused(cli, "--time wants a duration like 30s or 5m, not %s", time);
    return false;
}

int flowc_explore(struct cli *cli)
{
    struct exploring e = {.cli = cli, .filter = text_of(cli_option(cli, "filter"))};
    if (!cli_args(cli, 1, UINT32_MAX) || !read_bounds(cli, &e))
        return CLI_USAGE;
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    struct compiled *compiled;
    int status = flowc_tests(cli, compile, &compiled);
    if (status != CLI_OK)
        return status;
    scoped_json json_t *settings = flowc_settings(compiled);
    scoped_json json_t *json = cli_has(cli, "json") ? json_array() : NULL;
    e.arena = compile;
    e.settings = settings;
    e.json = json;
    e.is_watched = isatty(STDERR_FILENO) == 1;
    e.began = clock_monotonic();
    explore_all(&e, compiled);
    return e.failed > 0 ? CLI_FAILED : e.unfinished > 0 ? CLI_TIMED_OUT : CLI_OK;
}
