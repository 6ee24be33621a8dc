/* What is said to a person stays one line, is cut where it must be, and keeps its parts.
 */
#include "engine/base/err.h"

#include <string.h>

#include "engine/base/scoped.h"
#include "engine/base/utf8.h"
#include "tests/support/unit.h"

static void refusing_is_one_line(void)
{
    struct err err = {0};
    CHECK(!err_set(&err, ERR_NOT_FOUND, "there is no flow \"%s\"", "order"));
    CHECK(!err_while(&err, "starting %d", 7));
    CHECK(!err_while(&err, "serving"));
    CHECK(!err_hint(&err, "deploy it"));
    CHECK_INT(err.code, ERR_NOT_FOUND);
    CHECK_TEXT(text_of(err.what), "there is no flow \"order\"");
    CHECK_TEXT(text_of(err.trail), "starting 7; serving");
    CHECK_TEXT(text_of(err.hint), "deploy it");
}

static void a_new_error_begins_afresh(void)
{
    struct err err = {0};
    err_set(&err, ERR_BAD_DATA, "first");
    err_while(&err, "reading");
    err_hint(&err, "hint");
    snprintf(err.pointer, sizeof err.pointer, "/a");
    err_set(&err, ERR_CONFLICT, "second, after %s", err.what);
    CHECK_TEXT(text_of(err.what), "second, after first");
    CHECK_TEXT(text_of(err.trail), "");
    CHECK_TEXT(text_of(err.hint), "");
    CHECK_TEXT(text_of(err.pointer), "");
}

static void a_text_that_just_fits_is_whole_and_one_more_is_cut(void)
{
    char long_text[ERR_WHAT_BYTES + 1];
    struct err err = {0};
    memset(long_text, 'x', sizeof long_text);
    err_set(&err, ERR_FAILED, "%.*s", ERR_WHAT_BYTES - 1, long_text);
    CHECK_INT(strlen(err.what), ERR_WHAT_BYTES - 1);
    CHECK(!text_ends(text_of(err.what), TEXT("…")));
    err_set(&err, ERR_FAILED, "%.*s", ERR_WHAT_BYTES, long_text);
    CHECK_INT(strlen(err.what), ERR_WHAT_BYTES - 1);
    CHECK(text_ends(text_of(err.what), TEXT("x…")));
}

static void a_cut_leaves_whole_code_points(void)
{
    struct err err = {0};
    for (int i = 0; i < 4; i++) {
        char many[2 * ERR_WHAT_BYTES] = "";
        int n = snprintf(many, sizeof many, "%.*s", i, "abcd");
        while (n < ERR_WHAT_BYTES + 20)
            n += snprintf(many + n, sizeof many - (size_t)n, "€");
        err_set(&err, ERR_FAILED, "%s", many);
        CHECK(utf8_valid(text_of(err.what), NULL));
        CHECK(text_ends(text_of(err.what), TEXT("€…")));
    }
}

static void a_level_that_does_not_fit_is_left_out_whole(void)
{
    struct err err = {0};
    err_set(&err, ERR_FAILED, "x");
    for (int i = 0; i < 100; i++)
        err_while(&err, "doing step %d of a long story", i);
    CHECK(strlen(err.trail) < sizeof err.trail);
    CHECK(text_starts(text_of(err.trail), TEXT("doing step 0 of a long story; doing")));
    CHECK(text_ends(text_of(err.trail), TEXT("of a long story")));
}

static void nothing_from_outside_reaches_the_terminal_raw(void)
{
    struct err err = {0};
    err_set(&err, ERR_FAILED,
            "a\nb\x1b[31mc\x7f"
            "d\xff\xc3"
            "e");
    CHECK_TEXT(text_of(err.what), "a b [31mc d??e");
}

static void the_table_ties_the_codes_together(void)
{
    CHECK_INT(err_exit(ERR_OK), 0);
    CHECK_INT(err_exit(ERR_NOT_FOUND), 3);
    CHECK_INT(err_http(ERR_NOT_FOUND), 404);
    CHECK_INT(err_exit(ERR_CONFLICT), 4);
    CHECK_INT(err_http(ERR_BAD_DATA), 422);
    CHECK_TEXT(text_of(err_sqlstate(ERR_BAD_DATA)), "22023");
    CHECK_TEXT(text_of(err_name(ERR_NOT_FOUND)), "not_found");
    CHECK_TEXT(text_of(err_name(ERR_OK)), "ok");
    CHECK(strlen(err_sentence(ERR_TIMED_OUT)) > 0);
    enum err_code code;
    CHECK(err_find("bad_data", &code) && code == ERR_BAD_DATA);
    CHECK(!err_find("BAD_DATA", &code));
}

static void an_error_is_printed_as_the_contract_says(void)
{
    char out[512] = "";
    struct err err = {0};
    err_set(&err, ERR_FAILED, "could not deploy \"order\"");
    err_hint(&err, "add \"within 30s\"");
    scoped_fclose FILE *file = fmemopen(out, sizeof out, "w");
    REQUIRE(file != NULL);
    err_print(file, "flowctl", &err);
    fflush(file);
    CHECK_TEXT(text_of(out),
               "flowctl: could not deploy \"order\"\nhint: add \"within 30s\"\n");
}

static void an_error_without_words_says_its_codes_sentence(void)
{
    char out[512] = "";
    struct err err = {.code = ERR_TIMED_OUT};
    scoped_fclose FILE *file = fmemopen(out, sizeof out, "w");
    REQUIRE(file != NULL);
    err_print(file, "flowctl", &err);
    fflush(file);
    CHECK_TEXT(text_of(out), "flowctl: the time that was given ran out\n");
}

const struct unit_test suite_err[] = {
    TEST(refusing_is_one_line),
    TEST(a_new_error_begins_afresh),
    TEST(a_text_that_just_fits_is_whole_and_one_more_is_cut),
    TEST(a_cut_leaves_whole_code_points),
    TEST(a_level_that_does_not_fit_is_left_out_whole),
    TEST(nothing_from_outside_reaches_the_terminal_raw),
    TEST(the_table_ties_the_codes_together),
    TEST(an_error_is_printed_as_the_contract_says),
    TEST(an_error_without_words_says_its_codes_sentence),
    {0},
};
