/* The registry: every adapter is complete, and found by its name. */
#include "adapters/registry.h"
#include "tests/support/unit.h"

static void an_adapter_is_found_by_its_name(void)
{
    const struct adapter_ops *http = adapter_ops_find(TEXT("http"));
    REQUIRE(http != NULL);
    CHECK_TEXT(text_of(http->name), "http");
    CHECK(adapter_ops_find(TEXT("htt")) == NULL);
    CHECK(adapter_ops_find(TEXT("")) == NULL);
}

static void every_adapter_is_complete(void)
{
    size_t n = 0;
    for (const struct adapter_ops *ops; (ops = adapter_ops_at(n)) != NULL; n++) {
        CHECK_INT(ops->abi, ADAPTER_ABI);
        CHECK(ops->open != NULL && ops->begin != NULL && ops->cancel != NULL &&
              ops->close != NULL);
        CHECK(adapter_ops_find(text_of(ops->name)) == ops);
        CHECK(adapter_sentence_at(n)[0] != '\0');
        for (const struct adapter_option *option = ops->options; option->name != NULL;
             option++)
            CHECK(option->sentence != NULL && option->most > 0);
    }
    CHECK_INT(n, 3);
    CHECK(adapter_sentence_at(n) == NULL);
}

const struct unit_test suite_registry[] = {
    TEST(an_adapter_is_found_by_its_name), TEST(every_adapter_is_complete), {0}};
