/* Differences as people read them, and as JSON. */
#include "dsl/diff.h"

#include <string.h>

#include "engine/base/arena.h"

static const char *const hows[] = {[DIFF_NEW] = "new",
                                   [DIFF_GONE] = "gone",
                                   [DIFF_RENAMED] = "renamed",
                                   [DIFF_CHANGED] = "changed"};

/* ---- for people ---- */

static int width_of(struct text t)
{
    int n = 0;
    for (size_t i = 0; i < t.n; i++)
        n += (t.chars[i] & 0xc0) != 0x80;
    return n;
}

static struct text name_of(struct arena *arena, const struct diff_change *c)
{
    if (c->how == DIFF_RENAMED)
        return text_of(arena_printf(arena, TEXT_FMT " -> " TEXT_FMT, TEXT_ARG(c->before),
                                    TEXT_ARG(c->after)));
    if (c->name.n == 0 && c->place.n == 0)
        return TEXT("of the flow");
    if (c->name.n == 0 || c->place.n == 0)
        return c->name.n == 0 ? c->place : c->name;
    return text_of(arena_printf(arena, TEXT_FMT ", " TEXT_FMT, TEXT_ARG(c->place),
                                TEXT_ARG(c->name)));
}

static void say_how(struct buf *out, const struct diff_change *c)
{
    if (c->how == DIFF_RENAMED)
        buf_chars(out, "renamed, and otherwise the same");
    else if (c->how == DIFF_CHANGED && (c->before.n > 0 || c->after.n > 0))
        buf_printf(out, TEXT_FMT " -> " TEXT_FMT,
                   TEXT_ARG(c->before.n > 0 ? c->before : TEXT("…")),
                   TEXT_ARG(c->after.n > 0 ? c->after : TEXT("…")));
    else
        buf_printf(out, "%s", hows[c->how]);
    if (c->how == DIFF_NEW && c->after.n > 0)
        buf_printf(out, ": " TEXT_FMT, TEXT_ARG(c->after));
    else if (c->how == DIFF_GONE && c->before.n > 0)
        buf_printf(out, ": " TEXT_FMT, TEXT_ARG(c->before));
}

static void say_changes(struct buf *out, const struct diff *diff)
{
    int what = 0, name = 0;
    for (uint32_t i = 0; i < diff->changes.n; i++) {
        const struct diff_change *c = &diff->changes.at[i];
        int w = (int)strlen(c->what), n = width_of(name_of(out->arena, c));
        what = w > what ? w : what;
        name = n > name ? n : name;
    }
    for (uint32_t i = 0; i < diff->changes.n; i++) {
        const struct diff_change *c = &diff->changes.at[i];
        struct text said = name_of(out->arena, c);
        buf_printf(out, "  %-*s  " TEXT_FMT "%*s  ", what, c->what, TEXT_ARG(said),
                   name - width_of(said), "");
        say_how(out, c);
        buf_char(out, '\n');
    }
}

static void say_stub(struct buf *out, const struct diff *diff)
{
    struct text rest = diff->stub;
    while (rest.n > 0) {
        struct text line = text_split(&rest, '\n');
        buf_printf(out, "    " TEXT_FMT "\n", TEXT_ARG(line));
    }
}

static bool has_block(const struct diff *diff)
{
    for (uint32_t i = 0; i < diff->now->migrations_n; i++)
        if (diff->now->migrations[i].from == diff->old->flow.version)
            return true;
    return false;
}

void diff_print(struct buf *out, const struct diff *diff)
{
    const uint32_t was = diff->old->flow.version, is = diff->now->flow.version;
    buf_printf(out, TEXT_FMT " version %u -> %u\n",
               TEXT_ARG(ir_text(diff->now, diff->now->flow.name)), was, is);
    if (diff->changes.n == 0) {
        buf_chars(out, "  means the same\n");
        return;
    }
    say_changes(out, diff);
    if (!diff->is_raised)
        buf_printf(out, "\nThe meaning changed and the version did not: make it %u.\n",
                   was + 1);
    if (has_block(diff)) {
        buf_printf(out, "\nVersion %u says how what runs on version %u moves to it.\n",
                   is, was);
        return;
    }
    buf_printf(out, "\nWhat runs on version %u stays on it. %s\n\n", was,
               diff->is_told ? "To move it, begin with this and look at each line:"
                             : "It can move as it is, if you say so:");
    say_stub(out, diff);
}

struct text diff_gist(struct arena *arena, const struct diff *diff)
{
    if (diff->changes.n == 0)
        return TEXT("");
    const struct diff_change *c = &diff->changes.at[0];
    for (uint32_t i = 0; i < diff->changes.n; i++) {
        const struct diff_change *one = &diff->changes.at[i];
        if (one->place.n > 0)
            return text_of(
                arena_printf(arena, "another `" TEXT_FMT "`", TEXT_ARG(one->place)));
    }
    if (c->how == DIFF_NEW || c->how == DIFF_GONE)
        return text_of(arena_printf(arena, "%s %s `" TEXT_FMT "`",
                                    c->how == DIFF_NEW ? "no" : "a", c->what,
                                    TEXT_ARG(c->name)));
    if (c->name.n == 0)
        return text_of(arena_printf(arena, "another %s", c->what));
    return text_of(arena_printf(arena, "another %s `" TEXT_FMT "`", c->what,
                                TEXT_ARG(c->how == DIFF_RENAMED ? c->before : c->name)));
}

/* ---- for programs ---- */

static json_t *text_or_null(struct text t)
{
    return t.n == 0 ? json_null() : json_text(t);
}

json_t *diff_json(const struct diff *diff)
{
    json_t *changes = json_array();
    for (uint32_t i = 0; i < diff->changes.n; i++) {
        const struct diff_change *c = &diff->changes.at[i];
        json_array_append_new(
            changes, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "how", hows[c->how],
                               "what", c->what, "place", text_or_null(c->place), "name",
                               text_or_null(c->name), "before", text_or_null(c->before),
                               "after", text_or_null(c->after)));
    }
    return json_pack("{s:o, s:i, s:i, s:b, s:o, s:o}", "flow",
                     json_text(ir_text(diff->now, diff->now->flow.name)), "before",
                     (int)diff->old->flow.version, "after", (int)diff->now->flow.version,
                     "told", has_block(diff), "migrate", json_text(diff->stub), "changes",
                     changes);
}
