/* What names stand for, and where they can be seen. Kinds of names that cannot stand in
 * each other's places have rooms of their own, so that an adapter and a case may both be
 * `edi`. */
#include "dsl/scope.h"

#include "engine/base/arena.h"
#include "engine/base/limits.h"

struct scope *scope_new(struct arena *compile, struct scope *outer)
{
    struct scope *scope = arena_new_of(compile, struct scope);
    scope->outer = outer;
    scope->names = map_new(compile);
    scope->compile = compile;
    return scope;
}

/* The letter before the name is the room. */
static char room_of(enum symbol_kind kind)
{
    switch (kind) {
    case SYMBOL_TYPE:
    case SYMBOL_EVENT:
        return 'T';
    case SYMBOL_ERROR:
        return 'E';
    case SYMBOL_ADAPTER:
        return 'A';
    case SYMBOL_OPERATION:
        return 'O';
    case SYMBOL_POLICY:
        return 'P';
    case SYMBOL_FLOW:
        return 'F';
    case SYMBOL_STATE:
    case SYMBOL_DEAD_LETTER:
        return 'S';
    case SYMBOL_CASE:
        return 'C';
    case SYMBOL_MARK:
        return 'M';
    case SYMBOL_CALENDAR:
        return 'K';
    case SYMBOL_MODULE:
        return 'U';
    case SYMBOL_NAMED_EFFECT:
        return 'N';
    case SYMBOL_FUNCTION:
    case SYMBOL_BUILTIN:
        return 'L';
    case SYMBOL_SETTING:
    case SYMBOL_PARAMETER:
    case SYMBOL_VARIABLE:
    case SYMBOL_LOCAL:
    case SYMBOL_PROBLEM:
    case SYMBOL_NOW:
        return 'V';
    }
    return 'V';
}

enum { KEY_BYTES = 4096 };

static struct text key_of(char room, struct text name, char out[KEY_BYTES])
{
    size_t n = name.n < KEY_BYTES - 1 ? name.n : KEY_BYTES - 1;
    out[0] = room;
    memcpy(out + 1, name.chars, n);
    return (struct text){out, n + 1};
}

static struct symbol *find_in(const struct scope *scope, char room, struct text name,
                              bool only_here)
{
    char bytes[KEY_BYTES];
    struct text key = key_of(room, name, bytes);
    for (; scope != NULL; scope = only_here ? NULL : scope->outer) {
        struct symbol *symbol = map_get(scope->names, key);
        if (symbol != NULL)
            return symbol;
    }
    return NULL;
}

struct symbol *scope_find_kind(const struct scope *scope, enum symbol_kind kind,
                               struct text name)
{
    return find_in(scope, room_of(kind), name, false);
}

struct symbol *scope_find_kind_here(const struct scope *scope, enum symbol_kind kind,
                                    struct text name)
{
    return find_in(scope, room_of(kind), name, true);
}

struct symbol *scope_find(const struct scope *scope, struct text name)
{
    static const char rooms[] = "VLTFAPCESKU";
    for (const char *room = rooms; *room != 0; room++) {
        struct symbol *symbol = find_in(scope, *room, name, false);
        if (symbol != NULL)
            return symbol;
    }
    return NULL;
}

struct symbol *scope_find_here(const struct scope *scope, struct text name)
{
    const struct scope alone = {.names = scope->names};
    return scope_find(&alone, name);
}

void scope_put(struct scope *scope, struct symbol *symbol)
{
    char bytes[KEY_BYTES];
    struct text key = key_of(room_of(symbol->kind), symbol->name, bytes);
    map_put(scope->names, text_dup(scope->compile, key), symbol);
}
