/* Types as JSON Schema (2020-12), and JSON Schema as types. */
#ifndef DSL_SCHEMA_H
#define DSL_SCHEMA_H

#include <jansson.h>

#include "dsl/type.h"
#include "engine/base/err.h"
#include "engine/base/vec.h"

/* The schema of a type's values as they travel (contract §5); the types it is made of are
 * its $defs. What a `where` says that a schema cannot stands in a $comment. A new
 * reference. */
json_t *schema_of_type(struct arena *compile, const struct type *type, struct text doc);

/* What a schema says and a type cannot, or what has another name here. */
struct schema_remark {
    struct text pointer; /* JSON Pointer into the schema; "" is all of it */
    struct text words;
};

struct schema_types {
    struct text name; /* of the type that the whole schema is */
    struct text text; /* declarations: `type …`, what is used before what uses it */
    VEC(struct schema_remark) remarks;
};

enum schema_naming {
    SCHEMA_AS_GIVEN, /* the type has the given name, those inside begin with it */
    SCHEMA_AS_SAID   /* the title of the schema if it has one, $defs as they are called */
};

/* Reads a schema. BAD_DATA with the pointer of the place: it is no JSON, or says
 * something that no type is. */
MUST_USE bool schema_to_types(struct arena *compile, struct text json, struct text name,
                              enum schema_naming naming, struct schema_types *out,
                              struct err *err);

/* "purchase order-line" → "PurchaseOrderLine"; "orderId" → "order_id": what a type, and a
 * field, may be called. */
struct text schema_type_name(struct arena *compile, struct text words);
struct text schema_field_name(struct arena *compile, struct text words);

/* ---- schema_pattern.c: what is the same in ECMA-262 and in POSIX ---- */

/* Of a pattern that fits the whole text; false: it has something only we know. */
bool schema_pattern_out(struct arena *compile, struct text posix, struct text *ecma);
/* Of a pattern that is looked for in the text, as JSON Schema means it; false: it has
 * something that POSIX has not. */
bool schema_pattern_in(struct arena *compile, struct text ecma, struct text *posix);

/* The words both sides know a decimal, a currency and business time by. */
#define SCHEMA_DIGITS   "[0-9]+(\\.[0-9]+)?"
#define SCHEMA_CURRENCY "^[A-Z]{3}$"
#define SCHEMA_WORKDAYS "^P-?[0-9]+B[DH]$"

#endif
