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

static bool does_pack(struct lowering *l, const struct node *flow, struct ir *image,
                      struct text *packed)
{
    struct err err = {0};
    if (ir_pack(l->compile, image, packed, &err))
        return true;
    struct diag *diag =
        diag_add(&l->compiled->diags, DIAG_F0991, flow->name_span,
                 "the image of `" TEXT_FMT "` does not hold", TEXT_ARG(flow->name));
    diag_why(&l->compiled->diags, diag, "%s", err.what);
    return false;
}

static void lower_one(struct lowering *l, const struct module *module,
                      const struct node *node)
{
    struct compile_flow flow = {.node = node, .module = module};
    flow.image = lower_flow(&l->compiled->program, module, node);
    if (flow.image != NULL && does_pack(l, node, flow.image, &flow.packed))
        vec_push(l->compile, &l->flows, flow);
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

/* ---- tests ---- */

struct testing {
    struct lowering lowering;
    VEC(const struct node *) flows; /* that a test or exploration is for, once each */
    VEC(const struct node *) tests;
    VEC(struct compiled_tests) made;
};

static void find_tests(struct testing *t, const struct module *module)
{
    node_each(node, module->file->items)
    {
        if ((node->kind != NODE_TEST && node->kind != NODE_EXPLORE) ||
            node->symbol == NULL)
            continue;
        bool is_new = true;
        for (uint32_t i = 0; i < t->flows.n; i++)
            is_new = is_new && t->flows.at[i] != node->symbol->node;
        if (is_new)
            vec_push(t->lowering.compile, &t->flows, node->symbol->node);
        vec_push(t->lowering.compile, &t->tests, (const struct node *)node);
    }
}

static const struct module *module_of(const struct compiled *compiled,
                                      const struct node *flow)
{
    for (uint32_t i = 0; i < compiled->program.modules_n; i++)
        if (compiled->program.modules[i]->source == flow->span.source)
            return compiled->program.modules[i];
    return NULL;
}

static const struct node *flow_named(const struct compiled *compiled, struct text name,
                                     const struct module **module)
{
    for (uint32_t i = 0; i < compiled->program.modules_n; i++)
        node_each(node, compiled->program.modules[i]->file->items)
        {
            *module = compiled->program.modules[i];
            if (node->kind == NODE_FLOW && text_is(node->name, name))
                return node;
        }
    return NULL;
}

/* The images of all that may come to be played beside the tested flow. */
static void lower_children(struct testing *t, struct compiled_tests *made)
{
    struct compiled *compiled = t->lowering.compiled;
    VEC(const struct ir *) images = {0};
    const struct ir *from = made->image;
    for (uint32_t next = 0; from != NULL;
         from = next < images.n ? images.at[next++] : NULL)
        for (uint32_t i = 0; i < from->children_n; i++) {
            const struct module *module;
            struct text name = ir_text(from, from->children[i].flow), packed;
            bool is_known = false;
            for (uint32_t k = 0; k < images.n; k++)
                is_known = is_known ||
                           text_is(ir_text(images.at[k], images.at[k]->flow.name), name);
            const struct node *flow =
                is_known ? NULL : flow_named(compiled, name, &module);
            struct ir *image =
                flow != NULL ? lower_flow(&compiled->program, module, flow) : NULL;
            if (image != NULL && does_pack(&t->lowering, flow, image, &packed))
                vec_push(t->lowering.compile, &images, (const struct ir *)image);
        }
    made->children = images.at;
    made->children_n = images.n;
}

static void lower_tests_of(struct testing *t, const struct node *flow)
{
    struct compiled *compiled = t->lowering.compiled;
    VEC(const struct node *) tests = {0};
    struct compiled_tests made = {0};
    struct text packed;
    for (uint32_t i = 0; i < t->tests.n; i++)
        if (t->tests.at[i]->symbol->node == flow)
            vec_push(t->lowering.compile, &tests, t->tests.at[i]);
    if (lower_tests(&compiled->program, module_of(compiled, flow), flow, &made, tests.at,
                    tests.n) != NULL &&
        does_pack(&t->lowering, flow, made.image, &packed)) {
        lower_children(t, &made);
        vec_push(t->lowering.compile, &t->made, made);
    }
}

struct compiled *compile_tests(struct arena *compile,
                               const struct compile_request *request)
{
    struct compiled *compiled = compile_all(compile, request);
    struct testing t = {.lowering = {.compile = compile, .compiled = compiled}};
    if (diags_count(&compiled->diags, DIAG_ERROR) > 0)
        return compiled;
    for (uint32_t i = 0; i < compiled->asked; i++)
        find_tests(&t, compiled->asked_modules[i]);
    for (uint32_t i = 0; i < t.flows.n; i++)
        lower_tests_of(&t, t.flows.at[i]);
    diags_sort(&compiled->diags);
    compiled->tests = t.made.at;
    compiled->tests_n = t.made.n;
    return compiled;
}
