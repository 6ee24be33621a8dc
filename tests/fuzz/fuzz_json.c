/* JSON from anybody: what is taken is written and read again as the same. */
#include "engine/base/json.h"
#include "tests/fuzz/fuzz.h"

bool fuzz_seed(struct arena *arena, uint32_t i, struct text *seed)
{
    static const char *const seeds[] = {
        "{\"a\":[1,2.5,\"x\\u00e9\",null,true],\"b\":{\"c\":-0.1e10}}",
        "[[[[[[[[]]]]]]]]", "\"\\ud83d\\ude00\"", "123456789012345678",
        "{\"a\":1,\"a\":2}"};
    (void)arena;
    if (i >= sizeof seeds / sizeof *seeds)
        return false;
    *seed = text_of(seeds[i]);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct err err = {0};
    scoped_json json_t *json = json_read((struct text){(const char *)data, n}, &err);
    if (json == NULL) {
        must(err.code != ERR_OK && err.what[0] != '\0');
        return 0;
    }
    struct arena *turn = arena_new("turn", (size_t)64 << 20);
    scoped_json json_t *again = json_read(json_write(turn, json), &err);
    must(again != NULL && json_equal(json, again));
    arena_free(turn);
    return 0;
}
