/* What went wrong, said in three parts, without allocating. */
#ifndef ENGINE_BASE_ERR_H
#define ENGINE_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "engine/base/must.h"

enum err_code {
#define CODE(name, exit, http, sqlstate, sentence) ERR_##name,
#include "engine/base/err_codes.def"
#undef CODE
};

enum {
    ERR_WHAT_BYTES = 320,  /* one line of a terminal three times over */
    ERR_TRAIL_BYTES = 256, /* three or four levels of "while …" */
    ERR_HINT_BYTES = 256,
    ERR_POINTER_BYTES = 160 /* a JSON Pointer (RFC 6901) into the refused data */
};

/* Lent by the caller, filled by whoever refuses. A fresh one is all zero: `struct err err
 * = {0};` */
struct err {
    enum err_code code;
    char what[ERR_WHAT_BYTES];   /* one line, no function names */
    char trail[ERR_TRAIL_BYTES]; /* what was being done, innermost first, "; " between */
    char hint[ERR_HINT_BYTES];   /* what to do about it, or "" */
    char pointer[ERR_POINTER_BYTES]; /* where in the data, or "" */
};

/* Each of these returns false, so that refusing is one line. err_set begins afresh:
 * trail, hint and pointer are emptied. What does not fit is cut and ends in "…"; line
 * ends, control characters and broken UTF-8 are taken out. */
bool err_set(struct err *err, enum err_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);
bool err_while(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);
bool err_hint(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

int err_exit(enum err_code code);
int err_http(enum err_code code);
const char *err_sqlstate(enum err_code code);
const char *err_name(enum err_code code); /* "not_found": the `code` of problem+json */
bool err_find(const char *name, enum err_code *out); /* by that name */
const char *err_sentence(enum err_code code);

/* `program: what`, the trail and `hint: …`, as the contract wants errors on stderr. */
void err_print(FILE *out, const char *program, const struct err *err);

#endif
