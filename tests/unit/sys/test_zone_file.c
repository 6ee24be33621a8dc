/* Time zones from files: a table, a rule for the years after it, and what is refused. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/when.h"
#include "engine/sys/file.h"
#include "engine/sys/zone_file.h"
#include "tests/support/unit.h"

enum { ONE_TYPE = 6 + 4 /* its names */, HEADER = 44, TABLE = 2 * (HEADER + ONE_TYPE) };

/* A file with one offset, as seconds, and a rule. */
static struct text file_of(char *room, int32_t offset, const char *rule)
{
    memset(room, 0, TABLE);
    for (int i = 0; i < 2; i++) {
        char *header = room + i * (HEADER + ONE_TYPE), *type = header + HEADER;
        memcpy(header, "TZif2", 5);
        header[39] = 1; /* types */
        header[43] = 4; /* characters of names */
        for (int byte = 0; byte < 4; byte++)
            type[byte] = (char)((uint32_t)offset >> (24 - 8 * byte));
        memcpy(type + 6, "CST", 4);
    }
    int n = snprintf(room + TABLE, 64, "\n%s\n", rule);
    return (struct text){room, TABLE + (size_t)n};
}

static bool read_as(struct arena *call, struct text bytes, struct zone *zone)
{
    char folder[] = "/tmp/flow-zone-XXXXXX", path[64];
    struct err err = {0};
    CU_ASSERT_FATAL(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/Chicago", folder);
    CHECK(file_write(path, bytes, 0600, &err));
    bool ok = zone_read(call, folder, TEXT("Chicago"), zone, &err);
    unlink(path);
    rmdir(folder);
    return ok;
}

static int64_t at(const char *text)
{
    int64_t instant = 0;
    CHECK(when_instant_parse(text_of(text), &instant));
    return instant;
}

static int64_t hours_at(const struct zone *zone, const char *text)
{
    return zone_offset(zone, at(text)) / WHEN_HOUR;
}

static void a_rule_puts_clocks_forward_and_back(void)
{
    scoped_arena struct arena *call = arena_new("call", 1 << 20);
    char room[TABLE + 64];
    struct zone zone;
    REQUIRE(read_as(call, file_of(room, -6 * 3600, "CST6CDT,M3.2.0,M11.1.0"), &zone));
    CHECK_INT(hours_at(&zone, "2026-03-08T07:59:59Z"), -6);
    CHECK_INT(hours_at(&zone, "2026-03-08T08:00:00Z"), -5);
    CHECK_INT(hours_at(&zone, "2026-11-01T06:59:59Z"), -5);
    CHECK_INT(hours_at(&zone, "2026-11-01T07:00:00Z"), -6);
    CHECK_INT(hours_at(&zone, "2099-07-01T00:00:00Z"), -5);
    CHECK_INT(hours_at(&zone, "1900-07-01T00:00:00Z"), -6);
    /* half past two is skipped in March and shown twice in November */
    CHECK(zone_instant(&zone, at("2026-03-08T02:30:00Z")) == at("2026-03-08T08:30:00Z"));
    CHECK(zone_instant(&zone, at("2026-11-01T01:30:00Z")) == at("2026-11-01T06:30:00Z"));
}

static void the_year_may_begin_in_summer_and_clocks_may_move_by_less(void)
{
    scoped_arena struct arena *call = arena_new("call", 1 << 20);
    char room[TABLE + 64];
    struct zone zone;
    const char *rule = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";
    REQUIRE(read_as(call, file_of(room, 37800, rule), &zone));
    CHECK_INT(zone_offset(&zone, at("2026-01-15T00:00:00Z")) / WHEN_MINUTE, 660);
    CHECK_INT(zone_offset(&zone, at("2026-06-15T00:00:00Z")) / WHEN_MINUTE, 630);
    REQUIRE(read_as(call, file_of(room, 3600, "CET-1CEST,M3.5.0,M10.5.0/3"), &zone));
    CHECK_INT(hours_at(&zone, "2026-03-29T00:59:59Z"), 1);
    CHECK_INT(hours_at(&zone, "2026-03-29T01:00:00Z"), 2);
    CHECK_INT(hours_at(&zone, "2026-10-25T01:00:00Z"), 1);
}

static void a_place_whose_clocks_never_move_has_one_offset(void)
{
    scoped_arena struct arena *call = arena_new("call", 1 << 20);
    char room[TABLE + 64];
    struct zone zone;
    struct err err = {0};
    REQUIRE(read_as(call, file_of(room, 19800, "IST-5:30"), &zone));
    CHECK_INT(zone_offset(&zone, at("2026-06-15T00:00:00Z")) / WHEN_MINUTE, 330);
    REQUIRE(zone_read(call, "/nowhere", TEXT("UTC"), &zone, &err));
    CHECK_INT(zone_offset(&zone, at("2026-06-15T00:00:00Z")), 0);
}

static void what_is_no_zone_is_refused(void)
{
    scoped_arena struct arena *call = arena_new("call", 4 << 20);
    char room[TABLE + 64];
    struct zone zone;
    struct err err = {0};
    CHECK(!zone_read(call, "/tmp", TEXT("../etc/passwd"), &zone, &err));
    CHECK_INT(err.code, ERR_BAD_DATA);
    CHECK(!zone_read(call, "/tmp", TEXT("/etc/passwd"), &zone, &err));
    CHECK(!zone_read(call, "/tmp", TEXT(""), &zone, &err));
    CHECK(!zone_read(call, "/nowhere", TEXT("America/Chicago"), &zone, &err));
    CHECK_INT(err.code, ERR_NOT_FOUND);
    CHECK(!read_as(call, file_of(room, 0, "CST6CDT,M13.2.0,M11.1.0"), &zone));
    CHECK(!read_as(call, file_of(room, 0, "CST6CDT,M3.2.0"), &zone));
    CHECK(!read_as(call, file_of(room, 0, "nonsense"), &zone));
    struct text whole = file_of(room, -6 * 3600, "CST6CDT,M3.2.0,M11.1.0");
    for (size_t n = 0; n < whole.n; n++)
        CHECK(!read_as(call, (struct text){whole.chars, n}, &zone));
}

const struct unit_test suite_zone_file[] = {
    TEST(a_rule_puts_clocks_forward_and_back),
    TEST(the_year_may_begin_in_summer_and_clocks_may_move_by_less),
    TEST(a_place_whose_clocks_never_move_has_one_offset),
    TEST(what_is_no_zone_is_refused),
    {0},
};
