/* What a letter means for its instance: a transition to commit, or nothing. */
#ifndef ENGINE_RUN_DECIDE_H
#define ENGINE_RUN_DECIDE_H

#include "engine/run/mailbox.h"
#include "engine/store/store.h"

struct arena;
struct engine;

enum verdict {
    VERDICT_MOVES,   /* `transition` is to be committed, with `decision` */
    VERDICT_NOTHING, /* the letter means nothing (any more); `settlement` may say so */
    VERDICT_WAITS,   /* not now: the outcomes of its calls come first */
    VERDICT_READS    /* not now: `image`, which it is to go over to, must be read first */
};

struct decided {
    enum verdict verdict;
    struct decision *decision; /* MOVES: decision_done() after the commit was sent */
    struct store_transition transition;
    struct digest image;
    bool has_settlement;
    bool ends_resident; /* a refused start takes its instance away */
    struct store_settlement settlement;
};

/* Everything on `turn`. MOVES leaves in `resident` what becomes its row. */
void decide(struct engine *engine, struct arena *turn, struct resident *resident,
            struct letter *letter, struct decided *out);

#endif
