/* A call becomes a request by the contract's convention, or is not sent at all. */
#include <string.h>

#include "adapters/http/http_request.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "tests/support/unit.h"

static bool opens(struct arena *life, const char *url, const char *headers,
                  struct http_site *site)
{
    struct err err = {0};
    scoped_json json_t *json = json_loads(headers, 0, NULL);
    return http_site_open(life, text_of(url), json, site, &err);
}

static const char *header(const struct curl_request *request, const char *name)
{
    size_t n = strlen(name);
    for (struct curl_slist *node = request->headers; node != NULL; node = node->next)
        if (strncmp(node->data, name, n) == 0 && node->data[n] == ':')
            return node->data + n + 2;
    return NULL;
}

static struct call order(const json_t *args)
{
    return (struct call){.operation = TEXT("create_order"),
                         .is_effect = true,
                         .args = args,
                         .key = TEXT("ab12"),
                         .instance = TEXT("0193"),
                         .step = TEXT("booking.create_order"),
                         .attempt = 3,
                         .correlation = TEXT("O-1001"),
                         .within_us = 5};
}

static void the_convention_is_kept(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    scoped_json json_t *args = json_loads("{\"order\":{\"id\":\"O-1\"}}", 0, NULL);
    struct http_site site;
    REQUIRE(opens(arena, "http://127.0.0.1:9001/erp/", "{\"Authorization\":\"Bearer t\"}",
                  &site));
    struct call call = order(args);
    struct curl_request request = {0};
    struct err err = {0};
    REQUIRE(http_request(arena, &site, &call, &request, &err));
    CHECK_TEXT(text_of(request.url), "http://127.0.0.1:9001/erp/create_order");
    CHECK_TEXT(request.body, "{\"order\":{\"id\":\"O-1\"}}");
    CHECK_INT(request.within_us, 5);
    CHECK_TEXT(text_of(header(&request, "Idempotency-Key")), "ab12");
    CHECK_TEXT(text_of(header(&request, "Flow-Instance")), "0193");
    CHECK_TEXT(text_of(header(&request, "Flow-Step")), "booking.create_order");
    CHECK_TEXT(text_of(header(&request, "Flow-Attempt")), "3");
    CHECK_TEXT(text_of(header(&request, "Correlation-Id")), "O-1001");
    CHECK_TEXT(text_of(header(&request, "Authorization")), "Bearer t");
    CHECK_TEXT(text_of(header(&request, "Content-Type")), "application/json");
    CHECK(header(&request, "traceparent") == NULL); /* none was given */
}

static void a_value_cannot_become_a_header_of_its_own(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    scoped_json json_t *args = json_object();
    struct http_site site;
    REQUIRE(opens(arena, "http://h", "{}", &site));
    static const struct text wrong[] = {
        {"O-1\r\nX: y", 9}, {"O-1\n", 4}, {"a\0b", 3}, {"\x7f", 1}, {"\t", 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct call call = order(args);
        call.correlation = wrong[i];
        struct curl_request request = {0};
        struct err err = {0};
        CHECK(!http_request(arena, &site, &call, &request, &err));
        CHECK_INT(err.code, ERR_BAD_DATA);
        CHECK(strstr(err.what, "Correlation-Id") != NULL);
    }
    struct call call = order(args);
    call.correlation = TEXT("Bestellung-\xc3\xa4");
    struct curl_request request = {0};
    struct err err = {0};
    CHECK(http_request(arena, &site, &call, &request, &err));
}

static void an_operation_is_one_part_of_the_path(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    scoped_json json_t *args = json_object();
    struct http_site site;
    REQUIRE(opens(arena, "https://h/a", "{}", &site));
    struct call call = order(args);
    call.operation = TEXT("../x?y#z \xc3\xa9");
    struct curl_request request = {0};
    struct err err = {0};
    REQUIRE(http_request(arena, &site, &call, &request, &err));
    CHECK_TEXT(text_of(request.url), "https://h/a/..%2Fx%3Fy%23z%20%C3%A9");
}

static void wrong_urls_are_refused(void)
{
    static const char *const wrong[] = {"",
                                        "h/a",
                                        "ftp://h/",
                                        "file:///etc/passwd",
                                        "http://",
                                        "http:///x",
                                        "http://h/?a=b",
                                        "http://h/#x",
                                        "http://h/a b",
                                        "http://u:p@h/",
                                        "http://h/\r\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        scoped_arena struct arena *arena = arena_new("call", 1 << 20);
        struct http_site site;
        if (opens(arena, wrong[i], "{}", &site)) {
            fprintf(stderr, "\n    accepted: %s\n", wrong[i]);
            CHECK(false);
        }
    }
}

static void headers_of_ours_cannot_be_set(void)
{
    static const char *const wrong[] = {"{\"Content-Length\":\"7\"}",
                                        "{\"idempotency-key\":\"7\"}",
                                        "{\"Transfer-Encoding\":\"chunked\"}",
                                        "{\"A B\":\"7\"}",
                                        "{\"\":\"7\"}",
                                        "{\"A:\":\"7\"}",
                                        "{\"A\":\"x\\r\\nB: y\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        scoped_arena struct arena *arena = arena_new("call", 1 << 20);
        struct http_site site;
        CHECK(!opens(arena, "http://h", wrong[i], &site));
    }
}

static void header_values_and_their_tokens_are_hidden(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    struct http_site site;
    REQUIRE(opens(arena, "http://h", "{\"Authorization\":\"Bearer s3cret\"}", &site));
    CHECK_INT(site.hidden_n, 2);
    CHECK_TEXT(site.hidden[0], "Bearer s3cret");
    CHECK_TEXT(site.hidden[1], "s3cret");
}

static void a_mapped_operation_goes_where_its_mapping_says(void)
{
    scoped_arena struct arena *arena = arena_new("call", 1 << 20);
    scoped_json json_t *args = json_object();
    struct http_site site;
    REQUIRE(opens(arena, "http://h/api/", "{}", &site));
    struct call call = order(args);
    struct call_header header_of = {TEXT("X-Channel"), TEXT("orderly")};
    struct call_request mapped = {.method = TEXT("GET"),
                                  .target = TEXT("/a%20b?c=d"),
                                  .headers = &header_of,
                                  .headers_n = 1};
    call.request = &mapped;
    struct curl_request request = {0};
    struct err err = {0};
    REQUIRE(http_request(arena, &site, &call, &request, &err));
    CHECK_TEXT(text_of(request.url), "http://h/api/a%20b?c=d");
    CHECK_TEXT(text_of(request.method), "GET");
    CHECK(request.has_no_body);
    CHECK_TEXT(text_of(header(&request, "X-Channel")), "orderly");
    CHECK_TEXT(text_of(header(&request, "Idempotency-Key")), "ab12");
    mapped.method = TEXT("DELETE");
    mapped.has_body = true;
    mapped.body = TEXT("{\"x\":1}");
    REQUIRE(http_request(arena, &site, &call, &request, &err));
    CHECK(!request.has_no_body);
    CHECK_TEXT(request.body, "{\"x\":1}");
    mapped.method = (struct text){0}; /* only its body is mapped */
    REQUIRE(http_request(arena, &site, &call, &request, &err));
    CHECK_TEXT(text_of(request.url), "http://h/api/create_order");
    CHECK(request.method == NULL);
    header_of.value = TEXT("a\r\nX: y");
    CHECK(!http_request(arena, &site, &call, &request, &err));
    header_of = (struct call_header){TEXT("content-length"), TEXT("7")};
    CHECK(!http_request(arena, &site, &call, &request, &err));
}

const struct unit_test suite_http_request[] = {
    TEST(a_mapped_operation_goes_where_its_mapping_says),
    TEST(the_convention_is_kept),
    TEST(a_value_cannot_become_a_header_of_its_own),
    TEST(an_operation_is_one_part_of_the_path),
    TEST(wrong_urls_are_refused),
    TEST(headers_of_ours_cannot_be_set),
    TEST(header_values_and_their_tokens_are_hidden),
    {0}};
