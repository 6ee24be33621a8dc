/* Keys have defaults, bounds and hints; later sources weigh more. */
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/sys/config.h"
#include "engine/sys/file.h"
#include "engine/sys/log.h"
#include "tests/support/unit.h"

static void everything_has_a_default(void)
{
    scoped_arena struct arena *process = arena_new("process", 1 << 20);
    struct config config;
    config_init(&config, process);
    CHECK_TEXT(text_of(config.http), "127.0.0.1:7300");
    CHECK_TEXT(text_of(config.log), "text");
    CHECK_INT(config.lease, 5000000);
    CHECK_INT(config.hot_bytes, 64 << 20);
}

static void a_value_out_of_bounds_is_refused_with_the_bounds(void)
{
    scoped_arena struct arena *process = arena_new("process", 1 << 20);
    struct config config;
    struct err err = {0};
    config_init(&config, process);
    CHECK(!config_set(&config, TEXT("commit_batch"), TEXT("0"), &err));
    CHECK_TEXT(text_of(err.what), "\"0\" cannot be the value of commit_batch");
    CHECK(strstr(err.hint, "from 1 to ") != NULL);
    CHECK(config_set(&config, TEXT("commit_batch"), TEXT("1"), &err));
    CHECK_INT(config.commit_batch, 1);
    CHECK(!config_set(&config, TEXT("log"), TEXT("xml"), &err));
    CHECK_TEXT(text_of(err.hint), "one of: text json");
    CHECK(!config_set(&config, TEXT("beat"), TEXT("soon"), &err));
}

static void a_key_that_does_not_exist_gets_a_guess(void)
{
    scoped_arena struct arena *process = arena_new("process", 1 << 20);
    struct config config;
    struct err err = {0};
    config_init(&config, process);
    CHECK(!config_set(&config, TEXT("htp"), TEXT("off"), &err));
    CHECK(strstr(err.hint, "\"http\"") != NULL);
    CHECK_INT(err_exit(err.code), 2);
}

static void a_file_is_read_and_the_environment_weighs_more(void)
{
    scoped_arena struct arena *process = arena_new("process", 1 << 20);
    struct config config;
    struct err err = {0};
    char path[] = "/tmp/flow-config-XXXXXX";
    REQUIRE(mkstemp(path) >= 0);
    REQUIRE(file_write(path,
                       TEXT("# ours\n\nnode = \"east 1\"\npoll = 2s\nhot_bytes = 1MiB\n"),
                       0600, &err));
    config_init(&config, process);
    REQUIRE(config_read_file(&config, path, &err));
    CHECK_TEXT(text_of(config.node), "east 1");
    CHECK_INT(config.poll, 2000000);
    CHECK_INT(config.hot_bytes, 1 << 20);
    REQUIRE(setenv("FLOW_POLL", "3s", 1) == 0);
    CHECK(config_read_environment(&config, &err));
    CHECK_INT(config.poll, 3000000);
    REQUIRE(setenv("FLOW_POLL", "never", 1) == 0);
    CHECK(!config_read_environment(&config, &err));
    CHECK(strstr(err.trail, "FLOW_POLL") != NULL);
    unsetenv("FLOW_POLL");
    REQUIRE(file_write(path, TEXT("poll = 2s\nnonsense\n"), 0600, &err));
    CHECK(!config_read_file(&config, path, &err));
    CHECK(strstr(err.what, ":2: ") != NULL);
    unlink(path);
}

static void a_reload_takes_over_what_may_change(void)
{
    scoped_arena struct arena *process = arena_new("process", 1 << 20);
    struct config running, fresh;
    struct err err = {0};
    log_open(-1, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);
    config_init(&running, process);
    config_init(&fresh, process);
    REQUIRE(config_set(&fresh, TEXT("calls_max"), TEXT("9"), &err));
    REQUIRE(config_set(&fresh, TEXT("http"), TEXT("off"), &err));
    config_reload(&running, &fresh);
    CHECK_INT(running.calls_max, 9);
    CHECK_TEXT(text_of(running.http), "127.0.0.1:7300");
}

const struct unit_test suite_config[] = {
    TEST(everything_has_a_default),
    TEST(a_value_out_of_bounds_is_refused_with_the_bounds),
    TEST(a_key_that_does_not_exist_gets_a_guess),
    TEST(a_file_is_read_and_the_environment_weighs_more),
    TEST(a_reload_takes_over_what_may_change),
    {0}};
