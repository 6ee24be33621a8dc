/* What the tests of a flow have reached. States, handlers and undos show in the
 * instance; which way out a step took is told by the journal. */
#include "tools/test_cover.h"

#include "engine/base/json.h"

struct test_cover *test_cover_new(struct arena *arena, const struct ir *ir)
{
    struct test_cover *cover = arena_new_of(arena, struct test_cover);
    *cover = (struct test_cover){.arena = arena,
                                 .ir = ir,
                                 .states = arena_array(arena, bool, ir->states_n + 1),
                                 .handlers = arena_array(arena, bool, ir->handlers_n + 1),
                                 .ways = arena_array(arena, bool, ir->whens_n + 1),
                                 .undos = arena_array(arena, bool, ir->sites_n + 1)};
    return cover;
}

/* ---- ways out ---- */

static bool has_way(const struct ir *ir, struct ir_range whens, struct text name)
{
    for (uint32_t i = 0; i < whens.n; i++)
        if (text_is(ir_text(ir, ir->whens[whens.first + i].name), name))
            return true;
    return false;
}

void test_cover_way(struct test_cover *cover, struct ir_range whens, struct text name)
{
    for (uint32_t i = 0; i < whens.n; i++)
        if (text_is(ir_text(cover->ir, cover->ir->whens[whens.first + i].name), name)) {
            cover->ways[whens.first + i] = true;
            return;
        }
}

static uint32_t pc_of_site(const struct ir *ir, uint32_t site)
{
    for (uint32_t pc = 0; pc < ir->code_n; pc++)
        if (ir->code[pc].code == IR_CALL && ir->code[pc].b == site)
            return pc;
    return IR_NONE;
}

/* The FORK whose part is the body around `pc`; IR_NONE: it is no part. */
static uint32_t fork_around(const struct ir *ir, uint32_t pc)
{
    uint32_t body = pc;
    while (body > 0 && ir->code[body].code != IR_ENTER)
        body--;
    for (uint32_t at = pc; at < ir->code_n; at++) {
        struct ir_range parts = {0, 0};
        if (ir->code[at].code == IR_FORK)
            parts = ir->forks[ir->code[at].b].branches;
        for (uint32_t i = 0; i < parts.n; i++)
            if (ir->branches[parts.first + i].body == body)
                return at;
    }
    return IR_NONE;
}

/* What a step does not answer itself goes to the inmost attempt around it that does; out
 * of its part, too. */
static void cover_attempt(struct test_cover *cover, uint32_t pc, struct text name)
{
    const struct ir *ir = cover->ir;
    const struct ir_attempt *inmost = NULL;
    for (uint32_t i = 0; i < ir->attempts_n; i++) {
        const struct ir_attempt *a = &ir->attempts[i];
        if (a->from_pc < pc && pc < a->to_pc && has_way(ir, a->whens, name) &&
            (inmost == NULL || a->from_pc > inmost->from_pc))
            inmost = a;
    }
    if (inmost != NULL)
        test_cover_way(cover, inmost->whens, name);
    else if (pc != IR_NONE && fork_around(ir, pc) != IR_NONE)
        cover_attempt(cover, fork_around(ir, pc), name);
}

static void cover_step(struct test_cover *cover, struct text step, struct text name)
{
    const struct ir *ir = cover->ir;
    step = text_split(&step, '['); /* whichever iteration */
    for (uint32_t i = 0; i < ir->sites_n; i++) {
        if (!text_is(ir_text(ir, ir->sites[i].step), step))
            continue;
        if (has_way(ir, ir->sites[i].whens, name))
            test_cover_way(cover, ir->sites[i].whens, name);
        else
            cover_attempt(cover, pc_of_site(ir, i), name);
    }
    for (uint32_t i = 0; i < ir->children_n; i++)
        if (text_is(ir_text(ir, ir->children[i].step), step))
            test_cover_way(cover, ir->children[i].whens, name);
    for (uint32_t i = 0; i < ir->questions_n; i++)
        if (text_is(ir_text(ir, ir->questions[i].step), step))
            test_cover_way(cover, ir->questions[i].whens, name);
}

/* The journal names the step that is put back; the `undo` is known by its line. */
static void cover_undo(struct test_cover *cover, uint32_t line, struct text name)
{
    const struct ir *ir = cover->ir;
    for (uint32_t pc = 0; pc < ir->code_n; pc++)
        if (ir->code[pc].code == IR_UNDO && ir->lines[pc] == line)
            test_cover_way(cover, ir->undos[ir->code[pc].b].whens, name);
}

/* `on error refer to`, `on late refer to`: they park, and run nothing. */
static void cover_parked(struct test_cover *cover, const struct entry *entry)
{
    const struct ir *ir = cover->ir;
    struct text letter = json_text_of(json_object_get(entry->data, "dead_letter"));
    for (uint32_t i = 0; i < ir->handlers_n; i++) {
        const struct ir_handler *h = &ir->handlers[i];
        const struct ir_op *first = &ir->code[h->body + 1];
        if (h->kind == IR_HANDLER_ERROR && first->code == IR_REFER &&
            text_is(ir_text(ir, ir->dead_letters[first->b].name), letter) &&
            (h->state == IR_NONE || h->state == entry->state))
            cover->handlers[i] = true;
    }
}

static struct text behind_last_colon(struct text t)
{
    for (size_t i = t.n; i > 1; i--)
        if (t.chars[i - 2] == ':')
            return text_trim(text_cut(t, i, t.n));
    return t;
}

static void cover_entry(struct test_cover *cover, const struct entry *entry)
{
    struct text rest = entry->text;
    if (entry->kind == ENTRY_FAILED_STEP)
        cover_step(cover, entry->step, text_split(&rest, ':'));
    else if (entry->kind == ENTRY_DECIDED)
        cover_step(cover, entry->step, entry->text);
    else if (entry->kind == ENTRY_LATE)
        cover_step(cover, entry->step, TEXT("late"));
    else if (entry->kind == ENTRY_UNDO_FAILED)
        cover_undo(cover, entry->line, behind_last_colon(entry->text));
    else if (entry->kind == ENTRY_PARKED)
        cover_parked(cover, entry);
}

void test_cover_add(struct test_cover *cover, const struct decision *decision)
{
    const struct instance *inst = decision->after;
    for (uint32_t i = 0; i < decision->entries.n; i++)
        cover_entry(cover, &decision->entries.at[i]);
    for (uint32_t i = 0; i < inst->visits_n; i++)
        cover->states[i] = cover->states[i] || inst->visits[i].visits > 0;
    for (uint32_t i = 0; i < inst->timers_n; i++)
        cover->handlers[i] = cover->handlers[i] || inst->timers[i].runs > 0;
    for (uint32_t i = 0; i < inst->undo.n; i++)
        if (inst->undo.at[i].state == UNDO_UNDONE && !record_is_child(&inst->undo.at[i]))
            cover->undos[inst->undo.at[i].site] = true;
}

/* ---- what was never reached ---- */

struct tally {
    struct arena *arena;
    uint32_t covered;
    uint32_t total;
    VEC(struct text) missed;
};

static void count(struct tally *tally, bool is_covered, const char *name)
{
    tally->total++;
    tally->covered += is_covered;
    if (!is_covered)
        vec_push(tally->arena, &tally->missed, text_of(name));
}

static struct text handler_name(const struct test_cover *cover,
                                const struct ir_handler *h)
{
    const struct ir *ir = cover->ir;
    const char *what = "";
    static const char *const words[] = {
        [IR_HANDLER_EVENT] = "on ",     [IR_HANDLER_ERROR] = "on error",
        [IR_HANDLER_LATE] = "on late",  [IR_HANDLER_CANCEL] = "on cancel",
        [IR_HANDLER_AFTER] = "after",   [IR_HANDLER_EVERY] = "every",
        [IR_HANDLER_IGNORE] = "ignore "};
    struct text name = TEXT("");
    what = words[h->kind];
    if (h->kind == IR_HANDLER_EVENT)
        name = ir_text(ir, ir->events[ir->matches[h->match].event].name);
    else if (h->kind == IR_HANDLER_ERROR && h->error != IR_NONE)
        name = ir_text(ir, h->error);
    const char *gap = h->kind == IR_HANDLER_ERROR && name.n > 0 ? " " : "";
    struct text where =
        h->state != IR_NONE ? ir_text(ir, ir->states[h->state].path) : TEXT("");
    return text_of(arena_printf(cover->arena, TEXT_FMT "%s%s%s" TEXT_FMT, TEXT_ARG(where),
                                where.n > 0 ? " " : "", what, gap, TEXT_ARG(name)));
}

static struct tally tally_states(const struct test_cover *cover)
{
    struct tally tally = {.arena = cover->arena};
    for (uint32_t i = 0; i < cover->ir->states_n; i++)
        count(&tally, cover->states[i],
              text_chars(cover->arena, ir_text(cover->ir, cover->ir->states[i].path)));
    return tally;
}

static struct tally tally_handlers(const struct test_cover *cover)
{
    struct tally tally = {.arena = cover->arena};
    for (uint32_t i = 0; i < cover->ir->handlers_n; i++)
        if (cover->ir->handlers[i].kind != IR_HANDLER_IGNORE)
            count(&tally, cover->handlers[i],
                  handler_name(cover, &cover->ir->handlers[i]).chars);
    return tally;
}

static void tally_whens(struct tally *tally, const struct test_cover *cover,
                        struct text step, struct ir_range whens)
{
    for (uint32_t i = 0; i < whens.n; i++)
        count(tally, cover->ways[whens.first + i],
              arena_printf(
                  cover->arena, TEXT_FMT " when " TEXT_FMT, TEXT_ARG(step),
                  TEXT_ARG(ir_text(cover->ir, cover->ir->whens[whens.first + i].name))));
}

static struct tally tally_ways(const struct test_cover *cover)
{
    const struct ir *ir = cover->ir;
    struct tally tally = {.arena = cover->arena};
    for (uint32_t i = 0; i < ir->sites_n; i++)
        tally_whens(&tally, cover, ir_text(ir, ir->sites[i].step), ir->sites[i].whens);
    for (uint32_t i = 0; i < ir->children_n; i++)
        tally_whens(&tally, cover, ir_text(ir, ir->children[i].step),
                    ir->children[i].whens);
    for (uint32_t i = 0; i < ir->questions_n; i++)
        tally_whens(&tally, cover, ir_text(ir, ir->questions[i].step),
                    ir->questions[i].whens);
    for (uint32_t i = 0; i < ir->attempts_n; i++)
        tally_whens(&tally, cover, ir_text(ir, ir->attempts[i].step),
                    ir->attempts[i].whens);
    for (uint32_t i = 0; i < ir->undos_n; i++)
        tally_whens(&tally, cover, ir_text(ir, ir->undos[i].step), ir->undos[i].whens);
    for (uint32_t i = 0; i < ir->dead_letters_n; i++)
        tally_whens(&tally, cover, ir_text(ir, ir->dead_letters[i].name),
                    ir->dead_letters[i].whens);
    return tally;
}

static bool can_be_undone(const struct ir *ir, const struct ir_site *site)
{
    return !site->never_undone && (site->undo_block != IR_NONE ||
                                   ir->operations[site->operation].undone_by != IR_NONE);
}

static struct tally tally_undos(const struct test_cover *cover)
{
    const struct ir *ir = cover->ir;
    struct tally tally = {.arena = cover->arena};
    for (uint32_t i = 0; i < ir->sites_n; i++)
        if (can_be_undone(ir, &ir->sites[i]))
            count(&tally, cover->undos[i],
                  text_chars(cover->arena, ir_text(ir, ir->sites[i].step)));
    return tally;
}

static void print_missed(struct buf *out, const char *what, const struct tally *tally)
{
    for (uint32_t i = 0; i < tally->missed.n; i++)
        buf_printf(out, "%s" TEXT_FMT, i == 0 ? what : ", ",
                   TEXT_ARG(tally->missed.at[i]));
    if (tally->missed.n > 0)
        buf_char(out, '\n');
}

void test_cover_print(struct buf *out, const struct test_cover *cover, bool missed)
{
    struct tally states = tally_states(cover), handlers = tally_handlers(cover),
                 ways = tally_ways(cover), undos = tally_undos(cover);
    buf_printf(out,
               "coverage of " TEXT_FMT
               ": states %u/%u, handlers %u/%u, ways out %u/%u, undos %u/%u\n",
               TEXT_ARG(ir_text(cover->ir, cover->ir->flow.name)), states.covered,
               states.total, handlers.covered, handlers.total, ways.covered, ways.total,
               undos.covered, undos.total);
    if (!missed)
        return;
    print_missed(out, "  never entered in any test: ", &states);
    print_missed(out, "  never run in any test: ", &handlers);
    print_missed(out, "  never taken in any test: ", &ways);
    print_missed(out, "  never undone in any test: ", &undos);
}
