/* Constant expressions: what a text says without anything running. */
#ifndef DSL_FOLD_H
#define DSL_FOLD_H

#include <jansson.h>

#include "dsl/ast.h"
#include "dsl/type.h"
#include "engine/base/decimal.h"

struct arena;

/* The parts of a constant that limits, policies and rates are made of. */
struct fold {
    enum type_kind
        kind;      /* INT, DECIMAL, MONEY, DATE, INSTANT, DURATION, WORKDAYS, BOOL */
    int64_t whole; /* INT, DATE days, INSTANT and DURATION µs, BOOL, WORKDAYS days */
    int64_t hours; /* WORKDAYS: µs of business time */
    struct decimal decimal; /* DECIMAL, MONEY */
    struct text currency;   /* MONEY */
};

/* False: it is no constant, or one that is out of range. */
bool fold_scalar(struct arena *compile, const struct node *expr, struct fold *out);

/* Minutes of "08:30"; -1: no time of day. */
int64_t fold_time_of_day(struct text t);

/* The constant as it travels (contract §5), of type `type`: what is put into a deployed
 * environment. A new reference; NULL: `culprit` is the part that is no constant. */
json_t *fold_wire(struct arena *compile, const struct node *expr, const struct type *type,
                  const struct node **culprit);

#endif
