# Decide, commit, act: loop turns, scheduling, commit, dispatch.
noinst_LIBRARIES += librun.a
librun_a_SOURCES = \
    %D%/breaker.h %D%/breaker.c \
    %D%/calendars.h %D%/calendars.c \
    %D%/commit.h %D%/commit.c \
    %D%/crowd.h %D%/crowd.c \
    %D%/decide.h %D%/decide.c \
    %D%/dispatch.h %D%/dispatch.c \
    %D%/engine.h %D%/engine.c \
    %D%/environment.h %D%/environment.c \
    %D%/flow_cache.h %D%/flow_cache.c \
    %D%/folders.h %D%/folders.c \
    %D%/front.h %D%/front.c \
    %D%/gate.h %D%/gate.c \
    %D%/hoard.h %D%/hoard.c \
    %D%/hooks.h %D%/hooks.c \
    %D%/inbox.h %D%/inbox.c \
    %D%/lease.h %D%/lease.c \
    %D%/mailbox.h %D%/mailbox.c %D%/mailbox_parts.h %D%/mailbox_letters.c %D%/mailbox_read.c \
    %D%/moments.h %D%/moments.c \
    %D%/mapping.h %D%/mapping.c \
    %D%/parts.h \
    %D%/poison.h %D%/poison.c %D%/blame.h %D%/blame.c %D%/holds.h %D%/holds.c \
    %D%/scans.h %D%/scans.c \
    %D%/sched.h %D%/sched.c \
    %D%/secrets.h %D%/secrets.c \
    %D%/slots.h %D%/slots.c \
    %D%/table.h %D%/table.c \
    %D%/turns.h %D%/turns.c \
    %D%/watch.h %D%/watch.c
EXTRA_DIST += %D%/README.md
