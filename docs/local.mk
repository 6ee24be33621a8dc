# Manual pages and what else is installed as documentation.
dist_man_MANS += docs/man/flowctl.1
dist_man_MANS += docs/man/flowd.8 docs/man/flowd.conf.5
dist_man_MANS += docs/man/flowc.1 docs/man/flow.5
# What editors open for a diagnostic (codeDescription), and the pages it leads on to.
dist_doc_DATA = docs/DIAGNOSTICS.md docs/LANGUAGE.md docs/BINDINGS.md docs/EDITORS.md
