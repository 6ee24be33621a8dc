/* Answers by itself: the result is made from the operation's type, or is the argument
 * named `reply`. */
#include "adapters/adapter.h"
#include "adapters/kit/options.h"
#include "engine/base/arena.h"
#include "engine/base/limits.h"

struct adapter {
    struct arena *life;
};

static const struct adapter_option fake_options[] = {{0}};

static struct adapter *fake_open(const struct adapter_setup *setup, struct err *err)
{
    if (!options_check(fake_options, setup->options, err))
        return NULL;
    struct arena *life = arena_new("fake", LIMIT_ADAPTER_BYTES);
    struct adapter *adapter = arena_new_of(life, struct adapter);
    adapter->life = life;
    return adapter;
}

/* `reply` counts where it is of the result's type: the core tells, and makes a value of
 * the type where it is not. */
static void fake_begin(struct adapter *adapter, struct call *call)
{
    (void)adapter;
    call_done(call, &(struct call_outcome){.kind = CALL_VALUE,
                                           .data = json_object_get(call->args, "reply"),
                                           .is_sample = true});
}

static void fake_cancel(struct adapter *adapter, struct call *call)
{
    (void)adapter, (void)call;
    must(false); /* every call has ended in begin() */
}

static void fake_close(struct adapter *adapter)
{
    if (adapter != NULL)
        arena_free(adapter->life);
}

const struct adapter_ops adapter_fake = {
    .name = "fake",
    .abi = ADAPTER_ABI,
    .options = fake_options,
    .open = fake_open,
    .begin = fake_begin,
    .cancel = fake_cancel,
    .close = fake_close,
};
