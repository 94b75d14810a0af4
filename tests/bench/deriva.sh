#!/usr/bin/env bash
# Bags of a catalogue of Deriva, by Longshore and by the engine of deriva-py, from the same server: rows as CSV and as
# JSON, and references to files.
#
#     tests/bench/deriva.sh target/release/longshore [ROWS] [ROUNDS]
#
# Needs ./check tools and the apt package time. Prints a table; what was measured lies in target/bench/deriva.
set -euo pipefail
binary=$(realpath "$1")
rows=${2:-200000}
rounds=${3:-3}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bench=$PWD/tests/bench
work=$PWD/target/bench/deriva
client=${LONGSHORE_TEST_VENV:-$PWD/.cache/venv}/bin/deriva-download-cli
rm -rf "$work"
mkdir -p "$work"

# It ends with this script, which holds its input.
cargo bench --locked -q -p tests --bench ermrest --no-run
coproc catalogue { exec cargo bench --locked -q -p tests --bench ermrest -- "$rows"; }
read -r url token <&"${catalogue[0]}"

# The request of a bag with these queries.
request() {
  printf '{"bag": {"bag_name": "%s", "bag_archiver": "zip", "bag_algorithms": ["md5", "sha256"]},
 "catalog": {"host": "%s", "catalog_id": "1", "query_processors": [%s]}}\n' "$1" "$url" "$2" >"$work/$1.json"
}

query() {
  printf '{"processor": "%s", "processor_params": {"query_path": "%s", "output_path": "%s"}}' "$@"
}

files='/attribute/pnc:image_files/url:=uri,length:=bytes,filename:=filename,md5:=md5sum,sha256:=sha256sum?limit=none'
request rows "$(query csv '/entity/pnc:big?limit=none' big), $(query json '/entity/pnc:big?limit=none' big)"
request references "$(query fetch "$files" files)"
printf '%s\n' "$token" >"$work/token"

longshore() {
  printf '%s' "rm -rf data && '$binary' run $1.json --host '$url' --bearer-file token --data data --out \"\$OUT\" --json"
}

deriva_py() {
  printf '%s' "mkdir \"\$OUT\" && HOME=\$PWD '$client' --quiet --catalog 1 --oauth2-token '$token' '$url' $1.json \"\$OUT\""
}

# How many lines a file of a bag has that a command makes.
lines() {
  (cd "$work" && rm -rf first && OUT=$work/first bash -euo pipefail -c "$2" >first.log 2>&1) || {
    cat "$work/first.log" >&2
    exit 1
  }
  unzip -p "$work/first/$1.zip" "$1/$3" | wc -l
}

# Only those are compared who bring the same.
for bag in "rows data/big.csv" "references fetch.txt"; do
  read -r name file <<<"$bag"
  ours=$(lines "$name" "$(longshore "$name")" "$file")
  theirs=$(lines "$name" "$(deriva_py "$name")" "$file")
  if [ "$ours" != "$theirs" ] || [ "$ours" -lt "$rows" ]; then
    echo "$file of $name has $ours lines by longshore, and $theirs by deriva-py" >&2
    exit 1
  fi
  "$bench/measure.py" --name "$name" --rounds "$rounds" --work "$work" --units "$rows" \
    --case longshore "$(longshore "$name")" --case deriva-py "$(deriva_py "$name")"
done
"$bench/deriva.py" "$work"
