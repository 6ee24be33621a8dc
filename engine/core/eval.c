/* Blocks of the image: a flat array of operations, one loop, a budget. */
#include "engine/core/eval.h"

#include <stdarg.h>
#include <stdio.h>

#include "engine/base/arena.h"
#include "engine/base/id.h"
#include "engine/core/eval_machine.h"

/* Temps and stack of one block. Chunks hold many frames, and are used again: a function
 * that is called a hundred thousand times takes its room once. */
struct frame {
    struct value *temps;
    struct value *stack; /* its bottom */
    struct value *top;   /* one past what was pushed last */
    uint32_t pc;
};

struct eval_chunk {
    struct eval_chunk *next;
    uint32_t room;
    uint32_t used;
    struct value *values;
};

enum { CHUNK_VALUES = 256 };

static bool frame_open(struct eval_machine *m, struct frame *f, uint32_t enter);
static bool run(struct eval_machine *m, struct frame *f);

bool eval_block(struct arena *turn, const struct eval_scope *scope, uint32_t block,
                const struct value *given, uint32_t given_n, struct value *out,
                struct eval_problem *problem)
{
    struct eval_machine m;
    eval_machine_init(&m, turn, scope, problem);
    bool ok = eval_machine_block(&m, block, given, given_n, out);
    eval_machine_deinit(&m);
    return ok;
}

/* The ENTER of the body that holds `pc`: bodies are stretches of code, each from its
 * ENTER on. */
static uint32_t enter_of(const struct ir *ir, uint32_t pc)
{
    while (pc > 0 && ir->code[pc].code != IR_ENTER)
        pc--;
    return pc;
}

bool eval_until_move(struct arena *turn, const struct eval_scope *scope, uint32_t pc,
                     struct eval_run *out, struct eval_problem *problem)
{
    struct eval_machine m;
    struct frame f;
    eval_machine_init(&m, turn, scope, problem);
    bool ok = frame_open(&m, &f, enter_of(scope->ir, pc));
    if (ok) {
        f.pc = pc;
        ok = run(&m, &f);
    }
    eval_machine_deinit(&m);
    if (!ok)
        return false;
    out->stack = f.stack;
    out->stack_n = (uint32_t)(f.top - f.stack);
    out->pc = f.pc;
    return true;
}

void eval_machine_init(struct eval_machine *m, struct arena *turn,
                       const struct eval_scope *scope, struct eval_problem *problem)
{
    /* Field by field: a regex_t is large, and most blocks need none. */
    m->turn = turn;
    m->scope = scope;
    m->problem = problem;
    m->problem->pc = 0;
    m->problem->message[0] = '\0';
    m->problem->pointer[0] = '\0';
    m->has_pc = false;
    m->fuel = LIMIT_EVAL_FUEL;
    m->bytes_left = LIMIT_EVAL_BYTES;
    m->depth = 0;
    m->ids = 0;
    m->chunk = NULL;
    m->has_compiled = false;
    m->json = NULL;
    m->json_place = (struct text){"", 0};
}

void eval_machine_deinit(struct eval_machine *m)
{
    json_decref(m->json);
    m->json = NULL;
    if (m->has_compiled)
        regfree(&m->compiled);
    m->has_compiled = false;
}

/* ---- frames ---- */

static struct eval_chunk *chunk_new(struct eval_machine *m, uint32_t values,
                                    bool is_first)
{
    /* The first one is as large as the block needs: most blocks call nothing. */
    uint32_t room = is_first || values > CHUNK_VALUES ? values : CHUNK_VALUES;
    struct eval_chunk *chunk =
        eval_room(m, sizeof *chunk + 16 + room * sizeof(struct value));
    if (chunk == NULL)
        return NULL;
    chunk->room = room;
    chunk->values = (struct value *)(((uintptr_t)(chunk + 1) + 15) & ~(uintptr_t)15);
    return chunk;
}

static bool frame_open(struct eval_machine *m, struct frame *f, uint32_t enter)
{
    const struct ir_op *op = &m->scope->ir->code[enter];
    uint32_t need = op->a + op->b;
    struct eval_chunk *chunk = m->chunk;
    if (chunk == NULL || chunk->used + need > chunk->room) {
        struct eval_chunk *next = chunk != NULL ? chunk->next : NULL;
        if (next == NULL || next->room < need) {
            next = chunk_new(m, need, chunk == NULL);
            if (next == NULL)
                return false;
            if (chunk != NULL)
                chunk->next = next;
        }
        next->used = 0;
        m->chunk = chunk = next;
    }
    f->temps = chunk->values + chunk->used;
    f->stack = f->top = f->temps + op->a;
    f->pc = enter + 1;
    chunk->used += need;
    return true;
}

bool eval_machine_block(struct eval_machine *m, uint32_t block, const struct value *given,
                        uint32_t given_n, struct value *out)
{
    struct eval_chunk *chunk = m->chunk;
    uint32_t used = chunk != NULL ? chunk->used : 0;
    struct frame f;
    if (m->depth >= LIMIT_CALL_DEPTH)
        return eval_fail(m, "functions call each other more than %d levels deep",
                         LIMIT_CALL_DEPTH);
    if (!frame_open(m, &f, block))
        return false;
    for (uint32_t i = 0; i < given_n && f.temps + i < f.stack; i++)
        f.temps[i] = given[i];
    m->depth++;
    bool ok = run(m, &f);
    m->depth--;
    if (ok)
        *out = f.top > f.stack ? f.top[-1] : value_none();
    if (chunk != NULL) { /* the first chunk stays for the next block of this machine */
        m->chunk = chunk;
        chunk->used = used;
    } else {
        m->chunk->used = 0;
    }
    return ok;
}

/* ---- the loop ---- */

static bool load(struct eval_machine *m, uint32_t place, struct value *out)
{
    const struct eval_scope *scope = m->scope;
    if (place & IR_FRAME) {
        if (scope->frame == NULL)
            return eval_fail(m, "a value of this iteration or undo is not there");
        *out = scope->frame[place & ~IR_FRAME];
    } else {
        *out = scope->places[place];
    }
    if (out->kind != VALUE_UNSET)
        return true;
    if (place & IR_FRAME)
        return eval_fail(m, "a value of this iteration or undo was never set");
    struct text name = ir_text(scope->ir, scope->ir->slots[place].name);
    return eval_fail(m, TEXT_FMT "%shas no value yet", TEXT_ARG(name),
                     name.n > 0 ? " " : "a place ");
}

static bool setting(struct eval_machine *m, uint32_t i, struct value *out)
{
    const struct ir_setting *row = &m->scope->ir->settings[i];
    if (m->scope->settings != NULL && m->scope->settings[i].kind != VALUE_UNSET) {
        *out = m->scope->settings[i];
        return true;
    }
    if (row->standard == IR_NONE)
        return eval_fail(m, "the environment does not give the setting " TEXT_FMT,
                         TEXT_ARG(ir_text(m->scope->ir, row->name)));
    return eval_machine_block(m, row->standard, NULL, 0, out);
}

/* A hash of where and when it is said, dressed as an id. */
static bool new_id(struct eval_machine *m, uint32_t pc, struct value *out)
{
    struct {
        struct digest seed;
        uint32_t pc, count;
    } said = {.pc = pc, .count = m->ids++};
    if (m->scope->id_seed != NULL)
        said.seed = m->scope->id_seed(m->scope);
    struct digest digest = digest_of((struct text){(const char *)&said, sizeof said});
    struct id id;
    char text[ID_TEXT_BYTES];
    memcpy(id.bytes, digest.bytes, sizeof id.bytes);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x80); /* RFC 9562: version 8, ours */
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
    if (m->bytes_left < ID_TEXT_BYTES)
        return eval_room(m, ID_TEXT_BYTES) != NULL;
    *out = value_text(text_dup(m->turn, id_print(id, text)));
    return true;
}

static bool field(struct eval_machine *m, uint32_t position, struct value *v)
{
    if (v->kind != VALUE_RECORD || position >= v->n)
        return eval_fail_one(m, "a field of", *v, "it has none of that name");
    bool is_private = v->is_private;
    *v = v->items[position];
    v->is_private |= is_private;
    return true;
}

static bool data(struct eval_machine *m, struct value *v)
{
    if (v->kind != VALUE_VARIANT || v->n != 1)
        return eval_fail_one(m, "the data of", *v, "it has none");
    *v = v->items[0];
    return true;
}

static bool item_at(struct eval_machine *m, struct value from, struct value at,
                    struct value *out)
{
    uint32_t position = UINT32_MAX;
    if (from.kind == VALUE_LIST && at.kind == VALUE_INT)
        position = at.whole >= 0 && at.whole < from.n ? (uint32_t)at.whole : UINT32_MAX;
    else if (from.kind == VALUE_MAP)
        position = value_map_find(from, at);
    else
        return eval_fail_two(m, from, " [ ] ", at, "that cannot be looked up");
    if (from.kind == VALUE_MAP && position != UINT32_MAX)
        position++;
    *out = position == UINT32_MAX ? value_none() : from.items[position];
    out->is_private |= from.is_private;
    return true;
}

static bool is_in(struct eval_machine *m, struct value item, struct value whole,
                  struct value *out)
{
    bool found = false;
    if (whole.kind == VALUE_MAP) {
        found = value_map_find(whole, item) != UINT32_MAX;
    } else if (whole.kind == VALUE_LIST) {
        if (!eval_burn(m, whole.n))
            return false;
        for (uint32_t i = 0; i < whole.n && !found; i++)
            found = value_is(item, whole.items[i]);
    } else {
        return eval_fail_two(m, item, " in ", whole, "that is no list and no map");
    }
    *out = value_bool(found);
    return true;
}

static bool order(struct eval_machine *m, enum ir_op_code code, struct value a,
                  struct value b, struct value *out)
{
    static const char *const signs[] = {" < ", " <= ", " > ", " >= "};
    int by;
    if (!value_order(a, b, &by))
        return eval_fail_two(m, a, signs[code - IR_LT], b,
                             a.kind == VALUE_MONEY && b.kind == VALUE_MONEY
                                 ? "currencies differ"
                                 : "they have no order");
    *out = value_bool(code == IR_LT   ? by < 0
                      : code == IR_LE ? by <= 0
                      : code == IR_GT ? by > 0
                                      : by >= 0);
    return true;
}

static bool next(struct eval_machine *m, struct value *temps, bool *is_through)
{
    struct value from = temps[0];
    uint64_t at = temps[1].kind == VALUE_INT ? (uint64_t)temps[1].whole : 0;
    if (from.kind != VALUE_LIST)
        return eval_fail_one(m, "going through", from, "it is no list");
    *is_through = at >= from.n;
    if (*is_through)
        return true;
    temps[2] = from.items[at];
    temps[2].is_private |= from.is_private;
    temps[1] = value_int((int64_t)at + 1);
    return true;
}

/* What is popped must be a truth. */
static bool truth(struct eval_machine *m, struct value v, bool *yes)
{
    if (v.kind != VALUE_BOOL)
        return eval_fail_one(m, "a condition with", v, "it is neither true nor false");
    *yes = v.yes;
    return true;
}

/* Runs from f->pc until RETURN (f->top[-1] is the value), or until an operation that
 * moves the flow (f->pc is its index). */
static bool run(struct eval_machine *m, struct frame *f)
{
    const struct ir *ir = m->scope->ir;
    const struct ir_op *code = ir->code;
    struct value *top = f->top, *temps = f->temps;
    uint32_t pc = f->pc;
    bool ok = true, yes = false;
    for (;; pc++) {
        const struct ir_op *op = &code[pc];
        if (m->fuel-- <= 0) {
            ok = eval_fail(m, "it takes more than %d operations", LIMIT_EVAL_FUEL);
            break;
        }
        switch ((enum ir_op_code)op->code) {
        case IR_ENTER:
            break;
        case IR_CONST:
            *top++ = value_from_const(ir, &ir->consts[op->b]);
            break;
        case IR_PUSH_NONE:
            *top++ = value_none();
            break;
        case IR_LOAD:
            ok = load(m, op->b, top++);
            break;
        case IR_TEMP:
            *top = temps[op->a];
            if (top->kind == VALUE_LIST)
                top->tag = 0;
            top++;
            break;
        case IR_SET_TEMP:
            temps[op->a] = *--top;
            break;
        case IR_SETTING:
            ok = setting(m, op->b, top++);
            break;
        case IR_NOW:
            *top++ = value_instant(m->scope->now);
            break;
        case IR_PROBLEM:
            ok = (m->scope->problem != NULL && m->scope->problem(m->scope, top++)) ||
                 eval_fail(m, "there is no problem to look at");
            break;
        case IR_NEW_ID:
            ok = new_id(m, pc, top++);
            break;
        case IR_FIELD:
            ok = field(m, op->a, top - 1);
            break;
        case IR_FIELD_OR_NONE:
            ok = top[-1].kind == VALUE_NONE || field(m, op->a, top - 1);
            break;
        case IR_DATA:
            ok = data(m, top - 1);
            break;
        case IR_INDEX:
            /* list or map below, index on top */
            top--;
            ok = item_at(m, top[-1], top[0], top - 1);
            break;
        case IR_NEG:
            ok = eval_neg(m, top[-1], top - 1);
            break;
        case IR_NOT:
            ok = truth(m, top[-1], &yes);
            top[-1] = value_bool(!yes);
            break;
        case IR_ADD:
            top--;
            ok = eval_add(m, top[-1], top[0], top - 1);
            break;
        case IR_SUB:
            top--;
            ok = eval_sub(m, top[-1], top[0], top - 1);
            break;
        case IR_MUL:
            top--;
            ok = eval_mul(m, top[-1], top[0], top - 1);
            break;
        case IR_DIV:
            top--;
            ok = eval_div(m, top[-1], top[0], top - 1);
            break;
        case IR_EQ:
            top--;
            top[-1] = value_bool(value_is(top[-1], top[0]));
            break;
        case IR_NE:
            top--;
            top[-1] = value_bool(!value_is(top[-1], top[0]));
            break;
        case IR_LT:
        case IR_LE:
        case IR_GT:
        case IR_GE:
            top--;
            ok = order(m, (enum ir_op_code)op->code, top[-1], top[0], top - 1);
            break;
        case IR_IN:
            /* item below, list or map on top */
            top--;
            ok = is_in(m, top[-1], top[0], top - 1);
            break;
        case IR_JUMP:
            pc = op->b - 1;
            break;
        case IR_JUMP_FALSE:
            ok = truth(m, *--top, &yes);
            if (ok && !yes)
                pc = op->b - 1;
            break;
        case IR_JUMP_PRESENT:
            if (top[-1].kind != VALUE_NONE)
                pc = op->b - 1;
            break;
        case IR_DROP:
            top--;
            break;
        case IR_RECORD:
            top -= op->a;
            ok = eval_record(m, top, op->a, top);
            top++;
            break;
        case IR_VARIANT:
            top -= op->a;
            ok = eval_variant(m, op->b, top, op->a, top);
            top++;
            break;
        case IR_IS_CASE:
            top[-1] = value_bool(top[-1].kind == VALUE_VARIANT && top[-1].tag == op->a);
            break;
        case IR_LIST:
            top -= op->b;
            ok = eval_list(m, top, op->b, top);
            top++;
            break;
        case IR_MAP:
            top -= op->b;
            ok = eval_map(m, top, op->b, top);
            top++;
            break;
        case IR_WITH:
            top--;
            ok = eval_with(m, op->a, top[-1], top[0], top - 1);
            break;
        case IR_CONVERT:
            ok = eval_machine_convert(m, op->a, op->b, top[-1], top - 1);
            break;
        case IR_APPEND:
            ok = eval_append(m, &temps[op->a], *--top);
            break;
        case IR_NEXT:
            ok = next(m, &temps[op->a], &yes);
            if (ok && yes)
                pc = op->b - 1;
            break;
        case IR_CALL_FUNCTION:
            top -= op->a;
            ok = eval_machine_block(m, ir->functions[op->b].block, top, op->a, top);
            top++;
            break;
        case IR_BUILTIN:
            top -= op->a;
            ok = eval_builtin(m, op->b, top, op->a, top);
            top++;
            break;
        case IR_TO_TEXT:
            yes = top[-1].is_private;
            ok = eval_text_of(m, op->b, top[-1], top - 1);
            top[-1].is_private = yes;
            break;
        case IR_JOIN_TEXT:
            top -= op->a;
            ok = eval_join_text(m, top, op->a, top);
            top++;
            break;
        case IR_RETURN:
        case IR_SET:
        case IR_UNSET:
        case IR_ADD_TO:
        case IR_EACH:
        case IR_ROUND:
        case IR_FORK:
        case IR_PART:
        case IR_CALL:
        case IR_RUN:
        case IR_START:
        case IR_WAIT_TIME:
        case IR_WAIT:
        case IR_WAIT_UNTIL:
        case IR_ASK:
        case IR_ATTEMPT:
        case IR_ATTEMPT_END:
        case IR_UNDO:
        case IR_KEEP_ALL:
        case IR_KEEP:
        case IR_EMIT:
        case IR_MARK:
        case IR_NOTE:
        case IR_GIVE:
        case IR_FAIL:
        case IR_GO_TO:
        case IR_REFER:
        case IR_RETRY:
        case IR_STAY:
        case IR_END:
        case IR_OP_COUNT:
            f->top = top;
            f->pc = pc;
            return true;
        }
        if (!ok)
            break;
    }
    if (!m->has_pc) {
        m->problem->pc = pc;
        m->has_pc = true;
    }
    return false;
}

/* ---- budget and problems ---- */

void *eval_room(struct eval_machine *m, size_t bytes)
{
    if ((int64_t)bytes > m->bytes_left || bytes + 4096 > arena_left(m->turn)) {
        eval_fail(m, "it takes more than %d MiB", LIMIT_EVAL_BYTES >> 20);
        return NULL;
    }
    m->bytes_left -= (int64_t)bytes;
    return arena_alloc(m->turn, bytes);
}

bool eval_burn(struct eval_machine *m, uint64_t items)
{
    if (items > (uint64_t)LIMIT_EVAL_FUEL || (m->fuel -= (int64_t)items) < 0)
        return eval_fail(m, "it takes more than %d operations", LIMIT_EVAL_FUEL);
    return true;
}

bool eval_made(struct eval_machine *m, struct value v, struct value *out)
{
    if (v.scale > VALUE_DEPTH_MAX)
        return eval_fail(m, "a value nests more than %d levels deep", VALUE_DEPTH_MAX);
    if (v.weight > LIMIT_EVAL_BYTES)
        return eval_fail(m, "a value takes more than %d MiB", LIMIT_EVAL_BYTES >> 20);
    *out = v;
    return true;
}

bool eval_fail(struct eval_machine *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(m->problem->message, sizeof m->problem->message, format, args);
    va_end(args);
    return false;
}

bool eval_fail_one(struct eval_machine *m, const char *before, struct value v,
                   const char *why)
{
    char shown[EVAL_SHOWN_BYTES];
    eval_show(v, shown);
    return eval_fail(m, "%s %s: %s", before, shown, why);
}

bool eval_fail_two(struct eval_machine *m, struct value a, const char *between,
                   struct value b, const char *why)
{
    char left[EVAL_SHOWN_BYTES], right[EVAL_SHOWN_BYTES];
    eval_show(a, left);
    eval_show(b, right);
    return eval_fail(m, "%s%s%s: %s", left, between, right, why);
}
