# Manual pages and what else is installed as documentation.
dist_man_MANS += docs/man/flowctl.1
dist_man_MANS += docs/man/flowd.8 docs/man/flowd.conf.5
dist_man_MANS += docs/man/flowc.1 docs/man/flow.5
