/* `type X from schema "x.json"`: in place of it, the types that the schema is. */
#include "dsl/compile_in.h"
#include "dsl/schema.h"
#include "engine/base/arena.h"

static void say_unread(struct diags *diags, const struct node *decl,
                       const struct err *err)
{
    struct diag *diag =
        diag_add(diags, DIAG_F0112, decl->value->span, "`" TEXT_FMT "` is no type: %s",
                 TEXT_ARG(decl->value->name), err->what);
    if (err->pointer[0] != 0)
        diag_label(diags, diag, "at %s", err->pointer);
    if (err->hint[0] != 0)
        diag_help(diags, diag, "%s", err->hint);
}

static void say_remarks(struct arena *compile, struct diags *diags,
                        const struct node *decl, const struct schema_types *types)
{
    struct buf why;
    if (types->remarks.n == 0)
        return;
    buf_init(&why, compile);
    for (uint32_t i = 0; i < types->remarks.n && i < SCHEMA_REMARKS_SAID; i++)
        buf_printf(&why, "%s" TEXT_FMT ": " TEXT_FMT, i > 0 ? "\n" : "",
                   TEXT_ARG(types->remarks.at[i].pointer),
                   TEXT_ARG(types->remarks.at[i].words));
    if (types->remarks.n > SCHEMA_REMARKS_SAID)
        buf_printf(&why, "\n… and %u more", types->remarks.n - SCHEMA_REMARKS_SAID);
    struct diag *diag = diag_add(diags, DIAG_F0113, decl->value->span,
                                 "`" TEXT_FMT "` says more than the type does",
                                 TEXT_ARG(decl->value->name));
    diag_why(diags, diag, TEXT_FMT, TEXT_ARG(buf_done(&why)));
}

/* The declarations, as if they had been written there; the type itself is where the file
 * says so. NULL: it was said what is wrong. */
static const struct nodes *types_of(struct arena *compile, struct diags *diags,
                                    const struct compile_request *request,
                                    const struct module *module, const struct node *decl)
{
    struct err err = {0};
    struct text path = TEXT(""), text = TEXT("");
    struct schema_types types;
    if (request->find_schema == NULL ||
        !request->find_schema(request->find_context, compile, module->source->path,
                              decl->value->name, &path, &text)) {
        compile_say_no_file(diags, decl->value->span, decl->value->name, text);
        return NULL;
    }
    if (!schema_to_types(compile, text, decl->name, SCHEMA_AS_GIVEN, &types, &err)) {
        say_unread(diags, decl, &err);
        return NULL;
    }
    say_remarks(compile, diags, decl, &types);
    struct nodes *items = &compile_parse(compile, diags, path, types.text)->file->items;
    struct node *whole = items->last;
    if (whole == NULL)
        return NULL;
    whole->span = decl->span;
    whole->name_span = decl->name_span;
    whole->doc = decl->doc.n > 0 ? decl->doc : whole->doc;
    return items;
}

void compile_schemas(struct arena *compile, struct diags *diags,
                     const struct compile_request *request, struct module *module)
{
    struct nodes all = {0};
    for (struct node *next, *item = module->file->items.first; item != NULL;
         item = next) {
        const struct nodes *types = item->kind == NODE_SCHEMA_DECL
                                        ? types_of(compile, diags, request, module, item)
                                        : NULL;
        next = item->next;
        item->next = NULL;
        if (types == NULL)
            nodes_add(&all, item);
        else
            for (struct node *after, *one = types->first; one != NULL; one = after) {
                after = one->next;
                one->next = NULL;
                nodes_add(&all, one);
            }
    }
    module->file->items = all;
}
