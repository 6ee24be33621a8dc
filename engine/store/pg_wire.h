/* Rows to and from PostgreSQL in its binary form: parameters, arrays, results. */
#ifndef ENGINE_STORE_PG_WIRE_H
#define ENGINE_STORE_PG_WIRE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/digest.h"
#include "engine/base/id.h"
#include "engine/base/text.h"

/* Oids of the types we send: fixed in PostgreSQL's catalogue for ever. */
enum pg_type {
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_INT4 = 23,
    PG_TEXT = 25,
    PG_INSTANT = 1184,
    PG_UUID = 2950
};

enum { PG_PARAMS_MAX = 20 };

/* The parameters of one statement, in order. A column is an array: its items are added
 * one by one, several columns side by side. */
struct pg_params {
    struct arena *arena;
    int n;
    struct pg_param {
        struct buf buf;
        enum pg_type type;
        bool is_array;
        bool is_null;
        bool has_null;
        uint32_t items;
    } all[PG_PARAMS_MAX];
};

void pg_params_init(struct pg_params *params, struct arena *arena);
struct pg_param *pg_one(struct pg_params *params,
                        enum pg_type type); /* a single value: add one item */
struct pg_param *pg_column(struct pg_params *params, enum pg_type type);

void pg_add_bool(struct pg_param *param, bool x);
void pg_add_int(struct pg_param *param, int64_t x);              /* INT2, INT4, INT8 */
void pg_add_text(struct pg_param *param, struct text t);         /* TEXT, BYTEA */
void pg_add_text_or_null(struct pg_param *param, struct text t); /* empty: NULL */
void pg_add_id(struct pg_param *param, struct id id);
void pg_add_digest(struct pg_param *param, const struct digest *digest);
void pg_add_instant(struct pg_param *param, int64_t instant); /* 0: NULL */
void pg_add_null(struct pg_param *param);

/* The form libpq wants. */
struct pg_bound {
    int n;
    const char *values[PG_PARAMS_MAX];
    int lengths[PG_PARAMS_MAX];
    int formats[PG_PARAMS_MAX];
};
void pg_bind(struct pg_params *params, struct pg_bound *bound);

/* Cells of a binary result; NULL reads as nothing (0, empty, all zero). */
bool pg_get_bool(const PGresult *result, int row, int column);
int64_t pg_get_int(const PGresult *result, int row, int column); /* by its width */
struct text pg_get_text(const PGresult *result, int row,
                        int column); /* points into the result */
struct id pg_get_id(const PGresult *result, int row, int column);
struct digest pg_get_digest(const PGresult *result, int row, int column);
int64_t pg_get_instant(const PGresult *result, int row, int column); /* NULL: 0 */

#endif
