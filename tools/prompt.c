/* Lines from a terminal, by libedit; or from a pipe. */
#include "tools/prompt.h"

#include <editline/readline.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/sys/keep.h"

/* libedit calls back without a context: one prompt at a time. */
static struct prompt *asked;

/* libedit frees what it is given. */
static char *owned(const char *word)
{
    size_t n = strlen(word) + 1;
    char *copy = keep_alloc(n);
    memcpy(copy, word, n);
    return copy;
}

static char *next_word(const char *begun, int state)
{
    static unsigned i;
    if (state == 0)
        i = 0;
    const char *word = asked->complete(asked->context, begun, i++);
    return word != NULL ? owned(word) : NULL;
}

static char **words(const char *begun, int from, int to)
{
    (void)from;
    (void)to;
    rl_attempted_completion_over = 1; /* never the names of files */
    return rl_completion_matches(begun, next_word);
}

struct prompt prompt_open(const char *sign, prompt_complete *complete, void *context)
{
    struct prompt prompt = {.sign = sign, .complete = complete, .context = context};
    prompt.is_terminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
    if (prompt.is_terminal) {
        rl_readline_name = (char *)(uintptr_t) "flowc";
        rl_attempted_completion_function = words;
        using_history();
    }
    return prompt;
}

static bool read_typed(struct prompt *prompt, struct arena *arena, struct text *line)
{
    asked = prompt;
    char *typed = readline(prompt->sign);
    if (typed == NULL)
        return false;
    *line = text_dup(arena, text_of(typed));
    if (line->n > 0)
        add_history(typed);
    free(typed);
    return line->n <= LIMIT_PROMPT_BYTES;
}

static bool read_piped(struct arena *arena, struct text *line)
{
    char bytes[LIMIT_PROMPT_BYTES + 2];
    if (fgets(bytes, sizeof bytes, stdin) == NULL)
        return false;
    size_t n = strlen(bytes);
    if (n > LIMIT_PROMPT_BYTES)
        return false;
    while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
        n--;
    *line = text_dup(arena, (struct text){bytes, n});
    return true;
}

bool prompt_read(struct prompt *prompt, struct arena *arena, struct text *line)
{
    return prompt->is_terminal ? read_typed(prompt, arena, line)
                               : read_piped(arena, line);
}
