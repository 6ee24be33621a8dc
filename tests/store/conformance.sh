#!/bin/sh
# The conformance suite against memory and a PostgreSQL of its own.
exec "$top_srcdir/tests/support/pg_temp.sh" sh -c \
    'exec "$top_builddir/tests/store/conformance" "$FLOW_DB" '"${1:-}"
