# The language server and the editors.
TESTS += tests/lsp/protocol.sh tests/lsp/assist.sh
EXTRA_DIST += tests/lsp
