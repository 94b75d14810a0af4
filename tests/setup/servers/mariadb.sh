#!/usr/bin/env bash
# A private MariaDB without a password and without fsync: its data are gone with the test. Who asks for
# TLS gets it, by a certificate that DIR/tls/ca.pem has signed.
#
#   mariadb.sh run DIR     runs it in the foreground, with its data in DIR, and writes DIR/env
#   mariadb.sh ready DIR   succeeds once it serves
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../ports.sh"
dir=$2

run() {
  mkdir -p "$dir"
  claim_ports "$dir"
  echo "export LONGSHORE_TEST_MYSQL=mysql://root@127.0.0.1:$PORT/test" >"$dir/env"
  echo "export LONGSHORE_TEST_MYSQL_CA=$dir/tls/ca.pem" >>"$dir/env"
  [ -s "$dir/tls/server.pem" ] || "$here/certificate.sh" "$dir/tls"
  # As PostgreSQL, it runs as a user of its own, and its end is tied to its parent's anew.
  local as=()
  if [ "$(id -u)" = 0 ]; then
    chmod 755 "$dir"
    mkdir -p "$dir/data" && chown mysql "$dir/data" && chmod 700 "$dir/data"
    chown mysql "$dir/tls/server.key"
    as=(setpriv --reuid mysql --regid mysql --init-groups --pdeathsig "${LONGSHORE_TEST_PDEATHSIG:-clear}")
  fi
  cd /
  if [ ! -d "$dir/data/mysql" ]; then
    "${as[@]}" mariadb-install-db --no-defaults --datadir="$dir/data" --skip-name-resolve \
      --auth-root-authentication-method=normal --innodb-flush-log-at-trx-commit=0 >"$dir/install.log" 2>&1
  fi
  exec "${as[@]}" "$(type -P mariadbd || echo /usr/sbin/mariadbd)" --no-defaults --datadir="$dir/data" --port="$PORT" \
    --bind-address=127.0.0.1 --socket="$dir/data/socket" --pid-file="$dir/data/pid" --skip-name-resolve \
    --ssl-cert="$dir/tls/server.pem" --ssl-key="$dir/tls/server.key" \
    --innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=64M --skip-log-bin --max-connections=200 \
    >"$dir/log" 2>&1 </dev/null
}

ready() { mariadb-admin --no-defaults -h 127.0.0.1 -P "$(cat "$dir/port")" -u root --silent ping; }

"$1"
