/* A diagnostic: code, place, words, help; and how it is drawn. */
#ifndef DSL_DIAG_H
#define DSL_DIAG_H

#include "dsl/source.h"
#include "engine/base/buf.h"
#include "engine/base/must.h"

enum diag_severity { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE, DIAG_LINT };

enum diag_code {
#define DIAG(code, severity, title, essay) DIAG_##code,
#include "dsl/diags.def"
#undef DIAG
    DIAG_CODES
};

struct diag_mark {
    struct span span;
    struct text label; /* "" for none */
};

/* What the help says, done: that stretch of a file becomes `text`. */
struct diag_edit {
    struct span at; /* empty: the text is put in there */
    struct text text;
};

enum { DIAG_MARKS_MAX = 6, DIAG_EDITS_MAX = 4 };

struct diag {
    enum diag_code code;
    enum diag_severity severity;
    struct text message; /* the problem as a sentence about their flow */
    struct diag_mark primary;
    struct diag_mark related[DIAG_MARKS_MAX];
    uint32_t related_n;
    struct text why;  /* one line, at most two, in business words; "" for none */
    struct text help; /* text that can be pasted; "" for none */
    /* The help, ready to be applied: all edits or none; they do not touch each other. Is
     * it sure, nobody has to look at it first (`flowc fix`); else an editor offers it. */
    struct diag_edit edits[DIAG_EDITS_MAX];
    uint32_t edits_n;
    bool is_sure;
    uint32_t order;   /* as it was found */
    const char *rule; /* where in the compiler it is said: "check_paths.c:40" */
};

/* Whoever wants to know which rules speak, and may let one keep silent: so tests ask of
 * each rule whether it would be missed. A rule is where it is said, as in diag->rule. */
struct diag_watch {
    const char *silent; /* NULL: none */
    void (*said)(void *context, const char *rule);
    void *context;
};

/* At most LIMIT_DIAGNOSTICS are kept; more are counted. */
struct diags {
    struct arena *compile;
    struct diag **at;
    uint32_t n;
    uint32_t room;
    uint32_t dropped;
    const struct diag_watch *watch; /* NULL: nobody asks */
};

void diags_init(struct diags *diags, struct arena *compile);

/* Adds one and returns it, never NULL, so that marks, why and help can be added. Two with
 * the same code at the same place are one: the second is returned but not kept. */
#define diag_add(diags, code, ...)                                                       \
    diag_add_by((diags), (code), DIAG_RULE(__FILE__, __LINE__), __VA_ARGS__)
#define DIAG_RULE(file, line) file ":" DIAG_RULE_LINE(line)
#define DIAG_RULE_LINE(line)  #line
struct diag *diag_add_by(struct diags *diags, enum diag_code code, const char *rule,
                         struct span at, const char *format, ...) PRINTF_LIKE(5, 6);
void diag_label(struct diags *diags, struct diag *diag, const char *format, ...)
    PRINTF_LIKE(3, 4);
void diag_also(struct diags *diags, struct diag *diag, struct span at, const char *format,
               ...) PRINTF_LIKE(4, 5);
void diag_why(struct diags *diags, struct diag *diag, const char *format, ...)
    PRINTF_LIKE(3, 4);
void diag_help(struct diags *diags, struct diag *diag, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Both ways the edits of one diagnostic are of one kind: sure, or offered. */
void diag_fix(struct diags *diags, struct diag *diag, struct span at, const char *format,
              ...) PRINTF_LIKE(4, 5);
void diag_offer(struct diags *diags, struct diag *diag, struct span at,
                const char *format, ...) PRINTF_LIKE(4, 5);
/* The text of `source` with the sure edits of all diagnostics about it done; of edits
 * that touch each other the first. `done` counts the diagnostics that were answered. */
struct text diags_fixed(const struct diags *diags, const struct source *source,
                        uint32_t *done);

/* Forgets all but the first `n`. */
void diags_cut(struct diags *diags, uint32_t n);
/* In source order, files in the order they are first spoken of. */
void diags_sort(struct diags *diags);
uint32_t diags_count(const struct diags *diags, enum diag_severity severity);

const char *diag_name(enum diag_code code); /* "F0101" */
const char *diag_title(enum diag_code code);
const char *diag_essay(enum diag_code code);
enum diag_severity diag_severity(enum diag_code code);
const char *diag_severity_name(enum diag_severity severity);
bool diag_find(struct text name, enum diag_code *out); /* "F0101", any case */

/* An example of it: a file, the items of a flow, or the steps of one state; "" for none.
 * Behind a line `--- NAME` stands another file, behind `--- what was published` the
 * version of the flow that was.
 * diag_example_file() puts around it what is missing to a file; compile_example() in
 * compile.h checks it. */
struct text diag_example(enum diag_code code, bool is_wrong);
struct text diag_example_file(struct arena *compile, struct text fragment);
struct text diag_example_world(void); /* what examples `use` */

/* For people: header, frame, why, help. `colour` adds terminal colours. */
void diag_draw(struct buf *out, const struct diag *diag, bool colour);
/* Of that only the frame and the lines of `why`: what a failing test shows. */
void diag_draw_frame(struct buf *out, const struct diag *diag, bool colour);
/* For programs: one JSON array of all that are kept (contract §3). */
void diags_json(struct buf *out, const struct diags *diags, bool lints);
/* The same as SARIF 2.1.0, with every code as a rule and edits as fixes. */
void diags_sarif(struct buf *out, const struct diags *diags, bool lints);
void diag_json_text(struct buf *out, struct text text); /* with its quotation marks */

#endif
