/* What could be typed here: what the parts of completion share. */
#ifndef TOOLS_LSP_COMPLETE_H
#define TOOLS_LSP_COMPLETE_H

#include "tools/lsp/cursor.h"

/* Kinds of items, as the protocol numbers them. */
enum item_kind {
    ITEM_METHOD = 2,
    ITEM_FUNCTION = 3,
    ITEM_FIELD = 5,
    ITEM_VARIABLE = 6,
    ITEM_CLASS = 7,
    ITEM_MODULE = 9,
    ITEM_VALUE = 12,
    ITEM_KEYWORD = 14,
    ITEM_FILE = 17,
    ITEM_CASE = 20,
    ITEM_CONSTANT = 21,
    ITEM_TYPE = 22,
    ITEM_EVENT = 23
};

struct offer {
    const struct cursor *cursor;
    struct lsp *lsp;
    json_t *items;
    struct map *seen; /* labels */
};

/* One item; `insert` may be a snippet, NULL: the label itself. `rank` orders: 0 first. */
json_t *offer_item(struct offer *offer, enum item_kind kind, struct text label,
                   const char *detail, const char *insert, int rank);
/* Every symbol of these kinds (1 << kind) that the file sees. */
void offer_symbols(struct offer *offer, uint32_t kinds, int rank);
/* "create_order(order: $1, quote: $2)" of what takes arguments by name. */
const char *offer_call(struct offer *offer, const struct symbol *symbol);
const char *offer_fields(struct offer *offer, struct text name,
                         const struct type *record);

/* ---- complete_names.c: lists that need to know where in the tree we are ---- */
void offer_outcomes(struct offer *offer); /* behind `when` */
void offer_members(struct offer *offer);  /* behind `.` */
void offer_values(struct offer *offer);   /* where an expression stands */

#endif
