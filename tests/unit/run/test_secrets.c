/* Secrets are filled in at the last moment, and missed by name only. */
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/run/secrets.h"
#include "engine/sys/file.h"
#include "tests/support/unit.h"

static const struct adapter_option table[] = {
    {.name = "url", .kind = ADAPTER_OPTION_TEXT},
    {.name = "command", .kind = ADAPTER_OPTION_WORDS},
    {.name = "header", .kind = ADAPTER_OPTION_TABLE},
    {0}};

static json_t *resolve(struct arena *turn, const char *options, const char *folder,
                       struct err *err)
{
    scoped_json json_t *given = json_loads(options, 0, NULL);
    REQUIRE(given != NULL);
    return secrets_resolve(turn, table, given, folder, err);
}

static void pieces_of_a_text_are_joined_and_words_are_not(void)
{
    scoped_arena struct arena *turn = arena_new("turn", 1 << 20);
    struct err err = {0};
    REQUIRE(setenv("FLOW_SECRET_ERP_TOKEN", "s3cret", 1) == 0);
    scoped_json json_t *got = resolve(
        turn,
        "{\"url\":\"http://x\",\"command\":[\"python3\",\"wms.py\"],"
        "\"header\":{\"Authorization\":[\"Bearer \",{\"secret\":\"erp_token\"}]}}",
        "", &err);
    REQUIRE(got != NULL);
    CHECK_TEXT(json_write_sorted(turn, got),
               "{\"command\":[\"python3\",\"wms.py\"],"
               "\"header\":{\"Authorization\":\"Bearer s3cret\"},\"url\":\"http://x\"}");
    unsetenv("FLOW_SECRET_ERP_TOKEN");
}

static void a_file_weighs_more_than_the_environment(void)
{
    scoped_arena struct arena *turn = arena_new("turn", 1 << 20);
    struct err err = {0};
    char folder[] = "/tmp/flow-secrets-XXXXXX", path[64];
    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/erp_token", folder);
    REQUIRE(file_write(path, TEXT("from file\n"), 0600, &err));
    REQUIRE(setenv("FLOW_SECRET_ERP_TOKEN", "s3cret", 1) == 0);
    scoped_json json_t *got =
        resolve(turn, "{\"url\":{\"secret\":\"erp_token\"}}", folder, &err);
    REQUIRE(got != NULL);
    CHECK_TEXT(json_text_of(json_object_get(got, "url")), "from file");
    unsetenv("FLOW_SECRET_ERP_TOKEN");
    unlink(path);
    rmdir(folder);
}

static void a_missing_secret_is_named(void)
{
    scoped_arena struct arena *turn = arena_new("turn", 1 << 20);
    struct err err = {0};
    CHECK(resolve(turn, "{\"url\":[\"http://\",{\"secret\":\"erp_token\"}]}", "/nowhere",
                  &err) == NULL);
    CHECK_TEXT(text_of(err.what), "there is no secret \"erp_token\"");
    CHECK(strstr(err.hint, "FLOW_SECRET_ERP_TOKEN") != NULL);
}

static void a_name_cannot_leave_the_folder(void)
{
    scoped_arena struct arena *turn = arena_new("turn", 1 << 20);
    struct err err = {0};
    CHECK(resolve(turn, "{\"url\":{\"secret\":\"../../etc/passwd\"}}", "/tmp", &err) ==
          NULL);
    CHECK(err.code == ERR_BROKEN);
}

static void an_option_the_adapter_does_not_know_is_refused(void)
{
    scoped_arena struct arena *turn = arena_new("turn", 1 << 20);
    struct err err = {0};
    CHECK(resolve(turn, "{\"uri\":\"http://x\"}", "", &err) == NULL);
    CHECK_TEXT(text_of(err.what), "there is no option \"uri\"");
}

const struct unit_test suite_secrets[] = {
    TEST(pieces_of_a_text_are_joined_and_words_are_not),
    TEST(a_file_weighs_more_than_the_environment),
    TEST(a_missing_secret_is_named),
    TEST(a_name_cannot_leave_the_folder),
    TEST(an_option_the_adapter_does_not_know_is_refused),
    {0}};
