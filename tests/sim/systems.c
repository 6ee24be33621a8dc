/* ERP, a warehouse, EDI and mail: what they have done, once a key, and what they set off.
 */
#include "tests/sim/systems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/store/mem_world.h"

enum {
    DEEDS = 1024,   /* of all orders of a seed */
    QTY_FIRST = 40, /* of line 1, and of line 2 */
    QTY_SECOND = 6,
    TELLS = 30 /* times that stock is said to have come in */
};

/* Operations that leave something standing, and by which one it is taken away again. */
enum thing { NOTHING, RESERVATION, SALES_ORDER, WAVE, INVOICE, ANNOUNCEMENT };

struct deed {
    uint32_t order;
    char operation[24], key[80];
    char ref[48]; /* the number it gave; empty: none */
    enum thing thing;
    bool is_undone, is_packed, is_paid;
    uint32_t line, qty; /* RESERVATION */
    uint32_t qtys[2];   /* WAVE: of each line; INVOICE: the first is its amount */
    int64_t due_at;     /* a wave is packed then, an invoice paid; 0: not any more */
    struct systems_said said;
    char data[160];
};

struct trade { /* what one order has met */
    bool is_short, is_repriced;
    int64_t stock_at; /* it comes in then, and is said again; 0: not any more */
    uint32_t told;
};

static struct deed deeds[DEEDS];
static uint32_t deeds_n, numbers;
static struct trade trades[SIM_ORDERS];

void systems_open(void)
{
    deeds_n = numbers = 0;
    for (uint32_t i = 0; i < SIM_ORDERS; i++)
        trades[i] = (struct trade){.is_short = sim.story->is_whole && sim_below(4) == 0,
                                   .is_repriced = sim_below(8) == 0,
                                   .stock_at = sim.now + sim_below(20000000)};
}

/* ---- orders ---- */

json_t *systems_order(uint32_t order)
{
    char id[16], po[16];
    snprintf(id, sizeof id, "o%u", order);
    snprintf(po, sizeof po, "P-o%u", order);
    json_t *channel = order % 2 == 0 ? json_string("portal")
                                     : json_pack("{s:{s:s}}", "edi", "partner", "ACME");
    return json_pack(
        "{s:{s:s, s:s, s:s, s:s, s:o, s:{s:s, s:s, s:s, s:s, s:s}, s:[{s:i, s:s, s:s, "
        "s:s}, {s:i, s:s, s:s, s:s}]}}",
        "order", "id", id, "customer", "C000042", "po", po, "contact", "a@b.example",
        "channel", channel, "ship_to", "name", "Acme", "street", "1 Mill Rd", "city",
        "Akron", "postal", "44301", "country", "US", "lines", "line", 1, "sku",
        "BRG-6204", "qty", "40", "uom", "EA", "line", 2, "sku", "SEAL-20", "qty", "6",
        "uom", "EA");
}

/* ---- the ledger ---- */

static struct deed *deed_of_key(const char *operation, const char *key)
{
    for (uint32_t i = 0; i < deeds_n; i++)
        if (strcmp(deeds[i].operation, operation) == 0 && strcmp(deeds[i].key, key) == 0)
            return &deeds[i];
    return NULL;
}

static struct deed *standing(uint32_t order, enum thing thing, const char *ref)
{
    for (uint32_t i = 0; i < deeds_n; i++)
        if (deeds[i].order == order && deeds[i].thing == thing && !deeds[i].is_undone &&
            (ref == NULL || strcmp(deeds[i].ref, ref) == 0))
            return &deeds[i];
    return NULL;
}

static struct deed *deed_new(uint32_t order, const char *operation, const char *key)
{
    must(deeds_n < DEEDS);
    struct deed *deed = &deeds[deeds_n++];
    *deed = (struct deed){.order = order};
    snprintf(deed->operation, sizeof deed->operation, "%s", operation);
    snprintf(deed->key, sizeof deed->key, "%s", key);
    return deed;
}

static void give(struct deed *deed, enum thing thing, const char *prefix)
{
    deed->thing = thing;
    snprintf(deed->ref, sizeof deed->ref, "%s-o%u-%u", prefix, deed->order, ++numbers);
    sim_trace("o%u: %s stands, by %s", deed->order, deed->ref, deed->operation);
}

static const char *text_in(const json_t *args, const char *name)
{
    const char *text = json_string_value(json_object_get(args, name));
    return text == NULL ? "" : text;
}

static uint32_t number_in(const json_t *args, const char *name)
{
    const json_t *value = json_object_get(args, name);
    return json_is_integer(value) ? (uint32_t)json_integer_value(value)
                                  : (uint32_t)strtoul(text_in(args, name), NULL, 10);
}

static json_t *money(uint32_t amount)
{
    char text[24];
    snprintf(text, sizeof text, "%u.00", amount);
    return json_pack("{s:s, s:s}", "amount", text, "currency", "USD");
}

/* ---- reads ---- */

static json_t *price(void)
{
    const struct {
        int line;
        const char *sku, *qty;
    } lines[] = {{1, "BRG-6204", "40"}, {2, "SEAL-20", "6"}};
    json_t *all = json_array();
    for (uint32_t i = 0; i < 2; i++)
        json_array_append_new(all, json_pack("{s:i, s:s, s:s, s:s, s:o, s:b, s:b, s:s}",
                                             "line", lines[i].line, "sku", lines[i].sku,
                                             "qty", lines[i].qty, "uom", "EA", "price",
                                             money(1), "agreed", 1, "substitutes", 1,
                                             "source", "stocked"));
    return json_pack("{s:o, s:o, s:o, s:s}", "lines", all, "tax", money(0), "freight",
                     money(0), "valid_until", "2030-01-01T00:00:00Z");
}

static json_t *sales_order(const struct deed *deed)
{
    return json_pack("{s:s, s:o, s:i}", "number", deed->ref, "total",
                     money(QTY_FIRST + QTY_SECOND), "lines", 2);
}

static json_t *availability(uint32_t order, const json_t *args)
{
    bool is_low = trades[order].is_short && trades[order].told == 0 &&
                  strcmp(text_in(args, "sku"), "SEAL-20") == 0;
    return json_pack("[{s:s, s:s, s:s, s:b, s:s}]", "warehouse", "akron", "sku",
                     text_in(args, "sku"), "available", is_low ? "2" : "1000",
                     "stands_in", 0, "ready", "2026-05-13");
}

static json_t *shipped_lines(uint32_t order)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < deeds_n; i++)
        for (int l = 0; l < 2 && deeds[i].order == order && deeds[i].is_packed; l++)
            if (deeds[i].qtys[l] > 0)
                json_array_append_new(
                    all, json_pack("{s:i, s:s, s:o, s:o, s:s}", "line", l + 1, "sku",
                                   l == 0 ? "BRG-6204" : "SEAL-20", "qty",
                                   json_sprintf("%u", deeds[i].qtys[l]), "price",
                                   money(1), "at", "2026-05-13T00:00:00Z"));
    return all;
}

static bool read_it(uint32_t order, const char *operation, const json_t *args,
                    json_t **data)
{
    const struct deed *known = standing(order, SALES_ORDER, NULL);
    if (strcmp(operation, "credit") == 0)
        *data = json_pack("{s:s, s:o, s:o, s:s}", "standing", "good", "limit",
                          money(1000000), "open", money(0), "terms", "PT720H");
    else if (strcmp(operation, "price") == 0)
        *data = price();
    else if (strcmp(operation, "availability") == 0)
        *data = availability(order, args);
    else if (strcmp(operation, "shipped_lines") == 0)
        *data = shipped_lines(order);
    else if (strcmp(operation, "find_order") == 0)
        *data = known == NULL ? json_null() : sales_order(known);
    else
        return false;
    return true;
}

/* ---- effects: NULL, or why not ---- */

static const char *reserve(struct deed *deed, const json_t *args)
{
    deed->line = number_in(args, "line");
    deed->qty = number_in(args, "qty");
    must(deed->line >= 1 && deed->line <= 2);
    give(deed, RESERVATION, "R");
    deed->said.data =
        json_pack("{s:s, s:i, s:s, s:O, s:O}", "id", deed->ref, "line", (int)deed->line,
                  "warehouse", "akron", "sku", json_object_get(args, "sku"), "qty",
                  json_object_get(args, "qty"));
    return NULL;
}

static const char *create_order(struct deed *deed, const json_t *args)
{
    (void)args;
    if (trades[deed->order].is_repriced) {
        trades[deed->order].is_repriced = false;
        return "PriceChanged";
    }
    if (standing(deed->order, SALES_ORDER, NULL) != NULL)
        sim_complain("o%u: a second sales order beside the first", deed->order);
    give(deed, SALES_ORDER, "SO");
    deed->said.data = sales_order(deed);
    return NULL;
}

static const char *start_picking(struct deed *deed, const json_t *args)
{
    size_t i, k;
    json_t *plan, *one;
    json_array_foreach(json_object_get(args, "plans"), i, plan)
        json_array_foreach(json_object_get(plan, "reserved"), k, one)
            deed->qtys[number_in(one, "line") - 1] += number_in(one, "qty");
    give(deed, WAVE, "W");
    deed->due_at = sim.now + 300000 + sim_below(6000000);
    deed->said.data = json_string(deed->ref);
    return NULL;
}

static const char *post_invoice(struct deed *deed, const json_t *args)
{
    size_t i;
    json_t *carton;
    json_array_foreach(json_object_get(json_object_get(args, "shipment"), "cartons"), i,
                       carton) deed->qtys[0] += number_in(carton, "qty");
    give(deed, INVOICE, "INV");
    deed->due_at = sim.now + 300000 + sim_below(6000000);
    deed->said.data = json_pack("{s:s, s:O, s:O, s:o, s:s}", "number", deed->ref, "order",
                                json_object_get(args, "number"), "shipment",
                                json_object_get(json_object_get(args, "shipment"), "id"),
                                "amount", money(deed->qtys[0]), "due", "2026-06-13");
    return NULL;
}

static const char *announce(struct deed *deed, const json_t *args)
{
    (void)args;
    give(deed, ANNOUNCEMENT, "855");
    return NULL;
}

static const char *take_back(struct deed *deed, enum thing thing, const char *ref)
{
    struct deed *what = standing(deed->order, thing, ref);
    if (what == NULL)
        sim_complain("o%u: %s takes back what does not stand: %s", deed->order,
                     deed->operation, ref == NULL ? "an announcement" : ref);
    else if (what->is_packed)
        return "AlreadyPacked";
    else
        what->is_undone = true;
    return NULL;
}

static const char *release(struct deed *deed, const json_t *args)
{
    return take_back(deed, RESERVATION, text_in(args, "reservation"));
}

static const char *stop_picking(struct deed *deed, const json_t *args)
{
    return take_back(deed, WAVE, text_in(args, "wave"));
}

static const char *cancel_order(struct deed *deed, const json_t *args)
{
    for (uint32_t i = 0; i < deeds_n; i++)
        if (deeds[i].order == deed->order && deeds[i].is_packed)
            return "AlreadyShipped";
    return take_back(deed, SALES_ORDER, text_in(args, "number"));
}

static const char *announce_again(struct deed *deed, const json_t *args)
{
    (void)args;
    return take_back(deed, ANNOUNCEMENT, NULL);
}

/* What is not packed yet stays on the shelf. */
static const char *close_remaining(struct deed *deed, const json_t *args)
{
    (void)args;
    for (uint32_t i = 0; i < deeds_n; i++)
        if (deeds[i].order == deed->order && deeds[i].thing == WAVE)
            deeds[i].due_at = 0;
    deed->said.data = json_integer(1);
    return NULL;
}

static const char *only_noted(struct deed *deed, const json_t *args)
{
    (void)deed, (void)args;
    return NULL;
}

static const struct effect {
    const char *operation;
    const char *(*does)(struct deed *deed, const json_t *args);
} effects[] = {
    {"create_order", create_order},
    {"cancel_order", cancel_order},
    {"close_remaining", close_remaining},
    {"close_line", only_noted},
    {"post_invoice", post_invoice},
    {"reserve", reserve},
    {"release", release},
    {"start_picking", start_picking},
    {"stop_picking", stop_picking},
    {"send_855", announce},
    {"send_865", announce_again},
    {"send_856", only_noted},
    {"send_810", only_noted},
    {"customer", only_noted},
    {"portal", only_noted},
};

static const struct effect *effect_of(const char *operation)
{
    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++)
        if (strcmp(effects[i].operation, operation) == 0)
            return &effects[i];
    return NULL;
}

/* What was said is kept as text: a reply may be lost, and be asked for again. */
static struct systems_said say_again(const struct deed *deed)
{
    return (struct systems_said){
        CALL_VALUE, NULL,
        deed->data[0] == '\0' ? NULL : json_loads(deed->data, JSON_DECODE_ANY, NULL)};
}

struct systems_said systems_do(uint32_t order, const char *operation, const json_t *args,
                               const char *key)
{
    json_t *data;
    if (read_it(order, operation, args, &data))
        return (struct systems_said){CALL_VALUE, NULL, data};
    const struct effect *effect = effect_of(operation);
    must(effect != NULL && key[0] != '\0');
    struct deed *deed = deed_of_key(operation, key);
    if (deed != NULL)
        return say_again(deed);
    deed = deed_new(order, operation, key);
    const char *refusal = effect->does(deed, args);
    if (refusal != NULL) { /* and is not remembered: tomorrow it may be done */
        deeds_n--;
        return (struct systems_said){CALL_REFUSED, refusal, NULL};
    }
    char *text = deed->said.data == NULL
                     ? NULL
                     : json_dumps(deed->said.data, JSON_ENCODE_ANY | JSON_COMPACT);
    snprintf(deed->data, sizeof deed->data, "%s", text == NULL ? "" : text);
    must(text == NULL || strlen(text) < sizeof deed->data);
    free(text);
    json_decref(deed->said.data);
    deed->said.data = NULL;
    return say_again(deed);
}

/* ---- what they set off ---- */

typedef void sender(uint32_t order, const char *event, const char *body);

/* A shipment a wave, in the order they were begun; after one that was stopped, none. */
static void pack(struct deed *wave, sender *send)
{
    const struct deed *order = standing(wave->order, SALES_ORDER, NULL);
    wave->due_at = 0;
    for (const struct deed *before = deeds; before < wave; before++)
        if (before->order == wave->order && before->thing == WAVE && !before->is_packed) {
            wave->due_at = before->due_at == 0 ? 0 : sim.now + SIM_SECOND;
            return;
        }
    if (wave->is_undone || order == NULL)
        return;
    wave->is_packed = true;
    sim_trace("o%u: %s is packed", wave->order, wave->ref);
    char body[512];
    snprintf(body, sizeof body,
             "{\"order\":\"%s\",\"message\":\"%s\",\"shipment\":{\"id\":\"SH-%s\","
             "\"order\":\"%s\",\"carrier\":\"UPS\",\"tracking\":\"1Z\",\"cartons\":["
             "{\"sscc\":\"1\",\"line\":1,\"sku\":\"BRG-6204\",\"qty\":\"%u\"},"
             "{\"sscc\":\"2\",\"line\":2,\"sku\":\"SEAL-20\",\"qty\":\"%u\"}],"
             "\"at\":\"2026-05-13T00:00:00Z\"}}",
             order->ref, wave->ref, wave->ref, order->ref, wave->qtys[0], wave->qtys[1]);
    send(wave->order, "ShipmentPacked", body);
}

static void pay(struct deed *invoice, sender *send)
{
    char body[160];
    const struct deed *order = standing(invoice->order, SALES_ORDER, NULL);
    invoice->due_at = 0;
    invoice->is_paid = true;
    snprintf(body, sizeof body,
             "{\"order\":\"%s\",\"message\":\"pays %s\",\"amount\":{\"amount\":\"%u.00\","
             "\"currency\":\"USD\"}}",
             order == NULL ? "" : order->ref, invoice->ref, invoice->qtys[0]);
    send(invoice->order, "PaymentReceived", body);
}

/* Nobody may wait for it yet, and it is not held: so it is said again. */
static void stock_comes_in(uint32_t order, sender *send)
{
    char body[160];
    struct trade *trade = &trades[order];
    trade->stock_at = ++trade->told == TELLS ? 0 : sim.now + 15 * SIM_SECOND;
    snprintf(body, sizeof body,
             "{\"sku\":\"SEAL-20\",\"message\":\"stock-o%u-%u\",\"warehouse\":\"akron\","
             "\"qty\":\"100\"}",
             order, trade->told);
    send(order, "StockArrived", body);
}

void systems_turn(sender *send)
{
    for (uint32_t i = 0; i < deeds_n; i++)
        if (deeds[i].due_at != 0 && deeds[i].due_at <= sim.now) {
            if (deeds[i].thing == WAVE)
                pack(&deeds[i], send);
            else
                pay(&deeds[i], send);
        }
    for (uint32_t o = 0; o < SIM_ORDERS; o++)
        if (trades[o].is_short && trades[o].stock_at != 0 &&
            trades[o].stock_at <= sim.now)
            stock_comes_in(o, send);
}

int64_t systems_next(void)
{
    int64_t next = INT64_MAX;
    for (uint32_t i = 0; i < deeds_n; i++)
        if (deeds[i].due_at != 0 && deeds[i].due_at < next)
            next = deeds[i].due_at;
    for (uint32_t o = 0; o < SIM_ORDERS; o++)
        if (trades[o].is_short && trades[o].stock_at != 0 && trades[o].stock_at < next)
            next = trades[o].stock_at;
    return next;
}

/* ---- in the end ---- */

struct sums {
    uint32_t standing[ANNOUNCEMENT + 1];
    uint32_t packed, unpaid, reserved[2], shipped[2];
    bool is_closed;
};

static struct sums sums_of(uint32_t order)
{
    struct sums sums = {0};
    for (uint32_t i = 0; i < deeds_n; i++) {
        const struct deed *deed = &deeds[i];
        if (deed->order != order || deed->is_undone)
            continue;
        sums.standing[deed->thing]++;
        sums.packed += deed->is_packed;
        sums.unpaid += deed->thing == INVOICE && !deed->is_paid;
        sums.is_closed |= strcmp(deed->operation, "close_remaining") == 0;
        if (deed->thing == RESERVATION)
            sums.reserved[deed->line - 1] += deed->qty;
        for (uint32_t l = 0; l < 2 && deed->is_packed; l++)
            sums.shipped[l] += deed->qtys[l];
    }
    return sums;
}

static void judge_completed(uint32_t order, const struct sums *sums)
{
    static const uint32_t asked[2] = {QTY_FIRST, QTY_SECOND};
    if (sums->standing[SALES_ORDER] != 1)
        sim_complain("o%u is completed, and %u sales orders stand", order,
                     sums->standing[SALES_ORDER]);
    if (sums->standing[INVOICE] != sums->packed)
        sim_complain("o%u is completed: %u shipments, %u invoices", order, sums->packed,
                     sums->standing[INVOICE]);
    if (sums->unpaid > 0)
        sim_complain("o%u is completed, and %u invoices are not paid", order,
                     sums->unpaid);
    for (uint32_t l = 0; l < 2; l++) {
        if (sums->reserved[l] > asked[l])
            sim_complain("o%u: of line %u %u were set aside, and %u asked for", order,
                         l + 1, sums->reserved[l], asked[l]);
        if (!sums->is_closed && sums->shipped[l] != asked[l])
            sim_complain("o%u is completed, and %u of line %u have left", order,
                         sums->shipped[l], l + 1);
    }
}

void systems_judge(uint32_t order, const struct mem_instance *row)
{
    struct sums sums = sums_of(order);
    if (text_is_chars(row->state, "completed")) {
        judge_completed(order, &sums);
        return;
    }
    if (sums.standing[RESERVATION] + sums.standing[SALES_ORDER] + sums.standing[WAVE] +
            sums.standing[INVOICE] + sums.standing[ANNOUNCEMENT] >
        0)
        sim_complain("o%u ended in " TEXT_FMT " with %u reservations, %u sales orders, "
                     "%u waves, %u invoices, %u announcements",
                     order, TEXT_ARG(row->state), sums.standing[RESERVATION],
                     sums.standing[SALES_ORDER], sums.standing[WAVE],
                     sums.standing[INVOICE], sums.standing[ANNOUNCEMENT]);
}
