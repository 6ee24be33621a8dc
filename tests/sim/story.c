/* The stories there are, read and compiled. */
#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/sys/file.h"
#include "tests/sim/sim.h"
#include "tests/unit/lower/compiled.h"

enum { FILE_BYTES_MAX = 1 << 20 };

struct story stories[] = {
    {.name = "trade", .held = 7, .keys_max = 1, .is_ordered = true},
    {.name = "blind", .held = 7, .keys_max = 1, .is_ordered = true},
    {.name = "family", .held = 7, .keys_max = 1, .only_cancels = true},
    {.name = "race", .held = 4, .one_of = 3, .keys_max = 1, .starts_on = true},
    {.name = "rounds", .held = 7, .keys_max = 2},
    {.name = "clock", .held = 7, .keys_max = 1, .ticks_every = 4 * SIM_SECOND},
    {.name = "ears", .held = 7, .keys_max = 1},
    {.name = "order_to_cash", .is_whole = true, .starts_on = true},
};
const uint32_t stories_n = sizeof stories / sizeof *stories;

/* Where the whole flow and its neighbours are, seen from the folder of the stories. */
#define FLOWS "../../flows"

static bool find(void *context, struct arena *compile, struct text from, struct text name,
                 struct text *path, struct text *text)
{
    struct err err = {0};
    (void)from;
    *path = text_of(arena_printf(compile, "%s/" FLOWS "/" TEXT_FMT ".flow",
                                 (const char *)context, TEXT_ARG(name)));
    return file_read(compile, path->chars, FILE_BYTES_MAX, text, &err);
}

static bool read_whole(struct arena *process, const char *folder, struct story *story)
{
    static const char *const names[] = {FLOWS "/order_to_cash.flow",
                                        FLOWS "/drop_ship.flow", "systems.bind"};
    struct compile_input inputs[3];
    struct err err = {0};
    for (uint32_t i = 0; i < 3; i++) {
        inputs[i].path = text_of(arena_printf(process, "%s/%s", folder, names[i]));
        if (!file_read(process, inputs[i].path.chars, FILE_BYTES_MAX, &inputs[i].text,
                       &err)) {
            fprintf(stderr, "sim: %s\n", err.what);
            return false;
        }
    }
    const struct compile_request request = {
        .inputs = inputs, .inputs_n = 3, .find = find, .find_context = (void *)folder};
    story->compiled = compile_all(process, &request);
    return story->compiled->environments_n == 1;
}

static bool read_story(struct arena *process, const char *folder, struct story *story)
{
    struct err err = {0};
    struct text text;
    const char *path = arena_printf(process, "%s/%s.flow", folder, story->name);
    if (!file_read(process, path, FILE_BYTES_MAX, &text, &err)) {
        fprintf(stderr, "sim: %s\n", err.what);
        return false;
    }
    story->compiled = compiled_flow(process, text.chars);
    return true;
}

bool stories_read(struct arena *process, const char *folder)
{
    for (uint32_t i = 0; i < stories_n; i++) {
        struct story *story = &stories[i];
        if (!(story->is_whole ? read_whole : read_story)(process, folder, story))
            return false;
        story->deciding = 6 * SIM_SECOND;
        for (uint32_t k = 0; k < story->compiled->flows_n; k++)
            if (story->compiled->flows[k].image == NULL)
                return false;
        if (story->compiled->flows_n == 0)
            return false;
    }
    return true;
}
