check_PROGRAMS += tests/golden/decision/decision_player tests/golden/decision/wander tests/golden/decision/throw
tests_golden_decision_throw_SOURCES = tests/golden/decision/throw.c
TESTS += tests/golden/decision/decision.sh tests/golden/decision/wander.sh
EXTRA_DIST += tests/golden/decision
tests_golden_decision_decision_player_SOURCES = tests/golden/decision/player.c \
    tests/golden/decision/read.h tests/golden/decision/read.c
tests_golden_decision_decision_player_LDADD = libplay.a libdsl.a $(LINK_CORE)
tests_golden_decision_wander_SOURCES = tests/golden/decision/wander.c \
    tests/golden/decision/read.h tests/golden/decision/read.c
tests_golden_decision_wander_LDADD = libplay.a libdsl.a $(LINK_CORE)
