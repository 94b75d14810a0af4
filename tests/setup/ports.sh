# Sourced by the scripts in servers/. Gives each server ten ports of its own.
#
# Ports stay below 32768: above it, any client's socket may take one between our look and the
# server's bind. A block is held by a file lock that the server inherits and that ends with it, so
# that servers started at the same moment cannot meet. Blocks lie below 20000, for tests take single ports
# from there to 30000 (tests/src/port.rs) and know nothing of the locks.

# claim_ports DIR: sets PORT to the first port of a free block; a server that is started again in
# the same DIR gets the block it had.
claim_ports() {
  local locks="${TMPDIR:-/tmp}/longshore-ports-$(id -u)" try
  mkdir -p "$locks"
  if [ -s "$1/port" ]; then
    PORT=$(cat "$1/port")
    exec 9>"$locks/$PORT"
    flock -w 20 9 || { echo "ports from $PORT on are still held" >&2; return 1; }
    return
  fi
  for ((try = 0; try < 200; try++)); do
    PORT=$((10000 + (RANDOM % 1000) * 10))
    exec 9>"$locks/$PORT"
    flock -n 9 && block_is_free && { echo "$PORT" >"$1/port"; return; }
  done
  echo "no ten free ports in a row between 10000 and 20000" >&2
  return 1
}

block_is_free() {
  local port
  for ((port = PORT; port < PORT + 10; port++)); do
    answers "$port" && return 1
  done
  return 0
}

# answers PORT: whether somebody listens there.
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
