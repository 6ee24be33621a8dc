/* What scanner and parser share while one file is read. */
#ifndef DSL_PARSE_H
#define DSL_PARSE_H

#include "dsl/ast.h"
#include "dsl/diag.h"
#include "dsl/token.h"
#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/vec.h"

/* A word as the parser takes it: a token, and what it says. */
struct word {
    struct token token;
    struct text text; /* a name as written; a text with its escapes resolved */
    uint32_t depth;   /* how many `{` of blocks are around it */
    uint32_t at;      /* which of parse->tokens it is */
};

struct parse {
    struct arena *compile;
    struct diags *diags;
    const struct source *source;
    bool is_binding;
    VEC(struct token) tokens; /* comments too */
    VEC(struct word) words;   /* no comments; the last one is the end, kind 0 */
    uint32_t next;            /* the parser's place in words */
    struct node *file;
    uint32_t offending;        /* the word that did not fit, last time */
    uint32_t resynced;         /* where it last went on after a mistake, + 1 */
    struct nodes declarations; /* that are read already */
    VEC(struct span) dropped;  /* each `}` that closes nothing */
    uint32_t braces_wanted;    /* how often a `{` was missing */
    struct span cut_open; /* the `{` that is open where the file ends; nowhere for none */
    bool is_cut;          /* the file ended while something was open */
    bool too_deep;        /* said already */
    bool too_many;        /* the same */
    bool is_asking;       /* parse_expected(): */
    const char **expected;
    uint32_t expected_n;
};

/* Cuts the whole text into words; mistakes are reported, and what is not readable becomes
 * a word that fits nowhere. */
void parse_scan(struct parse *parse);
/* Reads the words; sets parse->file. */
void parse_words(struct parse *parse);
/* Instead of that: what could stand where the text ends, as messages say it ("go to", "a
 * name"); how many. What is wrong before does not matter. */
uint32_t parse_expected(struct parse *parse, const char *const **names);
/* A token's kind as messages say it: "go to", "a name". */
const char *parse_kind_name(int kind);
/* Whether a word has a meaning of its own in a flow. */
bool parse_is_keyword(struct text word);

/* ---- for the parser's actions (parse_help.c) ---- */

/* The word the parser could not fit in, and what it wanted instead. */
void parse_report(struct parse *parse, struct span at, int kind, const char *word,
                  const char *const *expected, int expected_n);
enum parse_level { PARSE_STEP, PARSE_FIELD, PARSE_DECLARATION };
/* After a mistake in something that began at `begin`: goes on behind it. */
MUST_USE bool parse_resync(struct parse *parse, struct span begin,
                           enum parse_level level); /* false: the file ends */

/* What was skipped, from `begin` to where reading goes on: a NODE_ERROR with its words.
 */
struct node *parse_mistake(struct parse *parse, struct span begin);
/* The same for what stands behind the last declaration that could be read. */
struct node *parse_given_up(struct parse *parse);

/* Is this word one that begins a declaration, at the margin? */
bool parse_begins_declaration(const struct parse *parse, uint32_t at);

/* Takes out what is nested too deeply, and flows of too many states (parse_bounds.c). */
void parse_bounds(struct parse *parse);

/* ---- words of other languages (parse_slips.c) ---- */

/* Says each, and puts in its place what is meant. */
void parse_slips(struct parse *parse);

/* ---- braces (parse_braces.c) ---- */

/* Puts in each `}` that is missing and leaves out each that is too many. */
void parse_balance(struct parse *parse);
/* Says which, unless another mistake was the cause. */
void parse_say_braces(struct parse *parse);

/* One more field, case or parameter; beyond what is allowed it is left out. */
struct nodes parse_part(struct parse *parse, struct nodes parts, struct node *part);
struct node *parse_binary(struct parse *parse, enum node_kind kind, struct node *left,
                          struct node *right, struct span span);
struct node *parse_literal(struct parse *parse, enum node_kind kind, struct text written,
                           struct span span);
int64_t parse_whole(struct parse *parse, struct text written, struct span span);
/* Sets as, policy and limit from the clauses. */
void parse_take_clauses(struct parse *parse, struct node *node);
/* `signed hmac sha256 header …`: other words there are said as a mistake. */
struct node *parse_signed(struct parse *parse, struct span span, struct text kind,
                          struct text digest, struct text where, struct span at);
/* The `##` lines that end right above `at`. */
struct text parse_doc(struct parse *parse, struct span at);

#endif
