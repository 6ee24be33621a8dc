/* What is remembered, and how it is moved: the verbs of the store, the same for
 * PostgreSQL (store_pg) and for memory (store_mem).
 *
 * Every verb is asynchronous: it returns at once, and its `done` is called once, later,
 * from the event loop, never from inside the verb. What a reply points to lives until
 * `done` returns; what the caller passes in is copied before the verb returns. A reply
 * whose `err` is not NULL says that nothing of it is known to have happened; for verbs
 * that write, UNAVAILABLE means "in doubt": reload the rows and look (a write is found by
 * instance.rev, a start by its key, an event by its unique digest). A verb that fails for
 * the database's sake is not repeated by the store; the `away` and `up` hooks say when it
 * makes sense to ask again.
 *
 * Shards. Everything about an instance lies in one shard, named by its id
 * (store_shard_of). A node works on the shards it has claimed. A claim has an epoch that
 * the store keeps for itself and puts into every write: a write for a shard that somebody
 * else owns by now changes nothing and is reported as lost.
 *
 * Time. Instants are µs since 1970 by the database's clock; `now` in replies lets the
 * caller follow it with a monotonic clock of its own. */
#ifndef ENGINE_STORE_STORE_H
#define ENGINE_STORE_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/digest.h"
#include "engine/base/err.h"
#include "engine/base/id.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/core/decision.h"
#include "engine/core/instance.h"
#include "engine/core/shelf.h"
#include "engine/core/stimulus.h"

struct event_base;
struct store;

enum { STORE_SHARDS = 32 }; /* fixed for the life of a database; at most so many nodes */

uint32_t store_shard_of(struct id id);            /* the low bits of its last byte */
uint32_t store_shard_of_event(struct text event); /* where its inbox rows lie */

/* ---- open, close ---- */

struct store_hooks {
    void *owner;
    /* The database can be reached (again). Nothing is held: join and claim. */
    void (*up)(void *owner);
    /* It cannot be reached any more: said once, until `up`. Whatever was under way is
     * answered UNAVAILABLE, all claims are forgotten. The store goes on trying, with
     * backoff. */
    void (*away)(void *owner, const struct err *err);
    /* This incarnation of the node is over (its session, its heartbeat or a shard that it
     * did not give back is gone): all claims are forgotten, nothing will be written. What
     * is still answered is of before. Join again. */
    void (*over)(void *owner);
    /* Somebody says there is something to read. A hint: polling is the truth. */
    void (*bell)(void *owner);
    /* Somebody joined, or gave shards back: beat, and look. A hint, too. */
    void (*nodes)(void *owner);
};

struct store_options {
    struct text conninfo;   /* libpq string or URI */
    struct text node;       /* name for people; empty: host name and process number */
    uint32_t lanes;         /* writer connections, 1 … STORE_LANES_MAX; 0: 2 */
    int64_t deadline;       /* µs a verb may take; 0: 10 s */
    int64_t heartbeat_life; /* µs until a silent node counts as dead; 0: 5 s */
    uint32_t capacity;      /* shards this node takes at most; 0: all */
};

enum { STORE_LANES_MAX = 8 };

/* Begins to connect; NULL only for options that cannot be understood. `up` follows. */
struct store *store_pg_open(struct event_base *base, const struct store_options *options,
                            const struct store_hooks *hooks, struct err *err);

/* The twin in memory. `now` is its clock (µs), the caller's to move; several stores may
 * share one `world` to play several nodes. */
struct store_world;
struct store_world *store_world_new(int64_t (*now)(void *), void *clock);
void store_world_free(struct store_world *world);
struct store *store_mem_open(struct event_base *base, struct store_world *world,
                             const struct store_options *options,
                             const struct store_hooks *hooks);

/* What flowctl does in PostgreSQL. False: CONFLICT, the version was deployed with another
 * meaning. `meta` is borrowed (version_meta.h), `document` the environment's. */
MUST_USE bool store_world_deploy(struct store_world *world, struct digest hash,
                                 struct text image, struct text source,
                                 const json_t *meta, struct err *err);
void store_world_environment(struct store_world *world, const json_t *document);
void store_world_token(struct store_world *world, struct text token, struct text name,
                       struct text role, struct text scopes);

/* As if five of its instances had been set aside. */
void store_world_hold(struct store_world *world, struct text flow, uint32_t version);

/* The next commit is answered UNAVAILABLE, whether it happened (`after`) or not, and the
 * store is away for a moment: as if the connection had been lost. Memory only. */
void store_mem_break(struct store *store, bool after);

/* Nothing is called any more after this. Claims that were not released are taken over by
 * others at once. */
void store_close(struct store *store);

/* Applies the migrations that are missing, under an advisory lock, and blocks while doing
 * it. Needs to own the database, nothing more. With `only_look`, nothing is changed:
 * false and CONFLICT when some are missing or the schema is newer than this program. */
MUST_USE bool store_migrate(const char *conninfo, bool only_look, struct err *err);

/* Settings of the server that put what is promised at risk, each a sentence given to
 * `say`. Blocks. */
enum store_risk {
    STORE_RISK_ADVICE,
    STORE_RISK_STANDBY, /* what was acknowledged is lost with the machine */
    STORE_RISK_DISK,    /* what was acknowledged is lost when the machine crashes */
    STORE_RISK_ALL      /* nothing works as it should */
};
MUST_USE bool store_look_over(const char *conninfo,
                              void (*say)(void *owner, enum store_risk risk,
                                          struct text sentence),
                              void *owner, struct err *err);

/* ---- this node ---- */

struct store_pulse {
    const struct err *err;
    int64_t now;
    uint32_t nodes;       /* alive, this one too */
    uint32_t free_shards; /* owned by nobody alive */
    uint32_t share;       /* how many are ours, when all is evenly spread */
    uint64_t deployed;    /* rises with every deploy of a flow or an environment */
    uint64_t breakers;    /* rises with every change of a breaker */
    uint64_t holds;       /* rises whenever a version is held or let go */
};
typedef void store_pulse_done(void *owner, const struct store_pulse *pulse);

/* Of nodes that take at most so many shards each, in ascending order: how many are for
 * the one that stands at `me`. Together they take all that can be taken. */
uint32_t store_share(const uint32_t *capacities, uint32_t n, uint32_t me);

/* A new incarnation: a fresh nonce, a session lock by that nonce, a row of its own. What
 * was claimed before is forgotten. */
void store_join(struct store *store, store_pulse_done *done, void *owner);
/* Says that we live; every second or so. Finding that we count as dead ends in `over`. */
void store_beat(struct store *store, store_pulse_done *done, void *owner);

struct store_suspect { /* an instance that nodes had in hand when they died */
    struct id instance;
    uint32_t deaths;
    struct digest version; /* it runs by; all zero: not known */
};

struct store_blame { /* a version of which instances were in hand when nodes died */
    uint32_t shard;
    struct digest version;
    uint32_t deaths;   /* in a row, and none of them ended well since */
    bool is_set_aside; /* instances of it are, that it was the fault of */
};

struct store_claim {
    const struct err *err;
    int64_t now;
    const uint32_t *shards; /* those that are new */
    const uint32_t *deaths; /* of each: owners in a row that did not give it back */
    uint32_t n;
    const struct store_suspect *suspects; /* in all shards we hold */
    uint32_t suspects_n;
    const struct store_blame *blames; /* the same */
    uint32_t blames_n;
};
typedef void store_claim_done(void *owner, const struct store_claim *claim);

/* Takes over at most `most` shards that nobody alive owns: never owned, released, owner's
 * heartbeat expired, or owner's session gone. Once it is answered no write of the former
 * owner can be committed any more. Follow with store_in_flight() for those shards. */
void store_claim(struct store *store, uint32_t most, store_claim_done *done, void *owner);
/* Gives shards back; commit what is in hand first. */
void store_release(struct store *store, const uint32_t *shards, uint32_t n,
                   store_pulse_done *done, void *owner);
/* This node takes nothing any more: what it gives back is shared among the others. */
void store_retire(struct store *store, store_pulse_done *done, void *owner);
bool store_holds(const struct store *store, uint32_t shard);

/* Where owners of a shard keep dying, whoever is worked on is noted first. */
enum store_judgement {
    STORE_SUSPECT,   /* we begin to work on it: if we die, that counts */
    STORE_ACQUIT,    /* it ended well: nothing stands against it any more */
    STORE_QUARANTINE /* it is set aside: nothing of it is due, until a settlement frees
                        it; with LIMIT_VERSION_SET_ASIDE of them its version is held */
};
/* Under the fence. `deaths` counts for STORE_SUSPECT alone: as many as stand against it
 * for its version's sake, if that is still so. Only `err` of the reply counts. The twin
 * in memory, whose nodes die with their caller, only answers. */
void store_judge(struct store *store, enum store_judgement judgement,
                 const struct store_suspect *suspects, uint32_t n, store_pulse_done *done,
                 void *owner);

/* Versions of which nothing is due, on any node, until an operator lets them go on. */
struct store_hold {
    struct digest version;
    struct text flow;
    uint32_t number;
    int64_t since;
    uint32_t set_aside; /* of its instances, when it was held */
};
struct store_holds {
    const struct err *err;
    const struct store_hold *items;
    uint32_t n;
};
typedef void store_holds_done(void *owner, const struct store_holds *holds);
void store_holds_now(struct store *store, store_holds_done *done, void *owner);

/* ---- what is due (for the shards we hold; bounded pages) ---- */

enum { STORE_PAGE_MAX = 10000 };

/* A stimulus that waits in an instance's mailbox. It stays there until a transition or a
 * settlement consumes it, so a page read twice may hold it twice: know it by `seq`. */
struct store_mail {
    uint64_t
        seq; /* of arrival; ascending within a page, and by that within an instance */
    struct id instance;
    enum stimulus_kind kind; /* all but OUTCOME, TIMER and RECOVER */
    int64_t at;              /* it was put there */
    struct text event;       /* EVENT: its name */
    struct id message; /* EVENT: of the stored event. ANSWER, COMMAND: of the request.
                          CHILD_END, UNWIND: of the instance that says it */
    uint32_t task;     /* ANSWER: number of the task in the instance */
    struct text verb;  /* ANSWER: the outcome. COMMAND: the verb. CHILD_END: how */
    struct text step;  /* COMMAND */
    struct text actor;
    struct text reason;
    struct text data; /* JSON; empty: none */
    struct text line; /* of a skimmed page: whose work it is */
    bool is_left;     /* of a skimmed page: only `seq`, `instance` and `line` are said */
};

struct store_mails {
    const struct err *err;
    int64_t now;
    const struct store_mail *mails;
    uint32_t n;
    bool more; /* ask again with `after` the last seq; then begin again at 0 */
};
/* Up to `most`, and up to LIMIT_MAIL_PAGE_BYTES of data; the first always. */
typedef void store_mails_done(void *owner, const struct store_mails *mails);
void store_mail(struct store *store, uint64_t after, uint32_t most,
                store_mails_done *done, void *owner);

/* Whose work an instance is: its flow's; where its key is in parts ("acme/O-1001"), that
 * of the flow and the first part ("order_to_cash/acme"). */
enum { STORE_LINE_BYTES = LIMIT_NAME_BYTES + LIMIT_KEY_BYTES + 2 };
struct text store_line(char room[STORE_LINE_BYTES], struct text flow, struct text key);

/* The same with its lines. Of those in `left` enough is known: their mail is only
 * mentioned, so that such a page is up to STORE_SKIM times as long; it may be shorter
 * than asked for though there is more. */
enum { STORE_SKIM = 10 };
void store_skim_mail(struct store *store, uint64_t after, const struct text *left,
                     uint32_t left_n, uint32_t most, store_mails_done *done, void *owner);

struct store_timer {
    struct id instance;
    int64_t fire_at;
    struct text line; /* of a skimmed page */
};
struct store_timers {
    const struct err *err;
    int64_t now;
    const struct store_timer *timers; /* earliest first */
    uint32_t n;
    bool more;       /* ask again with `after` the last one */
    int64_t next_at; /* when not `more`: the earliest beyond `ahead`; 0: none */
};
typedef void store_timers_done(void *owner, const struct store_timers *timers);
/* Those due by now + `ahead` µs, by (fire_at, instance) beyond `after` (NULL: from the
 * first). A timer may be early for its instance (see store_settle), never late. */
void store_timers(struct store *store, int64_t ahead, const struct store_timer *after,
                  uint32_t most, store_timers_done *done, void *owner);
/* Those due by now, with their lines; up to STORE_SKIM times as many. */
void store_skim_timers(struct store *store, const struct store_timer *after,
                       uint32_t most, store_timers_done *done, void *owner);

struct store_ids {
    const struct err *err;
    const struct id *ids;
    uint32_t n;
    bool more; /* ask again with `after` the last one */
};
typedef void store_ids_done(void *owner, const struct store_ids *ids);
/* Instances of a shard that have calls in flight, by their last transition: after a claim
 * each of them gets RECOVER. `after` all zero begins. */
void store_in_flight(struct store *store, uint32_t shard, struct id after, uint32_t most,
                     store_ids_done *done, void *owner);

/* ---- instances ---- */

struct store_instance {
    struct id id;
    bool is_there; /* false: no such instance (the rest is empty then) */
    struct text flow;
    uint32_t version;   /* number of the version */
    struct digest hash; /* of the image */
    struct text key;
    uint32_t rev; /* 0: not begun yet, no snapshot */
    enum instance_status status;
    int64_t timer_at; /* what the timer table holds for it: hand it to store_transition */
    int64_t started_at;
    struct id parent; /* the instance that began it; none */
    bool is_owned;    /* by its parent, which ran it */
    struct text snapshot;
    struct text values; /* its large ones, as shelf_next() takes them apart */
};
struct store_instances {
    const struct err *err;
    int64_t now;
    const struct store_instance *items; /* as many as asked for, in that order */
    uint32_t n;
};
typedef void store_instances_done(void *owner, const struct store_instances *instances);
void store_load(struct store *store, const struct id *ids, uint32_t n,
                store_instances_done *done, void *owner);
/* By business key: the living one, else the latest, of each flow that has one (of `flow`
 * only, when it is not empty). No snapshots. At most STORE_PAGE_MAX. */
void store_find(struct store *store, struct text flow, struct text key,
                store_instances_done *done, void *owner);

/* ---- the commit ---- */

struct store_event_out { /* emit; or what an instance that has ended hands back */
    struct text event;
    struct text body;  /* JSON */
    int64_t held;      /* µs; 0: not held */
    bool is_unclaimed; /* handed back: offered to nobody else */
    bool has_unique;
    struct digest unique;
};

struct store_subscription {
    bool drop;
    uint32_t number;
    struct text event;
    uint64_t key;
    uint32_t fields;
    bool
        is_held; /* the event may lie there already: it is looked for by the next match */
};

struct store_task {
    bool drop;       /* only `number` counts then */
    uint32_t number; /* adding a number again replaces what is shown */
    bool is_dead_letter;
    struct text what; /* dead letter's name, or empty */
    struct text role;
    struct text question;
    struct text outcomes; /* JSON [{name, form}] */
    struct text showing;  /* JSON; empty: nothing */
    int64_t since;
    int64_t until; /* 0: none */
};

/* An instance that begins with the transition of its parent, in the same shard. It runs
 * the newest version of that flow that has that signature. When there is none, or its key
 * is living, it does not begin: an owned one's parent gets CHILD_END `refused`, with
 * {"message"}; one that is let go leaves the living one as it is. */
struct store_child {
    struct id id; /* id_beside() its parent's */
    struct text flow;
    struct digest signature; /* ir_child_signature() */
    struct text key;         /* empty: the id */
    struct text args;        /* JSON */
    bool is_owned;
};

/* A measure of the instance has its value: counted once, whatever comes later. */
struct store_measured {
    struct text measure;
    struct text value; /* digits */
    struct text unit;  /* "s", a currency, or empty */
    struct text goal;  /* digits; empty: none, or none of its own unit */
    enum measured_met met;
};

/* A word to a parent, a child or itself, in the same shard: mail for it. To nobody:
 * dropped when it is read. */
struct store_word {
    struct id to;
    enum stimulus_kind kind; /* CHILD_END, UNWIND, MIGRATE (to itself) */
    struct text verb;        /* CHILD_END: how it ended */
    struct text actor;       /* UNWIND: who */
    struct text reason;
    struct text data; /* JSON; empty: none */
};

struct store_value {
    struct digest hash;
    struct text bytes;
};

/* What one stimulus did to one instance, as rows. At most one an instance in a batch.
 * What has completed is moved by UNWIND alone; what failed or was cancelled by nothing.
 */
struct store_transition {
    struct id id;
    uint32_t rev; /* it was decided from; the row's rev will be one more */
    enum instance_status status_was;
    enum instance_status status;
    bool in_flight;    /* instance_has_calls */
    struct text state; /* path; empty: none */
    int64_t since;
    int64_t started_at;
    int64_t ended_at; /* 0: living */
    int64_t wake_at;  /* instance_wake_at without calls in flight; 0: nothing */
    int64_t timer_at; /* what the store holds, as loaded or as last committed */
    int64_t at;       /* stimulus.now */
    enum stimulus_kind stimulus;
    struct text snapshot;
    struct text entries; /* decision_entries_json */
    bool goes_over;      /* from here on it runs by the version of `image` */
    struct digest image;

    uint64_t mail;         /* seq it consumes; 0: none */
    bool event_given_back; /* EVENT that was not taken: held for others again */

    const struct store_event_out *events;
    uint32_t events_n;
    const struct store_subscription *subscriptions;
    uint32_t subscriptions_n;
    const struct store_task *tasks;
    uint32_t tasks_n;
    const struct store_child *children;
    uint32_t children_n;
    const struct store_word *words;
    uint32_t words_n;
    const struct store_measured *measured;
    uint32_t measured_n;
    const struct digest *raised; /* keys whose generation rises */
    uint32_t raised_n;
    const struct digest *asked; /* keys whose generation the calls need */
    uint32_t asked_n;

    /* Large values beside its snapshot: those that it begins to hold, and those that it
     * holds no more. Where there are any, `holds` names all that it holds then. */
    const struct store_value *held;
    uint32_t held_n;
    const struct digest *dropped;
    uint32_t dropped_n;
    const struct digest *holds;
    uint32_t holds_n;
};

enum store_fate {
    STORE_MOVED,  /* committed: act on it */
    STORE_LOST,   /* somebody else went on, or owns the shard: forget it, reload, try the
                     stimulus again */
    STORE_REFUSED /* the database will never take it (`problem`): a bug or a bound; the
                     others of the batch were committed without it */
};

struct store_moved {
    enum store_fate fate;
    bool is_fenced;   /* LOST: the shard is not ours any more, or was not in between */
    int64_t timer_at; /* what the store holds now */
    const uint32_t
        *generations; /* of `asked`, in that order, with what this batch raised */
    struct text problem;
};
struct store_commits {
    const struct err *err; /* then the fate of all is in doubt: reload */
    int64_t now;
    const struct store_moved *items; /* one a transition, in the order given */
    uint32_t n;
    bool subscribed; /* held events may match a new subscription: match soon */
    bool emitted;    /* there are new inbox rows: read arrivals soon */
    bool spoke;      /* there is new mail: read it soon */
};
typedef void store_commits_done(void *owner, const struct store_commits *commits);

/* A lane is one writer connection; each shard has one. One commit a lane is under way at
 * a time (must): gather decisions meanwhile, and commit them together. */
uint32_t store_lanes(const struct store *store);
uint32_t store_lane_of(const struct store *store, struct id id);
bool store_lane_is_free(const struct store *store, uint32_t lane);

enum { STORE_BATCH_MAX = 5000 };
/* All of one lane. After a crash at any moment either everything a transition says is
 * there, or nothing of it. */
void store_commit(struct store *store, uint32_t lane, const struct store_transition *all,
                  uint32_t n, store_commits_done *done, void *owner);

/* Rows of a decision: what store_commit() wants, on `turn`. `ir` is what its `after` runs
 * by, `row` the instance as it was loaded or last committed, `shelf` its large values:
 * those that are new are put there. `mail` may be NULL. */
struct store_transition store_transition_of(struct arena *turn, const struct ir *ir,
                                            const struct store_instance *row,
                                            const struct stimulus *stimulus,
                                            const struct store_mail *mail,
                                            const struct decision *decision,
                                            struct shelf *shelf);

/* Mail that leads to no transition, and timers that fired for nothing. */
struct store_settlement {
    struct id instance;
    uint64_t mail; /* consumed without a transition; 0: none */
    bool event_given_back;
    enum err_code refused; /* START, COMMAND, ANSWER that cannot be: the request keeps the
                              reason; a START takes its instance away again and is kept
                              in the inbox as refused; whoever ran it hears of that */
    struct text problem;
    struct text pointer;
    bool frees; /* out of quarantine */
    bool rearm; /* the timer is moved from timer_at to wake_at (0: dropped) */
    int64_t timer_at;
    int64_t wake_at;
};
/* Under the same fence; all of it or nothing. Only `err` of the reply counts; CONFLICT:
 * somebody else owns a shard, or has taken one of the mails: read again. */
void store_settle(struct store *store, uint32_t lane, const struct store_settlement *all,
                  uint32_t n, store_pulse_done *done, void *owner);

/* ---- events ---- */

/* An event that has come and was not looked at yet. */
struct store_arrival {
    struct id id;
    struct text event;
    struct text body; /* JSON */
    int64_t at;
    struct digest hash; /* of the newest version that declares it: types and key fields */
};
struct store_arrivals {
    const struct err *err;
    int64_t now;
    const struct store_arrival *items; /* oldest first */
    uint32_t n;
    bool more;
    bool subscribed; /* subscriptions wait to be matched with held events */
};
typedef void store_arrivals_done(void *owner, const struct store_arrivals *arrivals);
void store_arrivals(struct store *store, uint32_t most, store_arrivals_done *done,
                    void *owner);

struct store_hash { /* struct subscribe_hash, as the store wants it */
    uint64_t key;
    uint32_t fields;
};
struct store_begin { /* `starts on`: an instance that the event begins */
    struct text flow;
    struct text key;  /* empty: the id */
    struct text args; /* JSON */
};
struct store_filing { /* what became clear about an arrival */
    struct id id;
    struct text event;
    const struct store_hash *hashes;
    uint32_t hashes_n;
    const struct store_begin *begins;
    uint32_t begins_n;
    struct text problem; /* not empty: it does not fit its type; kept as refused */
    struct text pointer;
};
struct store_matches {
    const struct err *err;
    uint32_t delivered; /* mailbox rows written: read mail */
    bool more;          /* fresh subscriptions are left: match again */
};
typedef void store_matches_done(void *owner, const struct store_matches *matches);
/* Files what has arrived and delivers it to every instance that waits for it, one copy
 * each; offers held events to those who began to wait since. What nobody takes is held as
 * long as its event says, then unclaimed. One transaction under the fence of the events'
 * shards; filing an arrival twice changes nothing. `n` may be 0. */
void store_match(struct store *store, const struct store_filing *filings, uint32_t n,
                 store_matches_done *done, void *owner);

/* ---- flows that begin by themselves ---- */

struct store_said;
typedef void store_said_done(void *owner, const struct store_said *said);

/* A line `starts every` of the newest version of a flow. What is due follows from `over`,
 * the flow and the environment (core/schedule.h); the store only sees to it that a moment
 * begins once. */
struct store_schedule {
    struct text flow;
    uint32_t line;
    uint32_t number;
    struct digest hash;
    int64_t over; /* what was due until then is over */
    int64_t due;  /* as it was reckoned last, for people; 0: it was not */
    bool is_paused;
    struct text problem;
};
struct store_schedules {
    const struct err *err;
    const struct store_schedule *items;
    uint32_t n;
};
typedef void store_schedules_done(void *owner, const struct store_schedules *schedules);
void store_schedules(struct store *store, store_schedules_done *done, void *owner);

struct store_moment { /* that has come */
    struct text flow; /* as it was read: flow, line, hash, over */
    uint32_t line;
    struct digest hash;
    int64_t over;
    int64_t at;
    int64_t next;     /* the one after it, for people */
    struct text key;  /* empty: the id */
    struct text args; /* JSON */
};
/* Begins what begins then, and `at` is over: one transaction. CONFLICT: somebody was
 * faster, the flow begins otherwise now, or is paused: read again. Where its key is
 * living nothing begins (`created` is false), and the moment is over all the same. */
void store_begin_moment(struct store *store, const struct store_moment *moment,
                        store_said_done *done, void *owner);
/* What was reckoned of a schedule as it was read: `next`, or why it cannot be. */
void store_reckon(struct store *store, const struct store_moment *moment,
                  struct text problem, store_pulse_done *done, void *owner);

/* ---- adapters that take no calls for a while, over all nodes ---- */

enum store_breaker_state { /* the numbers of the table */
                           STORE_BREAKER_CLOSED,
                           STORE_BREAKER_OPEN,
                           STORE_BREAKER_TRYING /* one call, of one node, tries it */
};

struct store_breaker {
    struct text adapter;
    uint64_t rev; /* rises with each change; 0: there is no row yet, and it is closed */
    enum store_breaker_state state;
    uint32_t failures; /* in a row, when it was opened */
    uint32_t rounds;   /* how often it was opened since it was closed */
    int64_t next_at;   /* OPEN: it is tried; TRYING: somebody else may; 0: never */
    bool is_paused;    /* by an operator, whatever the state */
};
struct store_breakers {
    const struct err *err;
    bool is_set; /* store_breaker_set(): it was as `rev` says, and is now as was wished */
    const struct store_breaker *items; /* all there are, as they are after that */
    uint32_t n;
};
typedef void store_breakers_done(void *owner, const struct store_breakers *breakers);
void store_breakers(struct store *store, store_breakers_done *done, void *owner);
/* Changes one that still has `rev` and is not paused; `next_at` is `wait` µs from then
 * (0: never). All nodes hear of it. `problem` is for people: what the last failure said.
 */
void store_breaker_set(struct store *store, const struct store_breaker *breaker,
                       int64_t wait, struct text problem, store_breakers_done *done,
                       void *owner);
/* An operator's pause, resume or reset, recorded with who and why. CONFLICT: it is so
 * already. Only `err` of the reply counts. */
void store_adapter(struct store *store, struct text adapter, struct text verb,
                   struct text reason, struct text actor, store_said_done *done,
                   void *owner);

/* An operator lets a version that is held go on (0: all of the flow that are), recorded
 * with who and why. CONFLICT: none is. Only `err` of the reply counts. */
void store_let_go(struct store *store, struct text flow, uint32_t version,
                  struct text reason, struct text actor, store_said_done *done,
                  void *owner);

/* ---- housekeeping ---- */

/* A bounded piece of: held events that expired, forgotten digests, finished requests,
 * counts folded, dead nodes. Every few seconds; again at once while `more`. */
struct store_tended {
    const struct err *err;
    bool more;
};
typedef void store_tended_done(void *owner, const struct store_tended *tended);
void store_tend(struct store *store, store_tended_done *done, void *owner);

/* ---- what must never be, or must not last ---- */

enum store_scan {
#define SCAN(NAME, statement, name, found, sentence) STORE_SCAN_##NAME,
#include "engine/store/scans.def"
#undef SCAN
    STORE_SCANS
};

struct store_scanner {
    const char *name;
    const char *found;    /* what it is when something is: a problem, a warning */
    const char *sentence; /* what is so when all is well */
};
const struct store_scanner *store_scanner(enum store_scan scan);
/* SQL without parameters, one row: how many were found, and what to say of it. */
const char *store_scan_text(enum store_scan scan);

struct store_scanned {
    const struct err *err;
    int64_t found;
    struct text says;
};
typedef void store_scanned_done(void *owner, const struct store_scanned *scanned);
/* Looks through the whole database, whoever holds its shards, beside all other verbs and
 * with a deadline of its own. One at a time. The twin in memory, which nobody can write
 * to but by its verbs, finds nothing. */
void store_scan(struct store *store, enum store_scan scan, store_scanned_done *done,
                void *owner);

/* ---- flows and environments ---- */

struct store_version {
    const struct err *err; /* NOT_FOUND when there is none */
    struct text flow;
    uint32_t number;
    struct digest hash;
    struct text image;
    struct text source; /* the flow's text */
    struct text meta;   /* JSON; version_meta.h */
};
typedef void store_version_done(void *owner, const struct store_version *version);
void store_version(struct store *store, struct digest hash, store_version_done *done,
                   void *owner);
void store_latest(struct store *store, struct text flow, store_version_done *done,
                  void *owner);
/* The newest version that declares the event; its image, source and meta are left out. */
void store_declares(struct store *store, struct text event, store_version_done *done,
                    void *owner);

struct store_flow {
    struct text flow;
    uint32_t number; /* of the latest version */
    struct digest hash;
    bool starts_on; /* it begins by events: load it, and look at arrivals with it */
};
struct store_flows {
    const struct err *err;
    const struct store_flow *items;
    uint32_t n;
};
typedef void store_flows_done(void *owner, const struct store_flows *flows);
void store_flows(struct store *store, store_flows_done *done, void *owner);

struct store_environment {
    const struct err *err;
    uint32_t version;     /* 0: none was deployed */
    struct text document; /* JSON: {"name","settings","roles","calendars","adapters"} */
};
typedef void store_environment_done(void *owner,
                                    const struct store_environment *environment);
void store_environment(struct store *store, store_environment_done *done, void *owner);

/* ---- the door: what people and programs ask for (contract §7, §8) ---- */

/* How a request ended: err NULL, or why not (its code gives the HTTP status). A request
 * that was acknowledged is committed. */
struct store_said {
    const struct err *err;
    struct id id;   /* of the instance, the stored event, the request */
    bool created;   /* start: it is new */
    bool duplicate; /* send */
    struct text key;
    struct text flow;
    uint32_t version;
};

void store_start(struct store *store, struct text flow, struct text args, struct text key,
                 struct text actor, store_said_done *done, void *owner);
/* `message` tells copies of an event that has no `unique` field of its own; empty: each
 * is another. */
void store_send(struct store *store, struct text event, struct text body,
                struct text message, struct text actor, store_said_done *done,
                void *owner);
void store_command(struct store *store, struct id instance, struct text verb,
                   struct text args, struct text reason, struct text actor,
                   store_said_done *done, void *owner);
void store_answer(struct store *store, struct id task, struct text outcome,
                  struct text data, struct text reason, struct text actor,
                  store_said_done *done, void *owner);

struct store_task_place {
    const struct err *err; /* NOT_FOUND: there is none, or it has been answered */
    struct id instance;
    uint32_t number;
};
typedef void store_task_place_done(void *owner, const struct store_task_place *place);
/* Which task of which instance this is. */
void store_task_place(struct store *store, struct id task, store_task_place_done *done,
                      void *owner);

struct store_token {
    const struct err *err; /* NO_TOKEN when it is unknown, expired or revoked */
    struct text name;      /* the actor */
    struct text role;
    struct text scopes; /* space-separated */
};
typedef void store_token_done(void *owner, const struct store_token *token);
void store_token(struct store *store, struct text token, store_token_done *done,
                 void *owner);

/* Lists for the door, as JSON: `items` is an array of the contract's objects, `next` is
 * the token for the following page, or empty. */
struct store_list {
    const struct err *err;
    struct text items;
    struct text next;
};
typedef void store_list_done(void *owner, const struct store_list *list);

struct store_filter {
    struct text flow, status, state, key; /* empty: any */
    struct text after;                    /* `next` of the page before */
    uint32_t limit;                       /* 0: LIMIT_LIST_ITEMS, the most there is */
};
void store_list_instances(struct store *store, const struct store_filter *filter,
                          store_list_done *done, void *owner);
void store_list_history(struct store *store, struct id instance,
                        const struct store_filter *filter, store_list_done *done,
                        void *owner);
void store_list_tasks(struct store *store, const struct store_filter *filter,
                      store_list_done *done, void *owner);
void store_list_flows(struct store *store, store_list_done *done, void *owner);
/* [{name, id, alive, draining, shards, started_at, expires_at}]: the living first. */
void store_list_nodes(struct store *store, store_list_done *done, void *owner);
/* [{adapter, over, state: closed|open|trying|paused, since, failures, next_try, problem,
 * paused_by, reason}] */
void store_list_adapters(struct store *store, store_list_done *done, void *owner);
/* [{flow, version, status, n}]: exact. */
void store_list_counts(struct store *store, store_list_done *done, void *owner);
/* [{flow, version, measure, kind, goal, unit, n, total, mean, met, missed, goal_value}]:
 * exact, numbers as digits; measures of which nothing is known yet too. */
void store_list_measures(struct store *store, store_list_done *done, void *owner);

#endif
