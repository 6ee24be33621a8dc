/* Mapped operations: their image opened, requests made, answers read. */
#include "engine/run/mapping.h"

#include <string.h>

#include "dsl/ir_pack.h"
#include "engine/base/arena.h"
#include "engine/base/base64.h"
#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/core/wire.h"
#include "engine/sys/keep.h"

/* The temps of a function behind the arguments. */
enum { AT_KEY, AT_CORRELATION, AT_REPLY, AT_STATUS, GIVEN_N };

struct mapping {
    struct arena *life;
    const struct ir *ir;
    json_t *operations;
};

static bool operation_fits(const struct ir *ir, const json_t *row);

const struct ir *mapping_image(struct arena *life, const json_t *document,
                               struct err *err)
{
    struct text packed;
    if (base64_read(life, json_text_of(json_object_get(document, "image")), &packed))
        return ir_unpack(life, packed, err);
    err_set(err, ERR_BROKEN, "the image of the mapping cannot be read");
    return NULL;
}

struct mapping *mapping_open(json_t *document, struct err *err)
{
    struct arena *life = arena_new("mapping", LIMIT_PROGRAM_BYTES);
    const char *name;
    json_t *row, *operations = json_object_get(document, "operations");
    const struct ir *ir = mapping_image(life, document, err);
    bool ok = ir != NULL;
    json_object_foreach(operations, name, row)
    {
        if (ok && !operation_fits(ir, row))
            ok = err_set(err, ERR_BROKEN, "the mapping of \"%s\" is not sound", name);
    }
    if (!ok) {
        arena_free(life);
        return NULL;
    }
    struct mapping *mapping = arena_new_of(life, struct mapping);
    *mapping =
        (struct mapping){.life = life, .ir = ir, .operations = json_incref(operations)};
    return mapping;
}

void mapping_close(struct mapping *mapping)
{
    if (mapping == NULL)
        return;
    json_decref(mapping->operations);
    arena_free(mapping->life);
}

/* ---- is it sound? ---- */

static bool is_function(const struct ir *ir, uint32_t args, const json_t *index)
{
    json_int_t at = json_is_integer(index) ? json_integer_value(index) : -1;
    return at >= 0 && at < ir->functions_n &&
           ir->functions[at].params == ir->types[args].parts.n + GIVEN_N;
}

static bool is_function_or_unsaid(const struct ir *ir, uint32_t args, const json_t *row,
                                  const char *name)
{
    const json_t *index = json_object_get(row, name);
    return index == NULL || is_function(ir, args, index);
}

static bool are_pairs(const struct ir *ir, uint32_t args, const json_t *list)
{
    size_t i;
    json_t *pair;
    json_array_foreach((json_t *)list, i, pair)
    {
        if (!json_is_string(json_array_get(pair, 0)) ||
            !is_function(ir, args, json_array_get(pair, 1)))
            return false;
    }
    return true;
}

static bool operation_fits(const struct ir *ir, const json_t *row)
{
    const json_t *index = json_object_get(row, "args");
    json_int_t type = json_is_integer(index) ? json_integer_value(index) : -1;
    size_t i;
    json_t *item;
    if (type < 0 || type >= ir->types_n || ir->types[type].kind != IR_TYPE_RECORD)
        return false;
    uint32_t args = (uint32_t)type;
    json_array_foreach(json_object_get(row, "path"), i, item)
    {
        if (!json_is_string(item) && !is_function(ir, args, item))
            return false;
    }
    json_array_foreach(json_object_get(row, "fails"), i, item)
    {
        if (!json_is_string(json_object_get(item, "error")) ||
            !is_function(ir, args, json_object_get(item, "where")) ||
            !is_function_or_unsaid(ir, args, item, "data"))
            return false;
    }
    return are_pairs(ir, args, json_object_get(row, "query")) &&
           are_pairs(ir, args, json_object_get(row, "headers")) &&
           is_function_or_unsaid(ir, args, row, "body") &&
           is_function_or_unsaid(ir, args, row, "gives");
}

/* ---- evaluating ---- */

struct using
{ /* a mapping, while one request is made or one answer read */
    const struct mapping *mapping;
    const json_t *row;
    struct arena *turn;
    struct eval_scope scope;
    struct value *given;
    uint32_t given_n;
    struct eval_problem problem;
};

static bool use(struct using *u, const struct mapping *mapping, struct arena *turn,
                const struct mapping_moment *moment, const struct call *call,
                struct err *err)
{
    const struct ir *ir = mapping->ir;
    struct value record;
    *u = (struct using){.mapping = mapping,
                        .turn = turn,
                        .row = json_object_getn(mapping->operations,
                                                call->operation.chars, call->operation.n),
                        .scope =
                            advance_scope(turn, ir, moment->environment, moment->now)};
    uint32_t args = (uint32_t)json_integer_value(json_object_get(u->row, "args"));
    if (!wire_read(turn, &u->scope, args, call->args, WIRE_IGNORE_UNKNOWN, &record, err))
        return err_while(err, "the mapping of \"" TEXT_FMT "\" is for other arguments",
                         TEXT_ARG(call->operation));
    u->given_n = record.n + GIVEN_N;
    u->given = arena_array(turn, struct value, u->given_n);
    if (record.n > 0)
        memcpy(u->given, record.items, record.n * sizeof *record.items);
    struct value *besides = u->given + record.n;
    besides[AT_KEY] = value_text(call->key);
    besides[AT_CORRELATION] = value_text(call->correlation);
    besides[AT_REPLY] = value_text(TEXT("null"));
    besides[AT_STATUS] = value_int(0);
    return true;
}

static bool evaluate(struct using *u, const json_t *index, struct value *out)
{
    const struct ir *ir = u->mapping->ir;
    return eval_block(u->turn, &u->scope, ir->functions[json_integer_value(index)].block,
                      u->given, u->given_n, out, &u->problem);
}

static bool no_value(struct using *u, const char *what, struct text name, struct err *err)
{
    return err_set(err, ERR_BAD_DATA, "%s" TEXT_FMT " cannot be made: %s", what,
                   TEXT_ARG(name), u->problem.message);
}

/* One line of text; false in *is_there: none, so it is left out. */
static bool line_of(struct using *u, const json_t *index, struct text *line,
                    bool *is_there)
{
    const struct ir *ir = u->mapping->ir;
    uint32_t gives = ir->functions[json_integer_value(index)].gives;
    struct value v;
    if (!evaluate(u, index, &v))
        return false;
    while (ir->types[gives].kind == IR_TYPE_OPTIONAL)
        gives = ir->types[gives].of;
    *is_there = v.kind != VALUE_NONE;
    if (ir->types[gives].kind == IR_TYPE_JSON && v.kind == VALUE_TEXT)
        *is_there = !text_is_chars(value_text_of(v), "null");
    if (*is_there)
        *line = eval_to_text(u->turn, ir, gives, v);
    return true;
}

/* ---- the request ---- */

bool mapping_has(const struct mapping *mapping, struct text operation)
{
    return mapping != NULL &&
           json_object_getn(mapping->operations, operation.chars, operation.n) != NULL;
}

/* RFC 3986: what is not unreserved is written %XX, so that no value reaches beyond its
 * place. */
static void add_encoded(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.chars[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
                        c == '~';
        if (is_plain)
            buf_char(out, (char)c);
        else
            buf_printf(out, "%%%02X", c);
    }
}

/* An empty part, or one of dots, would name another thing than is meant. */
static bool is_segment(struct text t)
{
    return t.n > 0 && !text_is_chars(t, ".") && !text_is_chars(t, "..");
}

static bool add_path(struct using *u, struct buf *target, struct err *err)
{
    size_t i;
    json_t *piece;
    json_array_foreach(json_object_get(u->row, "path"), i, piece)
    {
        struct text part = json_text_of(piece);
        bool is_there = true;
        if (json_is_string(piece)) {
            buf_text(target, part);
            continue;
        }
        if (!line_of(u, piece, &part, &is_there))
            return no_value(u, "the path", TEXT(""), err);
        if (!is_there || !is_segment(part))
            return err_set(err, ERR_BAD_DATA,
                           "the path has an empty part where a name is due");
        add_encoded(target, part);
    }
    return true;
}

static bool add_query(struct using *u, struct buf *target, struct err *err)
{
    size_t i;
    json_t *pair;
    char sign = '?';
    json_array_foreach(json_object_get(u->row, "query"), i, pair)
    {
        struct text name = json_text_of(json_array_get(pair, 0)), value;
        bool is_there;
        if (!line_of(u, json_array_get(pair, 1), &value, &is_there))
            return no_value(u, "query ", name, err);
        if (!is_there)
            continue;
        buf_char(target, sign);
        sign = '&';
        add_encoded(target, name);
        buf_char(target, '=');
        add_encoded(target, value);
    }
    return true;
}

static bool add_headers(struct using *u, struct call_request *request, struct err *err)
{
    const json_t *list = json_object_get(u->row, "headers");
    struct call_header *headers =
        arena_array(u->turn, struct call_header, json_array_size(list) + 1);
    size_t i;
    json_t *pair;
    json_array_foreach((json_t *)list, i, pair)
    {
        struct call_header *header = &headers[request->headers_n];
        bool is_there;
        header->name = json_text_of(json_array_get(pair, 0));
        if (!line_of(u, json_array_get(pair, 1), &header->value, &is_there))
            return no_value(u, "header ", header->name, err);
        request->headers_n += is_there;
    }
    request->headers = headers;
    return true;
}

static bool add_body(struct using *u, struct call_request *request, struct err *err)
{
    const json_t *index = json_object_get(u->row, "body");
    struct value body;
    if (index == NULL)
        return true;
    if (!evaluate(u, index, &body))
        return no_value(u, "the body", TEXT(""), err);
    request->has_body = true;
    request->body = value_text_of(body); /* JSON travels as its text */
    return request->body.n <= LIMIT_JSON_BYTES ||
           err_set(err, ERR_TOO_LARGE, "the body is larger than %d bytes",
                   LIMIT_JSON_BYTES);
}

bool mapping_request(const struct mapping *mapping, struct arena *arena,
                     const struct mapping_moment *moment, const struct call *call,
                     struct call_request *request, struct err *err)
{
    struct using u;
    struct buf target;
    *request = (struct call_request){0};
    buf_init(&target, arena);
    if (!use(&u, mapping, arena, moment, call, err) || !add_path(&u, &target, err) ||
        !add_query(&u, &target, err) || !add_headers(&u, request, err) ||
        !add_body(&u, request, err))
        return false;
    request->method = json_text_of(json_object_get(u.row, "method"));
    request->target = buf_done(&target);
    return true;
}

/* ---- the answer ---- */

static json_t *data_of(struct using *u, const json_t *index)
{
    const struct ir *ir = u->mapping->ir;
    struct value v;
    if (!evaluate(u, index, &v))
        return NULL;
    return wire_write(ir, ir->functions[json_integer_value(index)].gives, v, WIRE_WHOLE);
}

/* One of the call's own: a flow of another version may not declare it. */
static struct text declared(const struct call *call, struct text name)
{
    for (uint32_t i = 0; i < call->errors_n; i++)
        if (text_is(call->errors[i], name))
            return call->errors[i];
    return (struct text){0};
}

static void misfit(struct call_meaning *meaning, const char *what, const char *why)
{
    meaning->means = CALL_MEANS_MISFIT;
    meaning->name = (struct text){0};
    snprintf(meaning->message, sizeof meaning->message, "%s: %s", what, why);
}

/* The first error whose condition holds. A condition that has no value does not. */
static bool read_errors(struct using *u, const struct call *call,
                        struct call_meaning *meaning)
{
    size_t i;
    json_t *row;
    struct value holds;
    json_array_foreach(json_object_get(u->row, "fails"), i, row)
    {
        struct text name = declared(call, json_text_of(json_object_get(row, "error")));
        const json_t *data = json_object_get(row, "data");
        if (name.n == 0 || !evaluate(u, json_object_get(row, "where"), &holds) ||
            holds.kind != VALUE_BOOL || !holds.yes)
            continue;
        meaning->means = CALL_MEANS_ERROR;
        meaning->name = name;
        meaning->data = data != NULL ? data_of(u, data) : json_object();
        if (meaning->data == NULL) {
            char what[LIMIT_NAME_BYTES + 64];
            snprintf(what, sizeof what, "it means " TEXT_FMT ", and cannot be read",
                     TEXT_ARG(name));
            misfit(meaning, what, u->problem.message);
        }
        return true;
    }
    return false;
}

void mapping_read(const struct mapping *mapping, struct arena *turn,
                  const struct mapping_moment *moment, const struct call *call,
                  const struct call_reply *reply, struct call_meaning *meaning)
{
    struct using u;
    struct err err = {0};
    *meaning = (struct call_meaning){.means = CALL_MEANS_UNSAID};
    if (!use(&u, mapping, turn, moment, call, &err)) {
        misfit(meaning, "it cannot be read", err.what);
        return;
    }
    bool is_yes = reply->status >= 200 && reply->status <= 299;
    const json_t *gives = json_object_get(u.row, "gives");
    struct value *besides = u.given + (u.given_n - GIVEN_N);
    besides[AT_STATUS] = value_int(reply->status);
    if (reply->body != NULL)
        besides[AT_REPLY] = value_text(json_write(turn, reply->body));
    if (read_errors(&u, call, meaning) || !is_yes || gives == NULL)
        return;
    if (reply->is_unread) {
        misfit(meaning, "it cannot be read", "it is no JSON");
        return;
    }
    meaning->data = data_of(&u, gives);
    meaning->means = CALL_MEANS_VALUE;
    if (meaning->data == NULL)
        misfit(meaning, "it does not fit the mapping", u.problem.message);
}
