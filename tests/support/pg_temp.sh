#!/bin/sh
# A PostgreSQL cluster to throw away: pg_temp.sh COMMAND [ARG…] makes one in a fresh folder, on a
# Unix socket only, runs COMMAND with FLOW_DB set to its connection string, and removes it again,
# whatever happens. Without COMMAND it prints the connection string and waits for end of input.
# PG_TEMP_FAST=1 switches fsync off (where durability is not what is tested).
set -eu

bin=
for d in "${PG_BINDIR:-}" $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n -r) \
    "$(pg_config --bindir 2>/dev/null || true)" /usr/local/bin /usr/bin; do
    if [ -n "$d" ] && [ -x "$d/initdb" ] && [ -x "$d/postgres" ]; then bin=$d; break; fi
done
[ -n "$bin" ] || { echo "pg_temp: no PostgreSQL server programs found; set PG_BINDIR" >&2; exit 77; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/pgt.XXXXXX")
as=
if [ "$(id -u)" = 0 ]; then
    # PostgreSQL refuses to run as root.
    user=nobody
    id postgres >/dev/null 2>&1 && user=postgres
    chown "$user" "$dir"
    as="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups"
fi

cd "$dir"
server=
stop() {
    trap - EXIT HUP INT TERM
    if [ -n "$server" ] && kill -QUIT "$server" 2>/dev/null; then
        wait "$server" 2>/dev/null || true
    fi
    cd /
    rm -rf "$dir"
}
trap stop EXIT
trap 'stop; exit 129' HUP
trap 'stop; exit 130' INT
trap 'stop; exit 143' TERM

fsync=on
if [ "${PG_TEMP_FAST:-0}" = 1 ]; then
    fsync=off
    export FLOW_DURABILITY=any
fi
$as "$bin/initdb" -D "$dir/data" -U flow_admin -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
    >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
fsync = $fsync
timezone = 'UTC'
log_timezone = 'UTC'
max_connections = 100
shared_buffers = ${PG_TEMP_BUFFERS:-128MB}
max_wal_size = ${PG_TEMP_WAL:-1GB}
client_connection_check_interval = 1s
CONF
# Not through pg_ctl: the server is our own child, and its end is waited for.
$as "$bin/postgres" -D "$dir/data" >"$dir/server.log" 2>&1 &
server=$!
tries=0
until "$bin/psql" -h "$dir" -U flow_admin -d postgres -qAtc 'select 1' >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 200 ] || ! kill -0 "$server" 2>/dev/null; then
        cat "$dir/server.log" >&2
        exit 1
    fi
    sleep 0.05
done
"$bin/psql" -h "$dir" -U flow_admin -d postgres -qAtc \
    "create role flow_dev login createrole" -c "create database flow owner flow_dev" >/dev/null

FLOW_DB="host=$dir user=flow_dev dbname=flow"
FLOW_DB_ADMIN="host=$dir user=flow_admin dbname=flow"
export FLOW_DB FLOW_DB_ADMIN
cd - >/dev/null
if [ $# -eq 0 ]; then
    echo "$FLOW_DB"
    cat >/dev/null
else
    status=0
    "$@" || status=$?
    if [ "$status" -gt 1 ] && [ -n "${PG_TEMP_SHOW:-}" ]; then cat "$dir/server.log" >&2; fi
    exit "$status"
fi
