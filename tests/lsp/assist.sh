#!/bin/sh
# The language server while somebody types.
exec python3 "${top_srcdir:-.}/tests/lsp/assist.py"
