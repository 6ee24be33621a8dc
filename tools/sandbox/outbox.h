/* What the warehouse and the payer have to tell the engine, sent until it is taken. */
#ifndef TOOLS_SANDBOX_OUTBOX_H
#define TOOLS_SANDBOX_OUTBOX_H

#include <stdbool.h>

#include "engine/base/err.h"
#include "tools/sandbox/db.h"

struct event_base;
struct outbox;

/* Works off jobs that are due and sends events, some times a second. */
struct outbox *outbox_open(struct arena *life, struct event_base *base, struct db *db);

/* Where to: flowd's address, `http://127.0.0.1:7300`, and a token for it, or NULL. Events
 * wait until it is known. */
MUST_USE bool outbox_send_to(struct outbox *outbox, const char *url, const char *token,
                             struct err *err);
void outbox_close(struct outbox *outbox);

#endif
