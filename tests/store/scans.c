/* What must never be is looked for beside everything else. */
#include "tests/store/check.h"

void every_scanner_answers(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    for (int i = 0; i < STORE_SCANS; i++) {
        struct got got = do_scan(side, node, (enum store_scan)i);
        CHECK(got.err.code == ERR_OK && got.text.n > 0);
    }
    CHECK(do_beat(side, node).err.code == ERR_OK);
    node_kill(node);
}
