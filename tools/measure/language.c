/* The compiler and the evaluator, without anything around them: the program behind
 * `tools/bench --language`. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dsl/compile.h"
#include "dsl/ir_pack.h"
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/limits.h"
#include "engine/base/scoped.h"

#include "engine/core/eval_machine.h"

/* Each figure is the best of some rounds: what the machine can do, not what else it was
 * doing. */
enum { ROUNDS = 15, COMPILE_LINES = 20000, CALLS = 2000 };

/* Processor time, ns: steadier than the clock on a machine that does other things too. */
static int64_t processor_ns(void)
{
    return (int64_t)clock() * (1000000000 / CLOCKS_PER_SEC);
}

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "language: %s\n", what);
    exit(1);
}

/* ---- compiling ---- */

/* Lines of a flow as people write them; %u is the state's number, behind it the next. */
static const char head[] =
    "## A long way through one warehouse.\n"
    "type Stock { sku: text  qty: int  price: money  boxes: list of Box }\n"
    "type Box { id: text  weight: decimal  label: text? }\n"
    "adapter wms {\n"
    "    read look(sku: text, qty: int) gives Stock fails with Unknown(sku: text)\n"
    "    effect take(sku: text, qty: int) gives text once per step\n"
    "        undone by give_back(taken: result)  fails with Short(missing: int)\n"
    "    effect give_back(taken: text) once per taken harmless\n"
    "}\n"
    "event Counted key sku { sku: text  qty: int }\n"
    "flow long version 1 (sku: text, qty: int) using steady {\n"
    "    var left: int = qty\n"
    "    var worth: money = 0.00 USD\n"
    "    var taken: list of text = []\n"
    "    dead letter stuck_here for keeper \"What now?\" {\n"
    "        when again { retry }\n"
    "        when stop  { go to stopped }\n"
    "    }\n"
    "    on error refer to stuck_here\n";
static const char state[] =
    "    state s%u within 2d {\n"
    "        call wms.look(sku: sku, qty: left) as stock\n"
    "            when Unknown as u { note \"nobody knows {u.sku}\"  go to stopped }\n"
    "        if stock.qty > 0 and not (stock.price < 0.01 USD) {\n"
    "            call wms.take(sku: stock.sku, qty: min(left, stock.qty)) as t\n"
    "                when Short as s { set left = left - s.missing  go to stopped }\n"
    "            add t to taken\n"
    "            set worth = worth + stock.price * left\n"
    "        }\n"
    "        let heavy = sum(b.weight for b in stock.boxes where b.weight > 1.5)\n"
    "        if heavy > 20.0 { note \"heavy: {heavy} in {count(taken)}\" }\n"
    "        wait for Counted(sku: sku) as c within 4h\n"
    "            when late { set left = left + 0 }\n"
    "        on late go to stopped\n"
    "        go to s%u\n"
    "    }\n";
static const char tail[] = "    state s%u { note \"done\"  go to done }\n"
                           "    final done\n"
                           "    final stopped\n"
                           "}\n";

static uint32_t lines_of(const char *text)
{
    uint32_t n = 0;
    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

static struct text flow_of_lines(struct arena *arena, uint32_t lines)
{
    struct buf out;
    uint32_t state_i = 1;
    buf_init(&out, arena);
    buf_text(&out, text_of(head));
    for (uint32_t n = lines_of(head) + lines_of(tail); n + lines_of(state) <= lines;
         n += lines_of(state), state_i++)
        buf_printf(&out, state, state_i, state_i + 1);
    buf_printf(&out, tail, state_i);
    return buf_done(&out);
}

static int64_t compile_once(struct text text, size_t *bytes)
{
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    struct compile_input input = {TEXT("long.flow"), text};
    struct compile_request request = {.inputs = &input, .inputs_n = 1};
    int64_t before = processor_ns();
    struct compiled *compiled = compile_all(compile, &request);
    int64_t took = processor_ns() - before;
    if (compiled->flows_n != 1) {
        struct buf out;
        buf_init(&out, compile);
        for (uint32_t i = 0; i < compiled->diags.n; i++)
            diag_draw(&out, compiled->diags.at[i], false);
        struct text drawn = buf_done(&out);
        fwrite(drawn.chars, 1, drawn.n, stderr);
        die("the flow of the measurement does not compile");
    }
    *bytes = arena_used(compile);
    return took;
}

static void measure_compile(uint32_t lines)
{
    scoped_arena struct arena *arena = arena_new("text", LIMIT_SOURCE_BYTES);
    struct text text = flow_of_lines(arena, lines);
    int64_t best = INT64_MAX;
    size_t bytes = 0;
    for (uint32_t i = 0; i < COMPILE_LINES / lines; i++) {
        int64_t took = compile_once(text, &bytes);
        best = took < best ? took : best;
    }
    printf("compile_%u_lines_ms %.2f\n", lines, (double)best / 1e6);
    printf("compile_%u_lines_kib %zu\n", lines, bytes >> 10);
}

/* ---- evaluating ---- */

static const char rules[] =
    "type Line { qty: int  price: money  weight: decimal  sku: text }\n"
    "function worth(l: Line): money = if l.qty > 10 then l.price * l.qty * 0.9 "
    "else l.price * l.qty\n"
    "function fits(l: Line): bool = l.qty >= 1 and l.weight * l.qty <= 4000.5 "
    "and not (l.sku is \"\")\n"
    "function total(n: int): int = sum(x * x + 3 for x in numbers(n) where x > 2)\n"
    "function numbers(n: int): list of int = [n, n + 1, n + 2, n + 3, n + 4, n + 5]\n"
    "flow rules version 1 (l: Line, n: int) gives money {\n"
    "    if fits(l) and total(n) > 0 { give worth(l) }\n"
    "    give 0.00 USD\n"
    "}\n";

static uint32_t block_of(const struct ir *ir, const char *name)
{
    for (uint32_t i = 0; i < ir->functions_n; i++)
        if (text_is(ir_text(ir, ir->functions[i].name), text_of(name)))
            return ir->functions[i].block;
    die("a function of the measurement is not in the image");
}

static struct value a_line(struct arena *arena)
{
    struct decimal price, weight;
    struct value *fields = arena_array(arena, struct value, 4);
    must(decimal_parse(TEXT("12.50"), &price) && decimal_parse(TEXT("2.25"), &weight));
    fields[0] = value_int(12);
    fields[1] = value_money(price, "USD");
    fields[2] = value_decimal(weight);
    fields[3] = value_text(TEXT("BRK-4711"));
    return value_record(fields, 4);
}

/* Nanoseconds an operation, and how many there were. */
static double measure_function(const struct ir *ir, const char *name, struct value given)
{
    scoped_arena struct arena *turn = arena_new("turn", LIMIT_TURN_BYTES);
    struct eval_scope scope = {.ir = ir};
    struct eval_problem problem;
    struct value out;
    double best = 1e9;
    uint32_t block = block_of(ir, name);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t operations = 0, before = processor_ns();
        for (int i = 0; i < CALLS; i++) {
            struct eval_machine m;
            eval_machine_init(&m, turn, &scope, &problem);
            if (!eval_machine_block(&m, block, &given, 1, &out))
                die(problem.message);
            operations += (int64_t)LIMIT_EVAL_FUEL - (int64_t)m.fuel;
            eval_machine_deinit(&m);
            arena_reset(turn);
        }
        double took = (double)(processor_ns() - before) / (double)operations;
        best = took < best ? took : best;
    }
    printf("eval_%s_ns %.1f\n", name, best);
    return best;
}

static void measure_eval(void)
{
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    struct compile_input input = {TEXT("rules.flow"), text_of(rules)};
    struct compile_request request = {.inputs = &input, .inputs_n = 1};
    struct compiled *compiled = compile_all(compile, &request);
    if (compiled->flows_n != 1)
        die("the rules of the measurement do not compile");
    const struct ir *ir = compiled->flows[0].image;
    double sum = measure_function(ir, "worth", a_line(compile)) +
                 measure_function(ir, "fits", a_line(compile)) +
                 measure_function(ir, "total", value_int(4));
    printf("eval_operation_ns %.1f\n", sum / 3);
}

int main(void)
{
    measure_compile(500);
    measure_compile(5000);
    measure_eval();
    return 0;
}
