# The world: clock, dice, log, loop, faults, files. Only engine/base stands below it.
noinst_LIBRARIES += libsys.a
libsys_a_SOURCES = %D%/clock.h %D%/dice.h %D%/log.h %D%/fault.h %D%/faults.def %D%/loop.h %D%/config.h \
    %D%/config.def %D%/stats.h %D%/stats.def %D%/panic.h %D%/daemon.h %D%/file.h
EXTRA_DIST += %D%/README.md
