/* Variables that clean up after themselves when their block ends. */
#ifndef ENGINE_BASE_SCOPED_H
#define ENGINE_BASE_SCOPED_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void scoped_free_(void *pointer)
{
    free(*(void **)pointer);
}

static inline void scoped_close_(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void scoped_fclose_(FILE **file)
{
    if (*file != NULL)
        fclose(*file);
}

#define scoped_free   __attribute__((cleanup(scoped_free_)))
#define scoped_close  __attribute__((cleanup(scoped_close_)))
#define scoped_fclose __attribute__((cleanup(scoped_fclose_)))

#endif
