/* Who is asking. */
#include "engine/api/tokens.h"

#include <stdio.h>

enum { KNOWN_FOR = 2 * 1000000 };

const struct token *tokens_find(const struct tokens *tokens, const struct digest *hash,
                                int64_t now)
{
    for (uint32_t i = 0; i < TOKENS_KNOWN; i++)
        if (tokens->known[i].until > now && digest_is(&tokens->known[i].hash, hash))
            return &tokens->known[i];
    return NULL;
}

const struct token *tokens_learn(struct tokens *tokens, const struct digest *hash,
                                 struct text name, struct text role, struct text scopes,
                                 int64_t now)
{
    struct token *token = &tokens->known[tokens->next++ % TOKENS_KNOWN];
    token->hash = *hash;
    token->until = now + KNOWN_FOR;
    snprintf(token->name, sizeof token->name, TEXT_FMT, TEXT_ARG(name));
    snprintf(token->role, sizeof token->role, TEXT_FMT, TEXT_ARG(role));
    snprintf(token->scopes, sizeof token->scopes, TEXT_FMT, TEXT_ARG(scopes));
    return token;
}

bool token_has_scope(const struct token *token, const char *scope)
{
    struct text rest = text_of(token->scopes);
    while (rest.n > 0)
        if (text_is_chars(text_split(&rest, ' '), scope))
            return true;
    return false;
}
