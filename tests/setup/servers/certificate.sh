#!/usr/bin/env bash
# A certificate for 127.0.0.1 and localhost, signed by an authority of its own.
#
#   certificate.sh DIR     writes DIR/ca.pem, DIR/server.pem and DIR/server.key
#
# DIR/stranger.pem is another authority, which has signed nothing.
set -euo pipefail
dir=$1
mkdir -p "$dir"

authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$2" \
    -keyout "$dir/$1.key" -out "$dir/$1.pem" 2>/dev/null
}

authority ca "test authority"
authority stranger "another authority"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=server" \
  -keyout "$dir/server.key" -out "$dir/server.csr" 2>/dev/null
openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 30 \
  -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out "$dir/server.pem" 2>/dev/null
chmod 600 "$dir"/*.key
