/* Lines that somebody types, with editing, history and completion on a terminal; or that
 * come through a pipe, without any of that. */
#ifndef TOOLS_PROMPT_H
#define TOOLS_PROMPT_H

#include <stdbool.h>

#include "engine/base/text.h"

struct arena;

/* The `i`-th word that could stand where `begun` was typed; NULL: there are no more. It
 * lives until the next line is asked for. */
typedef const char *prompt_complete(void *context, const char *begun, unsigned i);

struct prompt {
    const char *sign; /* before each line, on a terminal */
    prompt_complete *complete;
    void *context;
    bool is_terminal;
};

struct prompt prompt_open(const char *sign, prompt_complete *complete, void *context);
/* The next line, without its end, on `arena`; false: there are no more, or one is longer
 * than LIMIT_PROMPT_BYTES. */
bool prompt_read(struct prompt *prompt, struct arena *arena, struct text *line);

#endif
