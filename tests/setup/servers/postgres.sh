#!/usr/bin/env bash
# A private PostgreSQL without a password and without fsync: its data are gone with the test. Who asks for
# TLS gets it, by a certificate that DIR/tls/ca.pem has signed.
#
#   postgres.sh run DIR     runs it in the foreground, with its data in DIR, and writes DIR/env
#   postgres.sh ready DIR   succeeds once it serves
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../ports.sh"
dir=$2
bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

run() {
  mkdir -p "$dir"
  claim_ports "$dir"
  echo "export LONGSHORE_TEST_POSTGRES=postgresql://postgres@127.0.0.1:$PORT/postgres" >"$dir/env"
  echo "export LONGSHORE_TEST_POSTGRES_CA=$dir/tls/ca.pem" >>"$dir/env"
  [ -s "$dir/tls/server.pem" ] || "$here/certificate.sh" "$dir/tls"
  # PostgreSQL refuses to run as root; its own user must get at DIR. Changing the user clears the
  # signal that ends it with its parent, so it is asked for again.
  local as=()
  if [ "$(id -u)" = 0 ]; then
    chmod 755 "$dir"
    mkdir -p "$dir/data" && chown postgres "$dir/data" && chmod 700 "$dir/data"
    chown postgres "$dir/tls/server.key"
    as=(setpriv --reuid postgres --regid postgres --init-groups --pdeathsig "${LONGSHORE_TEST_PDEATHSIG:-clear}")
  fi
  cd /
  if [ ! -s "$dir/data/PG_VERSION" ]; then
    "${as[@]}" "$bin/initdb" -D "$dir/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1
  fi
  exec "${as[@]}" "$bin/postgres" -D "$dir/data" -p "$PORT" -k "" -c listen_addresses=127.0.0.1 \
    -c ssl=on -c ssl_cert_file="$dir/tls/server.pem" -c ssl_key_file="$dir/tls/server.key" \
    -c fsync=off -c max_connections=200 >"$dir/log" 2>&1 </dev/null
}

ready() { "$bin/pg_isready" -q -h 127.0.0.1 -p "$(cat "$dir/port")" -U postgres; }

"$1"
