#!/usr/bin/env bash
# A private Redis with an append-only file.
#
#   redis.sh run DIR     runs it in the foreground, with its data in DIR, and writes DIR/env
#   redis.sh ready DIR   succeeds once it serves
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../ports.sh"
dir=$2

run() {
  mkdir -p "$dir"
  claim_ports "$dir"
  echo "export LONGSHORE_TEST_REDIS=redis://127.0.0.1:$PORT" >"$dir/env"
  exec redis-server --bind 127.0.0.1 --port "$PORT" --dir "$dir" --save "" \
    --appendonly yes --appendfsync everysec >"$dir/log" 2>&1 </dev/null
}

ready() { [ "$(redis-cli -p "$(cat "$dir/port")" ping 2>/dev/null)" = PONG ]; }

"$1"
