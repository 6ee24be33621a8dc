/* The texts the server knows: those open in the editor, and files of its folders. */
#include "tools/lsp/drafts.h"

#include <dirent.h>

#include "engine/base/buf.h"
#include "engine/sys/file.h"
#include "tools/lsp/place.h"
#include "tools/lsp/reading.h"

/* ---- names of files ---- */

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct text uri_to_path(struct arena *arena, struct text uri)
{
    static const char scheme[] = "file://";
    if (!text_starts(uri, TEXT("file://")))
        return text_dup(arena, uri);
    struct text rest = text_cut(uri, sizeof scheme - 1, uri.n);
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < rest.n; i++) {
        int high = -1, low = -1;
        if (rest.chars[i] == '%' && i + 2 < rest.n) {
            high = hex_of(rest.chars[i + 1]);
            low = hex_of(rest.chars[i + 2]);
        }
        bool is_escape = high >= 0 && low >= 0 && high + low > 0;
        buf_char(&out, is_escape ? (char)(high << 4 | low) : rest.chars[i]);
        i += is_escape ? 2 : 0;
    }
    return buf_done(&out);
}

struct text uri_of_path(struct lsp *lsp, struct text path)
{
    const struct draft *draft = draft_find(lsp, path);
    if (draft != NULL)
        return draft->uri;
    struct buf out;
    buf_init(&out, lsp->answer);
    buf_chars(&out, "file://");
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.chars[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || (c != 0 && strchr("/-._~", c) != NULL);
        if (is_plain)
            buf_char(&out, (char)c);
        else
            buf_printf(&out, "%%%02X", c);
    }
    return buf_done(&out);
}

/* ---- drafts ---- */

struct draft *draft_find(const struct lsp *lsp, struct text path)
{
    for (uint32_t i = 0; i < lsp->drafts.n; i++)
        if (lsp->drafts.at[i]->memory != NULL && text_is(lsp->drafts.at[i]->path, path))
            return lsp->drafts.at[i];
    return NULL;
}

struct draft *draft_asked(struct lsp *lsp, const json_t *params)
{
    struct text uri =
        json_text_of(json_object_get(json_object_get(params, "textDocument"), "uri"));
    struct draft *draft = draft_find(lsp, uri_to_path(lsp->answer, uri));
    if (draft != NULL && draft->is_open)
        return draft;
    lsp_refuse(lsp, LSP_INVALID_PARAMS, "no open document `" TEXT_FMT "`", TEXT_ARG(uri));
    return NULL;
}

struct reading *draft_reading(struct lsp *lsp, struct draft *draft)
{
    if (draft->reading != NULL)
        return draft->reading;
    draft->reading = reading_new(lsp, draft->path, draft->text);
    if (draft->reading->is_checked) {
        if (draft->good != draft->reading)
            reading_free(draft->good);
        draft->good = draft->reading;
    }
    return draft->reading;
}

static void forget_reading(struct draft *draft)
{
    if (draft->reading != draft->good)
        reading_free(draft->reading);
    draft->reading = NULL;
}

void drafts_forget(struct lsp *lsp, struct text path)
{
    lsp->has_news = true;
    for (uint32_t i = 0; i < lsp->drafts.n; i++) {
        struct draft *draft = lsp->drafts.at[i];
        if (draft->reading == NULL)
            continue;
        if (path.n == 0 || text_is(draft->path, path) ||
            reading_has(draft->reading, path))
            forget_reading(draft);
    }
}

/* Takes a place for it; NULL: there are enough. */
static struct draft *draft_new(struct lsp *lsp)
{
    for (uint32_t i = 0; i < lsp->drafts.n; i++)
        if (lsp->drafts.at[i]->memory == NULL)
            return lsp->drafts.at[i];
    if (lsp->drafts.n >= LIMIT_LSP_FILES)
        return NULL;
    struct draft *draft = arena_new_of(lsp->process, struct draft);
    vec_push(lsp->process, &lsp->drafts, draft);
    return draft;
}

/* A text of its own arena, with its names. */
static void draft_set(struct draft *draft, struct text uri, struct text path,
                      struct text text)
{
    struct arena *memory = arena_new("document", LIMIT_LSP_DOC_BYTES);
    draft->uri = text_dup(memory, uri);
    draft->path = text_dup(memory, path);
    draft->text = text_dup(memory, text);
    arena_free(draft->memory);
    draft->memory = memory;
}

static void draft_drop(struct draft *draft)
{
    forget_reading(draft);
    reading_free(draft->good);
    arena_free(draft->memory);
    *draft = (struct draft){0};
}

void drafts_free(struct lsp *lsp)
{
    for (uint32_t i = 0; i < lsp->drafts.n; i++)
        draft_drop(lsp->drafts.at[i]);
}

/* ---- what the editor tells ---- */

void did_open(struct lsp *lsp, const json_t *params)
{
    const json_t *said = json_object_get(params, "textDocument");
    struct text uri = json_text_of(json_object_get(said, "uri")),
                text = json_text_of(json_object_get(said, "text"));
    if (uri.n == 0 || text.n > LIMIT_LSP_MESSAGE_BYTES)
        return;
    struct text path = uri_to_path(lsp->answer, uri);
    struct draft *draft = draft_find(lsp, path);
    if (draft == NULL)
        draft = draft_new(lsp);
    if (draft == NULL)
        return;
    draft_set(draft, uri, path, text);
    draft->version = json_integer_value(json_object_get(said, "version"));
    draft->is_open = true;
    drafts_forget(lsp, TEXT("")); /* a `use` that found nothing may find this */
}

/* One stretch of the text becomes another; without a range all of it. */
static void change(struct lsp *lsp, struct draft *draft, const json_t *one)
{
    const json_t *range = json_object_get(one, "range");
    struct text with = json_text_of(json_object_get(one, "text"));
    uint32_t from = 0, to = (uint32_t)draft->text.n;
    if (range != NULL &&
        (!place_offset(lsp, draft->text, json_object_get(range, "start"), &from) ||
         !place_offset(lsp, draft->text, json_object_get(range, "end"), &to) ||
         from > to))
        return;
    if (draft->text.n - (to - from) + with.n > LIMIT_LSP_MESSAGE_BYTES)
        return;
    struct buf out;
    buf_init(&out, lsp->answer);
    buf_text(&out, text_cut(draft->text, 0, from));
    buf_text(&out, with);
    buf_text(&out, text_cut(draft->text, to, draft->text.n));
    draft_set(draft, draft->uri, draft->path, buf_done(&out));
}

void did_change(struct lsp *lsp, const json_t *params)
{
    const json_t *version =
        json_object_get(json_object_get(params, "textDocument"), "version");
    const json_t *changes = json_object_get(params, "contentChanges");
    struct draft *draft = draft_asked(lsp, params);
    if (draft == NULL)
        return;
    if (json_is_integer(version))
        draft->version = json_integer_value(version);
    for (size_t i = 0; i < json_array_size(changes); i++)
        change(lsp, draft, json_array_get(changes, i));
    drafts_forget(lsp, draft->path);
}

/* From now on the disk is right about it. */
void did_close(struct lsp *lsp, const json_t *params)
{
    struct draft *draft = draft_asked(lsp, params);
    if (draft == NULL)
        return;
    draft_drop(draft);
    drafts_forget(lsp, TEXT(""));
}

static void drop_closed(struct lsp *lsp)
{
    for (uint32_t i = 0; i < lsp->drafts.n; i++)
        if (!lsp->drafts.at[i]->is_open)
            draft_drop(lsp->drafts.at[i]);
    drafts_forget(lsp, TEXT(""));
}

void did_save(struct lsp *lsp, const json_t *params)
{
    (void)params;
    drop_closed(lsp);
}

void did_change_watched_files(struct lsp *lsp, const json_t *params)
{
    (void)params;
    drop_closed(lsp);
}

/* ---- the folders ---- */

static bool is_ours(struct text name)
{
    return text_ends(name, TEXT(".flow")) || text_ends(name, TEXT(".bind"));
}

static void read_file(struct lsp *lsp, const char *path)
{
    struct err err = {0};
    struct text text;
    if (draft_find(lsp, text_of(path)) != NULL)
        return;
    struct draft *draft = draft_new(lsp);
    if (draft == NULL || !file_read(lsp->answer, path, LIMIT_SOURCE_BYTES, &text, &err))
        return;
    draft_set(draft, uri_of_path(lsp, text_of(path)), text_of(path), text);
}

static void read_folder(struct lsp *lsp, struct text folder, int levels)
{
    DIR *dir = opendir(text_chars(lsp->answer, folder));
    if (dir == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const char *path =
            arena_printf(lsp->answer, TEXT_FMT "/%s", TEXT_ARG(folder), entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        if (is_ours(text_of(entry->d_name)))
            read_file(lsp, path);
        else if (entry->d_type == DT_DIR && levels > 0)
            read_folder(lsp, text_of(path), levels - 1);
    }
    closedir(dir);
}

void drafts_read_folders(struct lsp *lsp)
{
    enum { LEVELS = 4 };
    for (uint32_t i = 0; i < lsp->roots.n; i++)
        read_folder(lsp, lsp->roots.at[i], LEVELS);
}
