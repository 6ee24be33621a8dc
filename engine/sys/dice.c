/* The only source of chance: the kernel's, drawn in portions; or a seed's. */
#include "engine/sys/dice.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#include "engine/base/must.h"
#include "engine/base/mutant.h"

static struct {
    uint8_t drawn[4096];
    size_t left;
    bool is_seeded;
    uint64_t state;
} the_dice;

/* SplitMix64: every seed gives a full-period sequence. */
static uint64_t seeded_next(void)
{
    uint64_t z = (the_dice.state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void draw(void)
{
    size_t have = 0;
    while (have < sizeof the_dice.drawn) {
        ssize_t n = getrandom(the_dice.drawn + have, sizeof the_dice.drawn - have, 0);
        must(n > 0 || errno == EINTR);
        have += n > 0 ? (size_t)n : 0;
    }
    the_dice.left = have;
}

void dice_bytes(void *out, size_t n)
{
    uint8_t *to = out;
    while (n > 0) {
        if (the_dice.is_seeded) {
            uint64_t word = seeded_next();
            size_t part = n < sizeof word ? n : sizeof word;
            memcpy(to, &word, part);
            to += part, n -= part;
            continue;
        }
        if (the_dice.left == 0)
            draw();
        size_t part = n < the_dice.left ? n : the_dice.left;
        uint8_t *from = the_dice.drawn + sizeof the_dice.drawn - the_dice.left;
        memcpy(to, from, part);
        memset(from, 0, part); /* a token's bytes are not left lying about */
        the_dice.left -= part;
        to += part, n -= part;
    }
}

uint32_t dice_u32(void)
{
    uint32_t x;
    dice_bytes(&x, sizeof x);
    return x;
}

uint64_t dice_u64(void)
{
    uint64_t x;
    dice_bytes(&x, sizeof x);
    return x;
}

struct id dice_id(int64_t instant)
{
    uint8_t dice[10];
    dice_bytes(dice, sizeof dice);
    return id_make(instant, dice);
}

void dice_seed(uint64_t seed)
{
    the_dice.is_seeded = !MUTANT(DICE_NOT_SEEDED);
    the_dice.state = seed;
}
