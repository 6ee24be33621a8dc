/* What is asked for is there and apart from all else, whatever was given back before. */
#include "engine/base/memory.h"

#include <stdint.h>
#include <string.h>

#include "tests/support/unit.h"

enum { PIECES = 4000, ROUNDS = 40 };

static uint32_t dice = 2611;

static uint32_t thrown(uint32_t sides)
{
    dice = dice * 1664525 + 1013904223;
    return (dice >> 8) % sides;
}

static bool is_full_of(const uint8_t *piece, size_t n, uint8_t byte)
{
    for (size_t i = 0; i < n; i++)
        if (piece[i] != byte)
            return false;
    return true;
}

static void pieces_given_back_serve_again_and_none_lies_in_another(void)
{
    static uint8_t *pieces[PIECES];
    static size_t bytes[PIECES];
    memset(pieces, 0, sizeof pieces);
    for (unsigned turn = 0; turn < ROUNDS * PIECES; turn++) {
        unsigned i = thrown(PIECES);
        if (pieces[i] != NULL) {
            REQUIRE(is_full_of(pieces[i], bytes[i], (uint8_t)i));
            memory_free(pieces[i]);
        }
        bytes[i] = thrown(200);
        bool is_zeroed = thrown(2) == 0;
        pieces[i] = is_zeroed ? memory_zeroed(bytes[i]) : memory_get(bytes[i]);
        REQUIRE(!is_zeroed || is_full_of(pieces[i], bytes[i], 0));
        if (thrown(8) == 0)
            pieces[i] = memory_resize(pieces[i], bytes[i] += thrown(50));
        memset(pieces[i], (uint8_t)i, bytes[i]);
    }
    for (unsigned i = 0; i < PIECES; i++)
        memory_free(pieces[i]);
    CHECK(true);
}

static void more_is_given_back_than_is_kept(void)
{
    enum { MANY = 20000 };
    static void *pieces[MANY];
    for (int turn = 0; turn < 2; turn++) {
        for (unsigned i = 0; i < MANY; i++)
            memset(pieces[i] = memory_get(40), 0xAA, 40);
        for (unsigned i = 0; i < MANY; i++)
            memory_free(pieces[i]);
    }
    memory_free(NULL);
    uint8_t *zeroed = memory_zeroed(40);
    CHECK(is_full_of(zeroed, 40, 0));
    memory_free(zeroed);
}

const struct unit_test suite_memory[] = {
    TEST(pieces_given_back_serve_again_and_none_lies_in_another),
    TEST(more_is_given_back_than_is_kept),
    {0},
};
