/* Which adapters there are, by the name a .bind file gives them. */
#ifndef ADAPTERS_REGISTRY_H
#define ADAPTERS_REGISTRY_H

#include <stddef.h>

#include "adapters/adapter.h"

/* The one of `over NAME`; NULL: there is none. */
const struct adapter_ops *adapter_ops_find(struct text name);

/* By position, in the order of registry.def; NULL past the end. */
const struct adapter_ops *adapter_ops_at(size_t i);
const char *adapter_sentence_at(size_t i);

#endif
