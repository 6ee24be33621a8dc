/* Flows as JSON: all that an outline has. */
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "tools/graph/graph.h"

static void put(json_t *object, const char *name, struct text t)
{
    json_object_set_new(object, name, json_text(t));
}

static void put_line(json_t *object, const struct node *node)
{
    json_object_set_new(object, "line", json_integer(node->span.line));
}

static void put_place(json_t *object, const char *name, const struct outline *outline,
                      uint32_t place)
{
    json_object_set_new(object, name,
                        place >= OUTLINE_END ? json_null()
                                             : json_text(outline->places.at[place].path));
}

static json_t *causes(const struct outline_cause *cause)
{
    json_t *list = json_array();
    for (; cause != NULL; cause = cause->outer) {
        json_t *one = json_object();
        put(one, "kind", text_of(outline_cause_word(cause->kind)));
        put(one, "name", cause->name);
        json_array_insert_new(list, 0, one);
    }
    return list;
}

static json_t *places(struct arena *arena, const struct outline *outline)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < outline->places.n; i++) {
        const struct outline_place *it = &outline->places.at[i];
        json_t *one = json_object();
        put(one, "name", it->path);
        put(one, "kind", text_of(outline_place_word(it->kind)));
        put_place(one, "inside", outline, it->outer);
        put(one, "doc", it->node->doc);
        if (it->kind == OUTLINE_LETTER)
            put(one, "role", outline_role(it->node));
        json_object_set_new(one, "limit",
                            it->node->limit == NULL ? json_null()
                                                    : json_text(outline_source(
                                                          arena, it->node->limit->span)));
        put_line(one, it->node);
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *ways(struct arena *arena, const struct outline *outline)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < outline->ways.n; i++) {
        const struct outline_way *way = &outline->ways.at[i];
        json_t *one = json_object();
        put_place(one, "from", outline, way->from);
        put_place(one, "to", outline, way->to);
        put(one, "kind", text_of(outline_way_word(way->kind)));
        put(one, "cause", outline_cause_text(arena, way->cause));
        json_object_set_new(one, "causes", causes(way->cause));
        put_line(one, way->node == NULL ? outline->flow : way->node);
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *call(struct arena *arena, const struct outline *outline,
                    const struct outline_call *it)
{
    json_t *one = json_object();
    put(one, "name", it->name);
    put_place(one, "state", outline, it->place);
    put(one, "cause", outline_cause_text(arena, it->cause));
    put_line(one, it->node);
    if (it->operation == NULL)
        return one;
    json_object_set_new(one, "repeated", json_boolean(it->is_repeated));
    put(one, "undo", text_of(outline_back_word(it->back)));
    put(one, "put_back_by", it->put_back);
    put(one, "key", it->key);
    put(one, "found_by", it->found_by);
    put(one, "note", it->note);
    return one;
}

json_t *graph_json_ladder(struct arena *arena, const struct outline *outline)
{
    json_t *list = json_array(), *whole = json_object();
    for (uint32_t i = 0; i < outline->calls.n; i++)
        if (outline_is_rung(&outline->calls.at[i]))
            json_array_append_new(list, call(arena, outline, &outline->calls.at[i]));
    put(whole, "flow", outline->flow->name);
    json_object_set_new(whole, "ladder", list);
    return whole;
}

static json_t *calls(struct arena *arena, const struct outline *outline)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < outline->calls.n; i++)
        json_array_append_new(list, call(arena, outline, &outline->calls.at[i]));
    return list;
}

static json_t *events(const struct outline *outline)
{
    static const char *const words[] = {[OUTLINE_TAKES] = "takes",
                                        [OUTLINE_AWAITS] = "awaits",
                                        [OUTLINE_SENDS] = "sends",
                                        [OUTLINE_IGNORES] = "ignores"};
    json_t *list = json_array();
    for (uint32_t i = 0; i < outline->events.n; i++) {
        const struct outline_event *it = &outline->events.at[i];
        json_t *one = json_object();
        put(one, "name", it->event->name);
        put(one, "way",
            text_of(it->node->kind == NODE_STARTS_ON ? "starts" : words[it->way]));
        put_place(one, "state", outline, it->place);
        put_line(one, it->node);
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *questions(struct arena *arena, const struct outline *outline)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < outline->questions.n; i++) {
        const struct node *ask = outline->questions.at[i].node;
        json_t *one = json_object(), *answers = json_array();
        put(one, "role", outline_role(ask));
        put(one, "question", outline_source(arena, ask->value->span));
        put_place(one, "state", outline, outline->questions.at[i].place);
        node_each(when, ask->whens) if (when->target != NULL)
            json_array_append_new(answers, json_text(when->target->name));
        json_object_set_new(one, "answers", answers);
        put_line(one, ask);
        json_array_append_new(list, one);
    }
    return list;
}

static const char *symbol_word(const struct symbol *symbol)
{
    return symbol->kind == SYMBOL_PARAMETER  ? "parameter"
           : symbol->kind == SYMBOL_VARIABLE ? "variable"
                                             : "setting";
}

static json_t *data(struct arena *arena, const struct outline *outline)
{
    json_t *list = json_array(), *one = NULL;
    for (uint32_t i = 0; i < outline->uses.n; i++) {
        const struct outline_use *use = &outline->uses.at[i];
        if (i == 0 || outline->uses.at[i - 1].symbol != use->symbol) {
            one = json_object();
            put(one, "name", use->symbol->name);
            put(one, "kind", text_of(symbol_word(use->symbol)));
            put(one, "type", type_text_of(arena, use->symbol->type));
            json_object_set_new(one, "read_by", json_array());
            json_object_set_new(one, "written_by", json_array());
            json_array_append_new(list, one);
        }
        struct text place =
            use->place == OUTLINE_FLOW ? TEXT("") : outline->places.at[use->place].path;
        if (use->is_read)
            json_array_append_new(json_object_get(one, "read_by"), json_text(place));
        if (use->is_written)
            json_array_append_new(json_object_get(one, "written_by"), json_text(place));
    }
    return list;
}

json_t *graph_json_data(struct arena *arena, const struct outline *outline)
{
    json_t *whole = json_object();
    put(whole, "flow", outline->flow->name);
    json_object_set_new(whole, "data", data(arena, outline));
    return whole;
}

json_t *graph_json(struct arena *arena, const struct outline *outline)
{
    json_t *whole = json_object();
    put(whole, "flow", outline->flow->name);
    json_object_set_new(whole, "version", json_integer(outline->flow->number));
    put(whole, "doc", outline->flow->doc);
    json_object_set_new(whole, "places", places(arena, outline));
    json_object_set_new(whole, "ways", ways(arena, outline));
    json_object_set_new(whole, "calls", calls(arena, outline));
    json_object_set_new(whole, "events", events(outline));
    json_object_set_new(whole, "questions", questions(arena, outline));
    json_object_set_new(whole, "data", data(arena, outline));
    return whole;
}
