/* One test as a sequence diagram. */
#include "tools/sequence.h"

#include "engine/base/when.h"
#include "tools/test_run_in.h"

enum {
    LINE_CHARS_MAX = 60, /* what an arrow says is read at a glance */
    CLOCK_SHOWN_US = 60 * 1000000
};

struct sequence {
    struct arena *arena;
    struct test_run run;
    struct buf lines;
    VEC(struct text) lives;   /* names of the lifelines, in the order they are met */
    VEC(const char *) shapes; /* "participant" or "actor" */
    int64_t drawn_at;         /* the clock at the last line */
};

static const struct text OUTSIDE = {"outside", 7};

/* ---- words ---- */

/* Mermaid ends a line at `;` and begins an entity with `#`. */
static void say(struct buf *out, struct text text)
{
    size_t n = 0, most = 0; /* whole characters */
    while (most < text.n &&
           (n += ((unsigned char)text.chars[most] & 0xC0) != 0x80) <= LINE_CHARS_MAX)
        most++;
    for (size_t i = 0; i < most; i++) {
        char c = text.chars[i];
        if (c == ';' || c == '#' || c == '<' || c == '>' || c == '&')
            buf_printf(out, "#%d;", c);
        else
            buf_char(out, (unsigned char)c < 0x20 ? ' ' : c);
    }
    if (most < text.n)
        buf_chars(out, "…");
}

static uint32_t life(struct sequence *s, const char *shape, struct text name)
{
    for (uint32_t i = 0; i < s->lives.n; i++)
        if (text_is(s->lives.at[i], name))
            return i;
    vec_push(s->arena, &s->lives, text_dup(s->arena, name));
    vec_push(s->arena, &s->shapes, shape);
    return s->lives.n - 1;
}

static uint32_t life_of_flow(struct sequence *s, const struct play *play)
{
    return life(s, "participant", ir_text(play->ir, play->ir->flow.name));
}

static void arrow(struct sequence *s, uint32_t from, const char *kind, uint32_t to,
                  struct text what, struct text more)
{
    buf_printf(&s->lines, "    l%u%sl%u: ", from, kind, to);
    say(&s->lines, what);
    if (more.n > 0)
        buf_chars(&s->lines, ": ");
    say(&s->lines, more);
    buf_char(&s->lines, '\n');
}

static void remark(struct sequence *s, uint32_t over, const char *what, struct text more)
{
    buf_printf(&s->lines, "    Note over l%u: %s", over, what);
    say(&s->lines, more);
    buf_char(&s->lines, '\n');
}

/* ---- what happens ---- */

static bool puts_back(const struct play *play, uint32_t call)
{
    for (uint32_t i = 0; i < play->inst->fibres.n; i++) {
        const struct fibre *f = &play->inst->fibres.at[i];
        if (f->call.number == call)
            return f->wait == FIBRE_UNDOING || f->kind == FIBRE_UNDO;
    }
    return false;
}

static void orders(struct sequence *s, const struct play *play,
                   const struct decision *decision)
{
    uint32_t flow = life_of_flow(s, play);
    for (uint32_t i = 0; i < decision->calls.n; i++) {
        const struct call_order *order = &decision->calls.at[i];
        arrow(s, flow, puts_back(play, order->number) ? "-->>" : "->>",
              life(s, "participant", order->adapter), order->operation_name,
              order->attempt > 1 ? TEXT("again") : TEXT(""));
    }
    for (uint32_t i = 0; i < decision->children.n; i++) {
        uint32_t child = decision->children.at[i].child;
        arrow(s, flow, "->>",
              life(s, "participant", ir_text(play->ir, play->ir->children[child].flow)),
              TEXT("begins"), TEXT(""));
    }
    if (decision->unwinds.n > 0)
        remark(s, flow, "what it ran is put back", TEXT(""));
}

/* Pauses between tries are too short to tell. */
static void clock_says(struct sequence *s, const struct play *play)
{
    char at[WHEN_TEXT_BYTES];
    if (play->now - s->drawn_at < CLOCK_SHOWN_US)
        return;
    remark(s, life_of_flow(s, play), "",
           text_cut(when_instant_print(play->now, at), 0, TOLD_MOMENT_BYTES));
    s->drawn_at = play->now;
}

/* The newest task of somebody: what is asked. */
static struct text question_for(const struct play *play, struct text role)
{
    for (uint32_t i = play->inst->tasks.n; i-- > 0;)
        if (text_is(play->inst->tasks.at[i].role, role))
            return play->inst->tasks.at[i].question;
    return TEXT("");
}

static void tell(struct sequence *s, const struct play *play, const struct entry *entry)
{
    uint32_t flow = life_of_flow(s, play);
    uint32_t kind = entry->kind;
    if (kind == ENTRY_ASKED)
        arrow(s, flow, "->>", life(s, "actor", entry->text),
              question_for(play, entry->text), TEXT(""));
    else if (kind == ENTRY_ESCALATED)
        arrow(s, flow, "->>", life(s, "actor", entry->text), TEXT("asked too"), TEXT(""));
    else if (kind == ENTRY_DECIDED)
        arrow(s, life(s, "actor", entry->actor), "-)", flow, entry->text, TEXT(""));
    else if (kind == ENTRY_EMITTED)
        arrow(s, flow, "->>", life(s, "participant", OUTSIDE), entry->text, TEXT(""));
    else if (kind == ENTRY_EVENT)
        arrow(s, life(s, "participant", OUTSIDE), "->>", flow, entry->text, TEXT(""));
    else if (kind == ENTRY_ENTERED)
        remark(s, flow, "", entry->text);
    else if (kind == ENTRY_LATE)
        remark(s, flow, "a limit has run out: ", entry->step);
    else if (kind == ENTRY_PARKED || kind == ENTRY_UNDO_FAILED)
        remark(s, flow, "waits for somebody to decide: ", entry->text);
    else if (kind == ENTRY_UNDO_BEGAN || kind == ENTRY_KEPT)
        remark(s, flow, kind == ENTRY_KEPT ? "keep " : "undo ", entry->text);
    else if (kind == ENTRY_COMPLETED || kind == ENTRY_FAILED || kind == ENTRY_CANCELLED)
        remark(s, flow, entry_kind_name(kind), TEXT(""));
}

static void seen(void *context, struct play *play, const struct decision *decision)
{
    struct sequence *s = context;
    clock_says(s, play);
    for (uint32_t i = 0; i < decision->entries.n; i++)
        tell(s, play, &decision->entries.at[i]);
    orders(s, play, decision);
}

static void answers(void *context, struct play *play, const struct call_order *order,
                    const struct outcome *outcome)
{
    struct sequence *s = context;
    static const char *const words[] = {
        [OUTCOME_VALUE] = "done",
        [OUTCOME_REFUSED] = "refused",
        [OUTCOME_UNAVAILABLE] = "unavailable",
        [OUTCOME_IN_DOUBT] = "in doubt: the answer is lost",
        [OUTCOME_BROKEN] = "broken",
        [OUTCOME_HELD] = "held",
    };
    bool well = outcome->kind == OUTCOME_VALUE;
    arrow(s, life(s, "participant", order->adapter), well ? "-)" : "-x",
          life_of_flow(s, play), text_of(words[outcome->kind]),
          outcome->kind == OUTCOME_REFUSED ? outcome->name : TEXT(""));
}

/* ---- the whole ---- */

static void write_whole(struct buf *out, const struct sequence *s, struct text lines)
{
    buf_chars(out, "sequenceDiagram\n    title ");
    say(out, s->run.test->name);
    buf_char(out, '\n');
    for (uint32_t i = 0; i < s->lives.n; i++)
        buf_printf(out, "    %s l%u as " TEXT_FMT "\n", s->shapes.at[i], i,
                   TEXT_ARG(s->lives.at[i]));
    buf_text(out, lines);
}

struct test_verdict sequence_draw(struct buf *out, struct arena *arena,
                                  const struct compiled_tests *tests,
                                  const struct compiled_test *test,
                                  const json_t *settings)
{
    struct sequence *s = arena_new_of(arena, struct sequence);
    struct test_watch watch = {.context = s, .seen = seen, .answers = answers};
    struct test_run *run = &s->run;
    *s = (struct sequence){.arena = arena};
    buf_init(&s->lines, arena);
    test_open(run, arena, tests, test, settings, test_cover_new(arena, tests->image));
    run->watch = &watch;
    s->drawn_at = run->play->now;
    uint32_t outside = life(s, "participant", OUTSIDE), flow = life_of_flow(s, run->play);
    for (uint32_t i = 0; i < test->steps_n && !run->has_failed; i++) {
        run->step = &test->steps[i];
        if (run->step->kind == TEST_START || run->step->kind == TEST_CANCEL)
            arrow(s, outside, "->>", flow,
                  run->step->kind == TEST_START ? TEXT("start") : TEXT("cancel"),
                  TEXT(""));
        test_do(run, run->step);
    }
    write_whole(out, s, buf_done(&s->lines));
    if (run->has_failed)
        run->diag.why = test_standing(run);
    test_close(run);
    return (struct test_verdict){.passed = !run->has_failed, .diag = run->diag};
}
