/* The examples of every diagnostic are what they say they are. */
#include "dsl/catalog.h"
#include "engine/base/arena.h"
#include "tests/support/unit.h"
#include "tests/unit/dsl/dsl_text.h"

/* Said only when the compiler itself is wrong: no text shows it. */
static bool has_none(enum diag_code code)
{
    return code == DIAG_F0991;
}

static const struct catalog *catalog(void)
{
    static const struct catalog_option url = {.name = "url", .kind = CATALOG_TEXT};
    static const char *const not_free[] = {"Idempotency-Key", NULL};
    static const struct catalog_transport transports[] = {{.name = "fake"},
                                                          {.name = "http",
                                                           .options = &url,
                                                           .options_n = 1,
                                                           .maps = true,
                                                           .not_free = not_free}};
    static const struct catalog catalog = {transports, 2};
    return &catalog;
}

static void every_wrong_example_gives_its_code_and_no_other(void)
{
    for (int i = 0; i < DIAG_CODES; i++) {
        enum diag_code code = (enum diag_code)i;
        scoped_arena struct arena *arena = arena_new("test", 64 << 20);
        if (has_none(code))
            continue;
        struct text wrong = diag_example(code, true);
        REQUIRE(wrong.n > 0);
        struct compiled *compiled = compile_example(arena, wrong, catalog());
        bool is_so = compiled->diags.n > 0;
        for (uint32_t k = 0; k < compiled->diags.n; k++)
            is_so &= compiled->diags.at[k]->code == code;
        if (!is_so)
            printf("the wrong example of %s gives: " TEXT_FMT "\n", diag_name(code),
                   TEXT_ARG(dsl_codes(arena, &compiled->diags)));
        CHECK(is_so);
    }
}

static void every_right_example_gives_none(void)
{
    for (int i = 0; i < DIAG_CODES; i++) {
        enum diag_code code = (enum diag_code)i;
        scoped_arena struct arena *arena = arena_new("test", 64 << 20);
        struct text right = diag_example(code, false);
        CHECK(right.n > 0 || has_none(code));
        if (right.n == 0)
            continue;
        struct compiled *compiled = compile_example(arena, right, catalog());
        if (compiled->diags.n > 0)
            printf("the right example of %s gives: " TEXT_FMT "\n", diag_name(code),
                   TEXT_ARG(dsl_codes(arena, &compiled->diags)));
        CHECK(compiled->diags.n == 0);
    }
}

const struct unit_test suite_examples[] = {
    TEST(every_wrong_example_gives_its_code_and_no_other),
    TEST(every_right_example_gives_none),
    {0}};
