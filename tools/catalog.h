/* What the adapters of this program offer, as the compiler wants to know it. */
#ifndef TOOLS_CATALOG_H
#define TOOLS_CATALOG_H

#include "dsl/catalog.h"

struct arena;

const struct catalog *catalog_of_adapters(struct arena *arena);

#endif
