# flowc with a heap that runs out.
check_PROGRAMS += tests/starved/flowc
tests_starved_flowc_SOURCES = $(flowc_SOURCES) tests/starved/starved.c
tests_starved_flowc_LDADD = $(flowc_LDADD)
tests_starved_flowc_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=aligned_alloc
TESTS += tests/starved/starved.sh
EXTRA_DIST += tests/starved/starved.sh tests/starved/README.md
