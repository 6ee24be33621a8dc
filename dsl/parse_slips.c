/* What people write who come from other languages, read as it was meant: said once, with
 * an edit, and nothing follows from it. */
#include "dsl/parse.h"

#include "dsl/parser.h"

struct slips {
    struct parse *parse;
    VEC(struct word) words; /* as they are read */
    int declaration;        /* the kind of word that began the one we are in */
    struct text type;       /* a variable was called so, which is a type's way … */
    struct text small;      /* … and this is how it is written */
    struct diag *called;
};

/* ---- words, and where they stand ---- */

static const struct word *word_at(const struct slips *s, uint32_t at)
{
    uint32_t last = s->parse->words.n - 1;
    return &s->parse->words.at[at < last ? at : last];
}

static bool touches(const struct slips *s, uint32_t at)
{
    return word_at(s, at)->token.span.to == word_at(s, at + 1)->token.span.from;
}

static bool is_on_line_of(const struct slips *s, uint32_t at, uint32_t next)
{
    return word_at(s, next)->token.kind != 0 &&
           word_at(s, at)->token.span.line == word_at(s, next)->token.span.line;
}

static bool is_first_on_line(const struct slips *s, uint32_t at)
{
    return at == 0 || !is_on_line_of(s, at - 1, at);
}

static int kind_before(const struct slips *s)
{
    return s->words.n == 0 ? 0 : vec_last(&s->words).token.kind;
}

/* Where a step may begin: on a line of its own, or right behind a brace. */
static bool begins_something(const struct slips *s, uint32_t at)
{
    int before = kind_before(s);
    return before == LBRACE || before == RBRACE ||
           (is_first_on_line(s, at) && before != ADD && before != EQ && before != COMMA);
}

/* Where a way out says what it leads to. */
static bool ends_way_out(const struct slips *s)
{
    int before = kind_before(s);
    return before == NAME || before == TNAME || before == RPAREN || before == WHEN_LATE ||
           before == ON_LATE || before == ON_ERROR;
}

static void put(struct slips *s, uint32_t at, int kind, struct text text)
{
    struct word word = *word_at(s, at);
    word.token.kind = kind;
    word.text = text;
    vec_push(s->parse->compile, &s->words, word);
}

static struct span span_of(const struct slips *s, uint32_t from, uint32_t n)
{
    return span_join(word_at(s, from)->token.span, word_at(s, from + n - 1)->token.span);
}

/* Says that `n` words are another one, which keeps apart from what they touched. */
static struct diag *say(struct slips *s, enum diag_code code, uint32_t from, uint32_t n,
                        const char *meant)
{
    struct span at = span_of(s, from, n);
    struct diag *diag =
        meant[0] == '\0'
            ? diag_add(s->parse->diags, code, at, "`" TEXT_FMT "` means nothing here",
                       TEXT_ARG(span_text(at)))
            : diag_add(s->parse->diags, code, at, "write `%s`, not `" TEXT_FMT "`", meant,
                       TEXT_ARG(span_text(at)));
    bool is_word = meant[0] >= 'a';
    bool is_tight =
        at.source->text.chars[at.from - (at.from > 0)] > ' ' && kind_before(s) != LPAREN;
    diag_fix(s->parse->diags, diag, at, "%s%s%s", is_word && is_tight ? " " : "", meant,
             is_word && touches(s, from + n - 1) ? " " : "");
    return diag;
}

/* ---- words of other languages ---- */

enum where { ANYWHERE, BEHIND_BLOCK, AT_STEP, BEHIND_STEP };

static const struct slip {
    const char *words[2]; /* the second NULL: it is one */
    int kinds[2];         /* read as; 0: not at all */
    enum where where;
    enum diag_code code;
    const char *meant;
    const char *help; /* NULL: what is meant says enough */
} slips[] = {
    {{"els", "if"}, {ELSE, IF}, BEHIND_BLOCK, DIAG_F0001, "else if", NULL},
    {{"elif", NULL}, {ELSE, IF}, BEHIND_BLOCK, DIAG_F0001, "else if", NULL},
    {{"elsif", NULL}, {ELSE, IF}, BEHIND_BLOCK, DIAG_F0001, "else if", NULL},
    {{"elseif", NULL}, {ELSE, IF}, BEHIND_BLOCK, DIAG_F0001, "else if", NULL},
    {{"got", "to"}, {GO_TO, 0}, AT_STEP, DIAG_F0001, "go to", NULL},
    {{"goto", NULL}, {GO_TO, 0}, AT_STEP, DIAG_F0001, "go to", NULL},
    {{"return", NULL}, {GIVE, 0}, AT_STEP, DIAG_F0001, "give", NULL},
    {{"&", "&"}, {AND, 0}, ANYWHERE, DIAG_F0005, "and", NULL},
    {{"&", NULL}, {AND, 0}, ANYWHERE, DIAG_F0005, "and", NULL},
    {{"|", "|"}, {OR, 0}, ANYWHERE, DIAG_F0005, "or", NULL},
    {{"!", NULL}, {NOT, 0}, ANYWHERE, DIAG_F0005, "not", NULL},
    {{";", NULL},
     {0, 0},
     BEHIND_STEP,
     DIAG_F0005,
     "",
     "leave it out: every step begins with its own word"},
};

static bool is_foreign(int kind)
{
    return kind == NAME || kind == BADCHAR || kind == BAR;
}

static bool stands_there(const struct slips *s, const struct slip *slip, uint32_t at,
                         uint32_t n)
{
    switch (slip->where) {
    case ANYWHERE:
        return n == 1 || touches(s, at);
    case BEHIND_BLOCK:
        return kind_before(s) == RBRACE;
    case AT_STEP: /* and it leads to something */
        return is_on_line_of(s, at, at + n) &&
               (begins_something(s, at) ||
                (ends_way_out(s) && word_at(s, at + n)->token.kind == NAME));
    case BEHIND_STEP: /* `wait ;` is half a step: the parser says more of it */
        return s->words.n > 0 && !parse_is_keyword(vec_last(&s->words).text);
    }
    return false;
}

/* How many words it is; 0 when it is another. */
static uint32_t slip_length(const struct slips *s, const struct slip *slip, uint32_t at)
{
    uint32_t n = slip->words[1] == NULL ? 1 : 2;
    if (s->parse->source->text.chars[word_at(s, at)->token.span.from] !=
        slip->words[0][0])
        return 0; /* as most do */
    for (uint32_t i = 0; i < n; i++)
        if (!text_is_chars(span_text(word_at(s, at + i)->token.span), slip->words[i]))
            return 0;
    return stands_there(s, slip, at, n) ? n : 0;
}

static uint32_t read_foreign(struct slips *s, uint32_t at)
{
    if (!is_foreign(word_at(s, at)->token.kind))
        return 0;
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        const struct slip *slip = &slips[i];
        uint32_t n = slip_length(s, slip, at);
        if (n == 0)
            continue;
        struct diag *diag = say(s, slip->code, at, n, slip->meant);
        diag_help(s->parse->diags, diag, "%s", slip->help ? slip->help : slip->meant);
        for (size_t k = 0; k < 2 && slip->kinds[k] != 0; k++)
            put(s, at, slip->kinds[k], text_of(slip->meant));
        return n;
    }
    return 0;
}

/* `// so` to the end of its line. */
static uint32_t read_comment(struct slips *s, uint32_t at)
{
    if (word_at(s, at)->token.kind != SLASH || word_at(s, at + 1)->token.kind != SLASH ||
        !touches(s, at))
        return 0;
    struct diag *diag = say(s, DIAG_F0001, at, 2, "#");
    diag_label(s->parse->diags, diag, "a comment begins with #");
    uint32_t n = 2;
    while (is_on_line_of(s, at, at + n))
        n++;
    return n;
}

/* `if x then {`: `then` belongs to values. */
static uint32_t read_then(struct slips *s, uint32_t at)
{
    if (word_at(s, at)->token.kind != THEN || word_at(s, at + 1)->token.kind != LBRACE)
        return 0;
    struct diag *diag = say(s, DIAG_F0001, at, 1, "");
    diag_label(s->parse->diags, diag, "`then` belongs to values; steps stand in { }");
    diag_help(s->parse->diags, diag, "leave it out:   if … { … }");
    return 1;
}

/* ---- `total = 3`, `total += 3` ---- */

static bool is_variable(const struct slips *s, struct text name)
{
    for (uint32_t i = 1; i < s->words.n; i++)
        if (s->words.at[i].token.kind == FIELD && s->words.at[i - 1].token.kind == VAR &&
            text_is(s->words.at[i].text, name))
            return true;
    return false;
}

static uint32_t read_set(struct slips *s, uint32_t at)
{
    const struct word *name = word_at(s, at), *next = word_at(s, at + 1);
    bool adds = (next->token.kind == PLUS || next->token.kind == MINUS) &&
                word_at(s, at + 2)->token.kind == EQ && touches(s, at + 1);
    if (name->token.kind != NAME || (next->token.kind != EQ && !adds) ||
        !begins_something(s, at) || s->declaration != FLOW)
        return 0;
    bool is_set = adds || is_variable(s, name->text);
    const char *word = is_set ? "set" : "let";
    struct span before = name->token.span;
    struct diag *diag = diag_add(s->parse->diags, DIAG_F0001, before,
                                 is_set ? "a variable gets its value with `set`"
                                        : "a name gets its value with `let`");
    before.to = before.from;
    diag_fix(s->parse->diags, diag, before, "%s ", word);
    put(s, at, is_set ? SET : LET, text_of(word));
    put(s, at, NAME, name->text);
    if (!adds) {
        diag_help(s->parse->diags, diag, "%s " TEXT_FMT " = …", word,
                  TEXT_ARG(name->text));
        return 1;
    }
    diag_help(s->parse->diags, diag, "set " TEXT_FMT " = " TEXT_FMT " " TEXT_FMT " …",
              TEXT_ARG(name->text), TEXT_ARG(name->text), TEXT_ARG(next->text));
    diag_fix(s->parse->diags, diag, span_of(s, at + 1, 2), "= " TEXT_FMT " " TEXT_FMT,
             TEXT_ARG(name->text), TEXT_ARG(next->text));
    put(s, at + 2, EQ, TEXT("="));
    put(s, at, NAME, name->text);
    put(s, at + 1, next->token.kind, next->text);
    return 3;
}

/* ---- `sate x {`: a first word with a slip ---- */

static const struct {
    const char *word;
    int kind;
} firsts[] = {{"state", STATE}, {"final", FINAL}, {"call", CALL}, {"set", SET},
              {"let", LET},     {"emit", EMIT},   {"mark", MARK}, {"flow", FLOW},
              {"type", TYPE_},  {"event", EVENT}, {"send", SEND}, {"adapter", ADAPTER}};

static uint32_t read_first(struct slips *s, uint32_t at)
{
    const struct word *word = word_at(s, at);
    int next = word_at(s, at + 1)->token.kind;
    if (word->token.kind != NAME || (next != NAME && next != TNAME) ||
        !is_on_line_of(s, at, at + 1) || !begins_something(s, at))
        return 0;
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        if (text_distance(word->text, text_of(firsts[i].word), 1) != 1)
            continue;
        struct diag *diag = say(s, DIAG_F0001, at, 1, firsts[i].word);
        diag_label(s->parse->diags, diag, "did you mean `%s`?", firsts[i].word);
        put(s, at, firsts[i].kind, text_of(firsts[i].word));
        if (word->token.span.column == 1)
            s->declaration = firsts[i].kind;
        return 1;
    }
    return 0;
}

/* ---- `as Number` ---- */

static struct text small_of(struct arena *compile, struct text name)
{
    struct buf out;
    buf_init(&out, compile);
    for (size_t i = 0; i < name.n; i++) {
        bool is_big = name.chars[i] >= 'A' && name.chars[i] <= 'Z';
        if (is_big && i > 0)
            buf_char(&out, '_');
        buf_char(&out, (char)(is_big ? name.chars[i] - 'A' + 'a' : name.chars[i]));
    }
    return buf_done(&out);
}

/* Where it is read it is meant too; its edits are all of them or none. */
static uint32_t read_called(struct slips *s, uint32_t at)
{
    const struct word *word = word_at(s, at);
    if (word->token.kind != TNAME || s->declaration != FLOW)
        return 0;
    int before = kind_before(s), next = word_at(s, at + 1)->token.kind;
    if (before == AS || before == LET || before == SET) {
        s->type = word->text;
        s->small = small_of(s->parse->compile, word->text);
        s->called = diag_add(s->parse->diags, DIAG_F0001, word->token.span,
                             "a name is written small");
        diag_label(s->parse->diags, s->called,
                   "types, events and errors begin like this");
        diag_help(s->parse->diags, s->called, TEXT_FMT, TEXT_ARG(s->small));
    } else if (!text_is(word->text, s->type) || next == LPAREN || before == WHEN ||
               before == ON || before == EMIT || before == COLON) {
        return 0;
    }
    if (s->called->edits_n < DIAG_EDITS_MAX)
        diag_offer(s->parse->diags, s->called, word->token.span, TEXT_FMT,
                   TEXT_ARG(s->small));
    put(s, at, NAME, s->small);
    return 1;
}

/* ---- what a test expects ---- */

static uint32_t read_final(struct slips *s, uint32_t at)
{
    const struct word *word = word_at(s, at);
    if (s->declaration != TEST || kind_before(s) != EXPECT || word->token.kind != FINAL)
        return 0;
    struct diag *diag = say(s, DIAG_F0001, at, 1, "state");
    diag_label(s->parse->diags, diag,
               "a test names the state, whether it is final or not");
    put(s, at, STATE, TEXT("state"));
    return 1;
}

/* `expect not called shop.order` is `expect called shop.order never`. */
static uint32_t read_not_called(struct slips *s, uint32_t at)
{
    int what = word_at(s, at + 1)->token.kind;
    if (kind_before(s) != EXPECT || word_at(s, at)->token.kind != NOT ||
        (what != CALLED && what != UNDONE) || word_at(s, at + 2)->token.kind != NAME)
        return 0;
    uint32_t n = 3;
    while (word_at(s, at + n)->token.kind == DOT &&
           word_at(s, at + n + 1)->token.kind == NAME)
        n += 2;
    struct span end = word_at(s, at + n - 1)->token.span;
    struct span left_out = word_at(s, at)->token.span;
    struct diag *diag = diag_add(s->parse->diags, DIAG_F0001, left_out,
                                 "what was not done was done `never`");
    struct text path = span_text(span_of(s, at + 2, n - 2));
    struct text done = word_at(s, at + 1)->text;
    diag_help(s->parse->diags, diag, "expect " TEXT_FMT " " TEXT_FMT " never",
              TEXT_ARG(done), TEXT_ARG(path));
    diag_fix(s->parse->diags, diag, span_of(s, at, n), TEXT_FMT " " TEXT_FMT " never",
             TEXT_ARG(done), TEXT_ARG(path));
    for (uint32_t i = at + 1; i < at + n; i++)
        put(s, i, word_at(s, i)->token.kind, word_at(s, i)->text);
    put(s, at + n - 1, NEVER, TEXT("never"));
    vec_last(&s->words).token.span = end;
    return n;
}

/* ---- all of them ---- */

static uint32_t read_slip(struct slips *s, uint32_t at)
{
    static uint32_t (*const reads[])(struct slips *, uint32_t) = {
        read_comment, read_foreign, read_then,  read_set,
        read_first,   read_called,  read_final, read_not_called};
    uint32_t n = 0;
    for (size_t i = 0; i < sizeof reads / sizeof *reads && n == 0; i++)
        n = reads[i](s, at);
    return n;
}

void parse_slips(struct parse *parse)
{
    struct slips s = {.parse = parse};
    if (parse->is_binding)
        return;
    vec_reserve(parse->compile, &s.words, parse->words.n + 1);
    for (uint32_t at = 0; at < parse->words.n;) {
        if (parse_begins_declaration(parse, at)) {
            s.declaration = word_at(&s, at)->token.kind;
            s.type = (struct text){"", 0};
        }
        uint32_t n = word_at(&s, at)->token.kind == 0 ? 0 : read_slip(&s, at);
        if (n == 0) {
            vec_push(parse->compile, &s.words, *word_at(&s, at));
            n = 1;
        }
        at += n;
    }
    parse->words.at = s.words.at;
    parse->words.n = s.words.n;
    parse->words.room = s.words.room;
}
