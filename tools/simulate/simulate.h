/* A flow played by hand: what is typed is the steps of a test, and the session is one. */
#ifndef TOOLS_SIMULATE_SIMULATE_H
#define TOOLS_SIMULATE_SIMULATE_H

#include "tools/cli.h"
#include "tools/sources.h"

struct simulation_start {
    struct cli *cli;
    struct arena *arena;   /* for the life of the session */
    const char *flow_file; /* as the command line says it */
    const char *bindings;  /* NULL */
    const char *const *folders;
    struct text flow; /* its name; "": the file's first */
};

/* Asks, does and tells until it is told to quit; the exit status. */
int simulate(const struct simulation_start *start);

#endif
