#!/usr/bin/env bash
# An exporter in Ruby that writes a large array (examples/plugins/large_array) over a folder of datasets, each entry with
# three annotations: in one process, in one for each dataset one after the other, and with two of them at once; and the
# same entries as JSON Lines without a plugin.
#
#     tests/bench/plugins.sh target/release/longshore [ENTRIES] [ROUNDS]
#
# Needs Ruby. Prints a line of JSON for each run, and fails where parts make another result than the whole.
set -euo pipefail
binary=$(realpath "$1")
entries=${2:-200000}
rounds=${3:-3}
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(cd "$bench/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$bench/make_datasets.py" "$entries" "$work/labels"

# A configuration whose exporter is run so.
configuration() {
  printf '[plugins]\nfolders = ["%s/examples/plugins"]\nruntime = "%s/sdk/ruby"\n' "$tree" "$tree"
  printf 'shard = { "LargeArray::Export" = { by = "%s", merge = "json_array" } }\n' "$1"
}
configuration none >"$work/whole.toml"
configuration dataset >"$work/parts.toml"

# A definition with this output.
definition() {
  printf '{"name": "Labels", "outputs": [{"to": "labels.json", "from": "labels", %s}],
 "transports": [{"type": "download", "packer": "none"}],
 "sources": {"labels": {"kind": "dataset", "directory": "%s/labels"}}}\n' "$1" "$work"
}
definition '"plugin": "LargeArray::Export"' >"$work/plugin.json"
definition '"format": "jsonl"' >"$work/native.json"

# A run by a configuration and a definition, with so many batches at once.
measure() {
  rm -rf "$work/data" "$work/out"
  printf '%s, %s at once: ' "$1" "$4"
  "$bench/plugin_run.py" "$entries" "$binary" --config "$2" run "$3" --workers "$4" --data "$work/data" \
    --out "$work/out" --json
  made=$(find "$work/out" -name labels.json -exec sha256sum {} + | cut -d' ' -f1)
}

for _ in $(seq "$rounds"); do
  measure whole "$work/whole.toml" "$work/plugin.json" 1
  whole=$made
  for workers in 1 2; do
    measure 'by dataset' "$work/parts.toml" "$work/plugin.json" "$workers"
    if [ "$made" != "$whole" ]; then
      echo "the parts make another result than the whole" >&2
      exit 1
    fi
  done
  measure native "$work/whole.toml" "$work/native.json" 1
done
