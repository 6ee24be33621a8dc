/* The life of the language server: messages in, what the protocol allows when, answers.
 */
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include "config.h"
#include "tools/lsp/colours.h"
#include "tools/lsp/drafts.h"
#include "tools/lsp/lsp.h"
#include "tools/lsp/problems.h"

typedef json_t *request(struct lsp *lsp, const json_t *params);
typedef void notice(struct lsp *lsp, const json_t *params);

static const struct method {
    const char *name;
    request *request;
    notice *notice;
} methods[] = {
#define REQUEST(method, function, sentence) {method, function, NULL},
#define NOTICE(method, function, sentence)  {method, NULL, function},
#include "tools/lsp/methods.def"
#undef REQUEST
#undef NOTICE
};

/* ---- answering ---- */

json_t *lsp_refuse(struct lsp *lsp, enum lsp_code code, const char *format, ...)
{
    char what[ERR_WHAT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    lsp->refused = code;
    lsp->why = text_dup(lsp->answer, text_of(what));
    return NULL;
}

static void send(struct lsp *lsp, json_t *message)
{
    json_object_set_new(message, "jsonrpc", json_string("2.0"));
    if (!frame_write(&lsp->frames, lsp->answer, message))
        lsp->life = LSP_OVER;
    json_decref(message);
}

void lsp_notify(struct lsp *lsp, const char *method, json_t *params)
{
    send(lsp, json_pack("{s:s,s:o}", "method", method, "params", params));
}

void lsp_request(struct lsp *lsp, const char *method, json_t *params)
{
    const char *id = arena_printf(lsp->answer, "orderly-%u", lsp->requests++);
    send(lsp, json_pack("{s:s,s:s,s:o}", "id", id, "method", method, "params", params));
}

static void answer_error(struct lsp *lsp, json_t *id, enum lsp_code code, struct text why)
{
    send(lsp, json_pack("{s:o,s:{s:i,s:o}}", "id",
                        id == NULL ? json_null() : json_incref(id), "error", "code", code,
                        "message", json_stringn_nocheck(why.chars, why.n)));
}

static void answer(struct lsp *lsp, json_t *id, json_t *result)
{
    if (lsp->refused != 0) {
        json_decref(result);
        answer_error(lsp, id, lsp->refused, lsp->why);
        return;
    }
    send(lsp, json_pack("{s:O,s:o}", "id", id, "result",
                        result == NULL ? json_null() : result));
}

/* ---- the order of things ---- */

/* Before `initialize` only that, after `shutdown` only `exit`. */
static bool is_time_for(struct lsp *lsp, const char *name)
{
    if (lsp->life == LSP_NEW && strcmp(name, "initialize") != 0)
        lsp_refuse(lsp, LSP_NOT_INITIALIZED, "`initialize` comes first");
    else if (lsp->life == LSP_RUNNING && strcmp(name, "initialize") == 0)
        lsp_refuse(lsp, LSP_INVALID_REQUEST, "`initialize` comes once");
    else if (lsp->life == LSP_SHUT_DOWN)
        lsp_refuse(lsp, LSP_INVALID_REQUEST, "after `shutdown` comes `exit`");
    return lsp->refused == 0;
}

static const struct method *method_of(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    return NULL;
}

static void take_request(struct lsp *lsp, json_t *id, const char *name,
                         const json_t *params)
{
    const struct method *method = method_of(name);
    if (!json_is_integer(id) && !json_is_string(id)) {
        answer_error(lsp, NULL, LSP_INVALID_REQUEST, TEXT("`id` is a number or a text"));
        return;
    }
    json_t *result = NULL;
    if (!is_time_for(lsp, name))
        ;
    else if (method == NULL || method->request == NULL)
        lsp_refuse(lsp, LSP_METHOD_NOT_FOUND, "there is no request `%s`", name);
    else if (params != NULL && !json_is_object(params))
        lsp_refuse(lsp, LSP_INVALID_PARAMS, "`params` is an object");
    else
        result = method->request(lsp, params);
    answer(lsp, id, result);
}

static void take_notice(struct lsp *lsp, const char *name, const json_t *params)
{
    const struct method *method = method_of(name);
    bool is_exit = strcmp(name, "exit") == 0;
    if (method != NULL && method->notice != NULL && (is_exit || lsp->life == LSP_RUNNING))
        method->notice(lsp, params);
}

static void take(struct lsp *lsp, const json_t *message)
{
    json_t *id = json_object_get(message, "id");
    const char *name = json_string_value(json_object_get(message, "method"));
    const json_t *params = json_object_get(message, "params");
    bool is_answer = json_object_get(message, "result") != NULL ||
                     json_object_get(message, "error") != NULL;
    lsp->refused = 0;
    if (name != NULL && id != NULL)
        take_request(lsp, id, name, params);
    else if (name != NULL)
        take_notice(lsp, name, params);
    else if (!is_answer)
        answer_error(lsp, json_is_integer(id) || json_is_string(id) ? id : NULL,
                     LSP_INVALID_REQUEST, TEXT("no `method`"));
}

/* ---- the beginning and the end ---- */

static void add_root(struct lsp *lsp, struct text uri)
{
    if (text_starts(uri, TEXT("file://")))
        vec_push(lsp->process, &lsp->roots, uri_to_path(lsp->process, uri));
}

static void take_roots(struct lsp *lsp, const json_t *params)
{
    const json_t *folders = json_object_get(params, "workspaceFolders");
    for (size_t i = 0; i < json_array_size(folders); i++)
        add_root(lsp, json_text_of(json_object_get(json_array_get(folders, i), "uri")));
    if (lsp->roots.n == 0)
        add_root(lsp, json_text_of(json_object_get(params, "rootUri")));
}

static json_t *what_we_do(const struct lsp *lsp)
{
    static const char *const plain[] = {
        "hoverProvider",           "definitionProvider",
        "referencesProvider",      "documentSymbolProvider",
        "workspaceSymbolProvider", "documentHighlightProvider",
        "foldingRangeProvider",    "documentFormattingProvider",
        "inlayHintProvider"};
    json_t *can = json_pack("{s:s,s:{s:b,s:i,s:{s:b}},s:{s:o,s:b},s:{s:[s,s]},s:{s:[s,s]}"
                            ",s:{s:b},s:{s:[s]},s:{s:b}}",
                            "positionEncoding", lsp->has_utf8 ? "utf-8" : "utf-16", /* */
                            "textDocumentSync", "openClose", 1, "change", 2, "save",
                            "includeText", 0, "semanticTokensProvider", "legend",
                            colours_legend(), "full", 1,                            /* */
                            "completionProvider", "triggerCharacters", ".", "(",    /* */
                            "signatureHelpProvider", "triggerCharacters", "(", ",", /* */
                            "renameProvider", "prepareProvider", 1,                 /* */
                            "codeActionProvider", "codeActionKinds", "quickfix",    /* */
                            "codeLensProvider", "resolveProvider", 0);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        json_object_set_new(can, plain[i], json_true());
    return can;
}

json_t *do_initialize(struct lsp *lsp, const json_t *params)
{
    const json_t *can = json_object_get(params, "capabilities");
    const json_t *encodings = json_at(can, TEXT("/general/positionEncodings"));
    for (size_t i = 0; i < json_array_size(encodings); i++)
        lsp->has_utf8 |=
            text_is_chars(json_text_of(json_array_get(encodings, i)), "utf-8");
    lsp->has_snippets = json_is_true(
        json_at(can, TEXT("/textDocument/completion/completionItem/snippetSupport")));
    take_roots(lsp, params);
    lsp->life = LSP_RUNNING;
    return json_pack("{s:o,s:{s:s,s:s}}", "capabilities", what_we_do(lsp), "serverInfo",
                     "name", "flowc", "version", PACKAGE_VERSION);
}

void did_initialize(struct lsp *lsp, const json_t *params)
{
    (void)lsp;
    (void)params;
}

json_t *do_shutdown(struct lsp *lsp, const json_t *params)
{
    (void)params;
    lsp->life = LSP_SHUT_DOWN;
    return NULL;
}

void did_exit(struct lsp *lsp, const json_t *params)
{
    (void)params;
    lsp->exit_status = lsp->life == LSP_SHUT_DOWN ? 0 : 1;
    lsp->life = LSP_OVER;
}

static void serve_one(struct lsp *lsp)
{
    json_t *message = NULL;
    const char *said = "";
    switch (frame_read(&lsp->frames, lsp->answer, &message, &said)) {
    case FRAME_MESSAGE:
        take(lsp, message);
        break;
    case FRAME_BAD:
        answer_error(lsp, NULL, LSP_PARSE_ERROR, text_of(said));
        break;
    case FRAME_ENDED:
        lsp->life = LSP_OVER;
        return;
    }
    json_decref(message);
    if (lsp->life == LSP_RUNNING && lsp->has_news && !frame_has_more(&lsp->frames))
        problems_publish(lsp);
}

/* Each compilation takes some megabytes and gives them back: asking the system for them
 * anew each time would take as long as compiling. */
static void keep_memory(void)
{
    enum { KEPT_BYTES = 64 << 20, PIECE_BYTES = 32 << 20 };
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_MMAP_THRESHOLD, PIECE_BYTES);
}

int lsp_serve(int in, int out, const char *const *folders)
{
    scoped_arena struct arena *process =
        arena_new("language server", LIMIT_LSP_ANSWER_BYTES);
    struct lsp *lsp = arena_new_of(process, struct lsp);
    scoped_arena struct arena *answer = arena_new("answer", LIMIT_LSP_ANSWER_BYTES);
    lsp->process = process;
    lsp->answer = answer;
    lsp->folders = folders;
    lsp->frames.in = in;
    lsp->frames.out = out;
    lsp->exit_status = 1; /* an editor that goes without a word */
    signal(SIGPIPE, SIG_IGN);
    keep_memory();
    while (lsp->life != LSP_OVER) {
        serve_one(lsp);
        arena_reset(answer);
    }
    drafts_free(lsp);
    problems_free(lsp);
    return lsp->exit_status;
}
