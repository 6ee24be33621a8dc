/* What only HTTP can get wrong: connections, sends, headers, redirects. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/adapters/bed.h"

static struct order *told(struct bed *bed, const char *operation, bool is_effect)
{
    struct order *order = order_new(bed, operation, is_effect);
    order_begin(order);
    CHECK(order_ends(order));
    return order;
}

/* A port nobody listens at: taken and given back. */
static int free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
    REQUIRE(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
    close(fd);
    return ntohs(at.sin_port);
}

static void the_request_is_as_the_contract_says(void)
{
    struct bed *bed = bed_open("http", NULL);
    order_free(told(bed, "value", true));
    struct peer *peer = bed->peer;
    CHECK_TEXT(text_of(peer_first_line(peer)), "POST /x/value HTTP/1.1");
    CHECK_TEXT(text_of(peer_body(peer)), "{\"sku\":\"BRG-6204\",\"qty\":4}");
    CHECK_TEXT(text_of(peer_header(peer, "Content-Type")), "application/json");
    CHECK_TEXT(text_of(peer_header(peer, "Idempotency-Key")), "a0b1c2d3");
    CHECK_TEXT(text_of(peer_header(peer, "Flow-Instance")),
               "0193c0de-0000-7000-8000-000000000001");
    CHECK_TEXT(text_of(peer_header(peer, "Flow-Step")), "booking.create_order");
    CHECK_TEXT(text_of(peer_header(peer, "Flow-Attempt")), "2");
    CHECK_TEXT(text_of(peer_header(peer, "Correlation-Id")), "O-1001");
    CHECK(peer_header(peer, "Expect") == NULL);
    order_free(told(bed, "value", false));
    CHECK(peer_header(peer, "Idempotency-Key") == NULL); /* a read has none */
    bed_close(bed);
}

static void configured_headers_are_sent(void)
{
    struct bed *aside = bed_open("http", NULL);
    char options[256];
    snprintf(options, sizeof options,
             "{\"url\":\"http://127.0.0.1:%d/x/\",\"header\":{\"Authorization\":"
             "\"Bearer t0ken\"}}",
             peer_port(aside->peer));
    json_t *json = json_loads(options, 0, NULL);
    struct err err = {0};
    aside->ops->close(aside->adapter);
    aside->adapter = aside->ops->open(
        &(struct adapter_setup){.name = TEXT("x"), .options = json, .loop = aside->base},
        &err);
    json_decref(json);
    REQUIRE(aside->adapter != NULL);
    order_free(told(aside, "value", true));
    CHECK_TEXT(text_of(peer_header(aside->peer, "Authorization")), "Bearer t0ken");
    bed_close(aside);
}

static void connections_are_reused(void)
{
    struct bed *bed = bed_open("http", NULL);
    for (int i = 0; i < 20; i++) {
        struct order *order = told(bed, i % 3 == 0 ? "refused" : "value", true);
        CHECK(order->kind != CALL_UNAVAILABLE);
        order_free(order);
    }
    CHECK_INT(peer_requests(bed->peer), 20);
    CHECK_INT(peer_connections(bed->peer), 1);
    bed_close(bed);
}

/* The case that libcurl would repeat: a kept connection is closed, or reset, where an
 * answer was due. */
static void a_request_on_a_kept_connection_is_sent_once(void)
{
    static const char *const ways[] = {"closed", "reset"};
    for (size_t i = 0; i < 2; i++) {
        struct bed *bed = bed_open("http", NULL);
        order_free(told(bed, "value", true));
        struct order *order = told(bed, ways[i], true);
        CHECK_INT(order->kind, CALL_IN_DOUBT);
        bed_turn(bed, 30);
        CHECK_INT(peer_requests(bed->peer), 2);
        order_free(order);
        bed_close(bed);
    }
}

static void a_connection_that_was_closed_meanwhile_does_no_harm(void)
{
    struct bed *bed = bed_open("http", NULL);
    struct order *first = told(bed, "goodbye", true);
    CHECK_INT(first->kind, CALL_VALUE);
    order_free(first);
    bed_turn(bed, 30); /* its end arrives */
    struct order *order = told(bed, "value", true);
    CHECK_INT(order->kind, CALL_VALUE);
    CHECK_INT(peer_requests(bed->peer), 2);
    CHECK_INT(peer_connections(bed->peer), 2);
    order_free(order);
    bed_close(bed);
}

static void connections_are_bounded_and_the_rest_stands_in_line(void)
{
    struct bed *bed = bed_open("http", NULL);
    enum { CROWD = 200 };
    struct order *orders[CROWD];
    for (int i = 0; i < CROWD; i++) {
        orders[i] = order_new(bed, "value", true);
        order_begin(orders[i]);
    }
    CHECK(orders_end(orders, CROWD));
    CHECK_INT(peer_requests(bed->peer), CROWD);
    CHECK_INT(peer_open_most(bed->peer), 64);
    for (int i = 0; i < CROWD; i++)
        order_free(orders[i]);
    bed_close(bed);
}

static void who_stood_in_line_too_long_was_not_sent(void)
{
    struct bed *bed = bed_open("http", NULL);
    struct order *orders[65];
    for (int i = 0; i < 65; i++) {
        orders[i] = order_new(bed, "silent", true);
        orders[i]->call.within_us = i < 64 ? 2000000 : 300000;
        order_begin(orders[i]);
    }
    CHECK(orders_end(orders, 65));
    for (int i = 0; i < 65; i++) {
        CHECK_INT(orders[i]->kind, i < 64 ? CALL_IN_DOUBT : CALL_UNAVAILABLE);
        order_free(orders[i]);
    }
    CHECK_INT(peer_requests(bed->peer), 64);
    bed_close(bed);
}

static void an_effect_nobody_listened_to_did_not_happen(void)
{
    int port = free_port();
    char urls[3][128];
    snprintf(urls[0], sizeof urls[0], "{\"url\":\"http://127.0.0.1:%d\"}", port);
    snprintf(urls[1], sizeof urls[1], "{\"url\":\"http://no.such.host.invalid\"}");
    snprintf(urls[2], sizeof urls[2], "{\"url\":\"https://127.0.0.1:%d\"}", port);
    for (int i = 0; i < 3; i++) {
        struct bed *bed = bed_open("http", urls[i]);
        struct order *order = order_new(bed, "value", true);
        order->call.within_us = 2000000;
        order_begin(order);
        CHECK(order_ends(order));
        CHECK_INT(order->kind, CALL_UNAVAILABLE);
        CHECK(strstr(order->message, "not sent") != NULL);
        order_free(order);
        bed_close(bed);
    }
}

static void a_peer_without_tls_is_never_sent_to(void)
{
    struct bed *plain = bed_open("http", NULL);
    char options[128];
    snprintf(options, sizeof options, "{\"url\":\"https://127.0.0.1:%d\"}",
             peer_port(plain->peer));
    struct err err = {0};
    json_t *json = json_loads(options, 0, NULL);
    plain->ops->close(plain->adapter);
    plain->adapter = plain->ops->open(
        &(struct adapter_setup){.name = TEXT("x"), .options = json, .loop = plain->base},
        &err);
    json_decref(json);
    struct order *order = order_new(plain, "value", true);
    order->call.within_us = 300000; /* it waits for more of our greeting */
    order_begin(order);
    CHECK(order_ends(order));
    CHECK_INT(order->kind, CALL_UNAVAILABLE);
    CHECK_INT(peer_requests(plain->peer), 0);
    order_free(order);
    bed_close(plain);
}

static void a_redirect_is_not_followed(void)
{
    struct bed *bed = bed_open("http", NULL);
    struct order *order = told(bed, "moved", true);
    bed_turn(bed, 20);
    CHECK_INT(order->kind, CALL_BROKEN);
    CHECK_INT(peer_requests(bed->peer), 1);
    order_free(order);
    bed_close(bed);
}

static void both_forms_of_retry_after_are_understood(void)
{
    struct bed *bed = bed_open("http", NULL);
    struct order *order = told(bed, "wait_2", true);
    CHECK_INT(order->retry_after_us, 2000000);
    order_free(order);
    order = told(bed, "wait_date", true);
    CHECK(order->retry_after_us > INT64_C(3590000000) &&
          order->retry_after_us <= INT64_C(3600000000));
    order_free(order);
    bed_close(bed);
}

static void an_injected_header_is_never_sent(void)
{
    struct bed *bed = bed_open("http", NULL);
    struct order *order = order_new(bed, "value", true);
    order->call.correlation = TEXT("O-1\r\nX-Admin: yes");
    order_begin(order);
    CHECK_INT(order->done_n, 1);
    CHECK_INT(order->kind, CALL_BROKEN);
    bed_turn(bed, 20);
    CHECK_INT(peer_requests(bed->peer), 0);
    order_free(order);
    bed_close(bed);
}

const struct unit_test suite_http[] = {
    TEST(the_request_is_as_the_contract_says),
    TEST(configured_headers_are_sent),
    TEST(connections_are_reused),
    TEST(a_request_on_a_kept_connection_is_sent_once),
    TEST(a_connection_that_was_closed_meanwhile_does_no_harm),
    TEST(connections_are_bounded_and_the_rest_stands_in_line),
    TEST(who_stood_in_line_too_long_was_not_sent),
    TEST(an_effect_nobody_listened_to_did_not_happen),
    TEST(a_peer_without_tls_is_never_sent_to),
    TEST(a_redirect_is_not_followed),
    TEST(both_forms_of_retry_after_are_understood),
    TEST(an_injected_header_is_never_sent),
    {0}};
