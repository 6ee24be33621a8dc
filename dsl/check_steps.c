/* Steps: one after another, with what is known on the way. */
#include "dsl/check_in.h"

void check_steps(struct check *c, struct nodes steps)
{
    const struct node *left_by = NULL;
    bool is_said = false;
    node_each(step, steps)
    {
        if (c->is_dead && left_by != NULL && !is_said && step->kind != NODE_ERROR) {
            struct diag *diag =
                diag_add(c->diags, DIAG_F0205, step->span, "this is never reached");
            diag_also(c->diags, diag, left_by->span, "leaves here");
            is_said = true;
        }
        bool was_dead = c->is_dead;
        check_step(c, step);
        if (c->is_dead && !was_dead)
            left_by = step;
        c->is_dead |= was_dead;
    }
}

void check_in_scope(struct check *c, struct nodes steps)
{
    struct scope *outer = c->scope;
    c->scope = scope_new(c->compile, outer);
    check_steps(c, steps);
    c->scope = outer;
}

void check_action(struct check *c, struct node *action)
{
    if (action == NULL)
        return;
    if (action->kind == NODE_BLOCK)
        check_in_scope(c, action->items);
    else
        check_step(c, action);
}

/* ---- variables ---- */

static void check_var(struct check *c, struct node *step)
{
    const struct type *type =
        step->declares != NULL ? step->declares->type : check_type(c, step->type_of);
    if (step->value != NULL)
        check_want(c, step->value, type);
    if (step->declares == NULL) {
        step->declares =
            check_bind(c, SYMBOL_VARIABLE, step->name, step->name_span, step, type);
        step->declares->is_assigned_later = step->value == NULL;
        step->declares->owner = c->state == NULL ? NULL : c->state->symbol;
    }
    struct node name = {.kind = NODE_NAME, .symbol = step->declares};
    if (step->value != NULL && step->value->type != NULL && type->kind == TYPE_OPTIONAL &&
        step->value->type->kind != TYPE_OPTIONAL && step->value->type->kind != TYPE_NONE)
        facts_present(c, &name);
}

static struct symbol *find_variable(struct check *c, struct node *step)
{
    struct symbol *symbol = scope_find_kind(c->scope, SYMBOL_VARIABLE, step->name);
    if (symbol == NULL) {
        symbol = check_unknown(c, step->name_span, "variable", step->name, c->scope,
                               1U << SYMBOL_VARIABLE);
        if (symbol == NULL)
            return NULL;
    }
    step->symbol = symbol;
    if (symbol->kind == SYMBOL_VARIABLE)
        return symbol;
    struct diag *diag =
        diag_add(c->diags, DIAG_F0111, step->name_span,
                 "`" TEXT_FMT "` cannot be changed", TEXT_ARG(step->name));
    if (symbol->node != NULL)
        diag_also(c->diags, diag, symbol->node->span, "only a `var` can");
    return NULL;
}

static void check_set(struct check *c, struct node *step)
{
    const struct symbol *symbol = find_variable(c, step);
    if (symbol == NULL) {
        check_expr(c, step->value, NULL);
        return;
    }
    check_want(c, step->value, symbol->type);
    if (step->value->type != NULL && step->value->type->kind == TYPE_INT &&
        symbol->node != NULL && type_present(symbol->type)->kind == TYPE_MONEY)
        return;
    facts_forget(c, symbol);
    struct node name = {.kind = NODE_NAME, .symbol = (struct symbol *)symbol};
    if (symbol->type->kind == TYPE_OPTIONAL && step->value->type != NULL &&
        step->value->type->kind != TYPE_OPTIONAL && step->value->type->kind != TYPE_NONE)
        facts_present(c, &name);
}

static void check_add(struct check *c, struct node *step)
{
    const struct symbol *symbol = find_variable(c, step);
    const struct type *type = symbol == NULL ? &type_poison : symbol->type;
    if (type->kind == TYPE_LIST) {
        check_want(c, step->value, type->of);
        return;
    }
    check_expr(c, step->value, NULL);
    if (type->kind != TYPE_POISON)
        diag_add(c->diags, DIAG_F0102, step->name_span,
                 "`" TEXT_FMT "` is " TEXT_FMT ", and only lists grow",
                 TEXT_ARG(step->name), TEXT_ARG(type_words(c->compile, type)));
}

static void check_let(struct check *c, struct node *step)
{
    const struct type *type = check_expr(c, step->value, NULL);
    step->declares = check_bind(c, SYMBOL_LOCAL, step->name, step->name_span, step, type);
}

/* ---- choosing ---- */

static void check_if(struct check *c, struct node *step)
{
    check_condition(c, step->value);
    const struct fact *facts = c->facts;
    bool was_dead = c->is_dead;
    facts_learn(c, step->value, true);
    check_action(c, step->block);
    const struct fact *after = c->facts;
    bool is_dead = c->is_dead;
    c->facts = facts;
    c->is_dead = was_dead;
    facts_learn(c, step->value, false);
    if (step->otherwise != NULL && step->otherwise->kind == NODE_IF)
        check_if(c, step->otherwise);
    else
        check_action(c, step->otherwise);
    facts_join(c, after, is_dead);
}

struct coverage {
    const struct type *type; /* of the subject, without its optional */
    bool *taken;
    bool has_none;
    bool has_else;
    bool has_true;
    bool has_false;
};

static void say_never(struct check *c, const struct node *arm, struct span at,
                      const char *why)
{
    (void)arm;
    struct diag *diag = diag_add(c->diags, DIAG_F0104, at, "this arm can never be taken");
    diag_label(c->diags, diag, "%s", why);
}

/* `when CASE`: what `as` binds. */
static const struct type *check_case_arm(struct check *c, struct node *arm,
                                         struct coverage *cover)
{
    const struct type *variant = cover->type;
    int32_t at = type_case_find(variant, arm->value->name);
    if (at < 0) {
        struct diag *diag = diag_add(c->diags, DIAG_F0101, arm->value->span,
                                     TEXT_FMT " has no case `" TEXT_FMT "`",
                                     TEXT_ARG(type_words(c->compile, variant)),
                                     TEXT_ARG(arm->value->name));
        struct near near = near_to(arm->value->name);
        near_try_cases(&near, variant);
        near_say(c, diag, arm->value->span, &near);
        cover->has_else = true; /* it may be any of those that are left */
        return &type_poison;
    }
    arm->position = at;
    if (cover->taken[at])
        say_never(c, arm, arm->value->span, "an arm above takes it");
    cover->taken[at] |= arm->where == NULL;
    if (variant->cases[at].record == NULL && arm->as.n > 0)
        diag_add(c->diags, DIAG_F0110, arm->as_span, "`" TEXT_FMT "` carries no data",
                 TEXT_ARG(arm->value->name));
    return variant->cases[at].record == NULL ? &type_poison : variant->cases[at].record;
}

static const struct type *check_pattern_arm(struct check *c, struct node *arm,
                                            struct coverage *cover,
                                            const struct type *subject)
{
    struct node *value = arm->value;
    if (value == NULL) {
        if (cover->has_else)
            say_never(c, arm, arm->span, "an `else` above takes everything");
        cover->has_else = true;
        return subject;
    }
    if (value->kind == NODE_NONE) {
        value->type = subject;
        cover->has_none |= arm->where == NULL;
        if (subject->kind != TYPE_OPTIONAL && subject->kind != TYPE_POISON)
            say_never(c, arm, value->span, "it is never absent");
        return subject;
    }
    if (value->kind == NODE_NAME && cover->type->kind == TYPE_VARIANT)
        return check_case_arm(c, arm, cover);
    check_expr(c, value, cover->type);
    check_fit(c, value, cover->type);
    cover->has_true |= value->kind == NODE_TRUE && arm->where == NULL;
    cover->has_false |= value->kind == NODE_FALSE && arm->where == NULL;
    return cover->type;
}

static void check_arm(struct check *c, struct node *step, struct node *arm,
                      struct coverage *cover, const struct type *subject)
{
    struct scope *outer = c->scope;
    c->scope = scope_new(c->compile, outer);
    arm->type = check_pattern_arm(c, arm, cover, subject);
    if (arm->value != NULL && arm->value->kind != NODE_NONE)
        facts_present(c, step->value);
    if (arm->as.n > 0)
        arm->declares =
            check_bind(c, SYMBOL_LOCAL, arm->as, arm->as_span, arm, arm->type);
    if (arm->where != NULL)
        check_condition(c, arm->where);
    check_action(c, arm->block);
    c->scope = outer;
}

static void write_case(struct buf *out, const struct type_case *one)
{
    buf_text(out, one->name);
    if (one->record != NULL)
        type_write(out, one->record);
}

static void say_forgotten(struct check *c, const struct node *step,
                          const struct coverage *cover)
{
    struct buf missing, all;
    const struct type_case *first = NULL;
    uint32_t n = 0;
    buf_init(&missing, c->compile);
    buf_init(&all, c->compile);
    for (uint32_t i = 0; i < cover->type->cases_n; i++) {
        buf_printf(&all, "%s" TEXT_FMT, i > 0 ? ", " : "",
                   TEXT_ARG(cover->type->cases[i].name));
        if (cover->taken[i])
            continue;
        first = n == 0 ? &cover->type->cases[i] : first;
        buf_chars(&missing, n++ > 0 ? ", " : "");
        write_case(&missing, &cover->type->cases[i]);
    }
    if (n == 0)
        return;
    struct span at = source_span(step->span.source, step->span.from, step->span.from + 5);
    struct diag *diag =
        n == 1 ? diag_add(c->diags, DIAG_F0104, at, "`match` forgets one case")
               : diag_add(c->diags, DIAG_F0104, at, "`match` forgets %u cases", n);
    diag_label(c->diags, diag, TEXT_FMT " has " TEXT_FMT,
               TEXT_ARG(type_text_of(c->compile, cover->type)), TEXT_ARG(buf_done(&all)));
    diag_why(c->diags, diag, "Missing: " TEXT_FMT, TEXT_ARG(buf_done(&missing)));
    diag_help(c->diags, diag, "add   when " TEXT_FMT "%s { … }   or   else { … }",
              TEXT_ARG(first->name), first->record != NULL ? " as c" : "");
}

static void check_coverage(struct check *c, const struct node *step,
                           const struct coverage *cover, const struct type *subject)
{
    if (cover->has_else || cover->type->kind == TYPE_POISON)
        return;
    struct span at = source_span(step->span.source, step->span.from, step->span.from + 5);
    if (subject->kind == TYPE_OPTIONAL && !cover->has_none) {
        struct diag *diag = diag_add(c->diags, DIAG_F0104, at, "`match` forgets `none`");
        diag_help(c->diags, diag, "add   when none { … }   or   else { … }");
    }
    if (cover->type->kind == TYPE_VARIANT) {
        say_forgotten(c, step, cover);
    } else if (!(cover->has_true && cover->has_false)) {
        struct diag *diag =
            diag_add(c->diags, DIAG_F0104, at, "`match` does not say what else may be");
        diag_help(c->diags, diag, "add   else { … }");
    }
}

static void check_match(struct check *c, struct node *step)
{
    const struct type *subject = check_expr(c, step->value, NULL);
    struct coverage cover = {.type = type_present(subject)};
    cover.taken = arena_array(c->compile, bool, cover.type->cases_n + 1);
    const struct fact *facts = c->facts, *met = NULL;
    bool all_dead = true, was_dead = c->is_dead;
    node_each(arm, step->whens)
    {
        c->facts = facts;
        c->is_dead = was_dead;
        check_arm(c, step, arm, &cover, subject);
        if (!c->is_dead)
            met = all_dead ? c->facts : facts_meet(c, met, c->facts);
        all_dead &= c->is_dead;
    }
    check_coverage(c, step, &cover, subject);
    c->facts = met;
    c->is_dead = all_dead;
}

/* ---- several ---- */

/* ok(value) | failed(error: text, message: text) */
static const struct type *outcome_of(struct check *c, const struct type *given)
{
    struct type *type = arena_new_of(c->compile, struct type);
    struct type_field *failed = arena_array(c->compile, struct type_field, 2);
    struct type_field *value = arena_array(c->compile, struct type_field, 1);
    failed[0] = (struct type_field){TEXT("error"), &type_text, NULL};
    failed[1] = (struct type_field){TEXT("message"), &type_text, NULL};
    value[0] =
        (struct type_field){TEXT("value"), given == NULL ? &type_poison : given, NULL};
    type->kind = TYPE_VARIANT;
    type->scale = TYPE_SCALE_FREE;
    type->cases_n = 2;
    type->cases = arena_array(c->compile, struct type_case, 2);
    type->cases[0] = (struct type_case){
        TEXT("ok"), given == NULL ? NULL : type_record(c->compile, TEXT(""), value, 1)};
    type->cases[1] =
        (struct type_case){TEXT("failed"), type_record(c->compile, TEXT(""), failed, 2)};
    return type;
}

/* A part that gives: an iteration, a branch. Its block has the type of what it gives;
 * `may_not` is set where it may end without. */
static const struct type *check_giving(struct check *c, struct node *block, bool *may_not)
{
    struct giving giving = {0}, *outer = c->giving;
    bool ended = c->give_ends, was_in_when = c->in_when;
    const struct fact *facts = c->facts;
    c->giving = &giving;
    c->give_ends = true;
    c->in_when = false;
    check_action(c, block);
    c->giving = outer;
    c->give_ends = ended;
    c->in_when = was_in_when;
    c->facts = facts;
    *may_not |= !c->is_dead;
    c->is_dead = false;
    block->type = giving.given;
    return giving.given;
}

static void check_each_mods(struct check *c, struct node *step)
{
    node_each(clause, step->clauses) if (clause->kind == NODE_AT_ONCE)
        check_want(c, clause->value, &type_int);
}

static void bind_collected(struct check *c, struct node *step, const struct type *type)
{
    struct node *as = node_clause(step, NODE_AS);
    if (as == NULL)
        return;
    step->type = type;
    check_result(c, step, type, false);
    as->declares = step->declares;
    as->symbol = step->symbol;
    as->type = type;
    step->declares = NULL;
}

static void check_for_each(struct check *c, struct node *step)
{
    const struct type *list = check_expr(c, step->value, NULL);
    const struct type *of = &type_poison;
    if (list->kind == TYPE_LIST)
        of = list->of->kind == TYPE_NOTHING ? &type_poison : list->of;
    else
        check_fit(c, step->value, type_list(c->compile, &type_nothing));
    facts_suspend(c);
    const struct fact *facts = c->facts;
    struct scope *outer = c->scope;
    c->scope = scope_new(c->compile, outer);
    struct symbol *item =
        check_bind(c, SYMBOL_LOCAL, step->name, step->name_span, step, of);
    if (step->where != NULL) {
        check_condition(c, step->where);
        facts_learn(c, step->where, true);
    }
    check_each_mods(c, step);
    bool may_not = false; /* then it is left out */
    const struct type *given = check_giving(c, step->block, &may_not);
    c->scope = outer;
    c->facts = facts;
    if (node_clause(step, NODE_DESPITE) != NULL)
        given = outcome_of(c, given);
    if (node_clause(step, NODE_FIRST_WINS) != NULL)
        diag_add(c->diags, DIAG_F0111, node_clause(step, NODE_FIRST_WINS)->span,
                 "only branches can be `first wins`");
    bind_collected(c, step, type_list(c->compile, given == NULL ? &type_nothing : given));
    step->declares = item;
}

static void check_together(struct check *c, struct node *step)
{
    struct type_field *fields = arena_array(c->compile, struct type_field, step->items.n);
    uint32_t n = 0;
    bool first_wins = node_clause(step, NODE_FIRST_WINS) != NULL,
         despite = node_clause(step, NODE_DESPITE) != NULL;
    const struct type *won = NULL;
    if (first_wins && despite)
        diag_add(c->diags, DIAG_F0111, node_clause(step, NODE_DESPITE)->span,
                 "of branches of which the first wins, failures are not collected");
    check_each_mods(c, step);
    facts_suspend(c);
    bool may_not_win = false;
    node_each(branch, step->items)
    {
        bool may_not = false;
        const struct type *given = check_giving(c, branch->block, &may_not);
        branch->type = given;
        may_not_win |= may_not;
        if (given != NULL && first_wins)
            won = won == NULL ? given : type_join(c->compile, won, given);
        if (given != NULL && may_not)
            given = type_optional(c->compile, given);
        if (despite)
            given = outcome_of(c, given);
        if (given != NULL)
            fields[n++] = (struct type_field){branch->name, given, NULL};
    }
    if (won != NULL && may_not_win)
        won = type_optional(c->compile, won);
    bind_collected(c, step,
                   first_wins ? (won == NULL ? &type_poison : won)
                              : type_record(c->compile, TEXT(""), fields, n));
}

static void check_repeat(struct check *c, struct node *step)
{
    check_want(c, step->value, &type_int);
    facts_suspend(c);
    node_each(clause, step->clauses)
    {
        if (clause->kind == NODE_EVERY_ROUND)
            check_duration(c, clause->value, true);
        else
            check_condition(c, clause->value);
    }
    const struct fact *facts = c->facts;
    check_action(c, step->block);
    c->facts = facts;
    c->is_dead = false;
    check_action(c, step->otherwise);
    c->facts = facts;
    c->is_dead = false;
}

static void check_attempt(struct check *c, struct node *step)
{
    facts_suspend(c);
    const struct fact *facts = c->facts;
    check_action(c, step->block);
    const struct fact *after = c->facts;
    bool is_dead = c->is_dead;
    c->facts = facts;
    facts_suspend(c);
    c->is_dead = true;
    bool some_end = check_whens(c, step->whens, NULL, true, false);
    if (some_end)
        c->is_dead = false;
    facts_join(c, after, is_dead);
}

/* ---- going, giving, failing ---- */

static bool is_branch(const struct node *node, const void *name)
{
    return node->kind == NODE_BRANCH && text_is(node->name, *(const struct text *)name);
}

/* The `go to` names a branch, and no state is called so. */
static bool check_into_branch(struct check *c, const struct node *go_to)
{
    struct text name = go_to->target->name;
    const struct node *branch =
        scope_find_kind_here(c->flow->names, SYMBOL_STATE, name) != NULL
            ? NULL
            : node_find_that(c->flow->node, is_branch, &name);
    if (branch == NULL)
        return false;
    struct diag *diag = diag_add(c->diags, DIAG_F0206, go_to->target->span,
                                 "nothing leads into a branch");
    diag_also(c->diags, diag, branch->name_span, "begins with the others beside it");
    diag_help(c->diags, diag, "go to the state that it stands in");
    return true;
}

void check_go_to(struct check *c, struct node *go_to)
{
    go_to->symbol =
        check_into_branch(c, go_to) ? NULL : check_find_state(c, go_to->target);
    c->is_dead = true;
}

static void check_refer(struct check *c, struct node *step)
{
    struct symbol *letter =
        scope_find_kind_here(c->flow->names, SYMBOL_DEAD_LETTER, step->name);
    if (letter == NULL || letter->kind != SYMBOL_DEAD_LETTER)
        letter = check_unknown(c, step->name_span, "dead letter", step->name,
                               c->flow->names, 1U << SYMBOL_DEAD_LETTER);
    else
        letter->uses++;
    step->symbol = letter;
    c->is_dead = c->in_when;
}

static void check_give(struct check *c, struct node *step)
{
    if (c->giving == NULL) {
        check_expr(c, step->value, NULL);
        diag_add(c->diags, DIAG_F0111, step->span, "nothing takes what is given here");
        return;
    }
    if (c->giving->wanted != NULL) {
        check_want(c, step->value, c->giving->wanted);
    } else {
        const struct type *type = check_expr(c, step->value, c->giving->given);
        const struct type *joined = c->giving->given == NULL
                                        ? type
                                        : type_join(c->compile, c->giving->given, type);
        if (joined == NULL)
            check_fit(c, step->value, c->giving->given);
        else
            c->giving->given = joined;
    }
    c->is_dead = c->give_ends;
}

static void check_named(struct check *c, struct node *step)
{
    step->symbol = scope_find_kind_here(c->flow->names, SYMBOL_NAMED_EFFECT, step->name);
    if (step->symbol == NULL)
        step->symbol =
            check_unknown(c, step->name_span, "call, run or attempt", step->name,
                          c->flow->names, 1U << SYMBOL_NAMED_EFFECT);
}

static void check_undo(struct check *c, struct node *step)
{
    if (step->kind == NODE_UNDO)
        check_named(c, step);
    if (step->kind == NODE_UNDO_SINCE) {
        step->symbol = scope_find_kind_here(c->flow->names, SYMBOL_STATE, step->name);
        if (step->symbol == NULL || step->symbol->kind != SYMBOL_STATE)
            step->symbol = check_unknown(c, step->name_span, "state", step->name,
                                         c->flow->names, 1U << SYMBOL_STATE);
    }
    facts_suspend(c);
    check_whens(c, step->whens, NULL, true, false);
}

static void check_misplaced(struct check *c, struct node *step, bool is_allowed,
                            const char *where)
{
    step->flag = !is_allowed;
    if (!is_allowed)
        diag_add(c->diags, DIAG_F0111, step->span, "`%s` belongs %s",
                 node_word(step->kind), where);
    c->is_dead = true;
}

void check_step(struct check *c, struct node *step)
{
    switch ((int)step->kind) {
    case NODE_ERROR:
        check_mistake(c, step);
        return;
    case NODE_BLOCK:
        check_in_scope(c, step->items);
        return;
    case NODE_VAR:
        check_var(c, step);
        return;
    case NODE_LET:
        check_let(c, step);
        return;
    case NODE_SET:
        check_set(c, step);
        return;
    case NODE_ADD:
        check_add(c, step);
        return;
    case NODE_CALL:
        check_call(c, step);
        return;
    case NODE_RUN:
    case NODE_START:
        check_run(c, step);
        return;
    case NODE_WAIT:
    case NODE_WAIT_UNTIL:
    case NODE_WAIT_FOR:
    case NODE_WAIT_ANY:
        check_wait(c, step);
        return;
    case NODE_ASK:
        check_ask(c, step);
        return;
    case NODE_IF:
        check_if(c, step);
        return;
    case NODE_MATCH:
        check_match(c, step);
        return;
    case NODE_FOR_EACH:
        check_for_each(c, step);
        return;
    case NODE_REPEAT:
        check_repeat(c, step);
        return;
    case NODE_TOGETHER:
        check_together(c, step);
        return;
    case NODE_ATTEMPT:
        check_attempt(c, step);
        return;
    case NODE_EMIT:
        check_construct(c, step->target, true);
        return;
    case NODE_NOTE:
        check_want(c, step->value, &type_text);
        return;
    case NODE_UNDO_ALL:
    case NODE_UNDO_SINCE:
    case NODE_UNDO:
        check_undo(c, step);
        return;
    case NODE_KEEP:
        check_named(c, step);
        return;
    case NODE_GO_TO:
        check_go_to(c, step);
        return;
    case NODE_REFER_TO:
        check_refer(c, step);
        return;
    case NODE_GIVE:
        check_give(c, step);
        return;
    case NODE_FAIL:
        check_construct(c, step->target, false);
        c->is_dead = true;
        return;
    case NODE_RETRY:
        check_misplaced(c, step, c->in_dead_letter, "to a choice of a dead letter");
        return;
    case NODE_STAY:
        check_misplaced(c, step, c->in_handler || c->in_dead_letter,
                        "into a handler or a dead letter");
        return;
    }
}
