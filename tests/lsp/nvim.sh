#!/bin/sh
# Neovim with our configuration, typed at.
top_srcdir=$(cd "${top_srcdir:-.}" && pwd)
top_builddir=$(cd "${top_builddir:-.}" && pwd)
FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/nvim.XXXXXX") || exit 1
trap 'rm -rf "$FOLDER"' EXIT
XDG_CONFIG_HOME=$FOLDER/.x XDG_DATA_HOME=$FOLDER/.x XDG_STATE_HOME=$FOLDER/.x XDG_CACHE_HOME=$FOLDER/.x
export top_srcdir top_builddir FOLDER XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME
said=$(nvim --headless -n -i NONE -u NONE -c "luafile $top_srcdir/tests/lsp/nvim.lua" -c cquit! 2>&1)
status=$?
printf '%s\n' "$said" | tr -d '\r' # a terminal's line ends
exit $status
