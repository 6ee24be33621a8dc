/* Digests by OpenSSL's current interface. */
#include "engine/base/digest.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "engine/base/memory.h"
#include "engine/base/must.h"

enum { REMEMBERED_SLOTS = 512, REMEMBERED_BYTES_MAX = 220 };

/* Looking SHA-256 up costs more than digesting a key, so each thread does it once. */
static _Thread_local EVP_MD *sha256;
static _Thread_local EVP_MD_CTX *context;

struct digest digest_of(struct text data)
{
    struct digest digest;
    if (context == NULL) {
        sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
        context = EVP_MD_CTX_new();
        must(sha256 != NULL && context != NULL);
    }
    must(EVP_DigestInit_ex2(context, sha256, NULL) == 1);
    must(EVP_DigestUpdate(context, data.chars, data.n) == 1);
    must(EVP_DigestFinal_ex(context, digest.bytes, NULL) == 1);
    return digest;
}

/* A slot has the latest of the texts that fall into it. */
struct remembered {
    struct digest digest;
    uint32_t n; /* 0: none */
    char chars[REMEMBERED_BYTES_MAX];
};

/* Any that spreads: what it finds is compared. */
static uint32_t slot_of(struct text data)
{
    uint64_t hash = data.n, word;
    for (; data.n >= sizeof word; data.chars += sizeof word, data.n -= sizeof word) {
        memcpy(&word, data.chars, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    for (size_t i = 0; i < data.n; i++)
        hash = (hash ^ (uint8_t)data.chars[i]) * UINT64_C(0x100000001B3);
    return (uint32_t)(hash >> 32) % REMEMBERED_SLOTS;
}

struct digest digest_remembered(struct text data)
{
    static _Thread_local struct remembered *slots;
    if (data.n == 0 || data.n > REMEMBERED_BYTES_MAX)
        return digest_of(data);
    if (slots == NULL)
        slots = memory_zeroed(REMEMBERED_SLOTS * sizeof *slots);
    struct remembered *slot = &slots[slot_of(data)];
    if (slot->n != data.n || memcmp(slot->chars, data.chars, data.n) != 0) {
        slot->digest = digest_of(data);
        slot->n = (uint32_t)data.n;
        memcpy(slot->chars, data.chars, data.n);
    }
    return slot->digest;
}

struct digest digest_hmac(struct text key, struct text data)
{
    struct digest digest;
    must(key.n <= INT32_MAX);
    const void *key_chars =
        key.n == 0 ? "" : key.chars; /* NULL would mean: the last key */
    must(HMAC(EVP_sha256(), key_chars, (int)key.n, (const unsigned char *)data.chars,
              data.n, digest.bytes, NULL) != NULL);
    return digest;
}

struct text digest_hex(const struct digest *digest, char out[DIGEST_HEX_BYTES])
{
    text_hex(out, digest->bytes, sizeof digest->bytes);
    out[DIGEST_HEX_BYTES - 1] = '\0';
    return (struct text){out, DIGEST_HEX_BYTES - 1};
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool digest_parse(struct text hex, struct digest *out)
{
    if (hex.n != 2 * sizeof out->bytes)
        return false;
    for (size_t i = 0; i < sizeof out->bytes; i++) {
        int high = hex_of(hex.chars[2 * i]), low = hex_of(hex.chars[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool digest_is(const struct digest *a, const struct digest *b)
{
    return CRYPTO_memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

uint64_t digest_u64(const struct digest *digest)
{
    uint64_t x = 0;
    for (int i = 0; i < 8; i++)
        x = x << 8 | digest->bytes[i];
    return x;
}
