#!/bin/sh
# The grammars of the editors, held against the server.
exec python3 "${top_srcdir:-.}/tests/lsp/editors.py"
