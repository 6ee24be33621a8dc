/* Rows for people and for programs: -o table|wide|json|jsonl|csv|name. */
#ifndef TOOLS_PRINT_H
#define TOOLS_PRINT_H

#include "engine/base/json.h"
#include "tools/cli.h"

enum print_form {
#define FORM(NAME, name, sentence) PRINT_##NAME,
#include "tools/print_forms.def"
#undef FORM
};

/* By -o; a table where it is not said. False, after saying so, for an unknown one. */
MUST_USE bool print_form(const struct cli *cli, enum print_form *out);

enum print_look {
    PRINT_PLAIN,    /* as it is */
    PRINT_SINCE,    /* an instant; in tables as a span until now: 2h5m */
    PRINT_MOMENT,   /* an instant; in tables to the millisecond, all equally wide */
    PRINT_STATUS,   /* coloured by what it means */
    PRINT_NAMES,    /* of a list of objects: what they are named */
    PRINT_WIDE_ONLY /* left out of the narrow table */
};

struct print_column {
    const char *member; /* of the row's object */
    const char *title;
    enum print_look look;
};

/* A list, printed as it comes: rows are gathered by pages, so that a table knows its
 * widths; the widths of the first page stay. */
struct printer {
    const struct cli *cli;
    enum print_form form;
    const struct print_column *columns;
    uint32_t columns_n;
    const char *name; /* the member that -o name prints */
    int64_t now;      /* for PRINT_SINCE */
    struct arena *page;
    VEC(json_t *) rows;
    uint32_t *widths;
    uint64_t printed;
};

/* `columns` end with a row without member. -o name prints the first column. */
void printer_open(struct printer *printer, const struct cli *cli, enum print_form form,
                  const struct print_column *columns, int64_t now);
void printer_row(struct printer *printer, json_t *row); /* takes the reference */
void printer_flush(struct printer *printer);            /* shows what has come so far */
/* `nothing` is said on stderr when a table has no rows; NULL: nothing is. */
void printer_close(struct printer *printer, const char *nothing);

/* One object: json and jsonl as it is; csv and name by its members in that order. For the
 * table the caller has its own words. */
void print_json(enum print_form form, const json_t *json);

/* How many columns of a terminal a text takes, and the same text without what a terminal
 * would obey. */
uint32_t print_width(struct text t);
struct text print_safe(struct arena *arena, struct text t);

/* A JSON value as a cell of a table: texts bare, nothing for null. */
struct text print_cell(struct arena *arena, const json_t *value);

/* "2026-05-12 10:00:00.250", of an RFC 3339 text; as it is where it is none. */
struct text print_moment(struct arena *arena, struct text instant);

/* The first columns of a long text, then …; -o wide shows all of it. */
struct text print_cut(struct arena *arena, struct text t, uint32_t width);

/* "2h5m": how long from `then` to `now`, to two units; "" for 0. */
struct text print_span(struct arena *arena, int64_t span);

/* Colour on and off around a status; "" when not wanted. */
const char *print_colour(const struct cli *cli, struct text status);
const char *print_bold(const struct cli *cli);
const char *print_dim(const struct cli *cli);
const char *print_plain(const struct cli *cli);

#endif
