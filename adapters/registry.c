/* Which adapters there are. */
#include "adapters/registry.h"

#define ADAPTER(name, sentence) extern const struct adapter_ops adapter_##name;
#include "adapters/registry.def"
#undef ADAPTER

static const struct {
    const struct adapter_ops *ops;
    const char *sentence;
} adapters[] = {
#define ADAPTER(name, sentence) {&adapter_##name, sentence},
#include "adapters/registry.def"
#undef ADAPTER
};

enum { ADAPTERS = sizeof adapters / sizeof *adapters };

const struct adapter_ops *adapter_ops_find(struct text name)
{
    for (size_t i = 0; i < ADAPTERS; i++)
        if (text_is_chars(name, adapters[i].ops->name))
            return adapters[i].ops;
    return NULL;
}

const struct adapter_ops *adapter_ops_at(size_t i)
{
    return i < ADAPTERS ? adapters[i].ops : NULL;
}

const char *adapter_sentence_at(size_t i)
{
    return i < ADAPTERS ? adapters[i].sentence : NULL;
}
