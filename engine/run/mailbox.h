/* Instances in memory, and what waits to be done to each: one at a time, in order.
 *
 * An instance is in memory only while something happens to it, and a little longer if it
 * happens to be among those that were used last; a sleeper costs a row. What came for it
 * and was not decided yet are its letters. The row in the database is the truth: losing
 * all of this memory loses nothing. */
#ifndef ENGINE_RUN_MAILBOX_H
#define ENGINE_RUN_MAILBOX_H

#include <sys/queue.h>

#include "engine/core/stimulus.h"
#include "engine/run/hoard.h"
#include "engine/run/table.h"
#include "engine/run/turns.h"
#include "engine/store/store.h"

struct engine;
struct flight;
struct line;
struct program;

/* A stimulus on its way to its instance. */
struct letter {
    TAILQ_ENTRY(letter) in_resident;
    struct table_node by_mail; /* `mail` not 0 */
    struct id instance;
    enum stimulus_kind kind;
    uint64_t mail; /* seq of the mailbox row; 0: none */
    bool is_over;  /* consumed, and kept only for a page that is being read */
    struct text event, verb, step, actor, reason, data; /* into `chars` */
    struct id message;
    uint32_t task;
    struct flight *flight; /* OUTCOME */
    char chars[];
};

enum resident_phase {
    RESIDENT_EMPTY,     /* its row must be read before anything; in `empty` */
    RESIDENT_LOADING,   /* the row is on its way */
    RESIDENT_READING,   /* the image is on its way; in `reading` */
    RESIDENT_RESTING,   /* nothing to do; in `resting` */
    RESIDENT_SUSPECTED, /* has letters, and must be noted first; in `suspected` */
    RESIDENT_READY,     /* has letters; in its lane's line, for its turn */
    RESIDENT_DECIDED,   /* in a batch that is being committed */
    RESIDENT_SETTLING,  /* its timer is being moved, or its start refused */
    RESIDENT_DOOMED     /* in a batch, and to be forgotten when that ends */
};

struct resident {
    struct table_node by_id;
    TAILQ_ENTRY(resident) in_line; /* which line goes by the phase */
    struct id id;
    enum resident_phase phase;
    struct turn turn;        /* READY */
    uint32_t lane;           /* READY: in whose line */
    struct line *line;       /* whose work it is; NULL: not known, there is no row yet */
    bool is_row;             /* `row` is what the database holds */
    bool has_timer;          /* a TIMER letter is among the letters */
    struct program *program; /* with a row */
    struct digest wants;     /* READING: the image it waits for */
    struct program *goes_to; /* it is to go over to, once it was read */
    bool is_unreadable;      /* that image cannot be read */
    struct store_instance row;
    char *texts;    /* of the row: flow and key */
    char *snapshot; /* of the row */
    struct hoard hoard;
    TAILQ_HEAD(, letter) letters;
    /* while DECIDED: what becomes the row when it is committed */
    char *next_snapshot;
    size_t next_snapshot_n;
    struct hoard next_hoard;
    enum instance_status next_status;
    bool goes_over; /* it runs by `goes_to` then */
    int64_t next_wake;
    int64_t next_started;
    TAILQ_HEAD(, flight) next_flights;
};

TAILQ_HEAD(resident_line, resident);

struct mailbox {
    struct engine *engine;
    struct table by_id;
    struct table by_mail;
    struct resident_line empty;
    struct resident_line reading;
    struct resident_line suspected;
    struct resident_line resting; /* the longest resting first */
    struct turns ready[STORE_LANES_MAX];
    uint32_t resting_n;
    size_t resting_bytes;
    uint32_t letters_n;
    uint32_t mails_n; /* those of them that stand in a mailbox row */
    bool is_reading;  /* a page of mail is under way: consumed letters are kept */
    TAILQ_HEAD(, letter) over; /* until it has come */
    bool is_load_under_way;
    int64_t load_not_before; /* after a load that failed */
    struct loop_timer *again;
};

void mailbox_init(struct mailbox *mailbox, struct engine *engine);
void mailbox_deinit(struct mailbox *mailbox);

/* How much of what may wait in memory may wait when more is brought. */
enum mailbox_part {
    MAILBOX_DUE, /* by what was left lying: half, that what is new finds room beside it */
    MAILBOX_MAIL, /* by mail, oldest first: three quarters */
    MAILBOX_WHOLE /* by what came after a crowd (front.h); with more the door refuses */
};
bool mailbox_is_full(const struct mailbox *mailbox, enum mailbox_part part);

/* A mailbox row that was read; false: it is known already. */
bool mailbox_post_mail(struct mailbox *mailbox, const struct store_mail *mail);
/* The moment an instance set itself has come. */
void mailbox_post_timer(struct mailbox *mailbox, struct id instance);
/* The instance, if it is in memory, is of that line. */
void mailbox_in_line(struct mailbox *mailbox, struct id instance, struct text line);
/* There will be mail for it: its row is read already now, where there is room to keep it.
 */
void mailbox_expect(struct mailbox *mailbox, struct id instance);
void mailbox_post_recover(struct mailbox *mailbox, struct id instance);
void mailbox_post_outcome(struct mailbox *mailbox, struct flight *flight);

/* What was left lying, a moment or a call of a node that died, has turns of its own
 * beside what is new: half of a line's at most, however much of it is due. */
bool letter_is_due_work(const struct letter *letter);
/* The next letter, taken out; NULL: none. */
struct letter *letter_take(struct mailbox *mailbox, struct resident *resident);
/* Back to the head: it is tried again. */
void letter_return(struct mailbox *mailbox, struct resident *resident,
                   struct letter *letter);
/* The letter has been dealt with: it stands in no mailbox any more, or the next page
 * brings it again. */
void letter_done(struct mailbox *mailbox, struct letter *letter);
/* It may still stand in its mailbox: the next page brings it again. */
void letter_forget(struct mailbox *mailbox, struct letter *letter);

/* Where the resident goes now: to the line of its lane, to those who rest, or away. */
void resident_go_on(struct mailbox *mailbox, struct resident *resident);
/* Whom it shares its turns with. */
uint64_t resident_kind(const struct resident *resident);
/* It was noted (poison.h), and may be decided about now, if it still wants to. */
void resident_may_begin(struct mailbox *mailbox, struct id id);
/* What we know of it is not the truth any more: its row is read again. */
void resident_reload(struct mailbox *mailbox, struct resident *resident);
void resident_forget(struct mailbox *mailbox, struct resident *resident);
/* The same for one whose batch has just ended. */
void resident_forget_now(struct mailbox *mailbox, struct resident *resident);
/* One that stands in no line waits for an image, to go over to it. */
void resident_want(struct mailbox *mailbox, struct resident *resident,
                   struct digest image);
/* It runs by that from now on. */
void resident_went_over(struct mailbox *mailbox, struct resident *resident);
/* The end of one that was DOOMED. */
void resident_doom_done(struct mailbox *mailbox, struct resident *resident);
struct resident *resident_find(const struct mailbox *mailbox, struct id id);

/* All of it, or what belongs to a shard. */
void mailbox_forget_all(struct mailbox *mailbox);
void mailbox_forget_shard(struct mailbox *mailbox, uint32_t shard);
/* Instances whose version is held (holds.h). */
void mailbox_forget_held(struct mailbox *mailbox);
/* Draining: what stands in a mailbox or a timer stays there. */
void mailbox_forget_new_work(struct mailbox *mailbox);

/* At the end of each turn: reads the rows of those who are EMPTY, in one go. */
void mailbox_turn(struct mailbox *mailbox);

/* A page of mail is going to be read, and has been. */
void mailbox_page_begins(struct mailbox *mailbox);
void mailbox_page_ended(struct mailbox *mailbox);

uint64_t id_hash(struct id id);

#endif
