#!/bin/sh
# Every header compiles alone: it includes what it uses.
cd "${top_srcdir:-.}" || exit 1
flags="-std=gnu11 -D_GNU_SOURCE -fsyntax-only -Wall -Wextra -I. -I${top_builddir:-.}"
flags="$flags $(pkg-config --cflags libpq jansson libcurl libevent 2>/dev/null)"
git ls-files engine dsl adapters tools tests | grep '\.h$' |
    xargs -P 2 -I HEADER sh -c 'printf "#include \"%s\"\n" HEADER | '"${CC:-cc} $flags"' -x c - ||
        { echo "HEADER: does not compile alone"; exit 1; }'
