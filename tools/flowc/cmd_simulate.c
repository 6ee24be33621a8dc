/* flowc simulate: a flow played by hand. */
#include "engine/base/limits.h"
#include "tools/flowc/flowc.h"
#include "tools/simulate/simulate.h"

enum { SESSION_BYTES_MAX = 256 << 20 };

int flowc_simulate(struct cli *cli)
{
    if (!cli_args(cli, 1, 2))
        return CLI_USAGE;
    scoped_arena struct arena *arena = arena_new("session", SESSION_BYTES_MAX);
    uint32_t n = 0;
    const char **folders = arena_array(arena, const char *, cli->given.n + 1);
    while ((folders[n] = cli_option_at(cli, "include", n)) != NULL)
        n++;
    struct simulation_start start = {.cli = cli,
                                     .arena = arena,
                                     .flow_file = cli->args[0],
                                     .bindings = cli_option(cli, "bindings"),
                                     .folders = folders,
                                     .flow = cli->args_n > 1 ? text_of(cli->args[1])
                                                             : TEXT("")};
    return simulate(&start);
}
