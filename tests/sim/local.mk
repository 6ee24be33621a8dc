# Several engines in one process on a simulated world: a seed gives everything that happens.
check_PROGRAMS += tests/sim/sim
tests_sim_sim_SOURCES = tests/sim/sim.c tests/sim/sim.h tests/sim/play.c tests/sim/shop.c tests/sim/judge.c \
    tests/sim/story.c tests/sim/systems.h tests/sim/systems.c \
    tests/unit/lower/compiled.h tests/unit/lower/compiled.c
tests_sim_sim_LDADD = libdsl.a $(LINK_RUN)
TESTS += tests/sim/sim.sh
EXTRA_DIST += %D%/README.md tests/sim/sim.sh tests/sim/trade.flow tests/sim/blind.flow \
    tests/sim/family.flow tests/sim/race.flow tests/sim/rounds.flow tests/sim/clock.flow tests/sim/ears.flow tests/sim/systems.bind
