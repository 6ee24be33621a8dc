/* Some instances of all, held against their journals: what `flowctl doctor` has time for.
 */
#ifndef TOOLS_FLOWCTL_SAMPLE_H
#define TOOLS_FLOWCTL_SAMPLE_H

#include "tools/flowctl/kit.h"

struct sampled {
    uint32_t agree, differ;
    struct text
        says; /* a line, on the arena of `kit`: the first that differ, what to do */
};

/* --verify; its standard where it was not given, 0: none. */
MUST_USE bool sample_size(const struct cli *cli, uint32_t *out, struct err *err);

/* Looks at `most` instances at most, each at a moment of its own, and changes nothing.
 * They lie all over the range of ids, so that what ended long ago is among them, and half
 * of them live, where so many do. Each look takes others. */
MUST_USE bool sample_verify(struct kit *kit, uint32_t most, struct sampled *out,
                            struct err *err);

#endif
