#!/usr/bin/env bash
# The servers that the tests share.
#
#   servers.sh start DIR   starts them, waits until all serve, and writes their addresses to DIR/env
#   servers.sh stop DIR    ends them, by the process ids that are noted in DIR, and removes their data
#
# To work on one test:  tests/setup/servers.sh start /tmp/ls && source /tmp/ls/env
# DIR must be a folder that other users may enter: PostgreSQL runs as its own.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
servers=(rabbitmq redis seaweedfs moto postgres mariadb)
# Seconds until a server must serve; on a busy machine RabbitMQ has taken 20.
deadline=90

start() {
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  for name in "${servers[@]}"; do
    mkdir -p "$dir/$name"
    setsid bash "$here/servers/$name.sh" run "$dir/$name" >"$dir/$name/start.log" 2>&1 </dev/null &
    echo $! >"$dir/$name/pid"
  done
  local waits=()
  for name in "${servers[@]}"; do
    await "$name" &
    waits+=($!)
  done
  local failed=0
  for wait in "${waits[@]}"; do
    wait "$wait" || failed=1
  done
  [ $failed = 0 ] || { stop; exit 1; }
  for name in "${servers[@]}"; do cat "$dir/$name/env"; done >"$dir/env"
}

await() {
  local name=$1 pid end=$((SECONDS + deadline))
  pid=$(cat "$dir/$name/pid")
  until bash "$here/servers/$name.sh" ready "$dir/$name" >"$dir/$name/ready.log" 2>&1; do
    if ! runs "$pid" || [ $SECONDS -ge $end ]; then
      echo "$name does not serve:" >&2
      tail -n 20 "$dir/$name/start.log" "$dir/$name/log" "$dir/$name/log/stdout" "$dir/$name/ready.log" 2>/dev/null >&2
      return 1
    fi
    sleep 0.1
  done
}

# By SIGKILL: the data are thrown away, and SeaweedFS takes 17 s to end otherwise. PostgreSQL is
# told to end at once, for its shared memory would outlive a SIGKILL.
stop() {
  local name port signal
  for name in "${servers[@]}"; do
    [ -s "$dir/$name/pid" ] || continue
    signal=KILL
    [ "$name" = postgres ] && signal=QUIT
    kill -"$signal" "$(cat "$dir/$name/pid")" 2>/dev/null || true
  done
  for name in "${servers[@]}"; do
    [ -s "$dir/$name/pid" ] || continue
    while runs "$(cat "$dir/$name/pid")"; do sleep 0.05; done
    port=$(cat "$dir/$name/port" 2>/dev/null || echo none)
    rm -f /tmp/seaweedfs-*-"${port%0}"[0-9].sock
    rm -rf "${dir:?}/$name"
  done
  rm -f "$dir/env"
}

# runs PID: whether it still does. One that has ended counts as gone before its parent has noticed.
runs() { grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$1/status"; }

dir=${2:?"servers.sh start DIR | stop DIR"}
case $1 in
  start) start ;;
  stop) stop ;;
  *) echo "servers.sh start DIR | stop DIR" >&2; exit 2 ;;
esac
