/* Flows that begin by themselves and what is measured, in memory. */
#include "engine/base/decimal.h"
#include "engine/base/json.h"
#include "engine/base/mutant.h"
#include "engine/store/mem_world.h"
#include "engine/sys/keep.h"

#define REPLY(done) ((void (*)(void))(done))

/* ---- deploying ---- */

static struct mem_schedule *find(struct store_world *world, struct text flow,
                                 uint32_t line)
{
    for (unsigned i = 0; i < world->schedules.n; i++)
        if (text_is(world->schedules.at[i].flow, flow) &&
            world->schedules.at[i].line == line)
            return &world->schedules.at[i];
    return NULL;
}

void mem_schedules_deployed(struct store_world *world, const struct mem_version *version)
{
    const json_t *said = json_object_get(version->meta, "starts_every");
    if (mem_version_latest(world, version->flow) != version)
        return;
    for (unsigned i = world->schedules.n; i-- > 0;)
        if (text_is(world->schedules.at[i].flow, version->flow) &&
            world->schedules.at[i].line >= json_array_size(said))
            mem_remove(&world->schedules, i);
    for (uint32_t line = 0; line < json_array_size(said); line++) {
        struct text rule = json_text_of(json_array_get(said, line));
        struct mem_schedule *row = find(world, version->flow, line);
        bool is_new = row == NULL || !text_is(row->rule, rule);
        if (row == NULL)
            row = mem_add(&world->schedules);
        row->flow = version->flow;
        row->line = line;
        row->version = (unsigned)(version - world->versions.at);
        row->rule = mem_keep(world, rule);
        row->due = 0;
        row->problem = (struct text){"", 0};
        if (is_new)
            row->over = mem_now(world);
    }
}

/* ---- moments ---- */

static void answer_schedules(struct mem_answer *answer)
{
    struct store_schedules *schedules = answer->data;
    schedules->err = mem_answer_err(answer);
    ((store_schedules_done *)answer->reply)(answer->reply_to, schedules);
}

void mem_schedules(struct store *store, store_schedules_done *done, void *owner)
{
    struct store_world *world = mem_of(store)->world;
    struct mem_answer *answer =
        mem_answer_new(mem_of(store), answer_schedules, REPLY(done), owner);
    struct store_schedules *schedules =
        arena_new_of(answer->arena, struct store_schedules);
    struct store_schedule *all =
        arena_array(answer->arena, struct store_schedule, world->schedules.n + 1);
    for (unsigned i = 0; i < world->schedules.n; i++) {
        const struct mem_schedule *row = &world->schedules.at[i];
        all[i] = (struct store_schedule){
            row->flow,
            row->line,
            world->versions.at[row->version].number,
            world->versions.at[row->version].hash,
            row->over,
            row->due,
            row->is_paused || world->versions.at[row->version].held_at != 0,
            row->problem};
    }
    schedules->items = all;
    schedules->n = world->schedules.n;
    answer->data = schedules;
    mem_answer_send(answer);
}

static struct mem_schedule *as_it_was_read(struct store_world *world,
                                           const struct store_moment *moment)
{
    struct mem_schedule *row = find(world, moment->flow, moment->line);
    bool is_same = row != NULL && row->over == moment->over && !row->is_paused &&
                   world->versions.at[row->version].held_at == 0 &&
                   digest_is(&world->versions.at[row->version].hash, &moment->hash);
    return is_same ? row : NULL;
}

static void answer_begun(struct mem_answer *answer)
{
    struct store_said *said = answer->data;
    said->err = mem_answer_err(answer);
    ((store_said_done *)answer->reply)(answer->reply_to, said);
}

void mem_begin_moment(struct store *store, const struct store_moment *moment,
                      store_said_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct store_world *world = mem->world;
    struct mem_answer *answer = mem_answer_new(mem, answer_begun, REPLY(done), owner);
    struct store_said *said = arena_new_of(answer->arena, struct store_said);
    struct mem_schedule *row = as_it_was_read(world, moment);
    answer->data = said;
    if (mem->is_up && row == NULL) {
        err_set(&answer->err, ERR_CONFLICT, "it has begun, or begins otherwise now");
    } else if (mem->is_up &&
               mem_begin(world, &world->versions.at[row->version], moment->args,
                         moment->key, false, &said->id, &said->created, &answer->err)) {
        row->over = MUTANT(MOMENT_TWICE) ? row->over : moment->at;
        row->due = moment->next;
        row->problem = (struct text){"", 0};
        said->key = mem_instance(world, said->id)->key;
        said->version = world->versions.at[row->version].number;
    }
    mem_answer_send(answer);
}

static void answer_reckoned(struct mem_answer *answer)
{
    struct store_pulse pulse = {.err = mem_answer_err(answer)};
    ((store_pulse_done *)answer->reply)(answer->reply_to, &pulse);
}

void mem_reckon(struct store *store, const struct store_moment *moment,
                struct text problem, store_pulse_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct mem_schedule *row = as_it_was_read(mem->world, moment);
    if (row != NULL && mem->is_up) {
        row->due = moment->next;
        row->problem = mem_keep(mem->world, problem);
    }
    mem_answer_send(mem_answer_new(mem, answer_reckoned, REPLY(done), owner));
}

/* ---- measures ---- */

void mem_measure(struct store_world *world, const struct mem_instance *row,
                 const struct store_measured *measured)
{
    for (unsigned i = 0; i < world->measured.n; i++)
        if (id_is(world->measured.at[i].instance, row->id) &&
            text_is(world->measured.at[i].measure, measured->measure))
            return;
    struct mem_measured *kept = mem_add(&world->measured);
    kept->instance = row->id;
    kept->version = row->version;
    kept->measure = mem_keep(world, measured->measure);
    kept->unit = mem_keep(world, measured->unit);
    kept->met = measured->met;
    (void)decimal_parse(measured->value, &kept->value);
}

/* Of one version and measure, all of the unit of the first; NULL: nothing is known. */
static json_t *totals(const struct store_world *world, unsigned version,
                      const json_t *meta)
{
    struct decimal total = decimal_from_i64(0);
    struct text name = json_text_of(json_object_get(meta, "name")), unit = {"", 0};
    json_int_t n = 0, met = 0, missed = 0;
    char digits[DECIMAL_TEXT_BYTES];
    for (unsigned i = 0; i < world->measured.n; i++) {
        const struct mem_measured *m = &world->measured.at[i];
        if (m->version != version || !text_is(m->measure, name))
            continue;
        unit = n++ == 0 ? m->unit : unit;
        (void)decimal_add(total, m->value, &total);
        met += m->met == MEASURED_MET;
        missed += m->met == MEASURED_MISSED;
    }
    return json_pack("{s:o,s:I,s:o,s:O,s:O,s:o,s:I,s:o,s:I,s:I}", "flow",
                     json_text(world->versions.at[version].flow), "version",
                     (json_int_t)world->versions.at[version].number, "measure",
                     json_text(name), "kind", json_object_get(meta, "kind"), "goal",
                     json_object_get(meta, "goal"), "unit", json_text(unit), "n", n,
                     "total", json_text(decimal_print(total, digits)), "met", met,
                     "missed", missed);
}

void mem_list_measures(struct store *store, store_list_done *done, void *owner)
{
    const struct store_world *world = mem_of(store)->world;
    json_t *items = json_array();
    for (unsigned v = 0; v < world->versions.n; v++) {
        size_t i;
        json_t *meta;
        json_array_foreach(json_object_get(world->versions.at[v].meta, "measures"), i,
                           meta) json_array_append_new(items, totals(world, v, meta));
    }
    mem_list_send(store, items, done, owner);
}
