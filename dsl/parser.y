/* The grammar: words to nodes. It looks nothing up. */
%define api.pure full
%define api.prefix {flow_yy}
%define api.location.type {struct span}
%define lr.type lalr
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param {struct parse *p}

%code requires {
#include "dsl/parse.h"
}
%code {
#pragma GCC diagnostic ignored "-Wswitch-enum"
#define YYMAXDEPTH 4000 /* LIMIT_EXPR_DEPTH levels of what takes most symbols a level */
#define YYLLOC_DEFAULT(current, rhs, n)                                                  \
    (current) = (n) ? span_join(YYRHSLOC(rhs, 1), YYRHSLOC(rhs, n))                      \
                    : source_span(p->source, YYRHSLOC(rhs, 0).to, YYRHSLOC(rhs, 0).to)
#define NEW(kind, at) node_new(p->compile, NODE_##kind, (at))
#define RESYNC(begin, level)                                                             \
    do {                                                                                 \
        yyclearin;                                                                       \
        yyerrok;                                                                         \
        if (!parse_resync(p, (begin), PARSE_##level))                                    \
            YYABORT;                                                                     \
    } while (0)
#define MISTAKE(begin, level, node)                                                      \
    do {                                                                                 \
        RESYNC(begin, level);                                                            \
        (node) = parse_mistake(p, (begin));                                              \
    } while (0)

static int flow_yylex(FLOW_YYSTYPE *value, FLOW_YYLTYPE *location, struct parse *p);
static void flow_yyerror(const FLOW_YYLTYPE *location, struct parse *p, const char *message);
static struct node *named(struct parse *p, enum node_kind kind, struct span span,
                          struct text name, struct span name_span);
static struct nodes one(struct node *node);
static struct nodes more(struct nodes list, struct node *node);
static void set_as(struct node *node, struct node *as);
static struct node *with_value(struct node *node, struct node *value);
}

%union {
    struct text text;
    struct node *node;
    struct nodes list;
    int64_t number;
}

%token <text> NAME "a name" TNAME "a Type name" FIELD "a field name" STRING "a text" RAWSTRING "a raw text" LONGSTRING "a long text"
%token <text> BADSTRING "an unfinished text" BADCHAR "this character" TOO_DEEP "deeper nesting" EQEQ "==" NE "!="
%token <text> INTLIT "a whole number" DECLIT "a decimal" MONEY "an amount of money" PERCENT "a percentage" DURATION "a duration" DATE "a date" INSTANT "an instant"
%token <text> TMPL_OPEN "a text with {" TMPL_CLOSE "} in a text"
%token <text> GO_TO "go to" FOR_EACH "for each" WAIT_FOR "wait for" WAIT_UNTIL "wait until"
%token <text> DEAD_LETTER "dead letter" REFER_TO "refer to" UNDO_ALL "undo all"
%token <text> UNDO_SINCE "undo since" KEEP_ALL "keep all" UNDONE_BY "undone by"
%token <text> NEVER_UNDONE "never undone" FOUND_BY "found by" ONCE_PER "once per"
%token <text> FAILS_WITH "fails with" STARTS_ON "starts on" STARTS_EVERY "starts every"
%token <text> MIGRATE_FROM "migrate from" ON_ERROR "on error" ON_LATE "on late"
%token <text> ON_CANCEL "on cancel" LIST_OF "list of" MAP_OF "map of" AT_ONCE "at once"
%token <text> UP_TO "up to" DESPITE "despite failures" FIRST_WINS "first wins"
%token <text> WHEN_LATE "when late" WHEN_EXHAUSTED "when exhausted" EACH_WITHIN "each within"
%token <text> NOTHING_STANDING "nothing standing" IS_NOT "is not" NOT_IN "not in"
%token <text> ADAPTER "adapter" ADD "add" ADVANCE "advance" AFTER "after" ALLOW "allow" AND "and"
%token <text> ANSWER "answer" AS "as" ASK "ask" ASKING "asking" AT "at" ATTEMPT "attempt"
%token <text> BRANCH "branch" BY "by" CALENDAR "calendar" CALL "call" CALLED "called"
%token <text> DOUBLING "doubling" EFFECT "effect" ELSE "else" EMIT "emit" EMITTED "emitted"
%token <text> EVENT "event" EVERY "every" EXPECT "expect" EXPLORE "explore" FAIL "fail"
%token <text> FAILS "fails" FAILURES "failures" FALSE "false" FAULTS "faults" FINAL "final"
%token <text> FLOW "flow" FOR "for" FROM "from" FUNCTION "function" GIVE "give" GIVES "gives"
%token <text> GOAL "goal" HARMLESS "harmless" HELD "held" IF "if" IGNORE "ignore" IN "in"
%token <text> IRREVERSIBLE "irreversible" IS "is" KEEP "keep" KEY "key" LET "let" LIMIT "limit"
%token <text> MARK "mark" MATCH "match" MEASURE "measure" MOCK "mock" NEVER "never" NONE "none"
%token <text> NOT "not" NOTE "note" OF "of" ON "on" ONLY "only" OR "or" PAUSE "pause" PER "per"
%token <text> POLICY "policy" PRIVATE "private" READ "read" REPEAT "repeat" REST "rest"
%token <text> RETRY "retry" RUN "run" SCHEMA "schema" SECRET "secret" SEND "send" SET "set"
%token <text> SETTING "setting" SHARE "share" SHOWING "showing" SPREAD "spread" START "start"
%token <text> STATE "state" STAY "stay" STAYS "stays" TAKING "taking" TEST "test" THEN "then"
%token <text> TIMES "times" TO "to" TOGETHER "together" TRUE "true" TRY "try" TYPE_ "type"
%token <text> UNDO "undo" UNDONE "undone" UNIQUE "unique" UNTIL "until" USE "use" USING "using"
%token <text> VAR "var" VERSION "version" WAIT "wait" WHEN "when" WHERE "where" WITH "with"
%token <text> WITHIN "within"
%token <text> ENVIRONMENT "environment" ZONE "zone" OPEN "open" CLOSED "closed" ROLE "role" OVER "over"
%token <text> EVENTS "events" SIGNED "signed" POINTER_AT "at a place"
%token <text> LBRACE "{" RBRACE "}" LPAREN "(" RPAREN ")" LBRACKET "[" RBRACKET "]" COMMA "," COLON ":" QUESTION "?" BAR "|"
%token <text> EQ "=" ARROW "->" FATARROW "=>" DOT "." QDOT "?." COALESCE "??" LT "<" LE "<=" GT ">" GE ">="
%token <text> PLUS "+" MINUS "-" STAR "*" SLASH "/"
%token END 0 "the end of the file"

%precedence ELSE_EXPR
%left OR
%left AND
%precedence NOT
%nonassoc IS IS_NOT LT LE GT GE IN NOT_IN EQEQ NE
%left COALESCE
%left PLUS MINUS
%left STAR SLASH
%precedence WITH
%precedence UMINUS

%type <node> decl use_decl name path type_decl event_decl adapter_decl policy_decl function_decl setting_decl flow_decl test_decl explore_decl
%type <node> field variant type type_atom basetype param event_mod adapter_item op_clause err policy_item opt_default opt_where
%type <node> item measure opt_goal migrate migration state_decl limit opt_within dl_item handler opt_errname errname pattern opt_at_clause
%type <node> block action step opt_late opt_exhausted if_tail call_mod run_mod ask_mod when opt_whole_as
%type <node> outcome match_arm match_pat each_mod repeat_mod branch construct arg expr postfix primary pair comp gen fieldarg literal
%type <node> text plain_text test_item explore_item mock mock_one expectation as_clause opt_as using_clause opt_using opt_block op_gives opt_fails
%type <node> env_decl env_item calendar_row option call_head map_item inbound_item opt_message sign_mod
%type <list> decls names fields variants params opt_params event_mods adapter_items op_clauses errs policy_items items migrations
%type <list> dl_items steps call_mods run_mods ask_mods whens when_list match_arms each_mods repeat_mods branches exprs opt_args args
%type <list> opt_showing opt_asking pairs gens fieldargs test_items explore_items mock_seq opt_with tmpl_parts env_items calendar_rows options option_texts
%type <list> opt_taking map_items inbound_items sign_mods
%type <number> opt_visits opt_times opt_count
%%
file: decls { p->file = NEW(FILE, source_span(p->source, 0, (uint32_t)p->source->text.n)); p->file->items = $1; p->file->doc = parse_doc(p, p->file->span); } ;
decls: %empty { $$ = (struct nodes){0}; } | decls decl { $$ = more($1, $2); if ($2->doc.n == 0) $2->doc = parse_doc(p, @2); p->declarations = $$; } ;
decl: use_decl | type_decl | event_decl | adapter_decl | policy_decl | function_decl | setting_decl | flow_decl | test_decl | explore_decl | env_decl
    | error { MISTAKE(@1, DECLARATION, $$); } ;
use_decl: USE path opt_as { $$ = NEW(USE, @$); $$->target = $2; set_as($$, $3); } ;

/* ---- names ---- */
name: NAME { $$ = named(p, NODE_NAME, @1, $1, @1); } ;
path: name { $$ = named(p, NODE_PATH, @1, $1->name, @1); $$->items = one($1); }
    | path DOT NAME { $$ = $1; $$->span = @$; $$->name = $3; $$->name_span = @3; nodes_add(&$$->items, named(p, NODE_NAME, @3, $3, @3)); }
    | path DOT TNAME { $$ = $1; $$->span = @$; $$->name = $3; $$->name_span = @3; nodes_add(&$$->items, named(p, NODE_NAME, @3, $3, @3)); } ;
as_clause: AS NAME { $$ = named(p, NODE_AS, @$, $2, @2); } ;
opt_as: %empty { $$ = NULL; } | as_clause ;
using_clause: USING NAME { $$ = named(p, NODE_USING, @$, $2, @2); } ;
opt_using: %empty { $$ = NULL; } | using_clause ;
names: name { $$ = one($1); } | names COMMA name { $$ = more($1, $3); } ;

/* ---- types ---- */
type_decl: TYPE_ TNAME LBRACE fields RBRACE { $$ = named(p, NODE_RECORD_DECL, @$, $2, @2); $$->items = $4; }
         | TYPE_ TNAME EQ variants { $$ = named(p, NODE_VARIANT_DECL, @$, $2, @2); $$->items = $4; }
         | TYPE_ TNAME EQ type opt_where { $$ = named(p, NODE_ALIAS_DECL, @$, $2, @2); $$->type_of = $4; $$->where = $5; }
         | TYPE_ TNAME FROM SCHEMA plain_text { $$ = named(p, NODE_SCHEMA_DECL, @$, $2, @2); $$->value = $5; } ;
fields: %empty { $$ = (struct nodes){0}; } | fields field { $$ = parse_part(p, $1, $2); } ;
field: FIELD COLON type opt_default opt_comma { $$ = named(p, NODE_FIELD, @$, $1, @1); $$->type_of = $3; $$->value = $4; $$->doc = parse_doc(p, @1); }
     | error { MISTAKE(@1, FIELD, $$); } ;
opt_comma: %empty | COMMA ;
opt_default: %empty { $$ = NULL; } | EQ expr { $$ = $2; } ;
variants: variant BAR variant { $$ = more(one($1), $3); } | variants BAR variant { $$ = parse_part(p, $1, $3); } ;
variant: NAME { $$ = named(p, NODE_CASE, @$, $1, @1); }
       | NAME LPAREN params RPAREN { $$ = named(p, NODE_CASE, @$, $1, @1); $$->params = $3; } ;
type: type_atom
    | LIST_OF type { $$ = NEW(TYPE_LIST, @$); $$->type_of = $2; }
    | MAP_OF type_atom TO type { $$ = NEW(TYPE_MAP, @$); $$->other = $2; $$->type_of = $4; }
    | SECRET type_atom { $$ = NEW(TYPE_SECRET, @$); $$->type_of = $2; }
    | PRIVATE type_atom { $$ = NEW(TYPE_PRIVATE, @$); $$->type_of = $2; } ;
type_atom: basetype
         | type_atom QUESTION { $$ = NEW(TYPE_OPTIONAL, @$); $$->type_of = $1; }
         | LPAREN type RPAREN { $$ = $2; } ;
basetype: NAME { $$ = named(p, NODE_TYPE_NAME, @$, $1, @1); }
        | NAME LPAREN INTLIT RPAREN { $$ = named(p, NODE_TYPE_NAME, @$, $1, @1); $$->other = parse_literal(p, NODE_INT, $3, @3); }
        | NAME LPAREN TNAME RPAREN { $$ = named(p, NODE_TYPE_NAME, @$, $1, @1); $$->other = named(p, NODE_NAME, @3, $3, @3); }
        | TNAME { $$ = named(p, NODE_TYPE_NAME, @$, $1, @1); }
        | path DOT TNAME { $$ = named(p, NODE_TYPE_NAME, @$, $3, @3); $$->target = $1; } ;
params: param { $$ = one($1); } | params COMMA param { $$ = parse_part(p, $1, $3); } ;
opt_params: %empty { $$ = (struct nodes){0}; } | params ;
param: FIELD COLON type opt_default { $$ = named(p, NODE_PARAM, @$, $1, @1); $$->type_of = $3; $$->value = $4; } ;

/* ---- events, adapters, policies ---- */
event_decl: EVENT TNAME event_mods LBRACE fields RBRACE { $$ = named(p, NODE_EVENT, @$, $2, @2); $$->clauses = $3; $$->items = $5; } ;
event_mods: %empty { $$ = (struct nodes){0}; } | event_mods event_mod { $$ = more($1, $2); } ;
event_mod: KEY names { $$ = NEW(EVENT_KEY, @$); $$->items = $2; }
         | UNIQUE names { $$ = NEW(EVENT_UNIQUE, @$); $$->items = $2; }
         | HELD expr { $$ = with_value(NEW(EVENT_HELD, @$), $2); } ;

adapter_decl: ADAPTER NAME LBRACE adapter_items RBRACE { $$ = named(p, NODE_ADAPTER, @$, $2, @2); $$->items = $4; } ;
adapter_items: %empty { $$ = (struct nodes){0}; } | adapter_items adapter_item { $$ = more($1, $2); if ($2->doc.n == 0) $2->doc = parse_doc(p, @2); } ;
adapter_item: LIMIT expr PER expr { $$ = with_value(NEW(LIMIT_RATE, @$), $2); $$->other = $4; }
            | LIMIT INTLIT AT_ONCE { $$ = NEW(LIMIT_AT_ONCE, @$); $$->number = parse_whole(p, $2, @2); }
            | REST expr AFTER INTLIT FAILURES { $$ = with_value(NEW(REST, @$), $2); $$->number = parse_whole(p, $4, @4); }
            | READ NAME LPAREN opt_params RPAREN op_gives op_clauses { $$ = named(p, NODE_OPERATION, @$, $2, @2); $$->params = $4; $$->type_of = $6; $$->clauses = $7; }
            | EFFECT NAME LPAREN opt_params RPAREN op_gives op_clauses { $$ = named(p, NODE_OPERATION, @$, $2, @2); $$->flag = true; $$->params = $4; $$->type_of = $6; $$->clauses = $7; }
            | error { MISTAKE(@1, FIELD, $$); } ;
op_gives: %empty { $$ = NULL; } | GIVES type { $$ = $2; } ;
op_clauses: %empty { $$ = (struct nodes){0}; } | op_clauses op_clause { $$ = more($1, $2); } ;
op_clause: FAILS_WITH errs { $$ = NEW(FAILS_WITH, @$); $$->items = $2; }
         | ONCE_PER expr { $$ = with_value(NEW(ONCE_PER, @$), $2);
                           if ($2->kind == NODE_NAME && text_is_chars($2->name, "step")) { $$->flag = true; $$->value = NULL; } }
         | UNDONE_BY NAME LPAREN opt_args RPAREN { $$ = named(p, NODE_UNDONE_BY_OP, @$, $2, @2); $$->args = $4; }
         | FOUND_BY NAME LPAREN opt_args RPAREN { $$ = named(p, NODE_FOUND_BY, @$, $2, @2); $$->args = $4; }
         | IRREVERSIBLE { $$ = NEW(IRREVERSIBLE, @$); }
         | HARMLESS { $$ = NEW(HARMLESS, @$); }
         | WITHIN expr { $$ = with_value(NEW(WITHIN, @$), $2); }
         | using_clause ;
errs: err { $$ = one($1); } | errs COMMA err { $$ = more($1, $3); } ;
err: TNAME { $$ = named(p, NODE_ERROR_DECL, @$, $1, @1); }
   | TNAME LPAREN params RPAREN { $$ = named(p, NODE_ERROR_DECL, @$, $1, @1); $$->params = $3; } ;

policy_decl: POLICY NAME LBRACE policy_items RBRACE { $$ = named(p, NODE_POLICY, @$, $2, @2); $$->clauses = $4; } ;
policy_items: %empty { $$ = (struct nodes){0}; } | policy_items policy_item { $$ = more($1, $2); } ;
policy_item: TRY INTLIT TIMES { $$ = NEW(TRY, @$); $$->number = parse_whole(p, $2, @2); }
           | WITHIN expr { $$ = with_value(NEW(WITHIN, @$), $2); }
           | EACH_WITHIN expr { $$ = with_value(NEW(EACH_WITHIN, @$), $2); }
           | PAUSE expr { $$ = with_value(NEW(PAUSE, @$), $2); }
           | PAUSE expr DOUBLING UP_TO expr { $$ = with_value(NEW(PAUSE, @$), $2); $$->other = $5; }
           | SPREAD PERCENT { $$ = with_value(NEW(SPREAD, @$), parse_literal(p, NODE_PERCENT, $2, @2)); }
           | ONLY names { $$ = NEW(ONLY, @$); $$->items = $2; } ;

setting_decl: SETTING FIELD COLON type opt_default { $$ = named(p, NODE_SETTING, @$, $2, @2); $$->type_of = $4; $$->value = $5; } ;
function_decl: FUNCTION NAME LPAREN opt_params RPAREN COLON type EQ expr { $$ = named(p, NODE_FUNCTION, @$, $2, @2); $$->params = $4; $$->type_of = $7; $$->value = $9; } ;

/* ---- flows ---- */
flow_decl: FLOW NAME VERSION INTLIT LPAREN opt_params RPAREN op_gives opt_fails opt_using LBRACE items RBRACE
           { $$ = named(p, NODE_FLOW, @$, $2, @2); $$->number = parse_whole(p, $4, @4); $$->params = $6; $$->type_of = $8;
             if ($9 != NULL) nodes_add(&$$->clauses, $9);
             if ($10 != NULL) nodes_add(&$$->clauses, $10);
             parse_take_clauses(p, $$); $$->items = $12; } ;
opt_fails: %empty { $$ = NULL; } | FAILS_WITH errs { $$ = NEW(FAILS_WITH, @$); $$->items = $2; } ;
items: %empty { $$ = (struct nodes){0}; } | items item { $$ = more($1, $2); if ($2->doc.n == 0) $2->doc = parse_doc(p, @2); } ;
item: KEY expr { $$ = with_value(NEW(KEY, @$), $2); }
    | CALENDAR NAME { $$ = named(p, NODE_CALENDAR_USE, @$, $2, @2); }
    | STARTS_ON pattern opt_as opt_where TAKING LPAREN opt_taking RPAREN { $$ = NEW(STARTS_ON, @$); $$->target = $2; set_as($$, $3); $$->where = $4; $$->args = $7; }
    | STARTS_EVERY expr opt_at_clause { $$ = with_value(NEW(STARTS_EVERY, @$), $2); $$->other = $3; }
    | measure | migrate | handler | state_decl | step ;
opt_taking: opt_args ;
opt_at_clause: %empty { $$ = NULL; } | AT plain_text { $$ = $2; } ;
measure: MEASURE NAME FROM name TO name opt_goal { $$ = named(p, NODE_MEASURE_FROM, @$, $2, @2); $$->target = $4; $$->other = $6; $$->third = $7; }
       | MEASURE NAME SHARE expr opt_goal { $$ = named(p, NODE_MEASURE_SHARE, @$, $2, @2); $$->value = $4; $$->third = $5; }
       | MEASURE NAME OF expr opt_goal { $$ = named(p, NODE_MEASURE_OF, @$, $2, @2); $$->value = $4; $$->third = $5; } ;
opt_goal: %empty { $$ = NULL; } | GOAL expr { $$ = $2; } ;
migrate: MIGRATE_FROM INTLIT LBRACE migrations RBRACE { $$ = NEW(MIGRATE, @$); $$->number = parse_whole(p, $2, @2); $$->items = $4; } ;
migrations: %empty { $$ = (struct nodes){0}; } | migrations migration { $$ = more($1, $2); } ;
migration: STATE path ARROW path { $$ = NEW(MIGRATE_STATE, @$); $$->target = $2; $$->other = $4; }
         | STATE path ARROW STAYS { $$ = NEW(MIGRATE_STATE, @$); $$->target = $2; }
         | SET NAME EQ expr { $$ = named(p, NODE_MIGRATE_SET, @$, $2, @2); $$->value = $4; } ;

state_decl: STATE NAME opt_visits opt_within opt_using LBRACE items RBRACE
            { $$ = named(p, NODE_STATE, @$, $2, @2); $$->number = $3; $$->limit = $4;
              if ($5 != NULL) { $$->policy = $5->name; $$->policy_span = $5->name_span; }
              $$->items = $7; }
          | FINAL NAME opt_block { $$ = named(p, NODE_FINAL, @$, $2, @2); $$->block = $3; }
          | DEAD_LETTER NAME FOR name text opt_within opt_showing LBRACE dl_items RBRACE
            { $$ = named(p, NODE_DEAD_LETTER, @$, $2, @2); $$->target = $4; $$->value = $5; $$->limit = $6; $$->showing = $7; $$->whens = $9; } ;
opt_visits: %empty { $$ = 0; } | UP_TO INTLIT TIMES { $$ = parse_whole(p, $2, @2); } ;
opt_block: %empty { $$ = NULL; } | block ;
opt_within: %empty { $$ = NULL; } | limit ;
limit: WITHIN expr { $$ = with_value(NEW(LIMIT, @$), $2); }
     | BY expr { $$ = with_value(NEW(LIMIT, @$), $2); $$->flag = true; } ;
opt_showing: %empty { $$ = (struct nodes){0}; } | SHOWING exprs { $$ = $2; } ;
dl_items: dl_item { $$ = one($1); } | dl_items dl_item { $$ = more($1, $2); } ;
dl_item: when | AFTER expr action { $$ = with_value(NEW(DL_AFTER, @$), $2); $$->block = $3; } ;

handler: ON pattern opt_as opt_where action { $$ = NEW(ON, @$); $$->target = $2; set_as($$, $3); $$->where = $4; $$->block = $5; }
       | ON_ERROR opt_errname opt_as action { $$ = NEW(ON_ERROR, @$); $$->target = $2; set_as($$, $3); $$->block = $4; }
       | ON_LATE action { $$ = NEW(ON_LATE, @$); $$->block = $2; }
       | ON_CANCEL opt_as action { $$ = NEW(ON_CANCEL, @$); set_as($$, $2); $$->block = $3; }
       | AFTER expr action { $$ = with_value(NEW(AFTER, @$), $2); $$->block = $3; }
       | EVERY expr action { $$ = with_value(NEW(EVERY, @$), $2); $$->block = $3; }
       | IGNORE TNAME { $$ = named(p, NODE_IGNORE, @$, $2, @2); } ;
opt_errname: %empty { $$ = NULL; } | errname ;
errname: TNAME { $$ = named(p, NODE_PATH, @1, $1, @1); nodes_add(&$$->items, named(p, NODE_NAME, @1, $1, @1)); }
       | path { $$ = $1; } ;
pattern: TNAME { $$ = NEW(PATTERN, @$); $$->target = named(p, NODE_PATH, @1, $1, @1); nodes_add(&$$->target->items, named(p, NODE_NAME, @1, $1, @1)); }
       | TNAME LPAREN args RPAREN { $$ = NEW(PATTERN, @$); $$->target = named(p, NODE_PATH, @1, $1, @1); nodes_add(&$$->target->items, named(p, NODE_NAME, @1, $1, @1)); $$->args = $3; }
       | path DOT TNAME { $$ = NEW(PATTERN, @$); nodes_add(&$1->items, named(p, NODE_NAME, @3, $3, @3)); $1->name = $3; $1->name_span = @3; $1->span = @$; $$->target = $1; }
       | path DOT TNAME LPAREN args RPAREN { $$ = NEW(PATTERN, @$); nodes_add(&$1->items, named(p, NODE_NAME, @3, $3, @3)); $1->name = $3; $1->name_span = @3; $1->span = span_join(@1, @3); $$->target = $1; $$->args = $5; } ;
opt_where: %empty { $$ = NULL; } | WHERE expr { $$ = $2; } ;

/* ---- steps: every one starts with its own keyword ---- */
block: LBRACE steps RBRACE { $$ = NEW(BLOCK, @$); $$->items = $2; } ;
steps: %empty { $$ = (struct nodes){0}; } | steps step { $$ = more($1, $2); if ($2->doc.n == 0) $2->doc = parse_doc(p, @2); } ;
action: block
      | GO_TO path { $$ = NEW(GO_TO, @$); $$->target = $2; }
      | REFER_TO NAME { $$ = named(p, NODE_REFER_TO, @$, $2, @2); }
      | FAIL construct { $$ = NEW(FAIL, @$); $$->target = $2; }
      | RETRY { $$ = NEW(RETRY, @$); }
      | STAY { $$ = NEW(STAY, @$); } ;
step: VAR FIELD COLON type opt_default { $$ = named(p, NODE_VAR, @$, $2, @2); $$->type_of = $4; $$->value = $5; }
    | LET NAME EQ expr { $$ = named(p, NODE_LET, @$, $2, @2); $$->value = $4; }
    | SET NAME EQ expr { $$ = named(p, NODE_SET, @$, $2, @2); $$->value = $4; }
    | ADD expr TO NAME { $$ = named(p, NODE_ADD, @$, $4, @4); $$->value = $2; }
    | CALL path call_head call_mods whens { $$ = $3; $$->kind = NODE_CALL; $$->span = @$; $$->target = $2; $$->clauses = $4; $$->whens = $5; parse_take_clauses(p, $$); }
    | RUN name call_head run_mods whens { $$ = $3; $$->kind = NODE_RUN; $$->span = @$; $$->target = named(p, NODE_PATH, @2, $2->name, @2); nodes_add(&$$->target->items, $2); $$->clauses = $4; $$->whens = $5; parse_take_clauses(p, $$); }
    | START name call_head opt_as { $$ = $3; $$->kind = NODE_START; $$->span = @$; $$->target = named(p, NODE_PATH, @2, $2->name, @2); nodes_add(&$$->target->items, $2); set_as($$, $4); }
    | WAIT expr { $$ = with_value(NEW(WAIT, @$), $2); }
    | WAIT_UNTIL expr { $$ = with_value(NEW(WAIT_UNTIL, @$), $2); }
    | WAIT_FOR pattern opt_as opt_where opt_within opt_late { $$ = NEW(WAIT_FOR, @$); $$->target = $2; set_as($$, $3); $$->where = $4; $$->limit = $5; $$->otherwise = $6; }
    | WAIT limit when_list { $$ = NEW(WAIT_ANY, @$); $$->limit = $2; $$->whens = $3; }
    | ASK name text ask_mods whens { $$ = NEW(ASK, @$); $$->target = $2; $$->value = $3; $$->clauses = $4; $$->whens = $5; parse_take_clauses(p, $$); }
    | IF expr block if_tail { $$ = with_value(NEW(IF, @$), $2); $$->block = $3; $$->otherwise = $4; }
    | MATCH expr LBRACE match_arms RBRACE { $$ = with_value(NEW(MATCH, @$), $2); $$->whens = $4; }
    | FOR_EACH NAME IN expr opt_where each_mods block { $$ = named(p, NODE_FOR_EACH, @$, $2, @2); $$->value = $4; $$->where = $5; $$->clauses = $6; $$->block = $7; parse_take_clauses(p, $$); }
    | REPEAT UP_TO expr TIMES repeat_mods block opt_exhausted { $$ = with_value(NEW(REPEAT, @$), $3); $$->clauses = $5; $$->block = $6; $$->otherwise = $7; }
    | TOGETHER each_mods LBRACE branches RBRACE { $$ = NEW(TOGETHER, @$); $$->clauses = $2; $$->items = $4; parse_take_clauses(p, $$); }
    | ATTEMPT opt_whole_as block when_list { $$ = NEW(ATTEMPT, @$); if ($2 != NULL) { $$->name = $2->name; $$->name_span = $2->span; } $$->block = $3; $$->whens = $4; }
    | EMIT construct { $$ = NEW(EMIT, @$); $$->target = $2; }
    | MARK NAME { $$ = named(p, NODE_MARK, @$, $2, @2); }
    | NOTE expr { $$ = with_value(NEW(NOTE, @$), $2); }
    | UNDO_ALL whens { $$ = NEW(UNDO_ALL, @$); $$->whens = $2; }
    | UNDO_SINCE NAME whens { $$ = named(p, NODE_UNDO_SINCE, @$, $2, @2); $$->whens = $3; }
    | UNDO NAME whens { $$ = named(p, NODE_UNDO, @$, $2, @2); $$->whens = $3; }
    | KEEP_ALL { $$ = NEW(KEEP_ALL, @$); }
    | KEEP NAME { $$ = named(p, NODE_KEEP, @$, $2, @2); }
    | GO_TO path { $$ = NEW(GO_TO, @$); $$->target = $2; }
    | REFER_TO NAME { $$ = named(p, NODE_REFER_TO, @$, $2, @2); }
    | GIVE expr { $$ = with_value(NEW(GIVE, @$), $2); }
    | FAIL construct { $$ = NEW(FAIL, @$); $$->target = $2; }
    | RETRY { $$ = NEW(RETRY, @$); }
    | STAY { $$ = NEW(STAY, @$); }
    | error { MISTAKE(@1, STEP, $$); } ;
call_head: LPAREN opt_args RPAREN { $$ = NEW(CALL, @$); $$->args = $2; } ;
opt_whole_as: %empty { $$ = NULL; } | name ;
opt_late: %empty { $$ = NULL; } | WHEN_LATE action { $$ = $2; } ;
opt_exhausted: %empty { $$ = NULL; } | WHEN_EXHAUSTED action { $$ = $2; } ;
if_tail: %empty { $$ = NULL; } | ELSE block { $$ = $2; }
       | ELSE IF expr block if_tail { $$ = with_value(NEW(IF, span_join(@2, @5)), $3); $$->block = $4; $$->otherwise = $5; } ;
call_mods: %empty { $$ = (struct nodes){0}; } | call_mods call_mod { $$ = more($1, $2); } ;
call_mod: as_clause | using_clause | limit
        | UNDONE_BY block { $$ = NEW(UNDONE_BY, @$); $$->block = $2; }
        | NEVER_UNDONE plain_text { $$ = with_value(NEW(NEVER_UNDONE, @$), $2); } ;
run_mods: %empty { $$ = (struct nodes){0}; } | run_mods run_mod { $$ = more($1, $2); } ;
run_mod: as_clause | limit | NEVER_UNDONE plain_text { $$ = with_value(NEW(NEVER_UNDONE, @$), $2); } ;
ask_mods: %empty { $$ = (struct nodes){0}; } | ask_mods ask_mod { $$ = more($1, $2); } ;
ask_mod: SHOWING exprs { $$ = NEW(SHOWING, @$); $$->items = $2; }
       | limit | as_clause
       | THEN NAME AFTER expr { $$ = named(p, NODE_ESCALATE, @$, $2, @2); $$->value = $4; } ;
whens: %empty { $$ = (struct nodes){0}; } | when_list ;
when_list: when { $$ = one($1); } | when_list when { $$ = more($1, $2); } ;
when: WHEN outcome opt_asking opt_as opt_where action
      { $$ = NEW(WHEN, @$); $$->target = $2;
        $$->name = $2->kind == NODE_PATTERN ? $2->target->name : $2->name;
        $$->name_span = $2->kind == NODE_PATTERN ? $2->target->name_span : $2->name_span;
        $$->params = $3; set_as($$, $4); $$->where = $5; $$->block = $6; }
    | WHEN_LATE action { $$ = named(p, NODE_WHEN, @$, TEXT("late"), @1); $$->flag = true; $$->block = $2; } ;
outcome: name { $$ = named(p, NODE_PATH, @1, $1->name, @1); $$->items = one($1); } | pattern ;
opt_asking: %empty { $$ = (struct nodes){0}; } | ASKING params { $$ = $2; } ;
match_arms: match_arm { $$ = one($1); } | match_arms match_arm { $$ = more($1, $2); } ;
match_arm: WHEN match_pat opt_as opt_where action { $$ = with_value(NEW(ARM, @$), $2); set_as($$, $3); $$->where = $4; $$->block = $5; }
         | ELSE action { $$ = NEW(ARM, @$); $$->block = $2; } ;
match_pat: name | NONE { $$ = NEW(NONE, @$); } | literal | plain_text
         | MINUS literal { $$ = with_value(NEW(NEGATE, @$), $2); }
         | TRUE { $$ = NEW(TRUE, @$); } | FALSE { $$ = NEW(FALSE, @$); } ;
each_mods: %empty { $$ = (struct nodes){0}; }
         | each_mods COMMA each_mod { $$ = more($1, $3); }
         | each_mods as_clause { $$ = more($1, $2); } ;
each_mod: expr AT_ONCE { $$ = with_value(NEW(AT_ONCE, @$), $1); }
        | DESPITE { $$ = NEW(DESPITE, @$); }
        | FIRST_WINS { $$ = NEW(FIRST_WINS, @$); } ;
repeat_mods: %empty { $$ = (struct nodes){0}; } | repeat_mods repeat_mod { $$ = more($1, $2); } ;
repeat_mod: EVERY expr { $$ = with_value(NEW(EVERY_ROUND, @$), $2); }
          | UNTIL expr { $$ = with_value(NEW(UNTIL, @$), $2); } ;
branches: branch { $$ = one($1); } | branches branch { $$ = more($1, $2); } ;
branch: BRANCH NAME block { $$ = named(p, NODE_BRANCH, @$, $2, @2); $$->block = $3; } ;
construct: TNAME { $$ = NEW(CONSTRUCT, @$); $$->target = named(p, NODE_PATH, @1, $1, @1); nodes_add(&$$->target->items, named(p, NODE_NAME, @1, $1, @1)); }
         | TNAME call_head { $$ = $2; $$->kind = NODE_CONSTRUCT; $$->flag = true; $$->span = @$; $$->target = named(p, NODE_PATH, @1, $1, @1); nodes_add(&$$->target->items, named(p, NODE_NAME, @1, $1, @1)); }
         | path DOT TNAME { $$ = NEW(CONSTRUCT, @$); nodes_add(&$1->items, named(p, NODE_NAME, @3, $3, @3)); $1->name = $3; $1->name_span = @3; $1->span = @$; $$->target = $1; }
         | path DOT TNAME call_head { $$ = $4; $$->kind = NODE_CONSTRUCT; $$->flag = true; $$->span = @$; nodes_add(&$1->items, named(p, NODE_NAME, @3, $3, @3)); $1->name = $3; $1->name_span = @3; $1->span = span_join(@1, @3); $$->target = $1; } ;

/* ---- expressions: pure, total ---- */
exprs: expr { $$ = one($1); } | exprs COMMA expr { $$ = more($1, $3); } ;
opt_args: %empty { $$ = (struct nodes){0}; } | args ;
args: arg { $$ = one($1); } | args COMMA arg { $$ = more($1, $3); } ;
arg: FIELD COLON expr { $$ = named(p, NODE_ARG, @$, $1, @1); $$->value = $3; }
   | expr { $$ = with_value(NEW(ARG, @$), $1); } ;
expr: expr OR expr { $$ = parse_binary(p, NODE_OR, $1, $3, @2); }
    | expr AND expr { $$ = parse_binary(p, NODE_AND, $1, $3, @2); }
    | NOT expr { $$ = with_value(NEW(NOT, @$), $2); }
    | expr IS expr { $$ = parse_binary(p, NODE_IS, $1, $3, @2); }
    | expr IS_NOT expr { $$ = parse_binary(p, NODE_IS_NOT, $1, $3, @2); }
    | expr EQEQ expr { struct diag *d = diag_add(p->diags, DIAG_F0004, @2, "write `is`, not `==`"); diag_label(p->diags, d, "help: is"); diag_fix(p->diags, d, @2, "is"); $$ = parse_binary(p, NODE_IS, $1, $3, @2); }
    | expr NE expr { struct diag *d = diag_add(p->diags, DIAG_F0004, @2, "write `is not`, not `!=`"); diag_label(p->diags, d, "help: is not"); diag_fix(p->diags, d, @2, "is not"); $$ = parse_binary(p, NODE_IS_NOT, $1, $3, @2); }
    | expr LT expr { $$ = parse_binary(p, NODE_LESS, $1, $3, @2); }
    | expr LE expr { $$ = parse_binary(p, NODE_LESS_EQ, $1, $3, @2); }
    | expr GT expr { $$ = parse_binary(p, NODE_MORE, $1, $3, @2); }
    | expr GE expr { $$ = parse_binary(p, NODE_MORE_EQ, $1, $3, @2); }
    | expr IN expr { $$ = parse_binary(p, NODE_IN, $1, $3, @2); }
    | expr NOT_IN expr { $$ = parse_binary(p, NODE_NOT_IN, $1, $3, @2); }
    | expr COALESCE expr { $$ = parse_binary(p, NODE_COALESCE, $1, $3, @2); }
    | expr PLUS expr { $$ = parse_binary(p, NODE_PLUS, $1, $3, @2); }
    | expr MINUS expr { $$ = parse_binary(p, NODE_MINUS, $1, $3, @2); }
    | expr STAR expr { $$ = parse_binary(p, NODE_TIMES, $1, $3, @2); }
    | expr SLASH expr { $$ = parse_binary(p, NODE_DIVIDE, $1, $3, @2); }
    | MINUS expr %prec UMINUS { $$ = with_value(NEW(NEGATE, @$), $2); }
    | expr WITH LPAREN fieldargs RPAREN { $$ = parse_binary(p, NODE_WITH_FIELDS, $1, NULL, @2); $$->args = $4; $$->span = @$; }
    | IF expr THEN expr ELSE expr %prec ELSE_EXPR { $$ = with_value(NEW(CHOOSE, @$), $2); $$->other = $4; $$->third = $6; }
    | postfix ;
postfix: primary
    | postfix DOT NAME { $$ = parse_binary(p, NODE_MEMBER, $1, NULL, @2); $$->span = @$; $$->name = $3; $$->name_span = @3; }
    | postfix QDOT NAME { $$ = parse_binary(p, NODE_MEMBER, $1, NULL, @2); $$->span = @$; $$->name = $3; $$->name_span = @3; $$->flag = true; }
    | postfix LBRACKET expr RBRACKET { $$ = parse_binary(p, NODE_INDEX, $1, $3, @2); $$->span = @$; }
    | postfix POINTER_AT plain_text { $$ = parse_binary(p, NODE_AT, $1, NULL, @2); $$->span = @$; $$->name = $3->name; $$->name_span = @3; } ;
primary: literal | text | name
    | TRUE { $$ = NEW(TRUE, @$); } | FALSE { $$ = NEW(FALSE, @$); } | NONE { $$ = NEW(NONE, @$); }
    | NAME LPAREN opt_args RPAREN { $$ = named(p, NODE_APPLY, @$, $1, @1); $$->args = $3; }
    | NAME LPAREN expr comp RPAREN { $$ = named(p, NODE_REDUCE, @$, $1, @1); $$->value = $3; $$->other = $4; }
    | NAME LPAREN pairs RPAREN { $$ = named(p, NODE_MAP_LITERAL, @$, $1, @1); $$->items = $3; }
    | NAME LPAREN expr FATARROW expr comp RPAREN { $$ = named(p, NODE_MAP_EACH, @$, $1, @1); $$->value = $3; $$->third = $5; $$->other = $6; }
    | TNAME { $$ = named(p, NODE_TYPE_REF, @$, $1, @1); }
    | TNAME LPAREN opt_args RPAREN { $$ = named(p, NODE_MAKE, @$, $1, @1); $$->flag = true; $$->args = $3; }
    | LPAREN expr RPAREN { $$ = with_value(NEW(PARENS, @$), $2); }
    | LPAREN fieldargs RPAREN { $$ = NEW(RECORD, @$); $$->args = $2; }
    | LBRACKET RBRACKET { $$ = NEW(LIST, @$); }
    | LBRACKET exprs RBRACKET { $$ = NEW(LIST, @$); $$->items = $2; }
    | LBRACKET expr comp RBRACKET { $$ = NEW(LIST_EACH, @$); $$->value = $2; $$->other = $3; } ;
pairs: pair { $$ = one($1); } | pairs COMMA pair { $$ = more($1, $3); } ;
pair: expr FATARROW expr { $$ = with_value(NEW(PAIR, @$), $1); $$->other = $3; } ;
comp: FOR gens opt_where { $$ = NEW(COMPREHENSION, @$); $$->items = $2; $$->where = $3; } ;
gens: gen { $$ = one($1); } | gens COMMA gen { $$ = more($1, $3); } ;
gen: NAME IN expr { $$ = named(p, NODE_GENERATOR, @$, $1, @1); $$->value = $3; } ;
fieldargs: fieldarg { $$ = one($1); } | fieldargs COMMA fieldarg { $$ = more($1, $3); } ;
fieldarg: FIELD COLON expr { $$ = named(p, NODE_ARG, @$, $1, @1); $$->value = $3; } ;
literal: INTLIT { $$ = parse_literal(p, NODE_INT, $1, @1); }
       | DECLIT { $$ = parse_literal(p, NODE_DECIMAL, $1, @1); }
       | MONEY { $$ = parse_literal(p, NODE_MONEY, $1, @1); }
       | PERCENT { $$ = parse_literal(p, NODE_PERCENT, $1, @1); }
       | DURATION { $$ = parse_literal(p, NODE_DURATION, $1, @1); }
       | DATE { $$ = parse_literal(p, NODE_DATE, $1, @1); }
       | INSTANT { $$ = parse_literal(p, NODE_INSTANT, $1, @1); } ;
plain_text: STRING { $$ = named(p, NODE_TEXT, @1, $1, @1); }
          | RAWSTRING { $$ = named(p, NODE_TEXT, @1, $1, @1); $$->flag = true; }
          | LONGSTRING { $$ = named(p, NODE_TEXT, @1, $1, @1); $$->flag = true; } ;
text: plain_text
    | TMPL_OPEN expr tmpl_parts
      { $$ = NEW(TEMPLATE, @$);
        if ($1.n > 0) nodes_add(&$$->items, named(p, NODE_TEXT, @1, $1, @1));
        nodes_add(&$$->items, $2);
        for (struct node *part = $3.first, *after; part != NULL; part = after) { after = part->next; part->next = NULL; nodes_add(&$$->items, part); } } ;
tmpl_parts: TMPL_CLOSE STRING { $$ = (struct nodes){0}; if ($2.n > 0) nodes_add(&$$, named(p, NODE_TEXT, @2, $2, @2)); }
          | TMPL_CLOSE TMPL_OPEN expr tmpl_parts
            { $$ = (struct nodes){0};
              if ($2.n > 0) nodes_add(&$$, named(p, NODE_TEXT, @2, $2, @2));
              nodes_add(&$$, $3);
              for (struct node *part = $4.first, *after; part != NULL; part = after) { after = part->next; part->next = NULL; nodes_add(&$$, part); } } ;

/* ---- tests ---- */
test_decl: TEST plain_text FOR name LBRACE test_items RBRACE { $$ = with_value(NEW(TEST, @$), $2); $$->target = $4; $$->items = $6; } ;
explore_decl: EXPLORE plain_text FOR name LBRACE explore_items RBRACE { $$ = with_value(NEW(EXPLORE, @$), $2); $$->target = $4; $$->items = $6; } ;
test_items: %empty { $$ = (struct nodes){0}; } | test_items test_item { $$ = more($1, $2); } ;
explore_items: %empty { $$ = (struct nodes){0}; } | explore_items explore_item { $$ = more($1, $2); } ;
test_item: LET NAME EQ expr { $$ = named(p, NODE_LET, @$, $2, @2); $$->value = $4; }
         | mock
         | START LPAREN opt_args RPAREN { $$ = NEW(TEST_START, @$); $$->args = $3; }
         | SEND construct { $$ = NEW(SEND, @$); $$->target = $2; }
         | ANSWER name WITH NAME { $$ = named(p, NODE_ANSWER, @$, $4, @4); $$->target = $2; }
         | ANSWER name WITH NAME LPAREN opt_args RPAREN { $$ = named(p, NODE_ANSWER, @$, $4, @4); $$->target = $2; $$->args = $6; }
         | ADVANCE expr { $$ = with_value(NEW(ADVANCE, @$), $2); }
         | NAME { $$ = named(p, text_is_chars($1, "pauses") ? NODE_PAUSES : NODE_CANCEL, @$, $1, @1);
                  if ($$->kind == NODE_CANCEL && !text_is_chars($1, "cancel")) diag_help(p->diags, diag_add(p->diags, DIAG_F0001, @1, "`%.*s` is nothing a test does", TEXT_ARG($1)), "mock … · start(…) · send E(…) · answer ROLE with … · advance 1d · pauses · cancel · expect …"); }
         | expectation
         | error { MISTAKE(@1, STEP, $$); } ;
explore_item: LET NAME EQ expr { $$ = named(p, NODE_LET, @$, $2, @2); $$->value = $4; }
            | mock
            | START LPAREN opt_args RPAREN { $$ = NEW(TEST_START, @$); $$->args = $3; }
            | ALLOW FAILURES { $$ = NEW(ALLOW_FAILURES, @$); }
            | ALLOW NAME { $$ = NEW(ALLOW_LATENESS, @$);
                  if (!text_is_chars($2, "lateness")) diag_help(p->diags, diag_add(p->diags, DIAG_F0001, @2, "`%.*s` is nothing an exploration can allow", TEXT_ARG($2)), "allow failures · allow lateness · allow E(…)"); }
            | ALLOW construct { $$ = NEW(ALLOW_EVENT, @$); $$->target = $2; }
            | FAULTS UP_TO INTLIT { $$ = NEW(FAULTS, @$); $$->number = parse_whole(p, $3, @3); }
            | SEND construct { $$ = NEW(SEND, @$); $$->target = $2; }
            | EXPECT AT NAME NOTHING_STANDING { $$ = named(p, NODE_EXPECT_AT, @$, $3, @3); }
            | EXPECT AT NAME expr { $$ = named(p, NODE_EXPECT_AT, @$, $3, @3); $$->value = $4; }
            | EXPECT NEVER DEAD_LETTER { $$ = NEW(EXPECT_NO_LETTER, @$); }
            | EXPECT FINAL names { $$ = NEW(EXPECT_FINAL, @$); $$->items = $3; }
            | error { MISTAKE(@1, STEP, $$); } ;
mock: MOCK path mock_seq { $$ = NEW(MOCK, @$); $$->target = $2; $$->items = $3; } ;
mock_seq: mock_one { $$ = one($1); } | mock_seq THEN mock_one { $$ = more($1, $3); } ;
mock_one: GIVES expr opt_times { $$ = with_value(NEW(MOCK_GIVES, @$), $2); $$->number = $3; }
        | NAME opt_times { $$ = NEW(MOCK_GIVES, @$); $$->number = $2; $$->flag = text_is_chars($1, "waits");
                  if (!$$->flag && !text_is_chars($1, "succeeds")) diag_help(p->diags, diag_add(p->diags, DIAG_F0001, @1, "`%.*s` is nothing a mock does", TEXT_ARG($1)), "succeeds · gives … · fails E · waits"); }
        | FAILS errname opt_times { $$ = NEW(MOCK_FAILS, @$); $$->target = $2; $$->number = $3; }
        | FAILS errname LPAREN opt_args RPAREN opt_times { $$ = NEW(MOCK_FAILS, @$); $$->target = $2; $$->args = $4; $$->flag = true; $$->number = $6; } ;
opt_times: %empty { $$ = 0; } | INTLIT TIMES { $$ = parse_whole(p, $1, @1); } ;
expectation: EXPECT STATE path { $$ = NEW(EXPECT_STATE, @$); $$->target = $3; }
           | EXPECT CALLED path opt_count opt_with { $$ = NEW(EXPECT_CALLED, @$); $$->target = $3; $$->number = $4; $$->args = $5; }
           | EXPECT UNDONE path opt_count { $$ = NEW(EXPECT_UNDONE, @$); $$->target = $3; $$->number = $4; }
           | EXPECT EMITTED construct { $$ = NEW(EXPECT_EMITTED, @$); $$->target = $3; }
           | EXPECT MARK NAME opt_within { $$ = named(p, NODE_EXPECT_MARK, @$, $3, @3); $$->limit = $4; }
           | EXPECT NOTHING_STANDING { $$ = NEW(EXPECT_STANDING, @$); }
           | EXPECT expr { $$ = with_value(NEW(EXPECT, @$), $2); } ;
opt_count: %empty { $$ = -1; } | INTLIT TIMES { $$ = parse_whole(p, $1, @1); } | NEVER { $$ = 0; } ;
opt_with: %empty { $$ = (struct nodes){0}; } | WITH LPAREN fieldargs RPAREN { $$ = $3; } ;

/* ---- bindings ---- */
env_decl: ENVIRONMENT NAME LBRACE env_items RBRACE { $$ = named(p, NODE_ENVIRONMENT, @$, $2, @2); $$->items = $4; } ;
env_items: %empty { $$ = (struct nodes){0}; } | env_items env_item { $$ = more($1, $2); if ($2->doc.n == 0) $2->doc = parse_doc(p, @2); } ;
env_item: SETTING NAME EQ expr { $$ = named(p, NODE_BIND_SETTING, @$, $2, @2); $$->value = $4; }
        | CALENDAR NAME LBRACE calendar_rows RBRACE { $$ = named(p, NODE_BIND_CALENDAR, @$, $2, @2); $$->items = $4; }
        | ROLE NAME plain_text { $$ = named(p, NODE_BIND_ROLE, @$, $2, @2); $$->value = $3; }
        | ADAPTER NAME OVER name LBRACE options RBRACE { $$ = named(p, NODE_BIND_ADAPTER, @$, $2, @2); $$->target = $4; $$->items = $6; }
        | EVENTS FROM name plain_text LBRACE inbound_items RBRACE { $$ = named(p, NODE_BIND_EVENTS, @$, $4->name, @4); $$->target = $3; $$->items = $6; }
        | error { MISTAKE(@1, STEP, $$); } ;
calendar_rows: %empty { $$ = (struct nodes){0}; } | calendar_rows calendar_row { $$ = more($1, $2); } ;
calendar_row: ZONE plain_text { $$ = with_value(NEW(ZONE, @$), $2); }
            | OPEN NAME TO NAME FROM plain_text TO plain_text { $$ = named(p, NODE_OPEN, @$, $2, @2); $$->as = $4; $$->as_span = @4; $$->value = $6; $$->other = $8; }
            | OPEN NAME FROM plain_text TO plain_text { $$ = named(p, NODE_OPEN, @$, $2, @2); $$->value = $4; $$->other = $6; }
            | CLOSED exprs { $$ = NEW(CLOSED, @$); $$->items = $2; } ;
options: %empty { $$ = (struct nodes){0}; } | options option { $$ = more($1, $2); } ;
option: NAME option_texts { $$ = named(p, NODE_OPTION, @$, $1, @1); $$->items = $2; }
      | NAME plain_text COLON text { $$ = named(p, NODE_OPTION, @$, $1, @1); $$->value = $2; $$->items = one($4); }
      | NAME LBRACE map_items RBRACE { $$ = named(p, NODE_BIND_OPERATION, @$, $1, @1); $$->items = $3; } ;
option_texts: text { $$ = one($1); } | option_texts text { $$ = more($1, $2); } ;
map_items: %empty { $$ = (struct nodes){0}; } | map_items map_item { $$ = more($1, $2); } ;
map_item: NAME expr { $$ = with_value(named(p, NODE_MAP_SAYS, @$, $1, @1), $2); }
        | NAME plain_text COLON expr { $$ = with_value(named(p, NODE_MAP_PART, @$, $1, @1), $4); $$->target = $2; }
        | GIVES expr { $$ = with_value(NEW(MAP_GIVES, @$), $2); }
        | FAILS construct WHERE expr { $$ = NEW(MAP_FAILS, @$); $$->target = $2; $$->where = $4; }
        | error { MISTAKE(@1, FIELD, $$); } ;
inbound_items: %empty { $$ = (struct nodes){0}; } | inbound_items inbound_item { $$ = more($1, $2); } ;
inbound_item: SIGNED NAME NAME NAME plain_text expr sign_mods { $$ = parse_signed(p, @$, $2, $3, $4, @4); $$->target = $5; $$->value = $6; $$->clauses = $7; }
            | EVENT construct opt_where opt_message { $$ = NEW(MAP_EVENT, @$); $$->target = $2; $$->where = $3; $$->value = $4; }
            | error { MISTAKE(@1, STEP, $$); } ;
sign_mods: %empty { $$ = (struct nodes){0}; } | sign_mods sign_mod { $$ = more($1, $2); } ;
sign_mod: NAME text { $$ = named(p, NODE_SIGN_SAYS, @$, $1, @1); $$->value = $2; }
        | OVER text { $$ = named(p, NODE_SIGN_SAYS, @$, $1, @1); $$->value = $2; }
        | NAME NAME plain_text WITHIN expr { $$ = named(p, NODE_SIGN_FRESH, @$, $1, @1); $$->as = $2; $$->as_span = @2; $$->target = $3; $$->value = $5; } ;
opt_message: %empty { $$ = NULL; }
           | NAME NAME expr { $$ = $3; if (!text_is_chars($1, "message") || !text_is_chars($2, "id")) diag_add(p->diags, DIAG_F0001, span_join(@1, @2), "`message id` is meant, and `%.*s %.*s` is said", TEXT_ARG($1), TEXT_ARG($2)); } ;
%%
static struct node *named(struct parse *p, enum node_kind kind, struct span span,
                          struct text name, struct span name_span)
{
    struct node *node = node_new(p->compile, kind, span);
    node->name = name;
    node->name_span = name_span;
    return node;
}

static struct nodes one(struct node *node)
{
    struct nodes list = {0};
    nodes_add(&list, node);
    return list;
}

static struct nodes more(struct nodes list, struct node *node)
{
    nodes_add(&list, node);
    return list;
}

static void set_as(struct node *node, struct node *as)
{
    if (as == NULL)
        return;
    node->as = as->name;
    node->as_span = as->name_span;
}

static struct node *with_value(struct node *node, struct node *value)
{
    node->value = value;
    return node;
}

static int flow_yylex(FLOW_YYSTYPE *value, FLOW_YYLTYPE *location, struct parse *p)
{
    const struct word *word = &p->words.at[p->next];
    if (p->next + 1 < p->words.n)
        p->next++;
    value->text = word->text;
    *location = word->token.span;
    return word->token.kind;
}

static int yyreport_syntax_error(const yypcontext_t *context, struct parse *p)
{
    enum { EXPECTED_MAX = 128 };
    yysymbol_kind_t kinds[EXPECTED_MAX];
    const char *names[EXPECTED_MAX];
    int n = yypcontext_expected_tokens(context, kinds, EXPECTED_MAX);
    for (int i = 0; i < n; i++)
        names[i] = yysymbol_name(kinds[i]);
    const struct word *word = &p->words.at[p->next];
    if (word->token.kind != 0 || word->token.span.from != yypcontext_location(context)->from)
        word = &p->words.at[p->next - 1];
    p->offending = (uint32_t)(word - p->words.at);
    if (p->is_asking) {
        if (p->offending + 2 == p->words.n && n > 0) {
            p->expected = arena_copy(p->compile, names, (size_t)n * sizeof *names);
            p->expected_n = (uint32_t)n;
        }
        return 0;
    }
    parse_report(p, *yypcontext_location(context), word->token.kind,
                 yysymbol_name(yypcontext_token(context)), names, n);
    return 0;
}

/* Only for what bison itself says: its stack is full. */
static void flow_yyerror(const FLOW_YYLTYPE *location, struct parse *p, const char *message)
{
    (void)message;
    diag_add(p->diags, DIAG_F0007, *location, "this is nested too deeply to be read");
}

const char *parse_kind_name(int kind)
{
    return yysymbol_name(YYTRANSLATE(kind));
}

void parse_words(struct parse *parse)
{
    parse_slips(parse);
    parse_balance(parse);
    flow_yyparse(parse);
    parse_say_braces(parse);
    if (parse->file == NULL) {
        parse->file = node_new(parse->compile, NODE_FILE, source_span(parse->source, 0, 0));
        parse->file->items = parse->declarations; /* what stands before where it was given up */
        nodes_add(&parse->file->items, parse_given_up(parse));
    }
    parse_bounds(parse);
}

/* A word that fits nowhere is put at the end: what the parser then says it wanted. */
uint32_t parse_expected(struct parse *parse, const char *const **names)
{
    struct word end = vec_last(&parse->words);
    vec_last(&parse->words).token.kind = BADCHAR;
    end.token.span.from++; /* the report tells the two apart by their places */
    vec_push(parse->compile, &parse->words, end);
    parse->is_asking = true;
    flow_yyparse(parse);
    *names = parse->expected;
    return parse->expected_n;
}
