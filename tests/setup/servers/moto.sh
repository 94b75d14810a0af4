#!/usr/bin/env bash
# A second S3 server of another make: moto. It keeps everything in memory and checks no signatures,
# but reads requests differently from the first.
#
#   moto.sh run DIR     runs it in the foreground and writes DIR/env
#   moto.sh ready DIR   succeeds once it serves
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../ports.sh"
dir=$2
bin=${LONGSHORE_TEST_VENV:-$here/../../../.cache/venv}/bin

run() {
  mkdir -p "$dir"
  claim_ports "$dir"
  echo "export LONGSHORE_TEST_S3_SECOND=http://127.0.0.1:$PORT" >"$dir/env"
  exec "$bin/python" "$here/../moto_server.py" -H 127.0.0.1 -p "$PORT" >"$dir/log" 2>&1 </dev/null
}

ready() {
  local port
  port=$(cat "$dir/port")
  answers "$port" && curl -sf -m 5 -o /dev/null -X PUT "http://127.0.0.1:$port/longshore-test"
}

"$1"
