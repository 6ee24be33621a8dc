# Programs that people start: flowc, flowctl, and what tests and demonstrations need.

# What their command lines share. Link with libcli.a $(LINK_DSL) $(LINK_ADAPTERS).
noinst_LIBRARIES += libcli.a
libcli_a_SOURCES = tools/cli.c tools/cli.h tools/sources.c tools/sources.h tools/catalog.c tools/catalog.h \
    tools/published.c tools/published.h

# Plays an image on a held clock, and runs tests so. Link with libplay.a $(LINK_CORE).
noinst_LIBRARIES += libplay.a
libplay_a_SOURCES = tools/play.h tools/play.c tools/test_run.h tools/test_run_in.h tools/test_kin.h tools/test_kin.c tools/test_begins.h tools/test_begins.c tools/test_run.c \
    tools/sequence.h tools/sequence.c \
    tools/test_expect.c tools/test_cover.h tools/test_cover.c \
    tools/explore/explore.h tools/explore/explore_in.h tools/explore/explore.c tools/explore/expect.c \
    tools/explore/literal.c tools/explore/search.c tools/explore/seen.c tools/explore/state_hash.c \
    tools/explore/story.c tools/explore/world.c tools/explore/world_choices.c tools/explore/world_kin.c tools/explore/world_step.c tools/explore/literal.h

# A flow played by hand. Link with libsimulate.a libplay.a $(LINK_CORE) $(EDIT_LIBS).
noinst_LIBRARIES += libsimulate.a
libsimulate_a_SOURCES = tools/prompt.h tools/prompt.c tools/simulate/simulate.h tools/simulate/simulate_in.h \
    tools/simulate/simulate.c tools/simulate/session.c tools/simulate/says.c tools/simulate/says.def

# Pictures of flows. Link with libgraph.a libdsl.a.
noinst_LIBRARIES += libgraph.a
libgraph_a_SOURCES = tools/graph/graph.h tools/graph/graph.c tools/graph/graph_dot.c tools/graph/graph_mermaid.c \
    tools/doc/doc.h tools/doc/doc.c tools/doc/doc_flow.c \
    tools/graph/graph_json.c tools/graph/graph_text.c tools/graph/graph_svg.c

bin_PROGRAMS += flowc
flowc_SOURCES = tools/flowc.c tools/flowc_commands.def tools/flowc_options.def tools/flowc/flowc.h \
    tools/flowc/cmd_graph.c tools/flowc/cmd_sequence.c tools/flowc/cmd_schema.c tools/flowc/cmd_doc.c tools/flowc/cmd_check.c tools/flowc/cmd_dump.c tools/flowc/cmd_explain.c tools/flowc/cmd_fix.c tools/flowc/cmd_fmt.c \
    tools/flowc/cmd_diff.c \
    tools/flowc/cmd_explore.c tools/flowc/cmd_simulate.c tools/flowc/cmd_test.c
flowc_LDADD = libsimulate.a libgraph.a libcli.a libplay.a libdsl.a $(LINK_CORE) $(LINK_ADAPTERS) $(LINK_SYS) $(EDIT_LIBS)

bin_PROGRAMS += flowctl
flowctl_SOURCES = tools/flowctl.c tools/flowctl_commands.def tools/flowctl_options.def \
    tools/client.c tools/client.h tools/client_states.def tools/lines.c tools/lines.h \
    tools/print.c tools/print.h tools/print_forms.def tools/print_looks.def \
    tools/flowctl/bulk.c tools/flowctl/bulk.h tools/flowctl/commands.h tools/flowctl/kit.c \
    tools/flowctl/judge.c tools/flowctl/judge.h tools/flowctl/kit.h tools/flowctl/load.c tools/flowctl/load.h tools/flowctl/request.c \
    tools/flowctl/request.h tools/flowctl/until.h tools/flowctl/doctor.def \
    tools/flowctl/moving.h tools/flowctl/moving.c tools/flowctl/deployed.h tools/flowctl/deployed.c tools/flowctl/cmd_command.c tools/flowctl/cmd_completion.c tools/flowctl/cmd_deploy.c \
    tools/flowctl/adapters.h tools/flowctl/cmd_adapters.c tools/flowctl/cmd_doctor.c tools/flowctl/cmd_history.c tools/flowctl/cmd_inbox.c tools/flowctl/cmd_moments.c tools/flowctl/cmd_retention.c \
    tools/flowctl/cmd_list.c tools/flowctl/flows.h tools/flowctl/cmd_flows.c tools/flowctl/cmd_show.c tools/flowctl/cmd_sql.c \
    tools/flowctl/cmd_start.c tools/flowctl/cmd_task.c tools/flowctl/cmd_token.c \
    tools/flowctl/cmd_verify.c tools/flowctl/verify.c tools/flowctl/verify.h tools/flowctl/sample.c tools/flowctl/sample.h \
    tools/flowctl/where.c tools/flowctl/where.h tools/flowctl/cmd_export.c tools/flowctl/cmd_wait.c
flowctl_LDADD = libcli.a libdsl.a libadapters.a $(LINK_STORE) $(CURL_LIBS)

include tools/lsp/local.mk
include tools/editors/local.mk
include tools/sandbox/local.mk
include tools/measure/local.mk
