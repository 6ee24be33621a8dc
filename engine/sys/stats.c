/* Counting, and Prometheus' text of it. */
#include "engine/sys/stats.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/buf.h"

static const struct {
    const char *name;
    const char *sentence;
    bool is_gauge;
} stats[] = {
#define COUNTER(name, text, sentence) {text, sentence, false},
#define GAUGE(name, text, sentence)   {text, sentence, true},
#include "engine/sys/stats.def"
#undef COUNTER
#undef GAUGE
};

static int64_t values[STAT_COUNT];

void stats_add(enum stat stat, int64_t n)
{
    values[stat] += n;
}

void stats_set(enum stat stat, int64_t value)
{
    must(stats[stat].is_gauge);
    values[stat] = value;
}

int64_t stats_get(enum stat stat)
{
    return values[stat];
}

void stats_print(struct buf *out)
{
    for (unsigned i = 0; i < STAT_COUNT; i++) {
        buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", stats[i].name, stats[i].sentence,
                   stats[i].name, stats[i].is_gauge ? "gauge" : "counter");
        if (strstr(stats[i].name, "_seconds") != NULL)
            buf_printf(out, "%s %lld.%06lld\n", stats[i].name,
                       (long long)(values[i] / 1000000),
                       (long long)(values[i] % 1000000));
        else
            buf_printf(out, "%s %lld\n", stats[i].name, (long long)values[i]);
    }
}
