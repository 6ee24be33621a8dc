/* The door's last part: every flow asked for lowered, verified and packed. */
#include "dsl/compile.h"
#include "dsl/ir_pack.h"
#include "dsl/lower.h"
#include "engine/base/arena.h"
#include "engine/base/vec.h"

struct lowering {
    struct arena *compile;
    struct compiled *compiled;
    VEC(struct compile_flow) flows;
    VEC(struct compile_environment) environments;
};

static void lower_one(struct lowering *l, const struct module *module,
                      const struct node *node)
{
    struct err err = {0};
    struct compile_flow flow = {.node = node, .module = module};
    flow.image = lower_flow(&l->compiled->program, module, node);
    if (flow.image == NULL)
        return;
    if (ir_pack(l->compile, flow.image, &flow.packed, &err)) {
        vec_push(l->compile, &l->flows, flow);
        return;
    }
    struct diag *diag =
        diag_add(&l->compiled->diags, DIAG_F0991, node->name_span,
                 "the image of `" TEXT_FMT "` does not hold", TEXT_ARG(node->name));
    diag_why(&l->compiled->diags, diag, "%s", err.what);
}

static void bind_one(struct lowering *l, const struct module *module,
                     const struct node *node)
{
    struct compile_environment environment = {
        .node = node, .module = module, .name = node->name};
    environment.json = bind_environment(&l->compiled->program, module, node);
    if (environment.json.n > 0)
        vec_push(l->compile, &l->environments, environment);
}

struct compiled *compile_all(struct arena *compile, const struct compile_request *request)
{
    struct compiled *compiled = compile_check(compile, request);
    struct lowering l = {.compile = compile, .compiled = compiled};
    if (diags_count(&compiled->diags, DIAG_ERROR) > 0)
        return compiled;
    for (uint32_t i = 0; i < compiled->asked; i++)
        node_each(node, compiled->asked_modules[i]->file->items)
        {
            if (node->kind == NODE_FLOW)
                lower_one(&l, compiled->asked_modules[i], node);
            else if (node->kind == NODE_ENVIRONMENT)
                bind_one(&l, compiled->asked_modules[i], node);
        }
    diags_sort(&compiled->diags);
    if (diags_count(&compiled->diags, DIAG_ERROR) > 0)
        return compiled;
    compiled->flows = l.flows.at;
    compiled->flows_n = l.flows.n;
    compiled->environments = l.environments.at;
    compiled->environments_n = l.environments.n;
    return compiled;
}
