/* Digests are those of the standards' own examples. */
#include "engine/base/digest.h"

#include "tests/support/unit.h"

static void check_hex(struct digest digest, const char *want)
{
    char out[DIGEST_HEX_BYTES];
    CHECK_TEXT(digest_hex(&digest, out), want);
}

static void sha_256_is_as_fips_180_has_it(void)
{
    check_hex(digest_of(TEXT("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_hex(digest_of((struct text){0}),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_hex(digest_of(TEXT("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void hmac_is_as_rfc_4231_has_it(void)
{
    check_hex(digest_hmac(TEXT("Jefe"), TEXT("what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    check_hex(digest_hmac((struct text){0}, (struct text){0}),
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void digests_are_read_back(void)
{
    char hex[DIGEST_HEX_BYTES];
    struct digest abc = digest_of(TEXT("abc")), back;
    struct text t = digest_hex(&abc, hex);
    CHECK(digest_parse(t, &back) && digest_is(&abc, &back));
    hex[0] = 'B';
    CHECK(digest_parse(t, &back) && digest_is(&abc, &back));
    CHECK(!digest_parse(text_cut(t, 0, 62), &back));
    hex[63] = 'g';
    CHECK(!digest_parse(t, &back));
    hex[63] = 0x10;
    CHECK(!digest_parse(t, &back));
}

static void digests_are_compared(void)
{
    struct digest a = digest_of(TEXT("a")), b = digest_of(TEXT("b"));
    struct digest again = digest_of(TEXT("a"));
    CHECK(digest_is(&a, &again));
    CHECK(!digest_is(&a, &b));
    again.bytes[31] ^= 1;
    CHECK(!digest_is(&a, &again));
}

static void the_first_eight_bytes_make_a_number(void)
{
    struct digest abc = digest_of(TEXT("abc"));
    CHECK(digest_u64(&abc) == UINT64_C(0xba7816bf8f01cfea));
}

/* More texts than slots, of every length around the bound, each asked for twice. */
static void what_is_remembered_is_the_same_digest(void)
{
    char chars[300];
    for (size_t i = 0; i < sizeof chars; i++)
        chars[i] = (char)(i * 7);
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < 3000; i++) {
            struct text data = {chars, (size_t)(i % 300)};
            memcpy(chars, &i, sizeof i);
            struct digest want = digest_of(data), got = digest_remembered(data);
            REQUIRE(digest_is(&got, &want));
            got = digest_remembered(data);
            REQUIRE(digest_is(&got, &want));
        }
}

const struct unit_test suite_digest[] = {
    TEST(sha_256_is_as_fips_180_has_it),
    TEST(hmac_is_as_rfc_4231_has_it),
    TEST(digests_are_read_back),
    TEST(digests_are_compared),
    TEST(what_is_remembered_is_the_same_digest),
    TEST(the_first_eight_bytes_make_a_number),
    {0},
};
