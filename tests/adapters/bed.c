/* An open adapter, its other side, and calls whose endings are noted. */
#include "tests/adapters/bed.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/must.h"
#include "engine/sys/log.h"

static const struct text declared[] = {{"Refused", 7}};

const char *bed_child(void)
{
    static char path[512];
    static const char name[] = "child_peer";
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof name);
    must(n > 0);
    while (n > 0 && path[n - 1] != '/')
        n--;
    memcpy(path + n, name, sizeof name);
    if (access(path, X_OK) == 0)
        return path;
    fprintf(stderr, "%s is not there: make it\n", path);
    exit(1);
}

static json_t *standard_options(const struct bed *bed)
{
    char text[1024];
    if (strcmp(bed->ops->name, "http") == 0)
        snprintf(text, sizeof text, "{\"url\":\"http://127.0.0.1:%d/x\"}",
                 peer_port(bed->peer));
    else if (strcmp(bed->ops->name, "process") == 0)
        snprintf(text, sizeof text, "{\"command\":[\"%s\"]}", bed_child());
    else
        snprintf(text, sizeof text, "{}");
    return json_loads(text, 0, NULL);
}

struct bed *bed_open(const char *adapter, const char *options)
{
    struct bed *bed = calloc(1, sizeof *bed);
    must(bed != NULL);
    log_open(-1, LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
    bed->base = event_base_new();
    bed->peer = peer_start(bed->base);
    bed->ops = adapter_ops_find(text_of(adapter));
    must(bed->ops != NULL);
    scoped_json json_t *json =
        options != NULL ? json_loads(options, 0, NULL) : standard_options(bed);
    must(json != NULL);
    struct err err = {0};
    bed->adapter = bed->ops->open(&(struct adapter_setup){.name = TEXT("tested"),
                                                          .options = json,
                                                          .loop = bed->base},
                                  &err);
    if (bed->adapter == NULL)
        fprintf(stderr, "%s: %s\n", adapter, err.what);
    must(bed->adapter != NULL);
    return bed;
}

void bed_close(struct bed *bed)
{
    bed->ops->close(bed->adapter);
    peer_stop(bed->peer);
    event_base_free(bed->base);
    free(bed);
}

static void noted(struct call *call, const struct call_outcome *outcome)
{
    struct order *order = call->owner;
    order->done_n++;
    order->kind = outcome->kind;
    order->is_sample = outcome->is_sample;
    order->data = json_incref(outcome->data);
    order->retry_after_us = outcome->retry_after_us;
    snprintf(order->name, sizeof order->name, TEXT_FMT, TEXT_ARG(outcome->name));
    snprintf(order->message, sizeof order->message, TEXT_FMT, TEXT_ARG(outcome->message));
    if (order->then != NULL)
        order_begin(order->then);
}

struct order *order_new(struct bed *bed, const char *operation, bool is_effect)
{
    struct order *order = calloc(1, sizeof *order);
    must(order != NULL);
    order->bed = bed;
    order->call = (struct call){
        .operation = text_of(operation),
        .is_effect = is_effect,
        .has_result = true,
        .args = json_pack("{s:s,s:i}", "sku", "BRG-6204", "qty", 4),
        .errors = declared,
        .errors_n = 1,
        .key = is_effect ? TEXT("a0b1c2d3") : (struct text){0},
        .instance = TEXT("0193c0de-0000-7000-8000-000000000001"),
        .step = TEXT("booking.create_order"),
        .attempt = 2,
        .correlation = TEXT("O-1001"),
        .within_us = 5000000,
        .done = noted,
        .owner = order,
    };
    return order;
}

void order_free(struct order *order)
{
    json_decref((json_t *)order->call.args);
    json_decref(order->data);
    free(order);
}

void order_begin(struct order *order)
{
    order->bed->ops->begin(order->bed->adapter, &order->call);
}

static void on_too_late(evutil_socket_t fd, short what, void *owner)
{
    (void)fd, (void)what;
    *(bool *)owner = true;
}

bool orders_end(struct order **orders, unsigned n)
{
    bool is_late = false;
    struct event *limit = evtimer_new(orders[0]->bed->base, on_too_late, &is_late);
    event_add(limit, &(struct timeval){.tv_sec = 10});
    unsigned ended = 0;
    while (!is_late) {
        while (ended < n && orders[ended]->done_n > 0)
            ended++;
        if (ended == n)
            break;
        event_base_loop(orders[0]->bed->base, EVLOOP_ONCE);
    }
    event_free(limit);
    return ended == n;
}

bool order_ends(struct order *order)
{
    return orders_end(&order, 1);
}

void bed_turn(struct bed *bed, int ms)
{
    bool is_over = false;
    struct event *limit = evtimer_new(bed->base, on_too_late, &is_over);
    event_add(limit, &(struct timeval){.tv_usec = ms * 1000});
    while (!is_over)
        event_base_loop(bed->base, EVLOOP_ONCE);
    event_free(limit);
}
