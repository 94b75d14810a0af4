#!/usr/bin/env bash
# A private SeaweedFS: the S3 server that the tests take first. It checks signatures and honours
# conditional writes and part copies.
#
#   seaweedfs.sh run DIR     runs it in the foreground, with its data in DIR, and writes DIR/env
#   seaweedfs.sh ready DIR   succeeds once it serves
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../ports.sh"
dir=$2
bin=${LONGSHORE_TEST_VENV:-$here/../../../.cache/venv}/bin

run() {
  mkdir -p "$dir/data"
  claim_ports "$dir"
  cat >"$dir/s3.json" <<CONF
{"identities": [{"name": "test", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
  "credentials": [{"accessKey": "testkey", "secretKey": "testsecret"}]}]}
CONF
  cat >"$dir/env" <<ENV
export LONGSHORE_TEST_S3=http://127.0.0.1:$PORT
export LONGSHORE_TEST_S3_ACCESS_KEY=testkey
export LONGSHORE_TEST_S3_SECRET_KEY=testsecret
ENV
  # Its own statistics go to a host on the internet unless they are off. Without the election
  # settings a restart takes 15 s; without the last two ports it takes fixed ones. It takes nothing more once a
  # hundredth of the disk is left, which is gigabytes of a large one.
  WEED_S3_SSE_KEY=test GOMEMLIMIT=400MiB exec "$bin/weed" -logtostderr=true server -dir="$dir/data" \
    -ip=127.0.0.1 -ip.bind=127.0.0.1 -master.port=$((PORT + 1)) -master.port.grpc=$((PORT + 2)) \
    -master.volumeSizeLimitMB=1024 -master.telemetry=false \
    -master.electionTimeout=500ms -master.heartbeatInterval=100ms \
    -volume.port=$((PORT + 3)) -volume.port.grpc=$((PORT + 4)) -volume.max=100 -volume.minFreeSpace=256MiB -volume.preStopSeconds=1 \
    -filer -filer.port=$((PORT + 5)) -filer.port.grpc=$((PORT + 6)) \
    -s3 -s3.port="$PORT" -s3.port.grpc=$((PORT + 7)) -s3.config="$dir/s3.json" -s3.iam=false \
    -s3.port.iceberg=0 -s3.port.lance=0 >"$dir/log" 2>&1 </dev/null
}

# The bucket is made here because a server that can make one can write.
ready() {
  local port
  port=$(cat "$dir/port")
  answers "$port" && "$bin/python" "$here/../bucket.py" "http://127.0.0.1:$port" testkey testsecret
}

"$1"
