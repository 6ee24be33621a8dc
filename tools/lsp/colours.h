/* What each word is, for colours: the semantic tokens of the protocol. */
#ifndef TOOLS_LSP_COLOURS_H
#define TOOLS_LSP_COLOURS_H

#include <jansson.h>

json_t *colours_legend(void);

#endif
