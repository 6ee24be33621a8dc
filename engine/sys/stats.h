/* What is counted, and how monitoring reads it. */
#ifndef ENGINE_SYS_STATS_H
#define ENGINE_SYS_STATS_H

#include <stdint.h>

struct buf;

enum stat {
#define COUNTER(name, text, sentence) STAT_##name,
#define GAUGE(name, text, sentence)   STAT_##name,
#include "engine/sys/stats.def"
#undef COUNTER
#undef GAUGE
    STAT_COUNT
};

void stats_add(enum stat stat, int64_t n);
void stats_set(enum stat stat, int64_t value); /* of a gauge */
int64_t stats_get(enum stat stat);

/* Prometheus' text format. Times are kept in microseconds and said in seconds, as the
 * name `…_seconds…` promises. */
void stats_print(struct buf *out);

#endif
