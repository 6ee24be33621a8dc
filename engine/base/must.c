/* The last words of a process whose claim about itself is false. */
#include "engine/base/must.h"

#include <stdio.h>
#include <stdlib.h>

void (*must_hook)(const char *claim, const char *file, int line);

_Noreturn void must_failed(const char *claim, const char *file, int line)
{
    if (must_hook != NULL)
        must_hook(claim, file, line);
    fprintf(stderr, "must: %s is false at %s:%d\n", claim, file, line);
    abort();
}
