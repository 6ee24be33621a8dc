/* What the parser's actions need: literals, clauses, and what to say and do after a
 * mistake. */
#include "dsl/parse.h"

#include "dsl/parser.h"
#include "engine/base/decimal.h"
#include "engine/base/limits.h"
#include "engine/base/when.h"

static bool is_first_on_line(const struct parse *parse, const struct word *word)
{
    const struct span *span = &word->token.span;
    struct text line = source_line(parse->source, span->line);
    size_t before = 0;
    while (before < line.n && (line.chars[before] == ' ' || line.chars[before] == '\t'))
        before++;
    return line.chars + before >= parse->source->text.chars + span->from;
}

/* ---- what to say ---- */

static void list_expected(struct parse *parse, struct diag *diag,
                          const char *const *expected, int n)
{
    enum { WORTH_SAYING = 8 };
    if (n == 0 || n > WORTH_SAYING)
        return;
    struct buf out;
    buf_init(&out, parse->compile);
    for (int i = 0; i < n; i++) {
        bool is_word = strncmp(expected[i], "a ", 2) != 0 &&
                       strncmp(expected[i], "an ", 3) != 0 &&
                       strncmp(expected[i], "the ", 4) != 0;
        buf_chars(&out, i == 0 ? "" : i + 1 == n ? " or " : ", ");
        buf_printf(&out, is_word ? "`%s`" : "%s", expected[i]);
    }
    diag_label(parse->diags, diag, "expected " TEXT_FMT, TEXT_ARG(buf_done(&out)));
}

/* The step above, to which a `when` does not belong. */
static const struct word *statement_before(const struct parse *parse, uint32_t at)
{
    uint32_t depth = parse->words.at[at].depth;
    for (uint32_t i = at; i-- > 0;) {
        const struct word *word = &parse->words.at[i];
        if (word->depth < depth)
            return NULL;
        if (word->depth == depth && is_first_on_line(parse, word))
            return word;
    }
    return NULL;
}

static void report_stray_when(struct parse *parse, struct span at)
{
    struct diag *diag =
        diag_add(parse->diags, DIAG_F0003, at, "this `when` belongs to nothing");
    diag_label(parse->diags, diag, "ways out follow the step they belong to");
    const struct word *before = statement_before(parse, parse->offending);
    if (before != NULL && before->token.kind != RBRACE)
        diag_why(parse->diags, diag,
                 "The line above is `" TEXT_FMT "`, which can come out only one way.",
                 TEXT_ARG(before->text));
}

/* Braces are closed before (parse_braces.c): this is a ( or [, or half a sentence. */
static void report_unfinished(struct parse *parse, struct span at,
                              const char *const *expected, int n)
{
    parse->is_cut = true;
    struct diag *diag = diag_add(parse->diags, DIAG_F0006, at, "the file ends too early");
    list_expected(parse, diag, expected, n);
}

static void report_bad_text(struct parse *parse, struct span at)
{
    struct diag *diag = diag_add(parse->diags, DIAG_F0002, at, "this text does not end");
    if (text_starts(span_text(at), TEXT("\"\"\""))) {
        diag_help(parse->diags, diag, "end it with \"\"\"");
        return;
    }
    diag_label(parse->diags, diag, "a text ends on the line it began on");
    diag_help(parse->diags, diag, "a second \", or \"\"\" for a text of several lines");
}

static void report_bad_char(struct parse *parse, struct span at)
{
    struct text bad = span_text(at);
    struct diag *diag;
    if (text_is_chars(bad, "'")) {
        diag = diag_add(parse->diags, DIAG_F0002, at, "this raw text does not end");
        diag_label(parse->diags, diag, "a raw text ends on the line it began on");
        return;
    }
    diag = diag_add(parse->diags, DIAG_F0005, at, "`" TEXT_FMT "` means nothing here",
                    TEXT_ARG(bad));
    if (text_is_chars(bad, ";"))
        diag_help(parse->diags, diag,
                  "leave it out: every step begins with its own word");
    else if (text_is_chars(bad, "%"))
        diag_help(parse->diags, diag,
                  "mod(a, b) for the rest; a percentage is written 15%%");
}

static bool is_expected(const char *const *expected, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(expected[i], name) == 0)
            return true;
    return false;
}

static bool starts_next_line(const struct parse *parse)
{
    const struct word *word = &parse->words.at[parse->offending];
    return parse->offending > 0 && word->token.span.line > word[-1].token.span.end_line;
}

/* Was this word of the language meant as a variable: `answer.words`, `{at}`? */
static bool is_read_as_name(const struct parse *parse, struct text written)
{
    const struct word *word = &parse->words.at[parse->offending];
    if (!parse_is_keyword(written) || starts_next_line(parse) ||
        parse->offending + 1 >= parse->words.n)
        return false;
    return word[1].text.n > 0 && strchr(".,)]}", word[1].text.chars[0]) != NULL;
}

/* The parameter of that name of the operation, function or flow around it; NULL. */
static const struct word *parameter_called(const struct parse *parse, struct text written)
{
    uint32_t i = parse->offending;
    int kind;
    do
        kind = parse->words.at[--i].token.kind;
    while (i > 0 && kind != EFFECT && kind != READ && kind != FLOW && kind != FUNCTION);
    for (; i < parse->offending && parse->words.at[i].token.kind != RPAREN; i++)
        if (parse->words.at[i].token.kind == FIELD &&
            text_is(parse->words.at[i].text, written))
            return &parse->words.at[i];
    return NULL;
}

/* Was it given to a variable above, or to a parameter: `let held = 3`? NULL: no. */
static const struct word *bound_as_name(const struct parse *parse, struct text written)
{
    for (uint32_t i = 1; i < parse->offending; i++) {
        int before = parse->words.at[i - 1].token.kind;
        if (parse->words.at[i].token.kind == NAME &&
            (before == LET || before == AS || before == SET) &&
            text_is(parse->words.at[i].text, written))
            return &parse->words.at[i];
    }
    return parameter_called(parse, written);
}

static bool begins_step(int kind);

/* A word that is fine where it stands in the language, but not where it stands here. */
static void report_unfit(struct parse *parse, struct span at, const char *word,
                         const char *const *expected, int n)
{
    struct diag *diag;
    struct text written = span_text(at);
    bool wants_name = is_expected(expected, n, "a name");
    if (is_expected(expected, n, "a whole number") && wants_name) {
        const struct word *bound = bound_as_name(parse, written);
        if (bound != NULL) { /* as check_readable() says it: that is one */
            diag =
                diag_add(parse->diags, DIAG_F0008, bound->token.span,
                         "`" TEXT_FMT "` is a word of the language", TEXT_ARG(written));
            diag_label(parse->diags, diag, "expressions could not read it");
            parse->offending++;
            return;
        }
        if (is_read_as_name(parse, written)) {
            diag =
                diag_add(parse->diags, DIAG_F0008, at,
                         "`" TEXT_FMT "` is a word of the language", TEXT_ARG(written));
            diag_label(parse->diags, diag,
                       "expressions cannot read it: name it otherwise");
            parse->offending++; /* it was meant as a value: go on behind it */
            return;
        }
        diag = diag_add(parse->diags, DIAG_F0001, at,
                        "a value is missing before `" TEXT_FMT "`", TEXT_ARG(written));
        if (parse->words.at[parse->offending].token.kind == CALL)
            diag_help(parse->diags, diag,
                      "a call is a step of its own:   call … as x     and then   x");
        return;
    }
    if (wants_name && n <= 2 && starts_next_line(parse)) {
        diag_add(parse->diags, DIAG_F0001, at, "a name is missing before `" TEXT_FMT "`",
                 TEXT_ARG(written));
        return;
    }
    if (wants_name && parse_is_keyword(written)) {
        diag = diag_add(parse->diags, DIAG_F0008, at,
                        "`" TEXT_FMT "` is a word of the language", TEXT_ARG(written));
        diag_label(parse->diags, diag, "a name is wanted here");
        parse->offending++; /* it was meant as the name: go on behind it */
        return;
    }
    bool is_short = written.n > 0 && written.n < 40;
    diag = is_short
               ? diag_add(parse->diags, DIAG_F0001, at,
                          "`" TEXT_FMT "` does not fit here", TEXT_ARG(written))
               : diag_add(parse->diags, DIAG_F0001, at, "%s does not fit here", word);
    list_expected(parse, diag, expected, n);
    parse->braces_wanted += is_expected(expected, n, "{");
    if (begins_step(parse->words.at[parse->offending].token.kind) &&
        is_expected(expected, n, "{") && is_expected(expected, n, "stay"))
        diag_help(parse->diags, diag,
                  "steps of a way out stand in braces:   { " TEXT_FMT " … }",
                  TEXT_ARG(written));
}

void parse_report(struct parse *parse, struct span at, int kind, const char *word,
                  const char *const *expected, int expected_n)
{
    if (kind == RBRACE && at.from == at.to)
        return; /* put in by parse_braces.c, and said there */
    if (kind == 0) {
        report_unfinished(parse, at, expected, expected_n);
    } else if (kind == BADSTRING) {
        report_bad_text(parse, at);
    } else if (kind == BADCHAR) {
        report_bad_char(parse, at);
    } else if (kind == TOO_DEEP) {
        diag_add(parse->diags, DIAG_F0007, at, "brackets nested more than %d deep",
                 LIMIT_EXPR_DEPTH);
    } else if ((kind == WHEN || kind == WHEN_LATE) &&
               is_expected(expected, expected_n, "call")) {
        report_stray_when(parse, at);
    } else if (kind == EQ && is_expected(expected, expected_n, "is")) {
        struct diag *diag = diag_add(parse->diags, DIAG_F0004, at, "write `is`, not `=`");
        diag_label(parse->diags, diag, "`=` only defines");
    } else {
        report_unfit(parse, at, word, expected, expected_n);
    }
}

/* ---- where to go on ---- */

static bool begins_step(int kind)
{
    switch (kind) {
    case VAR:
    case LET:
    case SET:
    case ADD:
    case CALL:
    case RUN:
    case START:
    case WAIT:
    case WAIT_UNTIL:
    case WAIT_FOR:
    case ASK:
    case IF:
    case MATCH:
    case FOR_EACH:
    case REPEAT:
    case TOGETHER:
    case ATTEMPT:
    case EMIT:
    case MARK:
    case NOTE:
    case UNDO_ALL:
    case UNDO_SINCE:
    case UNDO:
    case KEEP_ALL:
    case KEEP:
    case GO_TO:
    case REFER_TO:
    case GIVE:
    case FAIL:
    case RETRY:
    case STAY:
    case CALENDAR:
    case STARTS_ON:
    case STARTS_EVERY:
    case MEASURE:
    case MIGRATE_FROM:
    case STATE:
    case FINAL:
    case DEAD_LETTER:
    case ON:
    case ON_ERROR:
    case ON_LATE:
    case ON_CANCEL:
    case IGNORE:
    case MOCK:
    case SEND:
    case ANSWER:
    case ADVANCE:
    case EXPECT:
    case ALLOW:
    case FAULTS:
    case SETTING:
    case ROLE:
    case ADAPTER:
        return true;
    default:
        return false;
    }
}

static bool begins_field(int kind)
{
    return kind == FIELD || kind == READ || kind == EFFECT || kind == LIMIT ||
           kind == REST;
}

static bool begins_declaration(int kind)
{
    switch (kind) {
    case USE:
    case TYPE_:
    case EVENT:
    case ADAPTER:
    case POLICY:
    case FUNCTION:
    case SETTING:
    case FLOW:
    case TEST:
    case EXPLORE:
    case ENVIRONMENT:
        return true;
    default:
        return false;
    }
}

bool parse_begins_declaration(const struct parse *parse, uint32_t at)
{
    const struct token *token = &parse->words.at[at].token;
    return begins_declaration(token->kind) && token->span.column == 1;
}

/* A line of its own, as far in as the one that went wrong: something new. */
static bool is_next_line(const struct parse *parse, const struct word *word,
                         const struct word *first)
{
    int kind = word->token.kind;
    return is_first_on_line(parse, first) && is_first_on_line(parse, word) &&
           word->token.span.column == first->token.span.column &&
           word->depth == first->depth && (kind == NAME || kind == TNAME);
}

/* What environments say in rows. */
static bool begins_row(int kind)
{
    return kind == EVENT || kind == EVENTS || kind == SIGNED || kind == GIVES ||
           kind == FAILS;
}

static bool goes_on_here(const struct parse *parse, const struct word *word,
                         uint32_t depth, enum parse_level level)
{
    int kind = word->token.kind;
    if (begins_declaration(kind) && word->token.span.column == 1)
        return true;
    if (word->depth > depth)
        return false;
    if (word->depth < depth)
        return kind == RBRACE;
    switch (level) {
    case PARSE_STEP:
        return begins_step(kind) || (parse->is_binding && begins_row(kind));
    case PARSE_FIELD:
        return begins_field(kind) && (kind == FIELD || is_first_on_line(parse, word));
    case PARSE_DECLARATION:
        return false;
    }
    return false;
}

/* What a way out leads to is no step: it goes with the step that is skipped. */
static uint32_t next_beginning(const struct parse *parse, uint32_t at, uint32_t first,
                               uint32_t depth, enum parse_level level)
{
    uint32_t line_of_when = 0;
    for (; at < parse->words.n && parse->words.at[at].token.kind != 0; at++) {
        const struct word *word = &parse->words.at[at];
        bool is_when = word->token.kind == WHEN || word->token.kind == WHEN_LATE;
        if (is_when && word->depth == depth)
            line_of_when = word->token.span.line;
        bool is_of_when = word->token.span.line == line_of_when && word->depth == depth;
        if (!is_of_when && goes_on_here(parse, word, depth, level))
            break;
        if (level == PARSE_STEP && at > first &&
            is_next_line(parse, word, &parse->words.at[first]))
            break;
    }
    return at;
}

/* Brackets inside what is skipped are skipped whole: a `}` that belongs to the mistake
 * does not end the block around it. */
bool parse_resync(struct parse *parse, struct span begin, enum parse_level level)
{
    uint32_t first = parse->offending;
    while (first > 0 && parse->words.at[first].token.span.from > begin.from)
        first--;
    uint32_t depth = parse->words.at[first].depth;
    if (parse->words.at[first].token.kind == RBRACE)
        depth++; /* the mistake is the end of the block itself */
    uint32_t at = parse->offending;
    if (at == first)
        at += begins_step(parse->words.at[at].token.kind) ||
              begins_declaration(parse->words.at[at].token.kind);
    if (at + 1 == parse->resynced)
        at++;
    at = next_beginning(parse, at, first, depth, level);
    if (at >= parse->words.n)
        at = parse->words.n - 1;
    if (parse->words.at[at].token.kind == 0 && level != PARSE_DECLARATION)
        return false;
    parse->resynced = at + 1;
    parse->next = at;
    return true;
}

/* What a mistake says may have been meant: the checker believes that it was. */
static struct node *mistake(struct parse *parse, uint32_t from, uint32_t to)
{
    struct span span = parse->words.at[from].token.span;
    struct node *node = node_new(parse->compile, NODE_ERROR, span);
    for (uint32_t i = from; i < to; i++) {
        const struct word *word = &parse->words.at[i];
        node->span = span_join(node->span, word->token.span);
        struct node *said = node_new(parse->compile, NODE_NAME, word->token.span);
        said->name = word->text;
        said->name_span = word->token.span;
        nodes_add(&node->items, said);
    }
    return node;
}

struct node *parse_mistake(struct parse *parse, struct span begin)
{
    uint32_t from = parse->next;
    while (from > 0 && parse->words.at[from - 1].token.span.from >= begin.from)
        from--;
    return mistake(parse, from, parse->next);
}

struct node *parse_given_up(struct parse *parse)
{
    uint32_t from = parse->words.n - 1;
    uint32_t read =
        parse->declarations.last == NULL ? 0 : parse->declarations.last->span.to;
    while (from > 0 && parse->words.at[from - 1].token.span.from >= read)
        from--;
    return mistake(parse, from, parse->words.n - 1);
}

/* ---- nodes ---- */

static uint32_t depth_of(const struct node *node)
{
    return node == NULL ? 0 : node->depth;
}

struct node *parse_binary(struct parse *parse, enum node_kind kind, struct node *left,
                          struct node *right, struct span operator)
{
    struct node *node =
        node_new(parse->compile, kind,
                 right == NULL ? left->span : span_join(left->span, right->span));
    node->name_span = operator;
    node->value = left;
    node->other = right;
    node->depth =
        1 + (depth_of(left) > depth_of(right) ? depth_of(left) : depth_of(right));
    if (node->depth > LIMIT_EXPR_DEPTH && !parse->too_deep) {
        parse->too_deep = true;
        diag_add(parse->diags, DIAG_F0007, operator,
                 "an expression of more than %d levels", LIMIT_EXPR_DEPTH);
    }
    return node;
}

struct nodes parse_part(struct parse *parse, struct nodes parts, struct node *part)
{
    if (parts.n < LIMIT_MEMBERS) {
        nodes_add(&parts, part);
        return parts;
    }
    if (!parse->too_many) {
        struct diag *diag =
            diag_add(parse->diags, DIAG_F0007, part->span,
                     "more than %d fields, cases or parameters", LIMIT_MEMBERS);
        diag_help(parse->diags, diag, "what there are so many of is a list or a map");
    }
    parse->too_many = true;
    return parts;
}

int64_t parse_whole(struct parse *parse, struct text written, struct span span)
{
    int64_t number;
    if (text_to_i64(written, &number))
        return number;
    diag_add(parse->diags, DIAG_F0010, span, "a whole number of more than 64 bits");
    return 1; /* fits wherever a number of things does */
}

static bool unit_of(struct text unit, int64_t *worth, bool *is_business)
{
    static const struct {
        const char *unit;
        int64_t worth;
        bool is_business;
    } units[] = {{"ms", WHEN_SECOND / 1000, false},
                 {"bd", 1, true},
                 {"bh", 1, true},
                 {"s", WHEN_SECOND, false},
                 {"m", WHEN_MINUTE, false},
                 {"h", WHEN_HOUR, false},
                 {"d", WHEN_DAY, false},
                 {"w", 7 * WHEN_DAY, false}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (text_is_chars(unit, units[i].unit)) {
            *worth = units[i].worth;
            *is_business = units[i].is_business;
            return true;
        }
    return false;
}

static bool read_duration(struct node *node, struct text written)
{
    int64_t sum = 0, parts = 0;
    for (size_t i = 0; i < written.n; parts++) {
        size_t from = i;
        while (i < written.n && written.chars[i] >= '0' && written.chars[i] <= '9')
            i++;
        int64_t count, worth;
        bool is_business;
        if (!text_to_i64(text_cut(written, from, i - from), &count))
            return false;
        from = i;
        while (i < written.n && written.chars[i] >= 'a')
            i++;
        struct text unit = text_cut(written, from, i - from);
        if (!unit_of(unit, &worth, &is_business) ||
            (parts > 0 && (is_business || node->flag)) ||
            (is_business && count > LIMIT_WORK_COUNT))
            return false;
        node->flag = is_business;
        node->position = is_business && text_is_chars(unit, "bh");
        if (__builtin_mul_overflow(count, worth, &count) ||
            __builtin_add_overflow(sum, count, &sum))
            return false;
    }
    node->number = sum;
    return true;
}

static bool read_literal(struct parse *parse, struct node *node)
{
    struct text written = node->name;
    struct decimal decimal;
    int32_t date;
    switch ((int)node->kind) {
    case NODE_INT:
        return text_to_i64(written, &node->number);
    case NODE_DECIMAL:
        return decimal_parse(written, &decimal);
    case NODE_PERCENT:
        node->name = text_cut(written, 0, written.n - 1);
        return decimal_parse(node->name, &decimal) &&
               decimal.scale + 2 <= DECIMAL_DIGITS_MAX;
    case NODE_MONEY:
        node->as = text_cut(written, written.n - 3, 3);
        node->name = text_trim(text_cut(written, 0, written.n - 3));
        return decimal_parse(node->name, &decimal);
    case NODE_DURATION:
        return read_duration(node, written);
    case NODE_DATE:
        if (!when_date_parse(written, &date))
            return false;
        node->number = date;
        return true;
    case NODE_INSTANT:
        return when_instant_parse(written, &node->number);
    }
    (void)parse;
    return true;
}

struct node *parse_literal(struct parse *parse, enum node_kind kind, struct text written,
                           struct span span)
{
    struct node *node = node_new(parse->compile, kind, span);
    node->name = written;
    node->name_span = span;
    if (!read_literal(parse, node)) {
        node->flag = false; /* of business time no calendar is asked for it too */
        struct diag *diag =
            diag_add(parse->diags, DIAG_F0010, span, "`" TEXT_FMT "` is no %s",
                     TEXT_ARG(written), node_word(kind));
        if (kind == NODE_DURATION && memchr(written.chars, 'b', written.n) != NULL)
            diag_help(parse->diags, diag, "business days or hours stand alone: 2bd, 4bh");
        else if (kind == NODE_DURATION)
            diag_why(parse->diags, diag, "A duration has at most 292,000 years.");
        else if (kind == NODE_INT || kind == NODE_DECIMAL || kind == NODE_MONEY)
            diag_why(parse->diags, diag,
                     "Whole numbers have 64 bits, decimals 38 digits.");
    }
    return node;
}

void parse_take_clauses(struct parse *parse, struct node *node)
{
    static const enum node_kind once[] = {NODE_AS,        NODE_USING,        NODE_LIMIT,
                                          NODE_UNDONE_BY, NODE_NEVER_UNDONE, NODE_SHOWING,
                                          NODE_FAILS_WITH};
    for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
        const struct node *first = node_clause(node, once[i]);
        const struct node *second =
            first == NULL ? NULL : node_clause_next(first, once[i]);
        if (second == NULL)
            continue;
        struct diag *diag = diag_add(parse->diags, DIAG_F0009, second->span,
                                     "`%s` is said twice", node_word(once[i]));
        diag_also(parse->diags, diag, first->span, "here first");
    }
    node_each(clause, node->clauses)
    {
        if (clause->kind == NODE_AS) {
            node->as = clause->name;
            node->as_span = clause->name_span;
        } else if (clause->kind == NODE_USING) {
            node->policy = clause->name;
            node->policy_span = clause->name_span;
        } else if (clause->kind == NODE_LIMIT) {
            node->limit = clause;
        } else if (clause->kind == NODE_SHOWING) {
            node->showing = clause->items;
        }
    }
}

struct node *parse_signed(struct parse *parse, struct span span, struct text kind,
                          struct text digest, struct text where, struct span at)
{
    if (!text_is_chars(kind, "hmac") || !text_is_chars(digest, "sha256") ||
        !text_is_chars(where, "header")) {
        struct diag *diag = diag_add(parse->diags, DIAG_F0001, span_join(span, at),
                                     "this is no signature that is known");
        diag_help(parse->diags, diag,
                  "signed hmac sha256 header \"X-Signature\" secret(\"portal\")");
    }
    return node_new(parse->compile, NODE_SIGNED, span);
}

/* The first token at or behind this byte. */
static uint32_t token_at(const struct parse *parse, uint32_t offset)
{
    uint32_t from = 0, to = parse->tokens.n;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (parse->tokens.at[middle].span.from < offset)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct text parse_doc(struct parse *parse, struct span at)
{
    uint32_t end = token_at(parse, at.from);
    uint32_t from = end;
    uint32_t line = at.line;
    while (from > 0 && parse->tokens.at[from - 1].comment == TOKEN_DOC &&
           parse->tokens.at[from - 1].span.line + 1 == line) {
        from--;
        line--;
    }
    if (from == end)
        return TEXT("");
    struct buf out;
    buf_init(&out, parse->compile);
    for (uint32_t i = from; i < end; i++) {
        struct text said = span_text(parse->tokens.at[i].span);
        said = text_trim(text_cut(said, 2, said.n));
        if (i > from)
            buf_char(&out, '\n');
        buf_text(&out, said);
    }
    return buf_done(&out);
}
