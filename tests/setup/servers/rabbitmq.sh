#!/usr/bin/env bash
# A private RabbitMQ node with its management API.
#
#   rabbitmq.sh run DIR     runs it in the foreground, with its data in DIR, and writes DIR/env
#   rabbitmq.sh ready DIR   succeeds once it serves
#
# It has a port mapper (epmd) of its own, so that it neither finds nor disturbs another node. Its
# data outlive a SIGKILL; run again in the same DIR, it comes back with them, on the same ports.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../ports.sh"
dir=$2

run() {
  mkdir -p "$dir/log" "$dir/mnesia"
  claim_ports "$dir"
  # A node name per port block: Mnesia keeps the name in its files.
  export HOME=$dir RABBITMQ_NODENAME="longshore$PORT@localhost"
  export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$PORT RABBITMQ_DIST_PORT=$((PORT + 1))
  export RABBITMQ_MNESIA_BASE=$dir/mnesia RABBITMQ_LOG_BASE=$dir/log RABBITMQ_PID_FILE=$dir/rabbitmq.pid
  export RABBITMQ_CONFIG_FILE=$dir/rabbitmq.conf RABBITMQ_ADVANCED_CONFIG_FILE=$dir/advanced.config
  export RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_ENABLED_PLUGINS_FILE=$dir/enabled_plugins
  export ERL_EPMD_PORT=$((PORT + 3)) ERL_EPMD_ADDRESS=127.0.0.1
  export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"
  # With it, the start script becomes the server instead of waiting beside it: one process to end.
  export RABBITMQ_ALLOW_INPUT=1
  if [ ! -s "$dir/.erlang.cookie" ]; then
    printf 'LONGSHORE%s' "$PORT" >"$dir/.erlang.cookie"
    chmod 400 "$dir/.erlang.cookie"
  fi
  echo '[rabbitmq_management].' >"$dir/enabled_plugins"
  cat >"$dir/rabbitmq.conf" <<CONF
loopback_users = none
management.tcp.ip = 127.0.0.1
management.tcp.port = $((PORT + 2))
log.console = false
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 50MB
collect_statistics_interval = 1000
CONF
  cat >"$dir/env" <<ENV
export LONGSHORE_TEST_AMQP=amqp://guest:guest@127.0.0.1:$PORT/%2f
export LONGSHORE_TEST_AMQP_MANAGEMENT=http://guest:guest@127.0.0.1:$((PORT + 2))
ENV
  local server
  server=$(printf '%s\n' /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server | sort -V | tail -n 1)
  # The port mapper ends with this process, which is about to become the server.
  setpriv --pdeathsig KILL epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 >/dev/null 2>&1 9>&- </dev/null &
  cd "$dir"
  exec "$server" -noinput >"$dir/log/stdout" 2>&1 </dev/null
}

ready() {
  local management
  management=$(sed -n 's/^export LONGSHORE_TEST_AMQP_MANAGEMENT=//p' "$dir/env" 2>/dev/null)
  answers "$(cat "$dir/port")" && curl -sf -m 5 -o /dev/null "$management/api/overview"
}

"$1"
