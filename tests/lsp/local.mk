# The language server and the editors.
TESTS += tests/lsp/protocol.sh
EXTRA_DIST += tests/lsp
