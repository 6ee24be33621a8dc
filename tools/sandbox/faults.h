/* How the stand-ins are made to misbehave, for how many calls yet. */
#ifndef TOOLS_SANDBOX_FAULTS_H
#define TOOLS_SANDBOX_FAULTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/base/text.h"

enum fault_kind {
    FAULT_NONE,
#define FAULT(name, is_after, sentence) FAULT_##name,
#include "tools/sandbox/faults.def"
#undef FAULT
};

struct fault {
    enum fault_kind kind;
    char operation[64]; /* "erp.create_order"; "*": any */
    char error[64];     /* refuse */
    char params[512];   /* refuse: a JSON object */
    int64_t ms, status, retry_after, count;
};

enum { FAULTS_MAX = 64 };

struct faults {
    struct fault at[FAULTS_MAX];
    uint32_t n;
};

const char *fault_name(enum fault_kind kind);
bool fault_is_after(enum fault_kind kind);

/* `{"operation":…,"kind":…,"count":1,…}`, or a list of them, is added behind the others.
 */
MUST_USE bool faults_add(struct faults *faults, const json_t *json, struct err *err);
/* The same as a word of the command line: erp.create_order=lose, wms.reserve=slow:3:500
 * (OPERATION=KIND[:COUNT[:DETAIL]]; the detail is ms, status or error). */
MUST_USE bool faults_add_word(struct faults *faults, struct text word, struct err *err);

/* The first that concerns this operation, one call of it used up; kind FAULT_NONE: none.
 */
struct fault faults_take(struct faults *faults, struct text operation);

json_t *faults_json(const struct faults *faults);

#endif
