/* How the stand-ins are made to misbehave. */
#include "tools/sandbox/faults.h"

#include <string.h>

#include "engine/base/json.h"

static const struct {
    const char *name;
    bool is_after;
} kinds[] = {
    {"none", false},
#define FAULT(name, is_after, sentence) {#name, is_after},
#include "tools/sandbox/faults.def"
#undef FAULT
};

enum { KINDS = sizeof kinds / sizeof *kinds };

const char *fault_name(enum fault_kind kind)
{
    return kinds[kind].name;
}

bool fault_is_after(enum fault_kind kind)
{
    return kinds[kind].is_after;
}

static enum fault_kind kind_of(struct text name)
{
    for (int i = 1; i < KINDS; i++)
        if (text_is_chars(name, kinds[i].name))
            return (enum fault_kind)i;
    return FAULT_NONE;
}

static bool put(struct faults *faults, struct fault fault, struct err *err)
{
    if (faults->n == FAULTS_MAX)
        return err_set(err, ERR_OVER_LIMIT, "there are %d faults already", FAULTS_MAX);
    if (fault.kind == FAULT_NONE)
        return err_set(
            err, ERR_BAD_DATA,
            "the kind of a fault is slow, fail, refuse, drop, linger, lose or stumble");
    if (fault.operation[0] == '\0')
        return err_set(err, ERR_BAD_DATA, "a fault names an operation, or *");
    if (fault.kind == FAULT_refuse && fault.error[0] == '\0')
        return err_set(err, ERR_BAD_DATA, "refuse names an error");
    if (fault.count < 1 || fault.ms < 0 || fault.ms > 600000 || fault.status > 599)
        return err_set(err, ERR_BAD_DATA, "count, ms or status is out of bounds");
    faults->at[faults->n++] = fault;
    return true;
}

static void copy(char *to, size_t room, struct text from)
{
    snprintf(to, room, TEXT_FMT, TEXT_ARG(from));
}

static int64_t number(const json_t *json, const char *name, int64_t standard)
{
    const json_t *value = json_object_get(json, name);
    return json_is_integer(value) ? json_integer_value(value) : standard;
}

static bool add_one(struct faults *faults, const json_t *json, struct err *err)
{
    struct fault fault = {
        .kind = kind_of(json_text_of(json_object_get(json, "kind"))),
        .count = number(json, "count", 1),
        .ms = number(json, "ms", 1000),
        .status = number(json, "status", 0),
        .retry_after = number(json, "retry_after", 0),
    };
    copy(fault.operation, sizeof fault.operation,
         json_text_of(json_object_get(json, "operation")));
    copy(fault.error, sizeof fault.error, json_text_of(json_object_get(json, "error")));
    const json_t *params = json_object_get(json, "params");
    size_t n = params == NULL ? 0
                              : json_dumpb(params, fault.params, sizeof fault.params - 1,
                                           JSON_COMPACT);
    if (n >= sizeof fault.params)
        return err_set(err, ERR_TOO_LARGE, "the params of a fault are too long");
    return put(faults, fault, err);
}

bool faults_add(struct faults *faults, const json_t *json, struct err *err)
{
    if (!json_is_array(json))
        return add_one(faults, json, err);
    size_t i;
    json_t *one;
    json_array_foreach(json, i, one) if (!add_one(faults, one, err)) return false;
    return true;
}

bool faults_add_word(struct faults *faults, struct text word, struct err *err)
{
    struct text rest = word;
    struct fault fault = {.count = 1, .ms = 1000};
    copy(fault.operation, sizeof fault.operation, text_split(&rest, '='));
    fault.kind = kind_of(text_split(&rest, ':'));
    struct text count = text_split(&rest, ':');
    if (count.n > 0 && !text_to_i64(count, &fault.count))
        fault.count = 0;
    copy(fault.error, sizeof fault.error, rest);
    int64_t detail = 0;
    if (fault.kind != FAULT_refuse && rest.n > 0 && !text_to_i64(rest, &detail))
        fault.count = 0;
    if ((fault.kind == FAULT_slow || fault.kind == FAULT_linger) && rest.n > 0)
        fault.ms = detail;
    if (fault.kind == FAULT_fail || fault.kind == FAULT_stumble)
        fault.status = detail;
    return put(faults, fault, err) ||
           err_while(err, "reading the fault \"" TEXT_FMT "\"", TEXT_ARG(word));
}

struct fault faults_take(struct faults *faults, struct text operation)
{
    for (uint32_t i = 0; i < faults->n; i++) {
        struct fault *fault = &faults->at[i];
        if (strcmp(fault->operation, "*") != 0 &&
            !text_is_chars(operation, fault->operation))
            continue;
        struct fault taken = *fault;
        if (--fault->count == 0) {
            faults->n--;
            memmove(fault, fault + 1, (faults->n - i) * sizeof *fault);
        }
        return taken;
    }
    return (struct fault){0};
}

json_t *faults_json(const struct faults *faults)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < faults->n; i++)
        json_array_append_new(list, json_pack("{s:s,s:s,s:I}", "operation",
                                              faults->at[i].operation, "kind",
                                              fault_name(faults->at[i].kind), "count",
                                              (json_int_t)faults->at[i].count));
    return list;
}
