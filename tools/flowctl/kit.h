/* What the commands of flowctl share: opening, keys, data, reasons, waiting. */
#ifndef TOOLS_FLOWCTL_KIT_H
#define TOOLS_FLOWCTL_KIT_H

#include "engine/core/instance.h"
#include "tools/client.h"
#include "tools/print.h"

/* An instant of a query as the wire has it: 2026-05-12T10:00:00Z. */
#define KIT_INSTANT(t)                                                                   \
    "rtrim(rtrim(to_char(" t                                                             \
    " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '0'), '.') || 'Z'"

/* What every command needs first. On false, `status` is what to exit with. */
struct kit {
    struct cli *cli;
    struct client client;
    enum print_form form;
    int64_t now; /* by the database's clock, when it was opened */
    int status;
};
MUST_USE bool kit_open(struct kit *kit, struct cli *cli, enum client_need need);

static inline void kit_scoped_close_(struct kit *kit)
{
    client_close(&kit->client);
}
#define scoped_kit __attribute__((cleanup(kit_scoped_close_)))

/* The instance that KEY names: its id, its business key, or FLOW/KEY. The latest, where
 * there are several of one flow. */
struct found {
    const char *id;
    struct text key;
    struct text flow;
    struct text status;
    struct text state;
};
MUST_USE bool kit_find(struct kit *kit, const char *key, struct found *out,
                       struct err *err);

/* --data: a JSON text as it was written, checked; "{}" where it was not given and
 * `standard` says so, else a slip. */
MUST_USE bool kit_data(struct cli *cli, const char *standard, const char **out,
                       struct err *err);

/* --reason, where it is required: outside a development cluster. */
MUST_USE bool kit_reason(const struct kit *kit, const char **out, struct err *err);

/* Says a statement that changes something, with who and why; with --dry-run it is judged
 * by the database and taken back. */
MUST_USE bool kit_change(struct kit *kit, const char *sql, uint32_t n,
                         const char *const *values, struct err *err);

/* --timeout, --older, --expires as µs; `standard` where it was not given. */
MUST_USE bool kit_span(const struct cli *cli, const char *option, int64_t standard,
                       int64_t *out, struct err *err);
/* --limit; `standard` where it was not given. */
MUST_USE bool kit_limit(const struct cli *cli, int64_t standard, int64_t *out,
                        struct err *err);

/* Runs a query whose rows are one JSON object each, and prints them as a list. Rows come
 * as they are made: any number of them. */
MUST_USE bool kit_list(struct kit *kit, const char *sql, uint32_t n,
                       const char *const *values, const struct print_column *columns,
                       const char *nothing, struct err *err);

/* Sleeps a moment of a wait: 20 ms at first, then longer, up to a quarter of a second. */
void kit_doze(uint32_t *round);

#endif
