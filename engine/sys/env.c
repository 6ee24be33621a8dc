/* The only reader of the environment. */
#include "engine/sys/env.h"

#include <stddef.h>
#include <stdlib.h>

const char *env_get(const char *name)
{
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}
