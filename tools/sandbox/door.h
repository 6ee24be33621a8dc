/* The stand-ins' HTTP door: operations by the convention of the contract, and switches.
 */
#ifndef TOOLS_SANDBOX_DOOR_H
#define TOOLS_SANDBOX_DOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "tools/sandbox/db.h"
#include "tools/sandbox/faults.h"
#include "tools/sandbox/outbox.h"

struct event_base;
struct door;

struct sandbox { /* what the door leads to */
    struct event_base *base;
    struct db *db;
    struct outbox *outbox;
    struct faults faults;
    bool
        ignores_keys; /* a receiver that does not know the second letter from the first */
};

struct door *door_open(struct arena *life, struct sandbox *sandbox, const char *address,
                       uint16_t port, struct err *err);
void door_close(struct door *door);

#endif
