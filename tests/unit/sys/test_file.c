/* Files are read within bounds and replaced as a whole. */
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/sys/file.h"
#include "tests/support/unit.h"

static void a_file_is_what_was_written(void)
{
    scoped_arena struct arena *call = arena_new("call", 1 << 20);
    char folder[] = "/tmp/flow-file-XXXXXX", path[64];
    struct err err = {0};
    struct text got;
    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/deep/er", folder);
    REQUIRE(file_make_folder(path, 0700, &err));
    CHECK(file_make_folder(path, 0700, &err));
    snprintf(path, sizeof path, "%s/deep/er/x", folder);
    REQUIRE(file_write(path, TEXT("one"), 0600, &err));
    REQUIRE(file_write(path, TEXT("three"), 0600, &err));
    REQUIRE(file_read(call, path, 5, &got, &err));
    CHECK_TEXT(got, "three");
    CHECK(!file_read(call, path, 4, &got, &err));
    CHECK_INT(err.code, ERR_TOO_LARGE);
    CHECK(!file_read(call, folder, 4000, &got, &err));
    unlink(path);
    CHECK(!file_read(call, path, 4, &got, &err));
    CHECK_INT(err.code, ERR_NOT_FOUND);
    snprintf(path, sizeof path, "%s/deep/er", folder);
    rmdir(path);
    snprintf(path, sizeof path, "%s/deep", folder);
    rmdir(path);
    rmdir(folder);
}

const struct unit_test suite_file[] = {TEST(a_file_is_what_was_written), {0}};
