/* What the parts of ir_verify share; nobody else includes it. */
#ifndef DSL_IR_VERIFY_IN_H
#define DSL_IR_VERIFY_IN_H

#include "dsl/ir_columns.h"
#include "engine/base/err.h"

struct arena;

/* A stretch of code from one ENTER to the next, and what was found out about it. */
struct ir_stretch {
    uint32_t from; /* pc of its ENTER */
    uint32_t to;   /* pc behind it */
    bool is_body;
};

struct ir_verifying {
    const struct ir *ir;
    struct arena *scratch;
    struct err *err;
    struct ir_stretch *stretches;
    uint32_t stretches_n;
    uint32_t *stretch_of; /* pc → its stretch */
    bool *entered;        /* pc → a table leads here, with nothing on the stack */
};

bool ir_refuse(struct ir_verifying *v, const char *format, ...) PRINTF_LIKE(2, 3);

/* Cuts the code at its ENTERs: before the tables are looked at, which point into it. */
bool ir_verify_stretches(struct ir_verifying *v);
/* Follows every path: after the tables, which say where bodies are entered. */
bool ir_verify_paths(struct ir_verifying *v);
/* Temps are set before they are read. */
bool ir_verify_temps(struct ir_verifying *v);
/* Functions and the refinements of types do not go in circles. */
bool ir_verify_circles(struct ir_verifying *v);
/* What columns alone do not say about rows. */
bool ir_verify_rows(struct ir_verifying *v);

/* Does `pc` begin a block with room for that many given temps? */
bool ir_is_block(const struct ir_verifying *v, uint32_t pc, uint32_t given);
bool ir_is_body(const struct ir_verifying *v, uint32_t pc);
bool ir_is_record(const struct ir_verifying *v, uint32_t type);

#endif
