# Flows that begin by the clock, in places whose clocks jump.
check_PROGRAMS += tests/zones/occurrences
tests_zones_occurrences_SOURCES = tests/zones/occurrences.c
tests_zones_occurrences_LDADD = libcore.a libir.a $(LINK_SYS)
TESTS += tests/zones/zones.py
EXTRA_DIST += tests/zones/README.md tests/zones/zones.py
