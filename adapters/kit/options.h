/* What a .bind file says of an adapter, read by the adapter's own table. */
#ifndef ADAPTERS_KIT_OPTIONS_H
#define ADAPTERS_KIT_OPTIONS_H

#include "adapters/adapter.h"

/* Every option is known, of its kind and within its bounds, and none that is needed is
 * missing; otherwise `err` names the option. It never shows a value, which may be a
 * secret. Whoever reads the options afterwards may rely on all of it. */
MUST_USE bool options_check(const struct adapter_option *table, const json_t *options,
                            struct err *err);

/* The value, or the standard one; the empty text, or NULL, where there is neither. */
struct text options_text(const struct adapter_option *table, const json_t *options,
                         const char *name);
int64_t options_number(const struct adapter_option *table, const json_t *options,
                       const char *name);
const json_t *options_words(const json_t *options, const char *name); /* an array */
const json_t *options_table(const json_t *options, const char *name); /* an object */

#endif
