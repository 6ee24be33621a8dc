/* What the compiler says of one text and what it uses. */
#include "tools/lsp/reading.h"

#include "engine/sys/keep.h"
#include "tools/lsp/drafts.h"
#include "tools/sources.h"

static bool unsaved(void *context, struct text path, struct text *text)
{
    const struct draft *draft = draft_find(context, path);
    if (draft == NULL || !draft->is_open)
        return false;
    *text = draft->text;
    return true;
}

/* Environments are held against their flows too, as `flowc check` does. */
static struct compiled *compile(struct reading *reading,
                                const struct compile_request *request)
{
    return text_ends(request->inputs->path, TEXT(".bind"))
               ? compile_all(reading->memory, request)
               : compile_check(reading->memory, request);
}

struct reading *reading_new(struct lsp *lsp, struct text path, struct text text)
{
    struct reading *reading = keep_new_of(struct reading);
    struct sources sources;
    reading->memory = arena_new("compile", LIMIT_COMPILE_BYTES);
    sources_init(&sources, reading->memory, lsp->folders);
    sources.unsaved = unsaved;
    sources.unsaved_context = lsp;
    struct compile_input input = {text_dup(reading->memory, path),
                                  text_dup(reading->memory, text)};
    vec_push(reading->memory, &sources.inputs, input);
    struct compile_request request = sources_request(&sources);
    request.lints = true;
    reading->compiled = compile(reading, &request);
    reading->own = reading->compiled->asked_modules[0];
    reading->is_checked = reading->own->scope != NULL;
    if (reading->is_checked)
        reading->names = mentions_of(reading->memory, &reading->compiled->program);
    return reading;
}

void reading_free(struct reading *reading)
{
    if (reading == NULL)
        return;
    arena_free(reading->memory);
    keep_free(reading);
}

bool reading_has(const struct reading *reading, struct text path)
{
    for (uint32_t i = 0; i < reading->compiled->program.modules_n; i++)
        if (text_is(reading->compiled->program.modules[i]->source->path, path))
            return true;
    return false;
}

const struct module *reading_module(const struct reading *reading,
                                    const struct source *source)
{
    for (uint32_t i = 0; i < reading->compiled->program.modules_n; i++)
        if (reading->compiled->program.modules[i]->source == source)
            return reading->compiled->program.modules[i];
    return NULL;
}

bool reading_has_errors(const struct reading *reading)
{
    return diags_count(&reading->compiled->diags, DIAG_ERROR) > 0;
}

struct shift shift_between(struct text then, struct text now)
{
    struct shift shift = {.then_bytes = then.n, .now_bytes = now.n};
    size_t least = now.n < then.n ? now.n : then.n;
    while (shift.before < least && now.chars[shift.before] == then.chars[shift.before])
        shift.before++;
    while (shift.after < least - shift.before &&
           now.chars[now.n - 1 - shift.after] == then.chars[then.n - 1 - shift.after])
        shift.after++;
    return shift;
}

static bool carry(size_t before, size_t after, size_t from_bytes, size_t to_bytes,
                  uint32_t from, uint32_t *to)
{
    if (from <= before)
        *to = from;
    else if (from >= from_bytes - after)
        *to = (uint32_t)(from - from_bytes + to_bytes);
    else
        return false;
    return true;
}

bool shift_back(const struct shift *shift, uint32_t now, uint32_t *then)
{
    return carry(shift->before, shift->after, shift->now_bytes, shift->then_bytes, now,
                 then);
}

bool shift_forth(const struct shift *shift, uint32_t then, uint32_t *now)
{
    return carry(shift->before, shift->after, shift->then_bytes, shift->now_bytes, then,
                 now);
}
