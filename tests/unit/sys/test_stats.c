/* What is counted is printed as Prometheus reads it. */
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/sys/stats.h"
#include "tests/support/unit.h"

static void counts_and_times_are_printed(void)
{
    scoped_arena struct arena *turn = arena_new("turn", 1 << 20);
    struct buf out;
    buf_init(&out, turn);
    stats_add(STAT_STARTED, 2);
    stats_add(STAT_STARTED, 1);
    stats_add(STAT_COMMIT_TIME, 1500000);
    stats_set(STAT_SHARDS_HELD, 32);
    stats_print(&out);
    struct text all = buf_done(&out);
    CHECK(strstr(all.chars, "\nflow_instances_started_total 3\n") != NULL);
    CHECK(strstr(all.chars, "\nflow_commit_seconds_total 1.500000\n") != NULL);
    CHECK(strstr(all.chars, "# TYPE flow_shards_held gauge\nflow_shards_held 32\n") !=
          NULL);
}

const struct unit_test suite_stats[] = {TEST(counts_and_times_are_printed), {0}};
