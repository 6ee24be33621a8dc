/* Folders of files that are taken once: claimed, read, put away. */
#include "engine/sys/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/scoped.h"
#include "engine/base/utf8.h"

enum {
    NAME_BYTES = 256,
    QUIET = 1000000, /* µs since the last write, until a file counts as whole */
    CLAIM_CHARS = ID_TEXT_BYTES - 1
};

/* ---- opening ---- */

static const struct spool closed = {-1, -1, -1, -1};

static bool open_own(const struct spool *spool, const char *name, int *fd)
{
    if (mkdirat(spool->in, name, 0700) != 0 && errno != EEXIST)
        return false;
    *fd = openat(spool->in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *fd >= 0;
}

bool spool_open(struct spool *spool, const char *path, struct err *err)
{
    *spool = closed;
    spool->in = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (spool->in >= 0 && open_own(spool, "taken", &spool->taken) &&
        open_own(spool, "done", &spool->done) &&
        open_own(spool, "failed", &spool->failed))
        return true;
    err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_FAILED, "the folder %s: %s", path,
            strerror(errno));
    err_hint(err, "make it, and let flowd's user write in it");
    spool_close(spool);
    return false;
}

void spool_close(struct spool *spool)
{
    const int fds[] = {spool->in, spool->taken, spool->done, spool->failed};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    *spool = closed;
}

/* ---- what is there ---- */

static int by_name(const void *a, const void *b)
{
    const struct spool_name *one = a, *other = b;
    if (one->is_claimed != other->is_claimed)
        return one->is_claimed ? -1 : 1;
    return text_cmp(one->name, other->name);
}

static bool is_own(const char *name)
{
    return strcmp(name, "taken") == 0 || strcmp(name, "done") == 0 ||
           strcmp(name, "failed") == 0;
}

/* The descriptor is opened anew: a shared one would share its place in the folder. */
static void list_folder(int folder, bool is_claimed, struct arena *look, uint32_t most,
                        struct spool_names *names)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while (names->list.n < most && (entry = readdir(dir)) != NULL) {
        struct spool_name name = {.is_claimed = is_claimed};
        if (entry->d_name[0] == '.' || (!is_claimed && is_own(entry->d_name)))
            continue;
        name.name = text_dup(look, text_of(entry->d_name));
        vec_push(look, &names->list, name);
    }
    closedir(dir);
}

void spool_list(const struct spool *spool, struct arena *look, uint32_t most,
                struct spool_names *names)
{
    *names = (struct spool_names){0};
    list_folder(spool->taken, true, look, most, names);
    list_folder(spool->in, false, look, most, names);
    if (names->list.n > 0)
        qsort(names->list.at, names->list.n, sizeof *names->list.at, by_name);
}

/* ---- claiming ---- */

static int64_t microseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* What is written tomorrow, by its own word, is whole today. */
static bool is_quiet(const struct stat *about, int64_t now)
{
    int64_t written = microseconds(about->st_mtim);
    return written <= now - QUIET || written > now + QUIET;
}

/* A name that nothing could be told of keeps only its claim. */
static bool name_fits(struct text name)
{
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.chars[i] < ' ' || name.chars[i] == 0x7f)
            return false;
    return name.n <= LIMIT_FOLDER_NAME_BYTES && utf8_valid(name, NULL);
}

enum spool_answer spool_claim(const struct spool *spool, struct arena *arena,
                              struct text name, struct id claim, int64_t now,
                              struct text *claimed, struct err *err)
{
    const char *from = text_chars(arena, name);
    char id[ID_TEXT_BYTES];
    struct stat about;
    id_print(claim, id);
    if (fstatat(spool->in, from, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
        S_ISDIR(about.st_mode))
        return SPOOL_GONE;
    if (!is_quiet(&about, now))
        return SPOOL_LATER;
    *claimed = text_of(name_fits(name) ? arena_printf(arena, "%s.%s", id, from)
                                       : arena_printf(arena, "%s", id));
    if (renameat(spool->in, from, spool->taken, claimed->chars) == 0) {
        if (fsync(spool->taken) == 0 && fsync(spool->in) == 0)
            return SPOOL_HERE;
    } else if (errno == ENOENT) {
        return SPOOL_GONE;
    }
    err_set(err, ERR_FAILED, "cannot claim \"%s\": %s", from, strerror(errno));
    return SPOOL_LATER;
}

bool spool_claim_of(struct text claimed, struct text *claim, struct text *name)
{
    struct id id;
    *claim = text_cut(claimed, 0, claimed.n < CLAIM_CHARS ? claimed.n : CLAIM_CHARS);
    if (!id_parse(*claim, &id) ||
        (claimed.n > CLAIM_CHARS && claimed.chars[CLAIM_CHARS] != '.'))
        return false;
    *name = claimed.n > CLAIM_CHARS ? text_cut(claimed, CLAIM_CHARS + 1, claimed.n)
                                    : (struct text){"", 0};
    return true;
}

/* ---- reading ---- */

static enum spool_answer bad(struct err *err, const char *why)
{
    err_set(err, ERR_BAD_DATA, "%s", why);
    return SPOOL_BAD;
}

static enum spool_answer judge(const struct stat *about, size_t bytes_max,
                               struct err *err)
{
    if (S_ISLNK(about->st_mode))
        return bad(err, "a symbolic link is no file: the file itself is wanted");
    if (!S_ISREG(about->st_mode))
        return bad(err, "it is no regular file");
    if (about->st_nlink > 1)
        return bad(err,
                   "the file has another name elsewhere: a copy of its own is wanted");
    if ((uint64_t)about->st_size > bytes_max) {
        err_set(err, ERR_TOO_LARGE, "the file has more than %zu bytes", bytes_max);
        return SPOOL_BAD;
    }
    return SPOOL_HERE;
}

static bool read_whole(int fd, char *bytes, size_t n, size_t *got)
{
    *got = 0;
    while (*got < n) {
        ssize_t some = read(fd, bytes + *got, n - *got);
        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0)
            return false;
        if (some == 0)
            break;
        *got += (size_t)some;
    }
    return true;
}

enum spool_answer spool_read(const struct spool *spool, struct arena *arena,
                             struct text claimed, size_t bytes_max,
                             struct spool_file *file, struct err *err)
{
    const char *name = text_chars(arena, claimed);
    struct stat about;
    struct text claim, old;
    *file = (struct spool_file){0};
    if (fstatat(spool->taken, name, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
        S_ISDIR(about.st_mode))
        return SPOOL_GONE;
    file->written_at = microseconds(about.st_mtim);
    file->claimed_at = microseconds(about.st_ctim);
    if (bytes_max == 0)
        return SPOOL_HERE;
    enum spool_answer answer = judge(&about, bytes_max, err);
    if (answer != SPOOL_HERE)
        return answer;
    if (!spool_claim_of(claimed, &claim, &old) || old.n == 0)
        return bad(err, "the file's name must be UTF-8 of at most 200 bytes, without "
                        "control characters");
    /* What lstat saw may have been replaced meanwhile: only what is open counts. */
    scoped_close int fd =
        openat(spool->taken, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0) {
        err_set(err, ERR_FAILED, "it cannot be read: %s", strerror(errno));
        return errno == ENOENT ? SPOOL_GONE : SPOOL_BAD;
    }
    if ((answer = judge(&about, bytes_max, err)) != SPOOL_HERE)
        return answer;
    char *bytes = arena_alloc(arena, (size_t)about.st_size + 1);
    file->bytes.chars = bytes;
    if (read_whole(fd, bytes, (size_t)about.st_size, &file->bytes.n))
        return SPOOL_HERE;
    err_set(err, ERR_FAILED, "it cannot be read: %s", strerror(errno));
    return SPOOL_BAD;
}

/* ---- putting away ---- */

static bool move(const struct spool *spool, int to, struct text claimed, struct err *err)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, TEXT_FMT, TEXT_ARG(claimed));
    if (renameat(spool->taken, name, to, name) != 0) {
        if (errno == ENOENT) /* another node knew the same */
            return true;
        return err_set(err, ERR_FAILED, "cannot put \"%s\" away: %s", name,
                       strerror(errno));
    }
    fsync(to);
    return true;
}

bool spool_done(const struct spool *spool, struct text claimed, struct err *err)
{
    return move(spool, spool->done, claimed, err);
}

/* The reason is there before the file is, so that nobody finds it without. */
bool spool_failed(const struct spool *spool, struct text claimed, struct text why,
                  struct err *err)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, TEXT_FMT ".why", TEXT_ARG(claimed));
    scoped_close int fd = openat(
        spool->failed, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return err_set(err, ERR_FAILED, "cannot write \"%s\": %s", name, strerror(errno));
    while (fd >= 0 && why.n > 0) {
        ssize_t wrote = write(fd, why.chars, why.n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return err_set(err, ERR_FAILED, "cannot write \"%s\": %s", name,
                           strerror(errno));
        why = text_cut(why, (size_t)wrote, why.n);
    }
    return move(spool, spool->failed, claimed, err);
}
