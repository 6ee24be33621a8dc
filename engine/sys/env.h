/* The only reader of the environment. */
#ifndef ENGINE_SYS_ENV_H
#define ENGINE_SYS_ENV_H

/* NULL when it is not set or empty. */
const char *env_get(const char *name);

#endif
