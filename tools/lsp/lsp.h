/* The language server: what its parts share. Nobody outside this folder but the command
 * that starts it includes this. */
#ifndef TOOLS_LSP_LSP_H
#define TOOLS_LSP_LSP_H

#include <jansson.h>

#include "dsl/compile.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/vec.h"
#include "tools/lsp/frames.h"

/* Error codes of JSON-RPC and the protocol. */
enum lsp_code {
    LSP_PARSE_ERROR = -32700,
    LSP_INVALID_REQUEST = -32600,
    LSP_METHOD_NOT_FOUND = -32601,
    LSP_INVALID_PARAMS = -32602,
    LSP_NOT_INITIALIZED = -32002,
    LSP_REQUEST_FAILED = -32803
};

enum lsp_life { LSP_NEW, LSP_RUNNING, LSP_SHUT_DOWN, LSP_OVER };

struct draft;

struct lsp {
    struct frames frames;
    struct arena *process;      /* as long as the server */
    struct arena *answer;       /* until a message is answered */
    const char *const *folders; /* -I; ends in NULL */
    enum lsp_life life;
    bool has_utf8; /* columns count bytes; else UTF-16 units */
    bool has_snippets;
    int exit_status;        /* of the program, at the end */
    VEC(struct text) roots; /* folders the editor has open, as paths */
    VEC(struct draft *) drafts;
    struct map
        *published;    /* path → the diagnostics the editor has, as text; problems.c */
    bool has_news;     /* a text has changed since diagnostics were told */
    uint32_t requests; /* that we sent */
    /* The refusal of the request being answered; code 0: none. */
    enum lsp_code refused;
    struct text why;
};

/* Answers until the stream ends or `exit` comes; the exit status of the program. */
int lsp_serve(int in, int out, const char *const *folders);

/* NULL, so that refusing is one line. */
json_t *lsp_refuse(struct lsp *lsp, enum lsp_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Something the editor did not ask for; takes `params`. */
void lsp_notify(struct lsp *lsp, const char *method, json_t *params);
/* The same, of which an answer comes that is not waited for. */
void lsp_request(struct lsp *lsp, const char *method, json_t *params);

#define REQUEST(method, function, sentence)                                              \
    json_t *function(struct lsp *lsp, const json_t *params);
#define NOTICE(method, function, sentence)                                               \
    void function(struct lsp *lsp, const json_t *params);
#include "tools/lsp/methods.def"
#undef REQUEST
#undef NOTICE

#endif
