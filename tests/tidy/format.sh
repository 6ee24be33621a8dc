#!/bin/sh
# clang-format (14, as in Debian 12) has nothing to say.
cd "${top_srcdir:-.}" || exit 1
command -v clang-format >/dev/null || { echo "clang-format is missing (tools/packages.txt)"; exit 1; }
git ls-files | grep -E '\.[ch]$' | xargs clang-format --dry-run -Werror
