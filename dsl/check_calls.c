/* Steps that go outside and wait: calls, runs, events, people; and their ways out. */
#include "dsl/check_in.h"

void check_policy(struct check *c, struct text name, struct span at)
{
    if (name.n == 0 || text_is_chars(name, "steady") || text_is_chars(name, "once"))
        return;
    struct symbol *policy = scope_find_kind(c->scope, SYMBOL_POLICY, name);
    if (policy == NULL)
        (void)check_unknown(c, at, "policy", name, c->scope, 1U << SYMBOL_POLICY);
    else
        policy->uses++;
}

void check_limit(struct check *c, struct node *limit)
{
    if (limit == NULL)
        return;
    if (!limit->flag) {
        check_duration(c, limit->value, true);
        return;
    }
    const struct type *type = check_expr(c, limit->value, NULL);
    if (type->kind != TYPE_INSTANT && type->kind != TYPE_DATE &&
        type->kind != TYPE_POISON)
        check_fit(c, limit->value, &type_instant);
}

/* ---- ways out ---- */

static const struct type *type_of_error(struct check *c, struct node *when,
                                        const struct symbol *fails, bool any_error)
{
    struct node *path =
        when->target->kind == NODE_PATTERN ? when->target->target : when->target;
    if (check_is_builtin_error(path->name))
        return c->program->problem;
    struct symbol *error =
        any_error || fails == NULL
            ? check_find_error(c, path, NULL, 0)
            : check_find_error(c, path, fails->errors, fails->errors_n);
    when->symbol = path->symbol = error;
    if (error != NULL) {
        error->uses++;
        return error->type;
    }
    if (fails == NULL || any_error) {
        diag_add(c->diags, DIAG_F0101, path->span,
                 "nothing here fails with `" TEXT_FMT "`", TEXT_ARG(path->name));
        return &type_poison;
    }
    struct diag *diag = diag_add(c->diags, DIAG_F0101, path->span,
                                 "`" TEXT_FMT "` does not fail with `" TEXT_FMT "`",
                                 TEXT_ARG(fails->name), TEXT_ARG(path->name));
    struct near near = near_to(path->name);
    for (uint32_t i = 0; i < fails->errors_n; i++)
        near_try(&near, fails->errors[i]->name, fails->errors[i]->node);
    near_say(c, diag, path->name_span, &near);
    for (uint32_t i = 0; near_is_sure(&near) && i < fails->errors_n; i++)
        if (text_is(fails->errors[i]->name, near.best))
            when->symbol = fails->errors[i]; /* it is answered, with a slip */
    return when->symbol == NULL ? &type_poison : when->symbol->type;
}

static const struct type *type_of_answer(struct check *c, struct node *when)
{
    if (when->target->kind == NODE_PATTERN)
        diag_add(c->diags, DIAG_F0101, when->name_span,
                 "an answer is a name in small letters");
    return check_params_record(c, (struct text){"", 0}, when->params, when);
}

static void check_when(struct check *c, struct node *when, const struct symbol *fails,
                       bool any_error, bool is_question)
{
    struct scope *outer = c->scope;
    c->scope = scope_new(c->compile, outer);
    if (when->target != NULL) {
        if (when->params.n > 0 && !is_question)
            diag_add(c->diags, DIAG_F0111, when->params.first->span,
                     "only a person's answer can be `asking`");
        when->type = is_question ? type_of_answer(c, when)
                                 : type_of_error(c, when, fails, any_error);
        node_each(param, when->params) if (param->value != NULL)
            check_want(c, param->value, param->type_of->type);
    }
    if (when->as.n > 0)
        when->declares =
            check_bind(c, SYMBOL_LOCAL, when->as, when->as_span, when, when->type);
    if (when->where != NULL) {
        check_condition(c, when->where);
        facts_learn(c, when->where, true);
    }
    check_action(c, when->block);
    c->scope = outer;
}

bool check_whens(struct check *c, struct nodes whens, const struct symbol *fails,
                 bool any_error, bool is_question)
{
    const struct fact *facts = c->facts;
    const struct fact *met = facts;
    bool some_end = false, was_in_when = c->in_when, was_dead = c->is_dead;
    c->in_when = true;
    node_each(when, whens)
    {
        if (when->kind != NODE_WHEN)
            continue;
        c->facts = facts;
        c->is_dead = false;
        check_when(c, when, fails, any_error, is_question);
        when->position = c->is_dead ? 0 : 1;
        if (c->is_dead)
            continue;
        some_end = true;
        met = facts_meet(c, met, c->facts);
    }
    c->in_when = was_in_when;
    c->is_dead = was_dead;
    c->facts = met;
    return some_end;
}

/* ---- results ---- */

void check_result(struct check *c, struct node *step, const struct type *type,
                  bool may_be_absent)
{
    if (step->as.n == 0)
        return;
    if (type == NULL) {
        diag_add(c->diags, DIAG_F0110, step->as_span,
                 "`" TEXT_FMT "` gives nothing to be named",
                 TEXT_ARG(step->target->name));
        type = &type_poison;
    }
    struct symbol *known = scope_find_kind(c->scope, SYMBOL_VARIABLE, step->as);
    if (known == NULL || known->kind != SYMBOL_VARIABLE) {
        step->declares =
            check_bind(c, SYMBOL_LOCAL, step->as, step->as_span, step,
                       may_be_absent ? type_optional(c->compile, type) : type);
        return;
    }
    step->symbol = known;
    known->uses++;
    facts_forget(c, known);
    if (known->type != NULL && !type_fits(type, known->type))
        diag_add(c->diags, DIAG_F0102, step->as_span,
                 TEXT_FMT " where " TEXT_FMT " is wanted",
                 TEXT_ARG(type_words(c->compile, type)),
                 TEXT_ARG(type_words(c->compile, known->type)));
    else if (known->type != NULL && known->type->kind == TYPE_OPTIONAL &&
             type->kind != TYPE_OPTIONAL && !may_be_absent) {
        struct node name = {.kind = NODE_NAME, .symbol = known};
        facts_present(c, &name);
    }
}

static void check_undo_block(struct check *c, struct node *step)
{
    const struct node *clause = node_clause(step, NODE_UNDONE_BY);
    if (clause == NULL)
        return;
    const struct fact *facts = c->facts;
    bool was_dead = c->is_dead;
    struct node result = {.kind = NODE_NAME, .symbol = step->declares};
    if (step->declares == NULL)
        result.symbol = step->symbol;
    if (result.symbol != NULL) /* what is undone has happened */
        facts_present(c, &result);
    check_action(c, clause->block);
    c->facts = facts;
    c->is_dead = was_dead;
}

void check_call(struct check *c, struct node *step)
{
    struct symbol *operation = check_find_operation(c, step->target);
    check_policy(c, step->policy, step->policy_span);
    if (operation == NULL) {
        node_each(arg, step->args) check_expr(c, arg->value, NULL);
    } else {
        check_args(c, step->args, check_params_type(c, operation), step->target->span,
                   arena_printf(c->compile, "`" TEXT_FMT "`", TEXT_ARG(operation->name)),
                   false, true);
        step->type = operation->type;
    }
    check_limit(c, step->limit);
    facts_suspend(c);
    bool some_end = check_whens(c, step->whens, operation, operation == NULL, false);
    check_result(c, step, operation == NULL ? &type_poison : operation->type, some_end);
    check_undo_block(c, step);
}

void check_run(struct check *c, struct node *step)
{
    struct symbol *flow = check_find_flow(c, step->target);
    if (flow == NULL)
        node_each(arg, step->args) check_expr(c, arg->value, NULL);
    else
        check_args(c, step->args, check_params_type(c, flow), step->target->span,
                   arena_printf(c->compile, "`" TEXT_FMT "`", TEXT_ARG(flow->name)),
                   false, true);
    if (step->kind == NODE_START) {
        step->type = &type_text;
        check_result(c, step, &type_text, false);
        return;
    }
    step->type = flow == NULL ? &type_poison : flow->type;
    check_limit(c, step->limit);
    facts_suspend(c);
    bool some_end = check_whens(c, step->whens, flow, flow == NULL, false);
    check_result(c, step, step->type, some_end);
}

/* ---- events ---- */

static bool is_key(const struct node *event, struct text field)
{
    for (struct node *keys = node_clause(event, NODE_EVENT_KEY); keys != NULL;
         keys = node_clause_next(keys, NODE_EVENT_KEY))
        node_each(key, keys->items) if (text_is(key->name, field)) return true;
    return false;
}

static void say_no_key(struct check *c, const struct node *pattern,
                       const struct node *arg, const struct node *event)
{
    struct diag *diag = diag_add(c->diags, DIAG_F0503, arg->name_span,
                                 "`" TEXT_FMT "` cannot be found by `" TEXT_FMT "`",
                                 TEXT_ARG(pattern->target->name), TEXT_ARG(arg->name));
    const struct node *keys = node_clause(event, NODE_EVENT_KEY);
    if (keys == NULL) {
        diag_label(c->diags, diag, "it has no key");
        return;
    }
    diag_label(c->diags, diag, "its key is `" TEXT_FMT "`",
               TEXT_ARG(keys->items.first->name));
    diag_help(c->diags, diag,
              "on " TEXT_FMT "(" TEXT_FMT ": …) as e where e." TEXT_FMT " is " TEXT_FMT,
              TEXT_ARG(pattern->target->name), TEXT_ARG(keys->items.first->name),
              TEXT_ARG(arg->name), TEXT_ARG(span_text(arg->value->span)));
}

static void say_no_such_key(struct check *c, const struct node *arg,
                            const struct symbol *event)
{
    struct diag *diag = diag_add(c->diags, DIAG_F0101, arg->name_span,
                                 "`" TEXT_FMT "` has no `" TEXT_FMT "`",
                                 TEXT_ARG(event->name), TEXT_ARG(arg->name));
    const struct node *keys = node_clause(event->node, NODE_EVENT_KEY);
    if (keys == NULL)
        diag_label(c->diags, diag, "it has no key");
    else
        diag_label(c->diags, diag, "its key is `" TEXT_FMT "`",
                   TEXT_ARG(keys->items.first->name));
    struct near near = near_to(arg->name);
    near_try_fields(&near, event->type);
    if (keys != NULL && text_is(near.best, keys->items.first->name))
        diag_fix(c->diags, diag, arg->name_span, TEXT_FMT, TEXT_ARG(near.best));
}

static void check_key(struct check *c, struct node *arg, const struct type *field)
{
    const struct type *type = check_expr(c, arg->value, field);
    if (type->kind == TYPE_LIST && field->kind != TYPE_LIST)
        check_fit(c, arg->value, type_list(c->compile, field));
    else
        check_fit(c, arg->value, field);
}

void check_pattern(struct check *c, struct node *pattern)
{
    struct symbol *event = check_find_event(c, pattern->target, true);
    pattern->symbol = event;
    pattern->type = event == NULL ? &type_poison : event->type;
    if (event != NULL)
        event->uses++;
    node_each(arg, pattern->args)
    {
        int32_t at = event == NULL ? -1 : type_field_find(event->type, arg->name);
        arg->position = at;
        if (at >= 0) {
            check_key(c, arg, event->type->fields[at].type);
            if (!is_key(event->node, arg->name))
                say_no_key(c, pattern, arg, event->node);
            continue;
        }
        check_expr(c, arg->value, NULL);
        if (event != NULL)
            say_no_such_key(c, arg, event);
    }
}

const struct type *check_construct(struct check *c, struct node *construct, bool is_event)
{
    struct symbol *symbol =
        is_event ? check_find_event(c, construct->target, true)
                 : check_find_error(c, construct->target, c->flow->symbol->errors,
                                    c->flow->symbol->errors_n);
    construct->symbol = construct->target->symbol = symbol;
    if (symbol == NULL) {
        node_each(arg, construct->args) check_expr(c, arg->value, NULL);
        if (!is_event) {
            struct diag *diag = diag_add(
                c->diags, DIAG_F0101, construct->target->span,
                "`" TEXT_FMT "` does not fail with `" TEXT_FMT "`",
                TEXT_ARG(c->flow->symbol->name), TEXT_ARG(construct->target->name));
            diag_also(c->diags, diag, c->flow->node->name_span,
                      "add   fails with " TEXT_FMT, TEXT_ARG(construct->target->name));
        }
        return &type_poison;
    }
    symbol->uses++;
    check_args(c, construct->args, symbol->type, construct->target->span,
               arena_printf(c->compile, "`" TEXT_FMT "`", TEXT_ARG(symbol->name)), false,
               true);
    construct->type = symbol->type;
    return symbol->type;
}

static void check_event_when(struct check *c, struct node *when)
{
    struct scope *outer = c->scope;
    c->scope = scope_new(c->compile, outer);
    if (when->target != NULL && when->target->kind == NODE_PATTERN) {
        check_pattern(c, when->target);
        when->type = when->target->type;
        when->symbol = when->target->symbol;
    } else if (when->target != NULL) {
        diag_add(c->diags, DIAG_F0101, when->name_span, "an event is wanted here");
    }
    if (when->as.n > 0)
        when->declares =
            check_bind(c, SYMBOL_LOCAL, when->as, when->as_span, when, when->type);
    if (when->where != NULL)
        check_condition(c, when->where);
    check_action(c, when->block);
    c->scope = outer;
}

static void check_wait_any(struct check *c, struct node *step)
{
    check_limit(c, step->limit);
    facts_suspend(c);
    const struct fact *facts = c->facts, *met = NULL;
    bool all_dead = true;
    node_each(when, step->whens)
    {
        c->facts = facts;
        c->is_dead = false;
        check_event_when(c, when);
        when->position = c->is_dead ? 0 : 1;
        if (!c->is_dead)
            met = all_dead ? c->facts : facts_meet(c, met, c->facts);
        all_dead &= c->is_dead;
    }
    c->facts = met;
    c->is_dead = all_dead;
}

static void check_wait_for(struct check *c, struct node *step)
{
    check_pattern(c, step->target);
    step->type = step->target->type;
    check_limit(c, step->limit);
    facts_suspend(c);
    const struct fact *facts = c->facts;
    bool some_end = false, was_in_when = c->in_when;
    if (step->otherwise != NULL) {
        c->in_when = true;
        check_action(c, step->otherwise);
        some_end = !c->is_dead;
        c->in_when = was_in_when;
    }
    c->is_dead = false;
    c->facts = some_end ? facts_meet(c, facts, c->facts) : facts;
    if (step->where == NULL) {
        check_result(c, step, step->type, some_end);
        return;
    }
    struct scope *outer = c->scope;
    c->scope = scope_new(c->compile, outer);
    if (step->as.n > 0)
        check_bind(c, SYMBOL_LOCAL, step->as, step->as_span, step, step->type);
    check_condition(c, step->where);
    struct symbol *bound =
        step->as.n > 0 ? scope_find_kind_here(c->scope, SYMBOL_LOCAL, step->as) : NULL;
    c->scope = outer;
    if (bound != NULL) {
        step->declares = bound; /* the same local, seen from here on too */
        bound->type = some_end ? type_optional(c->compile, step->type) : step->type;
        scope_put(c->scope, bound);
    }
}

void check_wait(struct check *c, struct node *step)
{
    if (step->kind == NODE_WAIT_FOR) {
        check_wait_for(c, step);
        return;
    }
    if (step->kind == NODE_WAIT_ANY) {
        check_wait_any(c, step);
        return;
    }
    if (step->kind == NODE_WAIT) {
        check_duration(c, step->value, true);
    } else {
        const struct type *type = check_expr(c, step->value, NULL);
        if (type->kind != TYPE_INSTANT && type->kind != TYPE_DATE)
            check_fit(c, step->value, &type_bool);
    }
    facts_suspend(c);
}

/* ---- people ---- */

void check_ask(struct check *c, struct node *step)
{
    check_want(c, step->value, &type_text);
    node_each(shown, step->showing) check_expr(c, shown, NULL);
    check_limit(c, step->limit);
    for (struct node *then = node_clause(step, NODE_ESCALATE); then != NULL;
         then = node_clause_next(then, NODE_ESCALATE))
        check_duration(c, then->value, true);
    facts_suspend(c);
    const struct fact *facts = c->facts;
    bool some_end = check_whens(c, step->whens, NULL, false, true);
    (void)facts;
    c->is_dead = step->whens.n > 0 && !some_end;
    if (step->as.n > 0)
        check_result(c, step, &type_text, false);
}
