/* A folder into which others put files, each of which is taken once.
 *
 * The folder IN has three of its own: IN/taken, IN/done, IN/failed. A file IN/x is
 * claimed by renaming it to IN/taken/CLAIM.x, CLAIM being a fresh id; of several who try
 * one succeeds. What became of it is told by renaming it again, to done/ or failed/ under
 * the same name; failed/CLAIM.x.why says why. A claim is on the disk before it is told
 * of: it is the file's one identity, also after a loss of power.
 *
 * Whoever writes into IN is not trusted. Symbolic links are never followed, also not
 * where our own three folders should be; only regular files of one name are opened, and
 * at most `bytes_max` of them read. */
#ifndef ENGINE_SYS_SPOOL_H
#define ENGINE_SYS_SPOOL_H

#include <stdint.h>

#include "engine/base/err.h"
#include "engine/base/id.h"
#include "engine/base/text.h"
#include "engine/base/vec.h"

struct arena;

struct spool {
    int in, taken, done, failed; /* descriptors of the four folders */
};

/* IN must be there; the three are made. Cheap: meant to be opened for each look. */
MUST_USE bool spool_open(struct spool *spool, const char *path, struct err *err);
void spool_close(struct spool *spool);

#define scoped_spool __attribute__((cleanup(spool_close)))

struct spool_name {
    struct text name;
    bool is_claimed; /* it lies in taken/ */
};
struct spool_names {
    VEC(struct spool_name) list;
};

/* At most `most` names, those claimed first, else in the order of bytes. Names that begin
 * with a dot are nobody's: writers write under such a one and rename. */
void spool_list(const struct spool *spool, struct arena *look, uint32_t most,
                struct spool_names *names);

enum spool_answer {
    SPOOL_HERE,  /* it is ours, or was read */
    SPOOL_LATER, /* somebody may still be writing it */
    SPOOL_GONE,  /* somebody else has it, or it is none of our business */
    SPOOL_BAD    /* `err` says why it never will be: put it away */
};

/* IN/x becomes taken/CLAIM.x; `claimed` is its name there, on `arena`. LATER: it was
 * written to within the last second. What is not a regular file is claimed as well, and
 * is BAD when it is read; folders are left alone. Wall-clock µs. */
enum spool_answer spool_claim(const struct spool *spool, struct arena *arena,
                              struct text name, struct id claim, int64_t now,
                              struct text *claimed, struct err *err);

/* CLAIM and the name it had, of a name in taken/. False: nobody claimed it. */
bool spool_claim_of(struct text claimed, struct text *claim, struct text *name);

struct spool_file {
    struct text bytes;
    int64_t written_at; /* for the last time */
    int64_t claimed_at; /* about: a rename changes it */
};
/* How it stands with a file in taken/; its bytes only with `bytes_max` above 0. */
enum spool_answer spool_read(const struct spool *spool, struct arena *arena,
                             struct text claimed, size_t bytes_max,
                             struct spool_file *file, struct err *err);

/* To done/; or to failed/, with `why` beside it. False: it stays in taken/. */
MUST_USE bool spool_done(const struct spool *spool, struct text claimed, struct err *err);
MUST_USE bool spool_failed(const struct spool *spool, struct text claimed,
                           struct text why, struct err *err);

#endif
