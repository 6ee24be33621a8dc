#!/bin/sh
# The language server as the protocol wants it.
exec python3 "${top_srcdir:-.}/tests/lsp/protocol.py"
