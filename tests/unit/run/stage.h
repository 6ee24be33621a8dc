/* A small world for engines: the store in memory, a held clock, a scripted adapter, and
 * the sample flow of tests/unit/core/advance_flow.h, deployed. */
#ifndef TESTS_UNIT_RUN_STAGE_H
#define TESTS_UNIT_RUN_STAGE_H

#include <jansson.h>

#include "adapters/adapter.h"
#include "engine/run/engine.h"
#include "engine/sys/config.h"
#include "tests/unit/core/advance_flow.h"

enum { STAGE_NODES = 2, STAGE_CALLS = 64 };

/* A call as the scripted adapter sees it; `call` is NULL once it has ended. */
struct heard {
    struct call *call;
    char operation[32];
    char key[80];
    uint32_t attempt;
};

struct stage {
    struct loop *loop;
    struct arena *process;
    struct config config;
    struct sample sample; /* its image may be changed before stage_deploy() */
    struct store_world *world;
    struct {
        struct engine *engine;
        struct store *store;
    } nodes[STAGE_NODES];
    struct heard heard[STAGE_CALLS]; /* in the order they were begun */
    uint32_t heard_n;
    uint32_t cancelled;
    uint32_t opened, closed;
    struct id id; /* of the latest start or event */
    bool was_created;
    enum err_code said;
    bool is_said;
    int64_t seconds_left; /* of stage_pass() */
    struct store_instance row;
};

extern struct stage stage; /* one at a time */

void stage_open(void);
void stage_deploy(void); /* flow and environment */
void stage_deploy_flow(void);
void stage_deploy_environment(void);
void stage_close(void);

void stage_node_open(uint32_t node);
void stage_node_kill(uint32_t node); /* as kill -9 does it: nothing is given back */
void stage_node_drain(uint32_t node);

/* Turns of the loop, a few milliseconds of the held clock each, until it is so. */
bool stage_until(bool (*done)(void));
void stage_pass(int64_t duration); /* that much time passes, in small steps */

void stage_start(const char *key, const char *args);
void stage_send(const char *event, const char *body);
void stage_command(const char *verb);
void stage_adapter(const char *verb); /* pause, resume, reset */
void stage_let_go(const char *flow);
/* Reads the row of `stage.id` again. */
enum instance_status stage_status(void);

uint32_t stage_calls_open(void);
struct heard *stage_call(const char *operation); /* the first open one; NULL: none */
void stage_answer(const char *operation, const char *json);
void stage_fail(const char *operation, enum call_outcome_kind kind);

/* For stage_until(). */
bool is_called(void);  /* the adapter has an open call */
bool is_waiting(void); /* the latest instance waits */
bool is_ended(void);
bool is_ready(void); /* node 0 is */
bool is_drained(void);

#endif
