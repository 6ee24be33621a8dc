/* What idempotency keys are made from: never an attempt, a sequence or a clock, so that
 * whoever takes over makes the same key again.
 *
 * Forward, `once per step`: instance, step, visit of the state, run of the handler, the
 * position in each loop around the step, and which iteration or branch it is of those
 * that run side by side. Forward, `once per EXPR`: the operation and the value, so that
 * two instances with the same value share the key; the store adds how often its effect
 * was undone. Undoing: instance, the forward key, and the number of the record, so that
 * what is done twice is undone twice, be it after it was undone before. */
#include "engine/base/mutant.h"
#include "engine/core/advance_turn.h"

static void add_operation(struct buf *buf, const struct ir *ir, uint32_t operation,
                          char direction)
{
    const struct ir_operation *op = &ir->operations[operation];
    buf_char(buf, direction);
    buf_bytes(buf, ir_text(ir, ir->adapters[op->adapter].name));
    buf_bytes(buf, ir_text(ir, op->name));
}

static void add_instance(struct buf *buf, const struct turn *turn)
{
    buf_add(buf, turn->inst->id.bytes, sizeof turn->inst->id.bytes);
}

static uint32_t visit_of(const struct turn *turn, const struct fibre *f)
{
    uint32_t home = fibre_home(turn, f);
    return home == IR_NONE || MUTANT(KEY_WITHOUT_VISIT) ? 0
                                                        : turn->inst->visits[home].visits;
}

/* Which time it is that this fibre's body runs in this visit. */
static uint32_t run_of(const struct turn *turn, const struct fibre *f)
{
    for (const struct fibre *parent; (parent = fork_parent(turn, f)) != NULL;)
        f = parent;
    switch ((enum fibre_kind)f->kind) {
    case FIBRE_HANDLER:
        return turn->inst->timers[f->owner].runs;
    case FIBRE_CHOICE:
        return f->number;
    case FIBRE_UNDO:
        return f->owner;
    case FIBRE_FLOW:
    case FIBRE_STATE:
    case FIBRE_PART:
        return 0;
    }
    return 0;
}

/* Does a loop begin here that ends behind `pc`? */
static bool is_loop_around(const struct ir_op *op, uint32_t pc)
{
    return (op->code == IR_EACH || op->code == IR_ROUND) && op->b > pc;
}

/* The loops around f->pc, inmost first: an EACH or ROUND before it in its body whose end
 * lies behind it. */
static void add_loops(struct buf *buf, const struct turn *turn, const struct fibre *f)
{
    const struct ir *ir = turn->ir;
    for (uint32_t pc = f->pc; pc > 0 && ir->code[pc].code != IR_ENTER; pc--) {
        const struct ir_op *op = &ir->code[pc];
        if (!is_loop_around(op, f->pc))
            continue;
        struct value index = place_get(turn, f, ir->loops[op->a].index);
        buf_i64(buf, index.kind == VALUE_INT ? index.whole : 0);
    }
}

/* The loops around it; for a part also which it is, and those around its FORK. */
static void add_spot(struct buf *buf, const struct turn *turn, const struct fibre *f)
{
    add_loops(buf, turn, f);
    for (const struct fibre *parent; (parent = fork_parent(turn, f)) != NULL;
         f = parent) {
        buf_char(buf, 'p');
        buf_u32(buf, f->index);
        add_loops(buf, turn, parent);
    }
}

static struct digest key_of_step(const struct turn *turn, const struct fibre *f,
                                 uint32_t operation, struct text step)
{
    struct buf buf;
    buf_init(&buf, turn->arena);
    add_operation(&buf, turn->ir, operation, 's');
    add_instance(&buf, turn);
    buf_bytes(&buf, step);
    buf_u32(&buf, visit_of(turn, f));
    buf_u32(&buf, run_of(turn, f));
    if (!MUTANT(KEY_WITHOUT_SPOT))
        add_spot(&buf, turn, f);
    return digest_remembered(buf_done(&buf));
}

/* The type of a block's value is not in the image; its own form says enough. */
static void add_value(struct buf *buf, struct value v)
{
    value_pack(buf, v);
}

static bool key_of_value(struct turn *turn, const struct fibre *f, uint32_t operation,
                         struct value args, struct digest *key)
{
    const struct ir_operation *op = &turn->ir->operations[operation];
    struct value v;
    struct buf buf;
    if (!turn_eval(turn, f, op->key, args.items, args.n, &v))
        return false;
    buf_init(&buf, turn->arena);
    add_operation(&buf, turn->ir, operation, 'v');
    add_value(&buf, v);
    *key = digest_remembered(buf_done(&buf));
    return true;
}

struct digest key_of_call(struct turn *turn, const struct fibre *f, uint32_t operation,
                          struct text step, struct value args, bool *is_known)
{
    struct digest key;
    *is_known = true;
    if (turn->ir->operations[operation].key_kind != IR_KEY_VALUE)
        return key_of_step(turn, f, operation, step);
    *is_known = key_of_value(turn, f, operation, args, &key);
    return *is_known ? key : (struct digest){{0}};
}

struct digest key_of_undo(struct turn *turn, uint32_t operation,
                          const struct undo_record *record, struct value args,
                          bool *is_known)
{
    struct buf buf;
    struct digest key;
    *is_known = true;
    if (turn->ir->operations[operation].key_kind == IR_KEY_VALUE) {
        *is_known = key_of_value(turn, NULL, operation, args, &key);
        return *is_known ? key : (struct digest){{0}};
    }
    buf_init(&buf, turn->arena);
    add_operation(&buf, turn->ir, operation, 'u');
    add_instance(&buf, turn);
    buf_add(&buf, record->key.bytes, sizeof record->key.bytes);
    buf_u32(&buf, MUTANT(UNDO_KEY_AGAIN) ? 0 : record->number);
    return digest_remembered(buf_done(&buf));
}

static uint32_t mixed(uint32_t a, uint64_t b)
{
    return a * 1000003 + (uint32_t)(b & 0xffffffff);
}

static uint32_t mix_loops(const struct turn *turn, const struct fibre *f, uint32_t n)
{
    const struct ir *ir = turn->ir;
    for (uint32_t pc = f->pc; pc > 0 && pc < ir->code_n && ir->code[pc].code != IR_ENTER;
         pc--) {
        const struct ir_op *op = &ir->code[pc];
        if (!is_loop_around(op, f->pc))
            continue;
        struct value index = place_get(turn, f, ir->loops[op->a].index);
        n = mixed(n, index.kind == VALUE_INT ? (uint64_t)index.whole : 0);
    }
    return n;
}

/* Not a digest, but as good a seed: instance, spot, visit, run, and positions of loops
 * and parts mixed in. */
struct digest key_seed(const struct turn *turn, const struct fibre *f)
{
    struct digest seed;
    uint32_t numbers[4] = {f->pc, visit_of(turn, f), run_of(turn, f), f->kind};
    numbers[3] = mix_loops(turn, f, numbers[3]);
    for (const struct fibre *part = f, *parent;
         (parent = fork_parent(turn, part)) != NULL; part = parent)
        numbers[3] = mix_loops(turn, parent, mixed(numbers[3], part->index + 1));
    memcpy(seed.bytes, turn->inst->id.bytes, sizeof turn->inst->id.bytes);
    memcpy(seed.bytes + 16, numbers, sizeof numbers);
    return seed;
}
