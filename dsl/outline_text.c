/* An outline in words. */
#include "dsl/outline_in.h"

#define PLACE(NAME, word) [OUTLINE_##NAME] = word,
static const char *const place_words[] = {
#include "dsl/outline.def"
};
#define WAY(NAME, word) [OUTLINE_##NAME] = word,
static const char *const way_words[] = {
#include "dsl/outline.def"
};
#define CAUSE(NAME, word) [OUTLINE_ON_##NAME] = word,
static const char *const cause_words[] = {
#include "dsl/outline.def"
};
#define BACK(NAME, word) [OUTLINE_BACK_##NAME] = word,
static const char *const back_words[] = {
#include "dsl/outline.def"
};

const char *outline_place_word(enum outline_place_kind kind)
{
    return place_words[kind];
}

const char *outline_way_word(enum outline_way_kind kind)
{
    return way_words[kind];
}

const char *outline_cause_word(enum outline_cause_kind kind)
{
    return cause_words[kind];
}

const char *outline_back_word(enum outline_back_kind kind)
{
    return back_words[kind];
}

static void write_cause(struct buf *out, const struct outline_cause *cause)
{
    if (cause->outer != NULL) {
        write_cause(out, cause->outer);
        buf_chars(out, cause->kind == OUTLINE_ON_IF ? " " : ", ");
    }
    if (cause->kind == OUTLINE_ON_IF || cause->kind == OUTLINE_ON_AFTER ||
        cause->kind == OUTLINE_ON_EVERY)
        buf_printf(out, "%s ", cause_words[cause->kind]);
    buf_text(out, cause->name);
}

struct text outline_cause_text(struct arena *compile, const struct outline_cause *cause)
{
    struct buf out;
    buf_init(&out, compile);
    if (cause != NULL)
        write_cause(&out, cause);
    return buf_done(&out);
}

struct text outline_place_text(const struct outline *outline, uint32_t place)
{
    return place == OUTLINE_FLOW ? outline->flow->name : outline->places.at[place].path;
}

struct text outline_role(const struct node *ask_or_letter)
{
    return ask_or_letter->target->name;
}

struct text outline_source(struct arena *compile, struct span span)
{
    struct buf out;
    struct text whole = text_trim(span_text(span));
    buf_init(&out, compile);
    for (size_t i = 0; i < whole.n; i++) {
        char c = whole.chars[i];
        bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!is_blank)
            buf_char(&out, c);
        else if (out.bytes[out.n - 1] != ' ')
            buf_char(&out, ' ');
    }
    return buf_done(&out);
}
