/* A flow as pictures and pages show it: its places, the ways between them and what causes
 * them, what it calls and how that is put back, its events, questions and data.
 *
 * Read from the tree of a checked flow, everything in source order. Pictures
 * (tools/graph), pages (tools/doc) and comparisons are made of it; nobody else walks the
 * tree for these. */
#ifndef DSL_OUTLINE_H
#define DSL_OUTLINE_H

#include "dsl/scope.h"
#include "engine/base/vec.h"

enum outline_place_kind {
#define PLACE(NAME, word) OUTLINE_##NAME,
#include "dsl/outline.def"
};

enum outline_way_kind {
#define WAY(NAME, word) OUTLINE_##NAME,
#include "dsl/outline.def"
};

enum outline_cause_kind {
#define CAUSE(NAME, word) OUTLINE_ON_##NAME,
#include "dsl/outline.def"
};

enum outline_back_kind {
#define BACK(NAME, word) OUTLINE_BACK_##NAME,
#include "dsl/outline.def"
};

/* Instead of a place: the flow itself, that is, wherever it is; and its end. */
#define OUTLINE_FLOW UINT32_MAX
#define OUTLINE_END  (UINT32_MAX - 1)

struct outline_place {
    enum outline_place_kind kind;
    const struct node *node; /* STATE, FINAL, DEAD_LETTER */
    struct text path;        /* "shipping.picking" */
    uint32_t outer;          /* the place around it; OUTLINE_FLOW */
    uint32_t inner_n;        /* states inside it */
};

struct outline_cause {
    const struct outline_cause *outer; /* NULL: there is none around */
    enum outline_cause_kind kind;
    struct text name;        /* "CancelRequested", "release", "late", "2d", a condition as
                                written: for people */
    const struct node *node; /* ON…, WHEN, ARM, IF … */
};

struct outline_way {
    enum outline_way_kind kind;
    uint32_t from; /* a place; OUTLINE_FLOW: its beginning, or a handler of the flow */
    uint32_t to;   /* a place; OUTLINE_END; for RETRIES and STAYS the same as `from` */
    const struct outline_cause *cause; /* the innermost; NULL: its steps lead there */
    const struct node *node;           /* GO_TO, REFER_TO …; NULL for BEGINS, ENDS */
};

/* A call of the outside, a child, or a point of no return. */
struct outline_call {
    const struct node *node;        /* CALL, RUN, START; KEEP_ALL */
    const struct symbol *operation; /* or the flow; NULL for KEEP_ALL */
    struct text name;               /* "erp.create_order", "run drop_ship", "keep all" */
    uint32_t place;
    const struct outline_cause *cause;
    bool is_repeated; /* in a loop, or a handler that may run again */
    enum outline_back_kind back;
    const struct node *undone_by; /* OPERATION: the clause of the operation */
    struct text put_back; /* "erp.cancel_order(number, \"undone by flow\")"; words */
    struct text key;      /* what it happens once per: "order.id", "step"; "" */
    struct text found_by; /* "erp.find_order"; "" */
    struct text note;     /* "may fail: AlreadyPacked (answered by …)"; "" */
};

enum outline_event_way { OUTLINE_TAKES, OUTLINE_AWAITS, OUTLINE_SENDS, OUTLINE_IGNORES };

struct outline_event {
    const struct symbol *event;
    uint32_t place; /* OUTLINE_FLOW too for `starts on` */
    enum outline_event_way way;
    const struct node *node; /* ON, STARTS_ON; WAIT_FOR, WHEN; EMIT; IGNORE */
};

struct outline_question {
    const struct node *node; /* ASK */
    uint32_t place;
    const struct outline_cause *cause;
};

/* A parameter, variable or setting, and one place that has to do with it. */
struct outline_use {
    const struct symbol *symbol;
    uint32_t place;
    bool is_read;
    bool is_written;
};

struct outline_choice { /* a `match` of the flow's steps */
    const struct node *node;
    uint32_t place;
};

struct outline {
    const struct node *flow;
    VEC(struct outline_place) places;
    VEC(struct outline_way) ways;
    VEC(struct outline_call) calls;
    VEC(struct outline_event) events;
    VEC(struct outline_question) questions;
    VEC(struct outline_use) uses; /* by symbol as they are met, then by place */
    VEC(struct outline_choice) choices;
};

struct outline *outline_of(struct arena *compile, const struct node *flow);

const char *outline_place_word(enum outline_place_kind kind);
const char *outline_way_word(enum outline_way_kind kind);
const char *outline_cause_word(enum outline_cause_kind kind);
const char *outline_back_word(enum outline_back_kind kind);

/* "CancelRequested, if shipments is []": outermost first; "" without a cause. */
struct text outline_cause_text(struct arena *compile, const struct outline_cause *cause);
/* The path of a place; the flow's name for OUTLINE_FLOW. */
struct text outline_place_text(const struct outline *outline, uint32_t place);
/* The role a question or dead letter is for. */
struct text outline_role(const struct node *ask_or_letter);
/* A stretch of source on one line, blanks squeezed. */
struct text outline_source(struct arena *compile, struct span span);
/* Does it leave something that an undo, or a reader of the ladder, must know of? */
bool outline_is_rung(const struct outline_call *call);

#endif
