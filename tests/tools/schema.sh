#!/bin/sh
# Types as JSON Schema: each comes back as the same type, and a validator of others judges samples as we do
# (tests/unit/tools/test_schema.c holds the same samples against what the engine takes).
set -u
here=$(cd "$(dirname "$0")" && pwd)
top_srcdir=$(readlink -f "${top_srcdir:-$here/../..}")
flowc=$(readlink -f "${top_builddir:-.}/flowc")
work=$(mktemp -d "${TMPDIR:-/tmp}/schema.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
python3 "$here/schema.py" "$flowc" "$here" "$top_srcdir/flows"
