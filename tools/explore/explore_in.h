/* What the parts of an exploration share; nobody else includes it. */
#ifndef TOOLS_EXPLORE_EXPLORE_IN_H
#define TOOLS_EXPLORE_EXPLORE_IN_H

#include "engine/core/subscribe.h"
#include "tools/explore/explore.h"
#include "tools/explore/literal.h"
#include "tools/test_run_in.h"

enum {
    WORLD_EVENTS_MAX =
        32, /* events that an exploration allows or sends: bits of a mask */
    WORLD_PERSISTS_MAX = 8,  /* calls that fail for good at once */
    WORLD_ROUNDS_MAX = 10000 /* things that happen by themselves after one choice */
};

/* ---- what may happen ---- */

enum choice_kind {
    CHOICE_ANSWER,       /* what the mock says, or a value made from the type */
    CHOICE_REFUSED,      /* detail: a declared error, index of error_uses */
    CHOICE_UNAVAILABLE,  /* this attempt and every other of the call */
    CHOICE_DOUBT,        /* this attempt */
    CHOICE_DOUBT_ALWAYS, /* this attempt, every other, and nobody can be asked */
    CHOICE_FOUND,        /* asked, it had happened */
    CHOICE_ABSENT,       /* asked, it had not */
    CHOICE_CHILD,        /* what: of node->children: it ends as usual */
    CHOICE_CHILD_FAILS,  /* detail: an index of error_uses; IR_NONE: it is cancelled */
    CHOICE_EVENT,        /* what: of world->events */
    CHOICE_BETWEEN,      /* the same, before an attempt in doubt is tried again */
    CHOICE_PERSON,       /* what: index of a task; detail: a when, IR_NONE: `retry` */
    CHOICE_TIME,         /* the next moment that something waits for */
    CHOICE_LATE,         /* the same, where a limit runs out */
    CHOICE_NEXT_TRY      /* the same, where events may come between */
};

struct choice {
    uint8_t kind; /* enum choice_kind */
    bool is_fault;
    uint32_t what; /* of a call: index of its fibre */
    uint32_t detail;
};

struct choices {
    struct choice *at;
    uint32_t n;
    uint32_t room;
};

/* ---- the world ---- */

struct world_answer { /* one of a mock */
    const struct test_answer *said;
    enum outcome_kind kind;
    struct text name;   /* REFUSED */
    struct value value; /* of VALUE, REFUSED */
    bool is_constant;   /* `value` is good; else it depends on how the flow stands */
};

struct world_mock {               /* of an operation, or of a flow that is run */
    const struct test_step *step; /* NULL: none */
    struct world_answer *answers;
    struct value sample; /* VALUE_UNSET: it gives nothing */
    struct value found;  /* `found by` of an effect: what it finds when it happened */
    bool asks;           /* it is a `found by`, and not mocked */
};

struct world_event {
    const struct test_step *step;
    bool is_sent; /* the exploration sends it: before anything else may happen */
    bool is_constant;
    json_t *body;       /* owned; NULL: made when it is sent */
    struct value value; /* the same by its type */
    struct subscribe_hash *hashes;
    uint32_t hashes_n;
};

/* A call that goes on failing until it is given up. */
struct persist {
    uint32_t fibre;
    uint32_t attempt;
    uint32_t tries;
    int64_t began_at;
    enum choice_kind kind;
};

struct node_child { /* a flow that was begun, and has not ended */
    struct id id;
    uint32_t child; /* which of ir->children */
};

/* How things stand: the instance, and what of the world's past matters. */
struct node {
    struct instance *inst;
    int64_t now;
    uint32_t faults;                      /* so far */
    uint32_t sent;                        /* which events have come: bit i for the i-th */
    int64_t held_until[WORLD_EVENTS_MAX]; /* those that nobody has taken; 0: not held */
    uint32_t persists_n;
    struct persist persists[WORLD_PERSISTS_MAX];
    const struct node_child *children; /* oldest first; shared with other nodes */
    uint32_t children_n;
    const struct id *unwinds; /* asked to unwind, and not heard of yet */
    uint32_t unwinds_n;
    uint32_t *mocks;  /* answers used, as many as world->counted */
    uint64_t *places; /* what the hash has of each place, for those that come after */
};

struct story;

struct world {
    struct arena *arena;
    const struct ir *ir;
    struct environment environment;
    struct test_run run; /* evaluates what the exploration says */
    struct arena *scratch;
    struct world_mock *mocks; /* of operations, then of children (kin_mock) */
    uint32_t *counted_of;     /* mock → its place in node.mocks; IR_NONE */
    uint32_t counted;         /* mocks whose answers change */
    struct world_event events[WORLD_EVENTS_MAX];
    uint32_t events_n;
    bool allows_failures;
    bool allows_lateness;
    uint32_t faults_max;
    uint64_t steps;
    struct story *story; /* what happens is told to it; NULL */
    bool *has_run;       /* as many as children: that one was begun, and is not walked */
    bool is_restless;    /* the latest choice never came to rest */
    const struct test_step *start; /* or the `send` that begins it */
    bool begins_by_itself;         /* nothing of that is said: its moment has come */
};

/* Reads the exploration. False: run.diag says why it cannot be. */
MUST_USE bool world_open(struct world *world, struct arena *arena,
                         const struct explore_request *request);
void world_close(struct world *world);

/* What it begins with, a new reference, and its key; NULL: run.diag. */
json_t *world_arguments(struct world *world, struct text *key);
/* The flow has begun; false: run.diag. */
MUST_USE bool world_start(struct world *world, struct arena *arena, struct node *node);
/* What may happen next, likeliest first; on `arena`. None: it has ended, or nothing can
 * move it. */
struct choices world_choices(struct world *world, struct arena *arena,
                             const struct node *node);
/* The choice happens, and what happens by itself after it. False: it is no choice after
 * all (a `where` refuses the answer). */
MUST_USE bool world_do(struct world *world, struct arena *arena, const struct node *from,
                       const struct choice *choice, struct node *to);

/* Where no choice was one after all: what is due happens. False: nothing is. */
bool world_last_resort(const struct node *node, struct choice *choice);

bool node_has_ended(const struct node *node);
bool node_is_parked(const struct node *node);
/* No call is under way, and none waits for its next try. */
bool node_is_at_rest(const struct node *node);
/* The fibre whose call is answered next; NULL: none. */
struct fibre *node_call(const struct node *node);

/* `found by` is what is called. */
bool node_asks(const struct fibre *f);
/* What is called: of one that is asked after, what it is asked by. */
uint32_t world_operation_called(const struct world *world, const struct fibre *f);
bool world_is_heard(const struct world_event *event, const struct instance *inst);
/* Before an attempt in doubt is tried again something may come: the pause does not pass
 * by itself. */
bool world_rests_between(const struct world *world, const struct node *node);

/* For the files of the world: the node's instance is its own, and moves. False: it means
 * nothing, or is refused. */
bool world_go(struct world *world, struct arena *arena, struct node *node,
              struct stimulus stimulus);
/* Adds to what may happen; a fault only while there are some left. */
struct offer {
    const struct world *world;
    struct arena *arena;
    const struct node *node;
    struct choices all;
};
void offer_choice(struct offer *o, enum choice_kind kind, bool is_fault, uint32_t what,
                  uint32_t detail);
/* The answer that is due; NULL: they are used up, or there is none. */
const struct world_answer *world_answer_due(const struct world *world,
                                            const struct node *node, uint32_t mock);
/* One that holds from then on is not counted: states that differ in it are the same. */
void world_answer_used(const struct world *world, struct node *node, uint32_t mock,
                       const struct world_answer *answer);
/* What it gives, or the error has; it may depend on how the flow stands. */
bool world_answer_value(struct world *world, struct arena *arena, const struct node *node,
                        const struct world_answer *answer, struct value *out);

/* ---- world_kin.c ---- */

/* The mock of a flow, by one of the places that run it. */
uint32_t kin_mock(const struct world *world, uint32_t child);
/* The same by its name; IR_NONE: nobody runs it. */
uint32_t kin_mock_of(const struct world *world, struct text flow);
void kin_note(struct world *world, struct arena *arena, struct node *node,
              const struct decision *decision);
/* The flows that were begun on some path: "drop_ship, backorder". */
struct text kin_begun(const struct world *world);
/* How those that run may end: the oldest of each flow. */
void kin_offer(struct offer *o);
void kin_end(struct world *world, struct arena *arena, struct node *node,
             const struct choice *choice);
/* Whoever was asked to unwind has done so. False: nobody was. */
bool kin_unwound(struct world *world, struct arena *arena, struct node *node);

/* ---- state_hash.c ---- */

struct state_hash;
struct state_hash *state_hash_new(struct arena *arena, const struct world *world);
/* `from` is what it came from, whose places are not hashed again; NULL. */
uint64_t state_hash_of(const struct state_hash *hash, struct arena *arena,
                       struct node *node, const struct node *from);

/* ---- seen.c ---- */

/* States by their hashes, in the order they were found. */
struct seen {
    struct arena *arena; /* of the table; another one when it grows */
    struct seen_slot *slots;
    uint32_t slots_n; /* a power of two */
    uint32_t n;
    uint32_t n_max;
};
void seen_open(struct seen *seen, uint32_t n_max);
void seen_close(struct seen *seen);
struct seen_slot {
    uint64_t hash;
    uint32_t index; /* counts from 1; 0: the slot is free */
    uint32_t depth; /* the least at which it was met */
};
/* The slot of that hash; `is_new`: it was not there, and has the next index. NULL: full.
 */
struct seen_slot *seen_put(struct seen *seen, uint64_t hash, uint32_t depth,
                           bool *is_new);

/* ---- expect.c ---- */

enum broken_kind {
    BROKEN_NOTHING,
    BROKEN_EXPECT,   /* `step` does not hold */
    BROKEN_WAITS,    /* nothing that may happen moves it */
    BROKEN_RESTLESS, /* it goes on for ever within one step */
    BROKEN_TWO,    /* the interpreter: an undoing asks after what its step still tries */
    BROKEN_ENDLESS /* from here no end can be reached without faults */
};

struct broken {
    enum broken_kind kind;
    const struct test_step *step; /* EXPECT */
    uint64_t hash;                /* of the state; ENDLESS */
};

/* What of that which is expected of every state does not hold at this one. */
struct broken expect_at_node(struct world *world, const struct node *node);
/* Why, in words. */
struct text expect_label(struct world *world, const struct broken *broken,
                         const struct node *node);

/* ---- search.c ---- */

struct search_found {
    struct broken broken;
    struct choice *path;
    uint32_t path_n;
    uint32_t faults; /* with which it was found */
    const char *unfinished;
    uint64_t states;  /* of the last walk */
    uint32_t crowded; /* in which state of the flow most of them are; IR_NONE */
    uint64_t crowd;   /* so many */
    uint64_t walked;  /* of all of them */
    uint32_t depth;
};

/* Walks all paths with 0 faults, with up to 1, and so on. */
void search(struct world *world, const struct explore_request *request,
            bool *states_found, struct search_found *found);

/* ---- story.c ---- */

struct story_answer {
    uint32_t operation;
    enum choice_kind kind;           /* ANSWER: the mock's, or made */
    const struct world_answer *mock; /* ANSWER: of the mock; NULL: made */
    uint32_t error;                  /* REFUSED: index of error_uses */
    struct value value;              /* as it was given; UNSET: nothing */
};

struct story { /* of one path, in the order in which things happened */
    struct arena *arena;
    struct buf lines; /* for people */
    struct text latest;
    VEC(struct story_answer) answers;
    struct buf items;  /* send, answer, advance: lines of a test */
    bool keeps_pauses; /* something comes in one: all of them are passed by `advance` */
};
void story_init(struct story *story, struct arena *arena, bool keeps_pauses);
void story_answered(struct world *world, uint32_t operation,
                    const struct story_answer *answer);
/* `error`: the name of what it fails with; empty: it ends as usual, by that answer. */
void story_child(struct world *world, uint32_t child, const struct world_answer *answer,
                 struct text error);
void story_sent(struct world *world, const struct world_event *event, bool is_between);
void story_decided(struct world *world, struct text role, struct text outcome,
                   uint32_t form, struct value data);
void story_time(struct world *world, int64_t by, bool is_late);
/* A pause has passed by itself. */
void story_pause(struct world *world, int64_t by);
void story_state(struct world *world, const struct node *node);
/* A test that goes the same way, and fails the same. */
struct text story_as_test(struct world *world, const struct broken *broken,
                          const struct node *node);

#endif
