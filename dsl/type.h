/* Types of the language: made once, compared by structure. */
#ifndef DSL_TYPE_H
#define DSL_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/text.h"

struct node;

enum type_kind {
    TYPE_POISON, /* a mistake was reported already: fits everything, says nothing */
    TYPE_TEXT,
    TYPE_BOOL,
    TYPE_INT,
    TYPE_DECIMAL,
    TYPE_MONEY,
    TYPE_DATE,
    TYPE_INSTANT,
    TYPE_DURATION,
    TYPE_WORKDAYS,
    TYPE_NONE,     /* of the literal `none`: fits every optional */
    TYPE_NOTHING,  /* of the items of `[]`: fits everything */
    TYPE_OPTIONAL, /* of */
    TYPE_LIST,     /* of */
    TYPE_MAP,      /* key, of */
    TYPE_RECORD,   /* fields */
    TYPE_VARIANT,  /* cases */
    TYPE_JSON      /* bindings only */
};

enum { TYPE_SCALE_FREE = -1 };

struct type_field {
    struct text name;
    const struct type *type;
    const struct node *standard; /* the default's expression; NULL: must be given, unless
                                    the type is optional */
};

struct type_case {
    struct text name;
    const struct type *record; /* data; NULL: a plain case */
};

/* Immutable after checking began. A declared type (`type X …`) has a name, and its node;
 * an alias without `where` is the same object as what it stands for, but for the name. */
struct type {
    enum type_kind kind;
    struct text name;            /* "" for one that was not declared */
    const struct node *declared; /* NODE_TYPE_DECL, NODE_EVENT, NODE_ERROR …; NULL */
    const struct type *of;
    const struct type *key;
    struct type_field *fields;
    uint32_t fields_n;
    struct type_case *cases;
    uint32_t cases_n;
    int32_t scale;                 /* decimal(n); TYPE_SCALE_FREE */
    struct text currency;          /* money(USD): "USD"; "" */
    const struct node *refinement; /* `where` expression over `it`; NULL */
    const struct type *base;       /* with a refinement: the type that is refined */
    bool is_private;
    bool is_secret;
};

/* The plain ones, shared by all. */
extern const struct type type_poison, type_text, type_bool, type_int, type_decimal,
    type_money, type_date, type_instant, type_duration, type_workdays, type_none,
    type_nothing, type_json;

const struct type *type_optional(struct arena *compile, const struct type *of);
const struct type *type_list(struct arena *compile, const struct type *of);
const struct type *type_map(struct arena *compile, const struct type *key,
                            const struct type *of);
const struct type *type_record(struct arena *compile, struct text name,
                               struct type_field *fields, uint32_t n);

/* What is inside an optional; the type itself when it is none. */
const struct type *type_present(const struct type *type);
bool type_is_number(const struct type *type); /* int or decimal */
bool type_is_ordered(const struct type *type);

/* The same shape: names aside, refinements by identity. */
bool type_same(const struct type *a, const struct type *b);
/* May a value of `from` stand where `to` is wanted? By widening (int to decimal), scale,
 * dropping fields, making optional, checking a refinement. */
bool type_fits(const struct type *from, const struct type *to);
/* Does getting there need work (IR_CONVERT)? Widening, scale, fewer or reordered fields,
 * a refinement, and these inside lists, maps, optionals. */
bool type_converts(const struct type *from, const struct type *to);
/* The least type both fit; NULL when there is none. */
const struct type *type_join(struct arena *compile, const struct type *a,
                             const struct type *b);

/* Position, or -1. */
int32_t type_field_find(const struct type *record, struct text name);
int32_t type_case_find(const struct type *variant, struct text name);

/* As messages say it: "list of OrderLine", "money(USD)", "a whole number". */
void type_write(struct buf *out, const struct type *type);
struct text type_text_of(struct arena *compile, const struct type *type);
/* With an article, for sentences: "a whole number", "money", "a Reservation". */
struct text type_words(struct arena *compile, const struct type *type);

#endif
