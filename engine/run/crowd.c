/* Whose work it is, and who is behind. */
#include "engine/run/crowd.h"

#include <string.h>

#include "engine/base/must.h"
#include "engine/sys/keep.h"
#include "engine/sys/stats.h"

void crowd_init(struct crowd *crowd)
{
    *crowd = (struct crowd){0};
    TAILQ_INIT(&crowd->behind);
}

void crowd_deinit(struct crowd *crowd)
{
    crowd_caught_up(crowd, UINT64_MAX);
    must(crowd->lines.n == 0);
    table_deinit(&crowd->lines);
}

struct line *crowd_find(const struct crowd *crowd, struct text name)
{
    struct table_node *node = table_first(&crowd->lines, table_mix(text_hash(name)));
    for (; node != NULL; node = table_next(node)) {
        struct line *line = table_item(node, struct line, by_number);
        if (text_is(line->name, name))
            return line;
    }
    return NULL;
}

static struct line *get(struct crowd *crowd, struct text name)
{
    struct line *line = crowd_find(crowd, name);
    if (line != NULL)
        return line;
    const char *slash = name.n == 0 ? NULL : memchr(name.chars, '/', name.n);
    line = keep_alloc(sizeof *line + name.n + 1);
    line->number = table_mix(text_hash(name));
    line->name = (struct text){line->chars, name.n};
    line->flow_n = slash == NULL ? name.n : (size_t)(slash - name.chars);
    if (name.n > 0)
        memcpy(line->chars, name.chars, name.n);
    table_add(&crowd->lines, &line->by_number, line->number);
    return line;
}

static void forget_if_nothing(struct crowd *crowd, struct line *line)
{
    if (line->residents > 0 || line->left_until > 0)
        return;
    table_remove(&crowd->lines, &line->by_number);
    keep_free(line);
}

struct line *crowd_enter(struct crowd *crowd, struct text name)
{
    struct line *line = get(crowd, name);
    line->residents++;
    return line;
}

void crowd_leave(struct crowd *crowd, struct line *line)
{
    must(line->residents > 0);
    line->residents--;
    forget_if_nothing(crowd, line);
}

/* ---- behind ---- */

static void count_behind(struct crowd *crowd, int by)
{
    crowd->behind_n += (uint32_t)by;
    stats_set(STAT_LINES_BEHIND, crowd->behind_n);
}

void crowd_left(struct crowd *crowd, struct text name, uint64_t seq)
{
    struct line *line = get(crowd, name);
    if (line->left_until == 0) {
        TAILQ_INSERT_TAIL(&crowd->behind, line, in_behind);
        count_behind(crowd, 1);
    }
    if (seq > line->left_until)
        line->left_until = seq;
}

void crowd_caught_up(struct crowd *crowd, uint64_t seq)
{
    struct line *line = TAILQ_FIRST(&crowd->behind), *next;
    for (; line != NULL; line = next) {
        next = TAILQ_NEXT(line, in_behind);
        if (line->left_until > seq)
            continue;
        TAILQ_REMOVE(&crowd->behind, line, in_behind);
        count_behind(crowd, -1);
        line->left_until = 0;
        forget_if_nothing(crowd, line);
    }
}

bool crowd_is_behind(const struct crowd *crowd, struct text name)
{
    const struct line *line = crowd->behind_n == 0 ? NULL : crowd_find(crowd, name);
    return line != NULL && line->left_until > 0;
}

bool crowd_is_flow_behind(const struct crowd *crowd, struct text flow)
{
    const struct line *line;
    TAILQ_FOREACH(line, &crowd->behind, in_behind)
    if (text_is(text_cut(line->name, 0, line->flow_n), flow))
        return true;
    return false;
}
