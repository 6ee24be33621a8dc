/* The examples of diagnostics, as files that can be compiled. */
#include "dsl/check_versions.h"
#include "dsl/compile.h"
#include "engine/base/arena.h"

static const struct {
    enum diag_code code;
    const char *wrong;
    const char *right;
} examples[] = {
#define EXAMPLE(code, wrong, right) {DIAG_##code, wrong, right},
#include "dsl/diag_examples.def"
#undef EXAMPLE
};

static const char world[] =
    "type Sku = text where matches(it, '[A-Z]{3}-[0-9]+')\n"
    "type Line { sku: Sku  qty: int  price: money }\n"
    "type Order { id: text  lines: list of Line  contact: private text?  urgent: bool = "
    "false }\n"
    "type Reply = accepted | changed(qty: int) | refused\n"
    "type Booking { number: text  total: money }\n"
    "\n"
    "adapter erp {\n"
    "    read credit(order: text) gives money\n"
    "    effect book(order: Order) gives Booking\n"
    "        once per step\n"
    "        undone by cancel(number: result.number)\n"
    "        fails with Blocked, Changed\n"
    "    effect cancel(number: text) once per number irreversible\n"
    "    effect ship(order: text) once per step irreversible\n"
    "    effect tell(body: text, key: secret text?) once per step harmless\n"
    "}\n"
    "\n"
    "adapter wms {\n"
    "    limit 16 at once\n"
    "    read look(sku: Sku) gives bool\n"
    "    effect pick(order: text) gives text once per step undone by stop(wave: result)\n"
    "    effect stop(wave: text) once per wave irreversible fails with AlreadyPacked\n"
    "}\n"
    "\n"
    "event Answered  key order held 1d { order: text  reply: Reply }\n"
    "event Withdrawn key order held 1d { order: text  why: text }\n";

static const char served[] =
    "use world\n"
    "\n"
    "setting grace: duration\n"
    "\n"
    "flow served version 1 (order: Order) {\n"
    "    calendar us_branch\n"
    "    call erp.credit(order: order.id) as most\n"
    "    ask desk \"Up to {most}?\" within grace when yes { } when late { }\n"
    "}\n";

struct text diag_example_world(void)
{
    return text_of(world);
}

struct text diag_example(enum diag_code code, bool is_wrong)
{
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        if (examples[i].code == code)
            return text_of(is_wrong ? examples[i].wrong : examples[i].right);
    return TEXT("");
}

/* ---- its parts: a file; behind `--- NAME` lines other files, or what was published ----
 */

#define PUBLISHED "what was published"

/* What stands behind the line `--- NAME`, up to the next; of "", before the first. False:
 * there is none. */
static bool find_part(struct text fragment, struct text name, struct text *part)
{
    bool is_in = name.n == 0;
    *part = (struct text){fragment.chars, 0};
    while (fragment.n > 0) {
        const char *from = fragment.chars;
        struct text line = text_split(&fragment, '\n');
        if (text_starts(line, TEXT("--- "))) {
            if (is_in)
                return true;
            is_in = text_is((struct text){line.chars + 4, line.n - 4}, name);
            *part = (struct text){fragment.chars, 0};
        } else if (is_in) {
            part->n += (size_t)(line.chars - from) + line.n + 1;
        }
    }
    return is_in;
}

/* ---- what stands around it ---- */

static bool begins_with(struct text fragment, const char *const *words)
{
    while (fragment.n > 0 && fragment.chars[0] == '#') /* comments say nothing of it */
        (void)text_split(&fragment, '\n');
    for (; *words != NULL; words++) {
        struct text word = text_of(*words);
        if (text_starts(fragment, word) && fragment.n > word.n &&
            fragment.chars[word.n] == ' ')
            return true;
    }
    return false;
}

static void indented(struct buf *out, struct text fragment, const char *indent)
{
    while (fragment.n > 0) {
        struct text line = text_split(&fragment, '\n');
        buf_printf(out, "%s" TEXT_FMT "\n", line.n > 0 ? indent : "", TEXT_ARG(line));
    }
}

struct text diag_example_file(struct arena *compile, struct text fragment)
{
    static const char *const of_files[] = {"type",        "event",    "adapter", "policy",
                                           "setting",     "function", "flow",    "test",
                                           "environment", NULL};
    static const char *const of_flows[] = {
        "state", "final", "dead letter", "on", "calendar", "key", "measure", "var", NULL};
    static const char *const environments[] = {"environment", NULL};
    bool has_states = false;
    struct text rest = fragment;
    while (rest.n > 0)
        has_states |= text_starts(text_split(&rest, '\n'), TEXT("state "));
    struct buf out;
    buf_init(&out, compile);
    buf_printf(&out, "use %s\n\n",
               begins_with(fragment, environments) ? "served\nuse world" : "world");
    if (begins_with(fragment, of_files)) {
        buf_text(&out, fragment);
        return buf_done(&out);
    }
    buf_chars(&out, "flow example version 1 (order: Order) {\n");
    if (begins_with(fragment, of_flows) && has_states) {
        indented(&out, fragment, "    ");
    } else {
        buf_chars(&out, "    state working {\n");
        indented(&out, fragment, "        ");
        buf_chars(&out, "    }\n    final done\n");
    }
    buf_chars(&out, "}\n");
    return buf_done(&out);
}

/* `context`: the example, which may bring the schema. */
static bool find_schema(void *context, struct arena *compile, struct text from,
                        struct text name, struct text *path, struct text *text)
{
    (void)compile;
    (void)from;
    *path = name;
    return find_part(*(const struct text *)context, name, text);
}

static bool find_in_world(void *context, struct arena *compile, struct text from,
                          struct text name, struct text *path, struct text *text)
{
    (void)context;
    (void)compile;
    (void)from;
    *text = text_of(text_is_chars(name, "world") ? world : served);
    *path = text_is_chars(name, "world") ? TEXT("world.flow") : TEXT("served.flow");
    return text_is_chars(name, "world") || text_is_chars(name, "served");
}

static struct compiled *compile_part(struct arena *compile, struct text fragment,
                                     struct text name, const struct catalog *catalog)
{
    struct text part;
    if (!find_part(fragment, name, &part))
        return NULL;
    struct compile_input input = {.text = diag_example_file(compile, part)};
    input.path = text_starts(part, TEXT("environment")) ? TEXT("example.bind")
                                                        : TEXT("example.flow");
    struct compile_request request = {.inputs = &input,
                                      .inputs_n = 1,
                                      .find = find_in_world,
                                      .find_schema = find_schema,
                                      .find_context = &fragment,
                                      .lints = true,
                                      .catalog = catalog};
    return compile_all(compile, &request);
}

struct compiled *compile_example(struct arena *compile, struct text fragment,
                                 const struct catalog *catalog)
{
    struct compiled *now = compile_part(compile, fragment, TEXT(""), catalog);
    struct compiled *before = compile_part(compile, fragment, TEXT(PUBLISHED), catalog);
    for (uint32_t i = 0; before != NULL && i < before->flows_n; i++) {
        struct published published = {.image = before->flows[i].image, .at = TEXT("")};
        check_versions(now, &published, 1);
    }
    return now;
}
