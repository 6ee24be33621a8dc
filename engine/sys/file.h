/* Small files, read and written whole. */
#ifndef ENGINE_SYS_FILE_H
#define ENGINE_SYS_FILE_H

#include "engine/base/err.h"
#include "engine/base/text.h"

struct arena;

/* All of a file of at most `bytes_max`; NUL-terminated behind its end. */
MUST_USE bool file_read(struct arena *arena, const char *path, size_t bytes_max,
                        struct text *out, struct err *err);

/* Written aside, synced, renamed into place; with the given mode (0600). */
MUST_USE bool file_write(const char *path, struct text content, unsigned mode,
                         struct err *err);

bool file_is_there(const char *path);
/* Another number when the file has been written meanwhile; 0: it is not there. */
uint64_t file_stamp(const char *path);

/* The folder and its parents, those that are missing. */
MUST_USE bool file_make_folder(const char *path, unsigned mode, struct err *err);

#endif
