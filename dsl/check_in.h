/* What the parts of the checker share; nobody else includes this. */
#ifndef DSL_CHECK_IN_H
#define DSL_CHECK_IN_H

#include "dsl/check.h"
#include "engine/base/arena.h"
#include "engine/base/vec.h"

/* Something known to be present: a variable, or a field reached from one. Lists are
 * shared and never changed; where two ways meet, what both know stays. */
struct fact {
    const struct fact *before;
    const struct symbol *symbol;
    struct text path; /* ".contact" behind the variable; "" */
};

/* What `give` says its value to. */
struct giving {
    const struct type *wanted; /* NULL: taken as it comes */
    const struct type *given;  /* join of all; NULL: nothing was given */
};

/* Where we are in a flow. */
struct flow_in {
    const struct node *node;
    struct symbol *symbol;
    struct scope *names; /* states, dead letters, marks, named effects */
    bool has_calendar;
    bool calendar_said; /* F0505 is said once */
};

struct state_in {
    struct state_in *outer;
    struct symbol *symbol;
};

struct check {
    struct program *program;
    struct arena *compile;
    struct diags *diags;
    struct module *module;
    struct scope *scope;
    const struct fact *facts;
    bool is_dead; /* nothing comes by here */
    struct flow_in *flow;
    struct state_in *state;
    struct giving *giving;
    bool in_dead_letter; /* sees `problem`, may say `retry` */
    bool in_handler;     /* may say `stay` */
    bool in_when;        /* `refer to` parks the step above: nothing goes on behind it */
    bool tests_case;     /* `x is CASE`: a case may stand without its data */
    bool give_ends;      /* in an iteration or branch */
};

/* ---- check_names.c: what is declared ---- */
void check_declare(struct check *c);      /* the names of one module */
void check_use(struct check *c);          /* and those it sees of others */
void check_declarations(struct check *c); /* their types: fields, parameters, results */
void check_cycles(struct check *c);       /* F0106 */
void check_type_circles(struct check *c); /* F0116 */
void check_library(struct check *c, struct scope *builtins);
void check_library_of_bindings(struct check *c, struct scope *scope);
struct symbol *check_symbol(struct check *c, enum symbol_kind kind, struct text name,
                            const struct node *node);
/* What was surely meant, so that no more is said because of it; else NULL. */
struct symbol *check_unknown(struct check *c, struct span at, const char *what,
                             struct text name, const struct scope *scope, uint32_t kinds);
void check_readable(struct check *c, struct text name, struct span at); /* F0008 */
/* Puts a parameter, variable or local into the present scope; F0109 when the name is
 * taken. */
struct symbol *check_bind(struct check *c, enum symbol_kind kind, struct text name,
                          struct span at, const struct node *node,
                          const struct type *type);

/* ---- check_near.c: did you mean … ---- */
struct near {
    struct text name; /* as it was written */
    struct text best; /* "" for none within two slips */
    const struct node *node;
    struct symbol *symbol; /* NULL where there is none */
    unsigned slips;
    bool is_one_of_several;
};
struct near near_to(struct text name);
void near_try(struct near *near, struct text name, const struct node *node);
void near_try_scope(struct near *near, const struct scope *scope, uint32_t kinds);
void near_try_fields(struct near *near, const struct type *record);
void near_try_cases(struct near *near, const struct type *variant);
/* As the label, and as an edit of what stands at `at`; false: there is none. */
bool near_is_sure(const struct near *near);
bool near_say(struct check *c, struct diag *diag, struct span at,
              const struct near *near);

/* ---- check_mistakes.c: what could not be read, and what follows from mistakes ---- */
bool mistake_says(const struct node *mistake, struct text word);
/* Was it meant to lead away: `got to done`? */
bool mistake_leads_away(const struct node *mistake);
/* Does one among `items` look like a handler, a limit, or a way on? */
bool mistake_may_answer(struct nodes items);
bool mistake_may_answer_in(const struct node *flow, const struct symbol *state);
void check_mistake(struct check *c, struct node *mistake);
/* Takes back what is said only because of another mistake. */
void check_followers(struct check *c);

/* ---- check_types.c: types as written ---- */
const struct type *check_type(struct check *c, struct node *node);
struct symbol *check_find_type(struct check *c, struct node *path_or_name,
                               struct text name, struct span at);
const struct type *check_params_record(struct check *c, struct text name,
                                       struct nodes params, const struct node *declared);
void check_refinement(struct check *c, struct node *alias);

/* ---- check_expr.c, check_names_in.c, check_ops.c, check_builtins.c: expressions ---- */
/* Its type, with `hint` as what would be welcome (NULL: nothing special); never NULL. */
const struct type *check_expr(struct check *c, struct node *node,
                              const struct type *hint);
/* The same, and it must fit; sets node->wanted where work is needed. */
const struct type *check_want(struct check *c, struct node *node,
                              const struct type *wanted);
/* After the type of the node is known: does it fit? */
void check_fit(struct check *c, struct node *node, const struct type *wanted);
void check_condition(struct check *c, struct node *node);
/* A limit, pause or rest: a duration, or business time where that is allowed. */
void check_duration(struct check *c, struct node *node, bool business);
const struct type *check_name(struct check *c, struct node *node,
                              const struct type *hint);
const struct type *check_apply(struct check *c, struct node *node,
                               const struct type *hint);
const struct type *check_make(struct check *c, struct node *node);
const struct type *check_record(struct check *c, struct node *node,
                                const struct type *hint);
const struct type *check_binary(struct check *c, struct node *node,
                                const struct type *hint);
const struct type *check_builtin(struct check *c, struct node *node, struct text name,
                                 const struct type *const *args, uint32_t n);
bool check_is_case(struct check *c, const struct node *node);
/* POSIX extended, the whole text; false: no such pattern. */
bool check_pattern_matches(struct text pattern, struct text value, bool *matches);
/* Arguments by name into the fields of `record`: each position is set, F0110 says what is
 * missing, unknown or given twice. Without names only where `positional`. */
void check_args(struct check *c, struct nodes args, const struct type *record,
                struct span at, const char *what, bool positional, bool all_needed);

/* ---- check_facts.c: what is known to be present ---- */
void facts_learn(struct check *c, const struct node *condition, bool truth);
void facts_present(struct check *c,
                   const struct node *expr); /* this expression is not none */
void facts_forget(struct check *c, const struct symbol *symbol);
void facts_suspend(struct check *c); /* variables may be changed by others meanwhile */
bool facts_know(const struct check *c, const struct node *expr);
const struct fact *facts_meet(struct check *c, const struct fact *a,
                              const struct fact *b);
void facts_join(struct check *c, const struct fact *facts, bool is_dead);

/* ---- check_find.c: what paths lead to ---- */
struct symbol *check_find_error(struct check *c, const struct node *path,
                                struct symbol *const *errors,
                                uint32_t n); /* NULL, unsaid */
bool check_is_builtin_error(struct text name);
struct symbol *check_find_state(struct check *c, struct node *path);
struct symbol *check_find_flow(struct check *c, struct node *path);
void check_collect_names(struct check *c, struct node *flow);
const struct type *check_params_type(struct check *c, const struct symbol *symbol);

/* ---- check_flow.c, check_steps.c, check_calls.c: bodies ---- */
void check_flow(struct check *c, struct node *flow);
void check_flow_signature(struct check *c, struct node *flow);
void check_steps(struct check *c, struct nodes steps);
void check_step(struct check *c, struct node *step);
/* A block in a scope of its own, or a single action. */
void check_action(struct check *c, struct node *action);
void check_call(struct check *c, struct node *step);
void check_run(struct check *c, struct node *step);
void check_wait(struct check *c, struct node *step);
void check_ask(struct check *c, struct node *step);
/* The ways out of a step. `errors`: what it may fail with; anything that is known
 * anywhere when `any_error`. A question's are its answers. Each begins with what is known
 * now; what all that come to their end know stays. True: some come to their end. */
bool check_whens(struct check *c, struct nodes whens, const struct symbol *fails,
                 bool any_error, bool is_question);
void check_result(struct check *c, struct node *step, const struct type *type,
                  bool may_be_absent);
void check_in_scope(struct check *c, struct nodes steps);
void check_pattern(struct check *c, struct node *pattern);
const struct type *check_construct(struct check *c, struct node *construct,
                                   bool is_event);
void check_limit(struct check *c, struct node *limit);
void check_go_to(struct check *c, struct node *go_to);
void check_policy(struct check *c, struct text name, struct span at);
struct symbol *check_find_event(struct check *c, struct node *path, bool must_be_there);

/* ---- check_tests.c, check_bind.c ---- */
void check_test(struct check *c, struct node *test);
void check_environment(struct check *c, struct node *environment);
void check_mappings(struct check *c, struct node *adapter); /* check_map.c */
void check_line(struct check *c, struct node *value, bool may_be_absent);
void check_inbound(struct check *c, struct node *events); /* check_inbound.c */
struct symbol *check_find_operation(struct check *c, struct node *path);

/* ---- check_assign.c, check_effects.c: how things follow one another ---- */
void check_assigned(struct check *c, struct node *flow);
void check_operations(struct check *c, struct node *adapter);

/* ---- check_secrecy.c, check_style.c: who sees what; names, answers and lengths ---- */
void check_secrecy(struct check *c, const struct node *flow);
void check_style(struct check *c, const struct node *node);

/* ---- check_allow.c: `# allow F0504: reason` answers a warning in place ---- */
void check_allowed(struct check *c);

/* ---- rules that read the graph of a flow ---- */
struct flow_graph;
void check_paths(struct check *c, const struct flow_graph *graph);   /* check_paths.c */
void check_effects(struct check *c, const struct flow_graph *graph); /* check_effects.c */
void check_states(struct check *c, const struct flow_graph *graph);  /* check_states.c */
void check_stale(struct check *c, const struct flow_graph *graph);   /* check_stale.c */
void check_undoing(struct check *c, const struct flow_graph *graph); /* check_undo.c */
void check_circles(struct check *c, const struct flow_graph *graph); /* check_circles.c */
void check_waits(struct check *c, const struct flow_graph *graph);   /* check_waits.c */
void check_writers(struct check *c, const struct flow_graph *graph); /* check_writers.c */
void check_letters(struct check *c, const struct flow_graph *graph); /* check_letters.c */
void check_events(struct check *c, const struct flow_graph *graph);  /* check_events.c */
void check_limits(struct check *c, const struct flow_graph *graph);  /* check_limits.c */

#endif
