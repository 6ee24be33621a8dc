/* What the two halves of reading a schema share; nobody else includes this. */
#ifndef DSL_SCHEMA_IN_H
#define DSL_SCHEMA_IN_H

#include "dsl/schema.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"

/* Where we are in the schema. */
struct schema_place {
    const struct schema_place *above;
    struct text member;
    uint32_t depth;
};

struct schema_named { /* a part of the schema that has become a type, or becomes one */
    const json_t *schema;
    struct text name;
    struct text base;
    bool is_open;
};

struct schema_reading {
    struct arena *compile;
    json_t *root;
    struct text name;
    enum schema_naming naming;
    struct schema_types *out;
    struct buf text;
    VEC(struct schema_named) named;
    struct err *err;
};

/* What a part of a schema is, before it has a name. */
enum schema_kind { SCHEMA_PLAIN, SCHEMA_RECORD, SCHEMA_VARIANT };

struct schema_shape {
    enum schema_kind kind;
    struct text body;  /* a type as written; fields; cases */
    struct text base;  /* the plain type below it: "text"; of a variant "" */
    struct text where; /* "" for none */
    bool is_optional;
};

/* Refuses, with the place. */
bool schema_refuse(struct schema_reading *r, const struct schema_place *at,
                   const char *format, ...) PRINTF_LIKE(3, 4);
void schema_remark(struct schema_reading *r, const struct schema_place *at,
                   const char *format, ...) PRINTF_LIKE(3, 4);
struct schema_place schema_inside(const struct schema_place *above, const char *member);

/* The type of a part, written where it is used; `hint` is its name where it needs one.
 * `base` gets the plain type below it. */
bool schema_type(struct schema_reading *r, const json_t *schema,
                 const struct schema_place *at, struct text hint, struct text *type,
                 struct text *base);
/* A declaration of that name. */
bool schema_declare(struct schema_reading *r, const json_t *schema,
                    const struct schema_place *at, struct text name, struct text *base);
struct text schema_unique(struct schema_reading *r, struct text name);

/* schema_scalar.c: plain values and what is said of them. False: not one of these. */
bool schema_scalar(struct schema_reading *r, const json_t *schema, struct text kind,
                   const struct schema_place *at, struct schema_shape *out);
/* Adds what pattern, minimum, maxLength … say of `it` to shape->where. */
void schema_conditions(struct schema_reading *r, const json_t *schema,
                       const struct schema_place *at, struct schema_shape *shape);
bool schema_is_money(const json_t *schema, struct text *currency);
/* An enumeration: cases of a variant where they may be called so, else a choice. */
bool schema_enum(struct schema_reading *r, const json_t *values,
                 const struct schema_place *at, struct schema_shape *out);
bool schema_is_case_name(struct text name);
/* As a text of the language: with quotation marks. */
struct text schema_quoted(struct arena *compile, struct text t);
/* A value as an expression of a type whose plain type is `base`; "" for none. */
struct text schema_literal(struct schema_reading *r, const json_t *value,
                           struct text base);

#endif
