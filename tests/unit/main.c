/* Runs the unit tests of one layer; a word on the command line picks the tests that
 * contain it. */
#include <CUnit/Basic.h>
#include <string.h>

#include "tests/support/unit.h"

#define SUITE(name) extern const struct unit_test suite_##name[];
#include SUITES
#undef SUITE

static const struct {
    const char *name;
    const struct unit_test *tests;
} suites[] = {
#define SUITE(name) {#name, suite_##name},
#include SUITES
#undef SUITE
};

static bool add_suite(const char *name, const struct unit_test *tests, const char *word)
{
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);
    if (suite == NULL)
        return false;
    for (; tests->name != NULL; tests++)
        if (word == NULL || strstr(tests->name, word) != NULL ||
            strstr(name, word) != NULL)
            if (CU_add_test(suite, tests->name, tests->run) == NULL)
                return false;
    return true;
}

int main(int argc, char **argv)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        if (!add_suite(suites[i].name, suites[i].tests, argc > 1 ? argv[1] : NULL))
            return 1;
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    unsigned ran = CU_get_number_of_tests_run(), failed = CU_get_number_of_tests_failed();
    printf("\n%u passed, %u failed\n", ran - failed, failed);
    CU_cleanup_registry();
    return failed > 0 || ran == 0;
}
