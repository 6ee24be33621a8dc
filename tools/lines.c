/* Lines of bounded length from a stream of any. */
#include "tools/lines.h"

#include <errno.h>
#include <string.h>

bool lines_open(struct lines *lines, struct arena *arena, const char *path, size_t most,
                struct err *err)
{
    bool is_input = strcmp(path, "-") == 0;
    *lines = (struct lines){.file = is_input ? stdin : fopen(path, "re"), .most = most};
    if (lines->file == NULL)
        return err_set(err, ERR_FAILED, "could not open %s: %s", path, strerror(errno));
    lines->line = arena_alloc(arena, most);
    return true;
}

void lines_close(struct lines *lines)
{
    if (lines->file != NULL && lines->file != stdin)
        fclose(lines->file);
    lines->file = NULL;
}

bool lines_next(struct lines *lines, struct text *line, bool *too_long)
{
    for (;;) {
        size_t n = 0;
        int c;
        *too_long = false;
        while ((c = getc_unlocked(lines->file)) != EOF && c != '\n') {
            if (n < lines->most)
                lines->line[n++] = (char)c;
            else
                *too_long = true;
        }
        if (c == EOF && n == 0)
            return false;
        lines->number++;
        *line = text_trim((struct text){lines->line, n});
        if (line->n > 0)
            return true;
    }
}
