/* The texts the server knows: those open in the editor, whose words win over the disk,
 * and the other files of its folders. */
#ifndef TOOLS_LSP_DRAFTS_H
#define TOOLS_LSP_DRAFTS_H

#include "tools/lsp/lsp.h"

struct reading;

struct draft {
    struct arena *memory; /* of what follows; a change makes a new one */
    struct text uri;
    struct text path; /* of `uri`; the `uri` itself when that is no file */
    struct text text;
    int64_t version;
    bool is_open;
    struct reading
        *reading; /* what the compiler says of the text as it is; NULL: not asked */
    struct reading *good; /* the latest in which names were looked up; may be the same */
};

/* By path; NULL. */
struct draft *draft_find(const struct lsp *lsp, struct text path);
/* What `params.textDocument.uri` names and the editor has open; else refuses. */
struct draft *draft_asked(struct lsp *lsp, const json_t *params);
/* What the compiler says now; never NULL. */
struct reading *draft_reading(struct lsp *lsp, struct draft *draft);

/* The flows and bindings of the editor's folders become drafts too, as far as
 * LIMIT_LSP_FILES goes: for what asks about all of them. */
void drafts_read_folders(struct lsp *lsp);
/* A text has changed: whatever was said about it, or with it, is forgotten. An empty path
 * forgets everything. */
void drafts_forget(struct lsp *lsp, struct text path);
void drafts_free(struct lsp *lsp);

struct text uri_to_path(struct arena *arena, struct text uri);
/* As the editor writes it, where the file is open. */
struct text uri_of_path(struct lsp *lsp, struct text path);

#endif
