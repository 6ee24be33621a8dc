/* Who is asking: bearer tokens, looked up by their hash and remembered for a moment. */
#ifndef ENGINE_API_TOKENS_H
#define ENGINE_API_TOKENS_H

#include "engine/base/digest.h"
#include "engine/base/text.h"

enum { TOKENS_KNOWN = 64, TOKEN_NAME_BYTES = 128, TOKEN_SCOPES_BYTES = 256 };

struct token {
    struct digest hash;
    int64_t until; /* 0: this place is free */
    char name[TOKEN_NAME_BYTES];
    char role[TOKEN_NAME_BYTES];
    char scopes[TOKEN_SCOPES_BYTES];
};

struct tokens {
    struct token known[TOKENS_KNOWN];
    uint32_t next; /* place that is given away next */
};

/* What was learned within the last seconds; NULL: ask the database. So a token that is
 * revoked is refused a few seconds later at the latest. */
const struct token *tokens_find(const struct tokens *tokens, const struct digest *hash,
                                int64_t now);
const struct token *tokens_learn(struct tokens *tokens, const struct digest *hash,
                                 struct text name, struct text role, struct text scopes,
                                 int64_t now);
bool token_has_scope(const struct token *token, const char *scope);

#endif
