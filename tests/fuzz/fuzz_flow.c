/* Flow files from anybody: said what is wrong with them, or compiled to a sound image;
 * and what can be read is laid out the one way, once and for all. */
#include "dsl/compile.h"
#include "dsl/fmt.h"
#include "dsl/ir_verify.h"
#include "engine/base/limits.h"
#include "tests/fuzz/fuzz.h"

/* A word of every kind of declaration and step, so that mutants reach far. */
static const char *const seeds[] = {
    "type Money { amount: decimal  note: text? }\n"
    "type Standing = good | bad(why: text) | unknown\n"
    "setting grace: money = 10.00 USD\n"
    "policy keen { try 3 times within 1m each within 5s pause 1s doubling up to 10s }\n"
    "event Paid key order unique id held 2d { order: text  id: text  amount: money }\n"
    "function worth(xs: list of money): money = sum(x for x in xs where x > 0.00 USD)\n"
    "adapter erp {\n"
    "    limit 5 per 1s\n"
    "    read look(order: text) gives Standing fails with Gone(when: text)\n"
    "    effect book(order: text) gives text once per order undone by unbook(number: "
    "result)\n"
    "    effect unbook(number: text) once per number harmless\n"
    "}\n",
    "adapter erp { effect book(order: text) gives text  once per step\n"
    "    undone by unbook(number: result)  fails with No(why: text)\n"
    "    effect unbook(number: text)  once per number  harmless }\n"
    "event Paid key order held 7d { order: text  amount: money }\n"
    "flow f version 2 (order: text) gives money using steady {\n"
    "    key order\n"
    "    var got: money = 0.00 USD\n"
    "    var names: list of text = []\n"
    "    on error refer to lost\n"
    "    dead letter lost for keeper \"What now?\" { when again { retry } when no go to "
    "stopped }\n"
    "    state booking within 2h {\n"
    "        attempt { call erp.book(order: order) as b when No as n { note \"{n.why}\" "
    "} }\n"
    "            when No { note \"no\" }\n"
    "        if names is [] { add \"x\" to names } else { set names = [order, \"{got}\"] "
    "}\n"
    "        wait for Paid(order: order) as p where p.amount > 1.00 USD within 1h\n"
    "            when late go to stopped\n"
    "        set got = got + p.amount\n"
    "        ask keeper \"Enough, {got}?\" showing got within 1h\n"
    "            when yes asking why: text as a { note a.why  go to done }\n"
    "            when no go to stopped\n"
    "            when late go to stopped\n"
    "        on late go to stopped\n"
    "    }\n"
    "    final done { give got }\n"
    "    final stopped\n"
    "}\n",
    "adapter a { read r(n: int) gives int }\n"
    "flow g version 1 (xs: list of int) {\n"
    "    for each x in xs where x > 0, 4 at once, despite failures as found { call "
    "a.r(n: "
    "x) as y  give y }\n"
    "    together as both { branch one { call a.r(n: 1) as p  give p } branch two { wait "
    "3s  give 2 } }\n"
    "    repeat up to 3 times every 5s until both.one is 1 { call a.r(n: both.two) as z "
    "}\n"
    "        when exhausted { note \"tired\" }\n"
    "    if xs is [] { note \"none\" } else { note \"{count(xs)}\" }\n"
    "}\n"
    "test \"it goes\" for g { mock a.r gives 1  start(xs: [1, 2])  expect called a.r 3 "
    "times }\n"
    "explore \"all of it\" for g { start(xs: [1])  allow failures  faults up to 2 }\n",
};

bool fuzz_seed(struct arena *arena, uint32_t i, struct text *seed)
{
    if (i >= sizeof seeds / sizeof *seeds)
        return false;
    *seed = text_dup(arena, text_of(seeds[i]));
    return true;
}

/* Laid out, it is read without mistakes, and laid out again it is the same. */
static void lay_out(struct arena *compile, const struct module *module)
{
    struct diags diags;
    diags_init(&diags, compile);
    struct text once = fmt_module(compile, module);
    struct module *again = compile_parse(compile, &diags, module->source->path, once);
    must(diags_count(&diags, DIAG_ERROR) == 0);
    must(text_is(fmt_module(compile, again), once));
}

static void compile(struct arena *arena, struct text path, struct text text)
{
    struct diags diags;
    diags_init(&diags, arena);
    struct module *module = compile_parse(arena, &diags, path, text);
    if (diags_count(&diags, DIAG_ERROR) == 0)
        lay_out(arena, module);
    struct compile_input input = {path, text};
    struct compile_request request = {.inputs = &input, .inputs_n = 1, .lints = true};
    struct compiled *compiled = compile_tests(arena, &request);
    must(compiled->diags.n <= LIMIT_DIAGNOSTICS);
    must(compiled->flows_n == 0 || diags_count(&compiled->diags, DIAG_ERROR) == 0);
    for (uint32_t i = 0; i < compiled->flows_n; i++) {
        struct err err = {0};
        must(ir_verify(arena, compiled->flows[i].image, &err));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct text text = {(const char *)data, n};
    struct arena *arena = arena_new("compile", LIMIT_COMPILE_BYTES);
    compile(arena, TEXT("it.flow"), text);
    arena_reset(arena);
    compile(arena, TEXT("it.bind"), text);
    arena_free(arena);
    return 0;
}
