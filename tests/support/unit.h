/* What every unit test says: a test is a sentence, a check is a claim. */
#ifndef TESTS_SUPPORT_UNIT_H
#define TESTS_SUPPORT_UNIT_H

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>

#include "engine/base/text.h"

struct unit_test {
    const char *name;
    void (*run)(void);
};

/* In test_arena.c: `const struct unit_test suite_arena[] = {TEST(a_sentence), {0}};` */
#define TEST(sentence)                                                                   \
    {                                                                                    \
#sentence, sentence                                                              \
    }

#define CHECK(claim)   CU_ASSERT(claim)
#define REQUIRE(claim) CU_ASSERT_FATAL(claim)

static inline bool check_text_(struct text got, const char *want)
{
    if (text_is_chars(got, want))
        return true;
    fprintf(stderr, "\n    got  \"" TEXT_FMT "\"\n    want \"%s\"\n", TEXT_ARG(got),
            want);
    return false;
}
#define CHECK_TEXT(got, want) CU_ASSERT(check_text_((got), (want)))

static inline bool check_int_(long long got, long long want)
{
    if (got == want)
        return true;
    fprintf(stderr, "\n    got  %lld\n    want %lld\n", got, want);
    return false;
}
#define CHECK_INT(got, want) CU_ASSERT(check_int_((long long)(got), (long long)(want)))

#endif
