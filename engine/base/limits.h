/* Every bound of the product, by name: LIMIT_JSON_BYTES. */
#ifndef ENGINE_BASE_LIMITS_H
#define ENGINE_BASE_LIMITS_H

enum {
#define LIMIT(name, value, why) LIMIT_##name = (value),
#include "engine/base/limits.def"
#undef LIMIT
};

#endif
