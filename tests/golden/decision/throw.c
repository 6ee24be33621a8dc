/* Throws a flow by dice: `throw SEED` prints one, with whatever the language can say put
 * into each other at random, laid out so that it always compiles. `wander` plays it. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/must.h"

#define N_OF(all) ((uint32_t)(sizeof(all) / sizeof *(all)))

enum { DEPTH_MOST = 3, STATES_MOST = 4, NAMES_MOST = 64 };

struct thrower {
    uint64_t dice;
    uint32_t states_n;
    uint32_t names;             /* given so far: each is another */
    uint32_t known[NAMES_MOST]; /* effects that may be named here */
    uint32_t known_n;
    uint32_t indent;
    bool in_branch; /* `go to` is said no further in than handlers and steps */
};

static uint32_t roll(struct thrower *t, uint32_t below)
{
    t->dice = t->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(t->dice >> 33) % below;
}

static const char *one_of(struct thrower *t, const char *const *words, uint32_t n)
{
    return words[roll(t, n)];
}

static void line(struct thrower *t, const char *format, ...) PRINTF_LIKE(2, 3);
static void line(struct thrower *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("%*s", (int)t->indent * 4, "");
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

static const char *item(struct thrower *t)
{
    static const char *const items[] = {"\"x\"", "\"y\"", "\"z\"", "ref"};
    return one_of(t, items, N_OF(items));
}

/* ---- steps ---- */

static void steps(struct thrower *t, uint32_t depth);

/* What it names is known only inside. */
static void block(struct thrower *t, uint32_t depth)
{
    uint32_t known = t->known_n;
    t->indent++;
    steps(t, depth);
    t->indent--;
    t->known_n = known;
}

static void known(struct thrower *t, uint32_t name)
{
    if (t->known_n < NAMES_MOST)
        t->known[t->known_n++] = name;
}

static void say_effect(struct thrower *t, uint32_t depth)
{
    uint32_t name = t->names++;
    (void)depth;
    if (roll(t, 2) == 0) {
        line(t, "call shop.take(item: %s) as e%u", item(t), name);
    } else {
        line(t, "call shop.hold(item: %s) as e%u%s", item(t), name,
             roll(t, 5) == 0 ? " never undone \"it is only held\"" : "");
        if (roll(t, 3) > 0)
            line(t, "    when Gone { note \"gone\" }");
    }
    known(t, name);
}

static void say_read(struct thrower *t, uint32_t depth)
{
    (void)depth;
    line(t, "call shop.ok(item: %s) as b%u", item(t), t->names++);
}

static void say_small(struct thrower *t, uint32_t depth)
{
    static const char *const all[] = {"set flag = true", "note \"{ref}\"",
                                      "wait 30s",        "emit Said(ref: ref)",
                                      "keep all",        "mark passed"};
    (void)depth;
    line(t, "%s", one_of(t, all, N_OF(all)));
}

static void say_named(struct thrower *t, uint32_t depth)
{
    if (t->known_n == 0) {
        say_effect(t, depth);
        return;
    }
    uint32_t name = t->known[roll(t, t->known_n)];
    line(t, "%s e%u", roll(t, 3) == 0 ? "keep" : "undo", name);
}

static void say_attempt(struct thrower *t, uint32_t depth)
{
    line(t, "attempt a%u {", t->names++);
    block(t, depth - 1);
    line(t, "}");
    line(t, "    when Gone { note \"put back\" }");
    if (roll(t, 2) == 0)
        line(t, "    when unavailable { set flag = true }");
}

static void say_together(struct thrower *t, uint32_t depth)
{
    static const char *const hows[] = {"", ", first wins", ", despite failures"};
    bool was = t->in_branch;
    uint32_t n = 2 + roll(t, 2);
    line(t, "together%s {", one_of(t, hows, N_OF(hows)));
    t->in_branch = true;
    t->indent++;
    for (uint32_t i = 0; i < n; i++) {
        line(t, "branch p%u {", t->names++);
        block(t, depth - 1);
        line(t, "}");
    }
    t->indent--;
    t->in_branch = was;
    line(t, "}");
}

static void say_each(struct thrower *t, uint32_t depth)
{
    static const char *const hows[] = {"", ", 2 at once", ", 5 at once",
                                       ", 3 at once, despite failures"};
    const char *how = one_of(t, hows, N_OF(hows));
    bool was = t->in_branch;
    line(t, "for each i%u in items%s {", t->names++, how);
    t->in_branch = was || *how != '\0';
    block(t, depth - 1);
    t->in_branch = was;
    line(t, "}");
}

static void say_repeat(struct thrower *t, uint32_t depth)
{
    line(t, "repeat up to 2 times {");
    block(t, depth - 1);
    line(t, "}");
}

static void say_if(struct thrower *t, uint32_t depth)
{
    line(t, "if flag {");
    block(t, depth - 1);
    if (roll(t, 2) == 0) {
        line(t, "} else {");
        block(t, depth - 1);
    }
    line(t, "}");
}

static void say_wait(struct thrower *t, uint32_t depth)
{
    if (roll(t, 3) == 0) {
        line(t, "wait until flag");
        return;
    }
    line(t, "wait for Item(ref: ref) as w%u within 1h", t->names++);
    line(t, "    when late {");
    block(t, depth - 1);
    line(t, "    }");
}

static void say_ask(struct thrower *t, uint32_t depth)
{
    line(t, "ask clerk \"Go on with {ref}?\" within 20m then boss after 5m");
    line(t, "    when yes {");
    block(t, depth - 1);
    line(t, "    }");
    line(t, "    when no asking why: text as y%u { note y%u.why }", t->names, t->names);
    line(t, "    when late { note \"late\" }");
    t->names++;
}

static void say_run(struct thrower *t, uint32_t depth)
{
    uint32_t name = t->names++;
    (void)depth;
    if (roll(t, 4) == 0) {
        line(t, "start part(ref: ref, item: %s)", item(t));
        return;
    }
    line(t, "run part(ref: ref, item: %s) as e%u within 2h", item(t), name);
    line(t, "    when Enough { note \"enough\" }");
    line(t, "    when late { note \"too slow\" }");
    known(t, name);
}

static void say_way(struct thrower *t, uint32_t depth)
{
    uint32_t dice = roll(t, 4);
    (void)depth;
    line(t, "if flag {");
    t->indent++;
    if (dice == 0)
        line(t, "fail Enough");
    else if (dice == 1 || t->in_branch)
        line(t, "refer to letter");
    else
        line(t, "go to s%u", roll(t, t->states_n));
    t->indent--;
    line(t, "}");
}

static void step(struct thrower *t, uint32_t depth)
{
    static void (*const flat[])(struct thrower *, uint32_t) = {
        say_effect, say_effect, say_read, say_small, say_named, say_run, say_way};
    static void (*const deep[])(struct thrower *, uint32_t) = {
        say_attempt, say_together, say_each, say_repeat, say_if, say_wait, say_ask};
    if (depth > 0 && roll(t, 2) == 0)
        deep[roll(t, N_OF(deep))](t, depth);
    else
        flat[roll(t, N_OF(flat))](t, depth);
}

static void steps(struct thrower *t, uint32_t depth)
{
    for (uint32_t n = 1 + roll(t, 3); n > 0; n--)
        step(t, depth);
}

/* ---- around them ---- */

static void back_to_the_start(struct thrower *t, const char *then)
{
    t->indent++;
    line(t, "undo all");
    line(t, "    when Dry refer to letter");
    line(t, "%s", then);
    t->indent--;
}

static void handlers(struct thrower *t)
{
    if (roll(t, 2) == 0) {
        line(t, "every 3h {");
        block(t, 1);
        line(t, "}");
    }
    if (roll(t, 2) == 0) {
        line(t, "after 90m {");
        block(t, 1);
        line(t, "}");
    }
}

/* Each leads on to the next; other ways are thrown in between. */
static void state(struct thrower *t, uint32_t i)
{
    line(t, "state s%u up to 3 times within 1d {", i);
    t->indent++;
    if (roll(t, 3) == 0) {
        line(t, "state s%ua {", i);
        block(t, DEPTH_MOST - 1);
        line(t, "    go to s%ub", i);
        line(t, "}");
        line(t, "state s%ub up to 4 times {", i);
    } else {
        line(t, "state s%ua {", i);
    }
    block(t, DEPTH_MOST);
    if (i + 1 < t->states_n)
        line(t, "    go to s%u", i + 1);
    else
        line(t, "    go to over");
    line(t, "}");
    handlers(t);
    if (roll(t, 2) == 0) {
        line(t, "on late {");
        back_to_the_start(t, "go to lost");
        line(t, "}");
    } else {
        line(t, "on late %s", roll(t, 2) == 0 ? "fail Enough" : "refer to letter");
    }
    t->indent--;
    line(t, "}");
}

static void letter(struct thrower *t)
{
    line(t, "dead letter letter for clerk \"{problem.step}\" within 1d {");
    line(t, "    when again retry");
    line(t, "    when leave stay");
    line(t, "    when away where items is not [] go to s%u", roll(t, t->states_n));
    line(t, "    when finish go to over");
    line(t, "    when back {");
    t->indent++;
    back_to_the_start(t, "go to lost");
    t->indent--;
    line(t, "    }");
    line(t, "    when late { note \"nobody looks\" }");
    line(t, "}");
}

static const char before[] =
    "adapter shop {\n"
    "    limit 16 at once\n"
    "    effect hold(item: text) gives text\n"
    "        once per step\n"
    "        found by holding(item: item)\n"
    "        undone by free(hold: result)\n"
    "        fails with Gone(item: text)\n"
    "    read holding(item: text) gives text?\n"
    "    effect free(hold: text)\n"
    "        once per hold\n"
    "        harmless\n"
    "        fails with Dry\n"
    "    effect take(item: text) gives text\n"
    "        once per step\n"
    "        undone by put(taken: result)\n"
    "    effect put(taken: text)\n"
    "        once per taken\n"
    "        harmless\n"
    "    read ok(item: text) gives bool\n"
    "}\n\n"
    "policy few { try 2 times  within 1h  each within 10s  pause 1s }\n\n"
    "event Poke key ref         { ref: text  hard: bool }\n"
    "event Item key ref held 1d { ref: text }\n"
    "event Said key ref         { ref: text }\n\n"
    "flow part version 1 (ref: text, item: text) gives text fails with Enough using few "
    "{\n"
    "    call shop.take(item: item) as taken\n"
    "    give taken\n"
    "}\n\n"
    "flow thrown version 1 (ref: text, items: list of text) fails with Enough using few "
    "{\n"
    "    key ref\n"
    "    var flag: bool = false\n\n"
    "    on error refer to letter\n";

int main(int argc, char **argv)
{
    struct thrower t = {.dice = argc > 1 ? strtoul(argv[1], NULL, 10) : 1};
    for (int i = 0; i < 8; i++)
        roll(&t, 2);
    t.states_n = 1 + roll(&t, STATES_MOST);
    fputs(before, stdout);
    t.indent = 1;
    line(&t, "on Poke(ref: ref) as p {");
    block(&t, 2);
    line(&t, "    if p.hard { go to s%u }", roll(&t, t.states_n));
    line(&t, "}");
    if (roll(&t, 2) == 0)
        line(&t, "on cancel { note \"cancelled\" }");
    for (uint32_t i = 0; i < t.states_n; i++)
        state(&t, i);
    letter(&t);
    line(&t, "final over { call shop.ok(item: ref) as last }");
    line(&t, "final lost");
    puts("}");
    return 0;
}
