/* Folders that events come from: each file is one event, sent once.
 *
 * One file at a time, by its name: claimed (engine/sys/spool.h), read, mapped, judged,
 * stored, put away. The claim is the message's id where the environment names none, so
 * that a crash between the commit and putting the file away makes a duplicate of the
 * second sending, and not a second event. What was claimed and not put away is taken up
 * again: at once when this process begins, later when its claim is older than what a
 * living node needs for it. Two nodes that do the same do no harm.
 *
 * What can never become an event goes to failed/; what could not be stored just now, and
 * what may still be written, waits in taken/. */
#ifndef ENGINE_RUN_FOLDERS_H
#define ENGINE_RUN_FOLDERS_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/base/text.h"
#include "engine/base/vec.h"

struct arena;
struct engine;
struct loop_timer;

struct folder_entry {
    struct text folder; /* its path */
    struct text name;
    bool is_claimed;
};

struct folders {
    struct engine *engine;
    struct loop_timer *alarm; /* the next look */
    bool is_wanted;
    bool is_first;      /* nothing in taken/ can be of this process */
    struct arena *look; /* entries, and their texts */
    VEC(struct folder_entry) entries;
    uint32_t at;             /* the next of them */
    bool is_ill, is_ill_now; /* a folder cannot be read: said once, until all can */

    bool is_under_way; /* with this file: */
    struct arena *file;
    const char *folder;
    struct text claimed;
    struct text event;
    json_t *data;
    struct text message;
};

void folders_init(struct folders *folders, struct engine *engine);
void folders_deinit(struct folders *folders);
void folders_stop(struct folders *folders);

void folders_turn(struct folders *folders);

#endif
