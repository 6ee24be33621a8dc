/* Decisions: printed, and as the journal stores them. */
#include "engine/base/json.h"
#include "engine/base/when.h"
#include "tests/unit/core/advance_flow.h"

static struct sample s;

static struct text printed(void)
{
    struct buf out;
    buf_init(&out, s.arena);
    decision_print(&out, s.ir, s.play->decision);
    return buf_done(&out);
}

static void a_decision_prints_one_line_an_item(void)
{
    sample_open(&s);
    sample_begin(&s);
    struct text lines = printed();
    CHECK(text_starts(lines, TEXT("entry started: 7 {\"n\":7}\nentry entered in ordering "
                                  "line 10: ordering\n")));
    CHECK(strstr(lines.chars,
                 "\ncall 3 erp.create effect step ordering.create attempt 1 key ") !=
          NULL);
    CHECK(strstr(lines.chars, " until 2026-05-12T15:00:20Z {\"n\":7}\n") != NULL);
    CHECK(strstr(lines.chars, "\nstatus running in ordering rev 1\n") != NULL);
    CHECK(strstr(lines.chars,
                 "\nfibre 1 state ordering calls line 11 sent erp.create attempt 1\n") !=
          NULL);
    CHECK(strstr(lines.chars, "\nrecord 2 erp.create as so armed\n") != NULL);
    sample_answer(&s, "create", OUTCOME_VALUE, NULL, "42");
    lines = printed();
    CHECK(strstr(lines.chars, "\nsubscribe ") != NULL);
    CHECK(strstr(lines.chars, " Cancel fields 1 key ") != NULL);
    CHECK(strstr(lines.chars, " wakes 2026-05-12T16:00:00Z\n") != NULL);
    sample_close(&s);
}

static void what_is_stale_or_refused_prints_so(void)
{
    sample_open(&s);
    sample_begin(&s);
    struct outcome late = {.kind = OUTCOME_UNAVAILABLE};
    play_outcome(s.play, 99, &late);
    CHECK_TEXT(printed(), "nothing\n");
    sample_command(&s, "resume", "");
    CHECK(text_starts(printed(), TEXT("refused conflict: ")));
    sample_close(&s);
}

static void the_same_stimulus_prints_the_same(void)
{
    sample_open(&s);
    sample_begin(&s);
    struct text first = printed();
    play_close(s.play);
    sample_begin(&s);
    CHECK(text_is(printed(), first));
    sample_close(&s);
}

static void entries_are_rows_of_seven(void)
{
    sample_open(&s);
    sample_begin(&s);
    struct err err = {0};
    scoped_json json_t *rows =
        json_read(decision_entries_json(s.arena, s.ir, s.play->decision), &err);
    REQUIRE(json_is_array(rows) && json_array_size(rows) >= 3);
    for (size_t i = 0; i < json_array_size(rows); i++)
        CHECK_INT(json_array_size(json_array_get(rows, i)), 7);
    CHECK_TEXT(json_text_of(json_at(rows, TEXT("/0/0"))), "started");
    CHECK_TEXT(json_text_of(json_at(rows, TEXT("/1/0"))), "entered");
    CHECK_TEXT(json_text_of(json_at(rows, TEXT("/1/1"))), "ordering");
    CHECK_TEXT(json_text_of(json_at(rows, TEXT("/2/0"))), "called");
    CHECK_TEXT(json_text_of(json_at(rows, TEXT("/2/2"))), "ordering.create");
    CHECK_INT(json_integer_value(json_at(rows, TEXT("/2/3"))), 11);
    CHECK(json_is_null(json_at(rows, TEXT("/2/4"))));
    sample_close(&s);
}

static json_t *text_or_null(struct text t)
{
    return t.n > 0 ? json_text(t) : json_null();
}

/* As jansson writes a tree of them. */
static struct text by_tree(const struct decision *d)
{
    scoped_json json_t *all = json_array();
    for (uint32_t i = 0; i < d->entries.n; i++) {
        const struct entry *e = &d->entries.at[i];
        json_t *row = json_array();
        json_array_append_new(row, json_string(entry_kind_name(e->kind)));
        json_array_append_new(
            row, e->state == IR_NONE
                     ? json_null()
                     : json_text(ir_text(s.ir, s.ir->states[e->state].path)));
        json_array_append_new(row, text_or_null(e->step));
        json_array_append_new(row, e->line > 0 ? json_integer(e->line) : json_null());
        json_array_append_new(row, text_or_null(e->actor));
        json_array_append_new(row, text_or_null(e->text));
        json_array_append_new(row, e->data != NULL ? json_incref(e->data) : json_null());
        json_array_append_new(all, row);
    }
    return json_write(s.arena, all);
}

/* Every character that is written otherwise, and many that are not, in every place. */
static void entries_are_written_as_a_tree_of_them_would_be(void)
{
    static const char some[] = "\"\\/\b\f\n\r\t\x01\x1f\x7f<'{}[]:, aZ09\0";
    sample_open(&s);
    sample_begin(&s);
    struct decision d = {0};
    CHECK_TEXT(decision_entries_json(s.arena, s.ir, &d), "[]");
    for (uint32_t i = 0; i < 2000; i++) {
        char chars[16 + 9]; /* some, and a tail */
        size_t n = i % 17;
        for (size_t k = 0; k < n; k++)
            chars[k] = some[(i * 31 + k * (i / 7 + 1)) % sizeof some];
        memcpy(chars + n, "ü€\xF0\x9F\x9A\x82", i % 3 == 0 ? 9 : 0);
        struct text t = text_dup(s.arena, (struct text){chars, n + (i % 3 == 0 ? 9 : 0)});
        struct entry e = {.kind = (enum entry_kind)(i % 10),
                          .state = i % 4 == 0 ? IR_NONE : i % s.ir->states_n,
                          .line = i * (i % 5),
                          .text = t};
        e.step = i % 2 == 0 ? t : TEXT("");
        e.actor = i % 3 == 1 ? t : TEXT("");
        if (i % 6 == 0) {
            e.data = json_object();
            json_object_set_new(e.data, "said", json_text(t));
            json_object_set_new(e.data, "n", json_real(0.1));
        }
        vec_push(s.arena, &d.entries, e);
    }
    struct text written = decision_entries_json(s.arena, s.ir, &d);
    CHECK(text_is(written, by_tree(&d)));
    decision_done(&d);
    sample_close(&s);
}

static void entries_have_names(void)
{
    CHECK(strcmp(entry_kind_name(ENTRY_STARTED), "started") == 0);
    CHECK(strcmp(entry_kind_name(ENTRY_CANCELLED), "cancelled") == 0);
    CHECK(strcmp(entry_kind_name((enum entry_kind)999), "unknown") == 0);
}

const struct unit_test suite_decision[] = {
    TEST(a_decision_prints_one_line_an_item),
    TEST(what_is_stale_or_refused_prints_so),
    TEST(the_same_stimulus_prints_the_same),
    TEST(entries_are_rows_of_seven),
    TEST(entries_are_written_as_a_tree_of_them_would_be),
    TEST(entries_have_names),
    {0},
};
