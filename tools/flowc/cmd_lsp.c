/* flowc lsp: the language server, on standard input and output. */
#include <unistd.h>

#include "tools/flowc/flowc.h"
#include "tools/lsp/lsp.h"

int flowc_lsp(struct cli *cli)
{
    uint32_t n = 0;
    const char **folders = arena_array(cli->arena, const char *, cli->given.n + 1);
    if (!cli_args(cli, 0, 0))
        return CLI_USAGE;
    while ((folders[n] = cli_option_at(cli, "include", n)) != NULL)
        n++;
    return lsp_serve(STDIN_FILENO, STDOUT_FILENO, folders);
}
