/* What the schema of a type takes, the engine takes, and nothing else: the same samples
 * that tests/tools/schema.sh holds against the schema. */
#include "dsl/compile.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/core/wire.h"
#include "engine/sys/file.h"
#include "tests/support/unit.h"

static struct text file(struct arena *arena, const char *path)
{
    struct err err = {0};
    struct text text = {"", 0};
    REQUIRE(file_read(arena, path, LIMIT_SOURCE_BYTES, &text, &err));
    return text;
}

static const struct ir *image(struct arena *arena)
{
    struct compile_input input = {TEXT("kinds.flow"), file(arena, SCHEMA_KINDS)};
    struct compile_request request = {.inputs = &input, .inputs_n = 1};
    struct compiled *compiled = compile_all(arena, &request);
    REQUIRE(compiled->flows_n == 1);
    return compiled->flows[0].image;
}

static bool takes(struct arena *arena, const struct ir *ir, const json_t *value)
{
    struct err err = {0};
    struct value out;
    struct eval_scope scope = {.ir = ir};
    scoped_json json_t *arguments = json_object();
    json_object_set(arguments, "value", (json_t *)value);
    return wire_read(arena, &scope, ir->flow.params, arguments, WIRE_REFUSE_UNKNOWN, &out,
                     &err);
}

static void the_engine_judges_as_the_schema_does(void)
{
    struct err err = {0};
    uint32_t samples = 0;
    scoped_arena struct arena *arena = arena_new("test", LIMIT_COMPILE_BYTES);
    const struct ir *ir = image(arena);
    scoped_json json_t *base = json_read(file(arena, SCHEMA_BASE), &err);
    struct text rest = file(arena, SCHEMA_SAMPLES);
    CHECK(takes(arena, ir, base));
    while (rest.n > 0) {
        struct text line = text_split(&rest, '\n');
        scoped_json json_t *sample = json_read(line, &err), *value = json_copy(base);
        const char *member = json_string_value(json_object_get(sample, "member"));
        REQUIRE(member != NULL);
        if (json_is_true(json_object_get(sample, "absent")))
            json_object_del(value, member);
        else
            json_object_set(value, member, json_object_get(sample, "value"));
        bool fits = json_is_true(json_object_get(sample, "fits"));
        if (takes(arena, ir, value) != fits)
            fprintf(stderr, "\n    judged otherwise: " TEXT_FMT "\n", TEXT_ARG(line));
        CHECK(takes(arena, ir, value) == fits);
        samples++;
    }
    CHECK(samples > 80);
}

const struct unit_test suite_schema[] = {TEST(the_engine_judges_as_the_schema_does), {0}};
