/* Rows to and from PostgreSQL in its binary form. */
#include "engine/store/pg_wire.h"

enum { ARRAY_HEAD = 20 }; /* dimensions, has nulls, element type, length, lower bound */

#define EPOCH_2000                                                                       \
    INT64_C(946684800000000) /* µs from 1970 to where PostgreSQL counts                 \
                              */

static void put_u32(char *at, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        at[i] = (char)(x >> (24 - 8 * i));
}

void pg_params_init(struct pg_params *params, struct arena *arena)
{
    params->arena = arena;
    params->n = 0;
}

static struct pg_param *param_new(struct pg_params *params, enum pg_type type,
                                  bool is_array)
{
    must(params->n < PG_PARAMS_MAX);
    struct pg_param *param = &params->all[params->n++];
    *param = (struct pg_param){.type = type, .is_array = is_array};
    buf_init(&param->buf, params->arena);
    if (is_array)
        buf_add(&param->buf, (const char[ARRAY_HEAD]){0}, ARRAY_HEAD);
    return param;
}

struct pg_param *pg_one(struct pg_params *params, enum pg_type type)
{
    return param_new(params, type, false);
}

struct pg_param *pg_column(struct pg_params *params, enum pg_type type)
{
    return param_new(params, type, true);
}

static void add_bytes(struct pg_param *param, const void *bytes, size_t n)
{
    param->items++;
    if (param->is_array) {
        char length[4];
        put_u32(length, (uint32_t)n);
        buf_add(&param->buf, length, 4);
    }
    if (n > 0)
        buf_add(&param->buf, bytes, n);
}

void pg_add_null(struct pg_param *param)
{
    param->items++;
    param->has_null = true;
    param->is_null = !param->is_array;
    if (param->is_array)
        buf_add(&param->buf, "\xff\xff\xff\xff", 4);
}

static void add_int(struct pg_param *param, int64_t x, size_t width)
{
    char bytes[8];
    for (size_t i = 0; i < width; i++)
        bytes[i] = (char)((uint64_t)x >> (8 * (width - 1 - i)));
    add_bytes(param, bytes, width);
}

void pg_add_bool(struct pg_param *param, bool x)
{
    must(param->type == PG_BOOL);
    add_int(param, x, 1);
}

void pg_add_int(struct pg_param *param, int64_t x)
{
    must(param->type == PG_INT2 || param->type == PG_INT4 || param->type == PG_INT8);
    add_int(param, x, param->type == PG_INT2 ? 2 : param->type == PG_INT4 ? 4 : 8);
}

void pg_add_text(struct pg_param *param, struct text t)
{
    must(param->type == PG_TEXT || param->type == PG_BYTEA);
    add_bytes(param, t.chars, t.n);
}

void pg_add_text_or_null(struct pg_param *param, struct text t)
{
    if (t.n == 0)
        pg_add_null(param);
    else
        pg_add_text(param, t);
}

void pg_add_id(struct pg_param *param, struct id id)
{
    must(param->type == PG_UUID);
    add_bytes(param, id.bytes, sizeof id.bytes);
}

void pg_add_digest(struct pg_param *param, const struct digest *digest)
{
    must(param->type == PG_BYTEA);
    add_bytes(param, digest->bytes, sizeof digest->bytes);
}

void pg_add_instant(struct pg_param *param, int64_t instant)
{
    must(param->type == PG_INSTANT);
    if (instant == 0)
        pg_add_null(param);
    else
        add_int(param, instant - EPOCH_2000, 8);
}

static void finish_array(struct pg_param *param)
{
    char *head = param->buf.bytes;
    put_u32(head, 1);
    put_u32(head + 4, param->has_null);
    put_u32(head + 8, param->type);
    put_u32(head + 12, param->items);
    put_u32(head + 16, 1);
}

void pg_bind(struct pg_params *params, struct pg_bound *bound)
{
    bound->n = params->n;
    for (int i = 0; i < params->n; i++) {
        struct pg_param *param = &params->all[i];
        must(param->is_array || param->items == 1);
        if (param->is_array)
            finish_array(param);
        struct text done = buf_done(&param->buf);
        bound->values[i] = param->is_null ? NULL : done.chars;
        bound->lengths[i] = (int)done.n;
        bound->formats[i] = 1;
    }
}

bool pg_get_bool(const PGresult *result, int row, int column)
{
    return pg_get_int(result, row, column) != 0;
}

int64_t pg_get_int(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return 0;
    const unsigned char *bytes = (const unsigned char *)PQgetvalue(result, row, column);
    int n = PQgetlength(result, row, column);
    must(n >= 1 && n <= 8);
    uint64_t x = bytes[0] >= 0x80 ? UINT64_MAX : 0; /* the sign, carried on */
    for (int i = 0; i < n; i++)
        x = x << 8 | bytes[i];
    return (int64_t)x;
}

struct text pg_get_text(const PGresult *result, int row, int column)
{
    return (struct text){PQgetvalue(result, row, column),
                         (size_t)PQgetlength(result, row, column)};
}

struct id pg_get_id(const PGresult *result, int row, int column)
{
    struct id id = {{0}};
    if (!PQgetisnull(result, row, column)) {
        must(PQgetlength(result, row, column) == (int)sizeof id.bytes);
        memcpy(id.bytes, PQgetvalue(result, row, column), sizeof id.bytes);
    }
    return id;
}

struct digest pg_get_digest(const PGresult *result, int row, int column)
{
    struct digest digest = {{0}};
    if (PQgetlength(result, row, column) == (int)sizeof digest.bytes)
        memcpy(digest.bytes, PQgetvalue(result, row, column), sizeof digest.bytes);
    return digest;
}

int64_t pg_get_instant(const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column)
               ? 0
               : pg_get_int(result, row, column) + EPOCH_2000;
}
