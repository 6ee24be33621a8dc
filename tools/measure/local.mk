# What tools/bench measures with.
noinst_PROGRAMS += tools/measure/measure
tools_measure_measure_SOURCES = tools/measure/measure.c tools/measure/measure.h tools/measure/limit.c \
    tools/measure/flow.c tools/measure/latency.c tools/measure/target.c
tools_measure_measure_LDADD = $(LINK_SYS) $(PQ_LIBS)
EXTRA_DIST += tools/bench tools/measure/more.sh tools/measure/README.md tools/measure/bench.flow tools/measure/bench.bind

noinst_PROGRAMS += tools/measure/language
tools_measure_language_SOURCES = tools/measure/language.c
tools_measure_language_LDADD = libdsl.a $(LINK_CORE)
