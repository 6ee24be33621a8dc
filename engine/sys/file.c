/* Small files, read and written whole. */
#include "engine/sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/scoped.h"

enum { PATH_BYTES = 4096 };

static bool write_whole(int fd, struct text content);
static void sync_folder_of(const char *path);

bool file_read(struct arena *arena, const char *path, size_t bytes_max, struct text *out,
               struct err *err)
{
    scoped_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_FAILED,
                       "cannot read %s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return err_set(err, ERR_FAILED, "%s is not a file", path);
    if ((size_t)about.st_size > bytes_max)
        return err_set(err, ERR_TOO_LARGE, "%s has more than %zu bytes", path, bytes_max);
    char *bytes = arena_alloc(arena, (size_t)about.st_size + 1);
    size_t n = 0;
    while (n < (size_t)about.st_size) {
        ssize_t got = read(fd, bytes + n, (size_t)about.st_size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, ERR_FAILED, "cannot read %s: %s", path, strerror(errno));
        if (got == 0)
            break;
        n += (size_t)got;
    }
    *out = (struct text){bytes, n};
    return true;
}

bool file_write(const char *path, struct text content, unsigned mode, struct err *err)
{
    char aside[PATH_BYTES];
    if ((size_t)snprintf(aside, sizeof aside, "%s.new", path) >= sizeof aside)
        return err_set(err, ERR_USAGE, "the path %.60s… is too long", path);
    scoped_close int fd =
        open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (mode_t)mode);
    if (fd < 0 || !write_whole(fd, content) || fsync(fd) != 0 || rename(aside, path) != 0)
        return err_set(err, ERR_FAILED, "cannot write %s: %s", path, strerror(errno));
    sync_folder_of(path);
    return true;
}

static bool write_whole(int fd, struct text content)
{
    while (content.n > 0) {
        ssize_t wrote = write(fd, content.chars, content.n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        content.chars += wrote, content.n -= (size_t)wrote;
    }
    return true;
}

/* The rename itself must survive too. */
static void sync_folder_of(const char *path)
{
    char folder[PATH_BYTES];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path + 1),
             slash == NULL ? "." : path);
    scoped_close int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        fsync(fd);
}

bool file_is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

uint64_t file_stamp(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return 0;
    return ((uint64_t)about.st_mtim.tv_sec * 1000000000 +
            (uint64_t)about.st_mtim.tv_nsec) *
               31 +
           (uint64_t)about.st_size * 31 + (uint64_t)about.st_ino;
}

bool file_make_folder(const char *path, unsigned mode, struct err *err)
{
    char part[PATH_BYTES];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part)
        return err_set(err, ERR_USAGE, "\"%.60s\" cannot be a folder's path", path);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        snprintf(part, sizeof part, "%.*s", (int)i, path);
        if (mkdir(part, i == n ? (mode_t)mode : 0755) != 0 && errno != EEXIST)
            return err_set(err, ERR_FAILED, "cannot make the folder %s: %s", part,
                           strerror(errno));
    }
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode))
        return err_set(err, ERR_FAILED, "%s is not a folder", path);
    return true;
}
