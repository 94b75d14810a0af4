#!/bin/sh
# Objects of a catalogue from files, as the table of docs/benchmarks.md has them: every linked object merged one
# link deep, to standard XML. Needs GNU time.
#
#     tests/bench/catalogue.sh target/release/longshore [OBJECTS] [BATCH] [TIMES] [WORKERS]
set -eu
binary=$(realpath "$1")
objects=${2:-5000}
batch=${3:-100}
times=${4:-5}
workers=${5:-1}
tree=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 "$tree/tests/tools/catalogue" "$objects" "$folder/catalogue"
cat > "$folder/export.json" <<END
{"name": "Catalogue", "batch_size": $batch,
 "outputs": [{"to": "{_time} {_catalogue} {_extent} {_name}/", "from": "catalogue",
              "easydb": {"xml": true, "merge_linked_objects": "all"}}],
 "sources": {"catalogue": {"kind": "easydb", "path": "$folder/catalogue"}}}
END
for time in $(seq "$times"); do
    rm -rf "$folder/data" "$folder/out"
    /usr/bin/time -f "%e %U %S %M" -o "$folder/used" "$binary" run "$folder/export.json" --workers "$workers" \
        --data "$folder/data" --out "$folder/out" --json > "$folder/said"
    python3 - "$folder/out" "$objects" "$folder/used" <<'END'
import sys, zipfile
from pathlib import Path

out, objects = Path(sys.argv[1]), int(sys.argv[2])
seconds, user, system, kib = map(float, Path(sys.argv[3]).read_text().split())
archive = zipfile.ZipFile(next(out.glob("*.zip")))
xml = sum(entry.file_size for entry in archive.infolist())
print(f"{seconds:.2f} s, CPU {user + system:.2f} s, XML {xml / 1e6:.0f} MB, peak memory {kib * 1024 / 1e6:.0f} MB:"
      f" {objects / seconds:,.0f} objects/s, {xml / seconds / 1e6:.1f} MB of XML/s")
END
done
