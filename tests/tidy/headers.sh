#!/bin/sh
# Every header compiles alone: it includes what it uses.
cd "${top_srcdir:-.}" || exit 1
bad=0
for header in $(git ls-files engine dsl adapters tools tests | grep '\.h$'); do
    printf '#include "%s"\n' "$header" |
        ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -fsyntax-only -Wall -Wextra -I. -I"${top_builddir:-.}" \
            -I"$(pg_config --includedir 2>/dev/null)" -x c - ||
        { echo "$header: does not compile alone"; bad=1; }
done
exit $bad
