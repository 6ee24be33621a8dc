/* Pieces are zero, aligned and apart; all go at once, and a bound is a bound. */
#include "engine/base/arena.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/unit.h"

static bool aborts_when_taking(size_t bytes_max, size_t bytes)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        REQUIRE(freopen("/dev/null", "w", stderr) != NULL);
        arena_alloc(arena_new("test", bytes_max), bytes);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void pieces_are_zero_aligned_and_apart(void)
{
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);
    char *last = NULL;
    for (size_t n = 0; n < 3000; n += 7) {
        char *piece = arena_alloc(arena, n);
        CHECK((uintptr_t)piece % 16 == 0);
        CHECK(piece != last);
        for (size_t i = 0; i < n; i++)
            REQUIRE(piece[i] == 0);
        memset(piece, 0xAA, n);
        last = piece;
    }
}

/* What was grown over before the reset, or never used, or copied behind: all is zero. */
static void what_is_cut_from_used_memory_is_zero_behind_its_contents(void)
{
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);
    for (int turn = 0; turn < 6; turn++) {
        size_t bytes = (size_t)(turn % 3) * 1000000 + 100;
        memset(arena_alloc(arena, bytes), 0xAA, bytes);
        char *copy = arena_copy(arena, "abcde", 5);
        char *grown = arena_grow(arena, copy, 5, 3000000);
        REQUIRE(memcmp(grown, "abcde", 5) == 0);
        for (size_t i = 5; i < 3000000; i++)
            REQUIRE(grown[i] == 0);
        memset(grown, 0xAA, 3000000 - (size_t)turn * 400000);
        char *last = arena_alloc(arena, 700);
        for (size_t i = 0; i < 700; i++)
            REQUIRE(last[i] == 0);
        arena_reset(arena);
    }
}

static void a_reset_gives_everything_back_and_pieces_are_zero_again(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    for (int turn = 0; turn < 50; turn++) {
        for (int i = 0; i < 100; i++) {
            char *piece = arena_alloc(arena, 1000);
            REQUIRE(piece[0] == 0 && piece[999] == 0);
            memset(piece, 0xFF, 1000);
        }
        CHECK(arena_used(arena) >= 100 * 1000);
        arena_reset(arena);
        CHECK_INT(arena_used(arena), 0);
        CHECK_INT(arena_left(arena), 1 << 20);
    }
}

static void a_large_piece_among_small_ones_has_room(void)
{
    scoped_arena struct arena *arena = arena_new("test", 64 << 20);
    for (int turn = 0; turn < 3; turn++) {
        char *small = arena_alloc(arena, 10);
        char *large = arena_alloc(arena, 20 << 20);
        char *after = arena_alloc(arena, 10);
        memset(large, 1, 20 << 20);
        CHECK(small[9] == 0 && after[0] == 0);
        arena_reset(arena);
    }
}

static void just_the_bound_is_given_and_one_more_is_a_bug(void)
{
    CHECK(!aborts_when_taking(4096, 4096));
    CHECK(aborts_when_taking(4096, 4097));
    CHECK(aborts_when_taking(4096, SIZE_MAX));
    CHECK(aborts_when_taking(SIZE_MAX / 4, SIZE_MAX / 2));
}

static void the_latest_piece_grows_and_keeps_its_bytes(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    char *piece = arena_grow(arena, NULL, 0, 20);
    memcpy(piece, "twenty bytes of text", 20);
    piece = arena_grow(arena, piece, 20, 40);
    CHECK(memcmp(piece, "twenty bytes of text", 20) == 0);
    for (int i = 20; i < 40; i++)
        CHECK(piece[i] == 0);
}

static void an_older_piece_grows_by_moving(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    char *old = arena_copy(arena, "0123456789", 10);
    char *next = arena_copy(arena, "neighbour", 10);
    char *grown = arena_grow(arena, old, 10, 1000);
    memset(grown + 10, 'x', 990);
    CHECK(grown != old);
    CHECK(memcmp(grown, "0123456789", 10) == 0);
    CHECK_TEXT(text_of(next), "neighbour");
}

static void text_is_printed_short_and_long(void)
{
    scoped_arena struct arena *arena = arena_new("test", 1 << 20);
    CHECK_TEXT(text_of(arena_printf(arena, "%s-%d", "a", 7)), "a-7");
    char *long_one = arena_printf(arena, "%0300d|%s", 1, "end");
    CHECK_INT(strlen(long_one), 304);
    CHECK(text_ends(text_of(long_one), TEXT("1|end")));
}

static void nothing_is_freed_twice(void)
{
    arena_free(NULL);
    struct arena *arena = arena_new("test", 1 << 10);
    arena_reset(arena);
    arena_free(arena);
}

static void what_an_arena_had_that_is_gone_serves_the_next(void)
{
    for (int turn = 0; turn < 40; turn++) {
        struct arena *arenas[20];
        for (int i = 0; i < 20; i++) {
            size_t bytes = (size_t)1 << (i + 1); /* up to a mebibyte */
            arenas[i] = arena_new("test", 4 << 20);
            char *piece = arena_alloc(arenas[i], bytes);
            for (size_t n = 0; n < bytes; n++)
                REQUIRE(piece[n] == 0);
            memset(piece, 0xAA, bytes);
        }
        for (int i = 0; i < 20; i++)
            arena_free(arenas[i]);
    }
}

const struct unit_test suite_arena[] = {
    TEST(pieces_are_zero_aligned_and_apart),
    TEST(what_is_cut_from_used_memory_is_zero_behind_its_contents),
    TEST(a_reset_gives_everything_back_and_pieces_are_zero_again),
    TEST(a_large_piece_among_small_ones_has_room),
    TEST(just_the_bound_is_given_and_one_more_is_a_bug),
    TEST(the_latest_piece_grows_and_keeps_its_bytes),
    TEST(an_older_piece_grows_by_moving),
    TEST(text_is_printed_short_and_long),
    TEST(nothing_is_freed_twice),
    TEST(what_an_arena_had_that_is_gone_serves_the_next),
    {0},
};
