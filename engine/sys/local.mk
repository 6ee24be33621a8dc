# The world: clock, dice, log, loop, faults, files. Only engine/base stands below it.
noinst_LIBRARIES += libsys.a
libsys_a_SOURCES = \
    %D%/clock.h %D%/clock.c \
    %D%/config.h %D%/config.c %D%/config.def \
    %D%/daemon.h %D%/daemon.c \
    %D%/dice.h %D%/dice.c \
    %D%/env.h %D%/env.c \
    %D%/fault.h %D%/fault.c %D%/faults.def \
    %D%/file.h %D%/file.c \
    %D%/keep.h %D%/keep.c \
    %D%/log.h %D%/log.c \
    %D%/loop.h %D%/loop.c \
    %D%/panic.h %D%/panic.c \
    %D%/spool.h %D%/spool.c \
    %D%/stats.h %D%/stats.c %D%/stats.def \
    %D%/zone_file.h %D%/zone_file.c
EXTRA_DIST += %D%/README.md
