/* The loop of a simulation: a line is asked for, done, and what came of it told. */
#include "tools/simulate/simulate.h"

#include <string.h>

#include "tools/simulate/simulate_in.h"

/* What is possible as it stands, and the words themselves. */
static const char *complete(void *context, const char *begun, unsigned i)
{
    static const char *const words[] = {"show",  "waits", "ladder",       "history",
                                        "what",  "back",  "help",         "quit",
                                        "fail ", "mock ", "expect state "};
    struct session *session = context;
    if (i == 0)
        say_possible(session);
    for (uint32_t k = 0; k < session->possible.n; k++)
        if (text_starts(session->possible.at[k], text_of(begun)) && i-- == 0)
            return session->possible.at[k].chars;
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (strncmp(words[k], begun, strlen(begun)) == 0 && i-- == 0)
            return words[k];
    return NULL;
}

int simulate(const struct simulation_start *start)
{
    struct err err = {0};
    struct session session;
    struct text line;
    if (!session_open(&session, start, &err)) {
        session_close(&session);
        return cli_fail(start->cli, &err);
    }
    struct prompt prompt = prompt_open("> ", complete, &session);
    printf("" TEXT_FMT ": `what` tells what can be said now, `help` everything\n",
           TEXT_ARG(session.flow));
    while (!session.is_over && prompt_read(&prompt, start->arena, &line)) {
        if (!prompt.is_terminal)
            printf("> " TEXT_FMT "\n", TEXT_ARG(line));
        say_line(&session, line);
        fflush(stdout);
    }
    if (!session.is_over)
        say_line(&session, TEXT("quit"));
    session_close(&session);
    return CLI_OK;
}
