/* The image as a person reads it. */
#include "dsl/ir_text.h"
#include "engine/base/arena.h"
#include "tests/support/unit.h"
#include "tests/unit/ir/sample.h"

static struct text dump(struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    ir_text_all(&out, sample_image(arena));
    return buf_done(&out);
}

static bool has(struct text all, const char *part)
{
    if (memmem(all.chars, all.n, part, strlen(part)) != NULL)
        return true;
    fprintf(stderr, "\n    not there: \"%s\"\n", part);
    return false;
}

static void an_index_is_said_with_what_it_means(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct text all = dump(arena);
    CHECK(has(all, "flow sample version 2\n"));
    CHECK(has(all, "type Stock = none_left | some(qty: Qty)\n"));
    CHECK(has(all, "type Qty = decimal(3) where @"));
    CHECK(has(all, "CALL          picking.reserve"));
    CHECK(has(all, "GO_TO         done"));
    CHECK(has(all, "CONST         1h"));
    CHECK(has(all, "operation wms.reserve  place found"));
    CHECK(has(all, "; states 1 body\n"));
}

static void a_line_is_said_where_it_changes(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    struct text all = dump(arena);
    CHECK(has(all, "; line 12\n"));
    CHECK(has(all, "; line 13\n"));
}

const struct unit_test suite_ir_text[] = {
    TEST(an_index_is_said_with_what_it_means),
    TEST(a_line_is_said_where_it_changes),
    {0},
};
