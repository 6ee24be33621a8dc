# The language server and the editors.
TESTS += tests/lsp/protocol.sh tests/lsp/assist.sh tests/lsp/editors.sh tests/lsp/nvim.sh
EXTRA_DIST += tests/lsp
