#!/usr/bin/env bash
# Compares Longshore with what people use today, on this machine.
#
#   tests/bench/run.sh              5 million rows, 2,000 files, 200 photographs, 10,000 tasks, three rounds (40 min)
#   tests/bench/run.sh --tiny       the same with next to nothing, to see that it works
#   tests/bench/run.sh [--tiny] [--rounds N] table tree packers images tasks fleet roles formats    only some of the eight
#
# Needs ./check tools and `cargo build --release --workspace`; time and miller come from apt. Inputs are made
# once, in target/bench, and are the same on every machine. Results: target/bench/results.json and
# results.md, a row per contender, in rounds that take turns, so that a slow minute of the machine does
# not fall on one of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bench=$PWD/tests/bench
work=$PWD/target/bench
venv=$PWD/.cache/bench-venv
longshore=${LONGSHORE_BINARY:-$PWD/target/release/longshore}
export LONGSHORE_TEST_VENV=$PWD/.cache/venv

rows=5000000 scale=1 files=2000 photos=200 tasks=10000 records=1000000 rounds=3 parts=()
while [ $# -gt 0 ]; do
  case $1 in
    --tiny) rows=50000 scale=0.01 files=20 photos=8 tasks=200 records=10000 rounds=1 work+=/tiny ;;
    --rounds) rounds=$2; shift ;;
    table | tree | packers | images | tasks | fleet | roles | formats) parts+=("$1") ;;
    *) sed -n '4,6s/^# *//p' "$0" >&2; exit 2 ;;
  esac
  shift
done
[ ${#parts[@]} -gt 0 ] || parts=(table tree packers images tasks fleet roles formats)

# Programs to compare with, which the tests do not need.
install_contenders() {
  local missing=() program
  for program in time:time mlr:miller; do
    type -P "${program%:*}" >/dev/null || missing+=("${program#*:}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 install -qy --no-install-recommends "${missing[@]}"
}

prepare() {
  mkdir -p "$work"
  install_contenders
  if [ "$(cat "$venv/installed" 2>/dev/null)" != "$(sha256sum "$bench/requirements.txt")" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check -r "$bench/requirements.txt"
    sha256sum "$bench/requirements.txt" >"$venv/installed"
  fi
  servers=$(mktemp -d /tmp/longshore-bench.XXXXXX)
  chmod 755 "$servers"
  trap 'tests/setup/servers.sh stop "$servers"; rmdir "$servers"' EXIT
  tests/setup/servers.sh start "$servers"
  source "$servers/env"
}

# The table that is exported, once for all parts.
load_table() {
  [ -z "${loaded:-}" ] || return 0
  "$bench/load_table.sh" "$work" "$venv/bin/tpchgen-cli" "$scale" "$rows"
  "$bench/definitions.py" table "$LONGSHORE_TEST_POSTGRES" >"$work/table.json"
  "$bench/definitions.py" tenth "$LONGSHORE_TEST_POSTGRES" >"$work/tenth.json"
  loaded=yes
}

# A table of PostgreSQL as one CSV file in a ZIP archive, and plain.
table() {
  load_table
  "$bench/definitions.py" plain "$LONGSHORE_TEST_POSTGRES" >"$work/plain.json"
  local copy="COPY (SELECT * FROM lineitem ORDER BY id) TO STDOUT (FORMAT csv, HEADER)"
  "$bench/measure.py" --name table --rounds "$rounds" --work "$work" \
    --case longshore "rm -rf data && '$longshore' run table.json --out \"\$OUT\" --data data --workers 2 --json" \
    --case "psql, zip" "mkdir \"\$OUT\" && psql -X '$LONGSHORE_TEST_POSTGRES' -c '$copy' | zip -q \"\$OUT/table.zip\" -" \
    --case "psql, gzip" "mkdir \"\$OUT\" && psql -X '$LONGSHORE_TEST_POSTGRES' -c '$copy' | gzip > \"\$OUT/table.csv.gz\"" \
    --case "longshore, plain file" "rm -rf data && '$longshore' run plain.json --out \"\$OUT\" --data data --workers 2 --json" \
    --case "psql, plain file" "mkdir \"\$OUT\" && psql -X '$LONGSHORE_TEST_POSTGRES' -c '$copy' > \"\$OUT/table.csv\"" \
    --case "python: psycopg, csv, zipfile" \
    "mkdir \"\$OUT\" && '$venv/bin/python' '$bench/python_table.py' '$LONGSHORE_TEST_POSTGRES' \"\$OUT/table.zip\""
}

# A tree of files, as records with assets, in a ZIP archive.
tree() {
  "$bench/make_tree.py" "$work/tree" "$files"
  "$bench/definitions.py" tree >"$work/tree.json"
  "$bench/measure.py" --name tree --rounds "$rounds" --work "$work" \
    --case longshore "rm -rf data && '$longshore' run tree.json --out \"\$OUT\" --data data --workers 2 --json" \
    --case zip "mkdir \"\$OUT\" && zip -q -r \"\$OUT/tree.zip\" tree" \
    --case "zip -n .jpg (stores photographs)" "mkdir \"\$OUT\" && zip -q -r -n .jpg \"\$OUT/tree.zip\" tree" \
    --case "7-Zip, 2 threads" "mkdir \"\$OUT\" && 7zz a -bso0 -bsp0 -tzip -mmt2 \"\$OUT/tree.zip\" tree" \
    --case "bsdtar" "mkdir \"\$OUT\" && bsdtar --format zip -cf \"\$OUT/tree.zip\" tree" \
    --case "python: zipfile" "mkdir \"\$OUT\" && '$venv/bin/python' '$bench/python_tree.py' tree \"\$OUT/tree.zip\""
}

# The tree in every packing, and a tenth of it: what each costs, and that no memory grows with it.
packers() {
  in_every_packing packers "rm -rf data && '$longshore' run DEFINITION --out \"\$OUT\" --data data --workers 2 --json"
}

# The same on a fleet, for the memory of each role.
roles() {
  in_every_packing roles "'$bench/fleet.py' '$longshore' DEFINITION"
}

# Measures a command with the tree and a tenth of it, in every packing.
in_every_packing() {
  local part=$1 command=$2 cases=() packer name count
  for packer in none zip zip_10mb zip_2gb tar tar_gz tar_bz2 tar_zst bag; do
    for name in tree10 tree; do
      count=$files
      [ "$name" = tree ] || count=$((files / 10))
      "$bench/make_tree.py" "$work/$name" "$count"
      "$bench/definitions.py" packed "$packer" "$name" >"$work/$packer-$name.json"
      cases+=(--case "$packer, $count files" "${command/DEFINITION/$packer-$name.json}")
    done
  done
  "$bench/measure.py" --name "$part" --rounds "$rounds" --work "$work" "${cases[@]}"
}

# Photographs of 12 million pixels as JPEGs of 1024: in a ZIP archive, and by ImageMagick as files. With a
# hint of the size it reads JPEGs at half or quarter of theirs, which nobody else does here.
images() {
  "$bench/make_photos.sh" "$work/photos" "$photos"
  "$bench/definitions.py" images >"$work/images.json"
  local small="-filter Catrom -resize 1024x1024 -quality 80"
  "$bench/measure.py" --name images --rounds "$rounds" --work "$work" --units "$photos" \
    --case longshore "rm -rf data && '$bench/all_of_it.py' '$longshore' run images.json --out \"\$OUT\" --data data --workers 2 --json" \
    --case "ImageMagick, 2 threads" "mkdir \"\$OUT\" && MAGICK_THREAD_LIMIT=2 mogrify -path \"\$OUT\" $small photos/*.jpg" \
    --case "ImageMagick, 2 processes" "mkdir \"\$OUT\" && ls photos/*.jpg | MAGICK_THREAD_LIMIT=1 xargs -P 2 -n 10 mogrify -path \"\$OUT\" $small" \
    --case "ImageMagick, 2 processes, with a hint" "mkdir \"\$OUT\" && ls photos/*.jpg | MAGICK_THREAD_LIMIT=1 xargs -P 2 -n 10 mogrify -define jpeg:size=1024x1024 -path \"\$OUT\" $small"
}

# Tasks that do nothing, through RabbitMQ with confirms and late acknowledgement, results in Redis:
# the loop that workers run, and Celery. And batches of one record, which Longshore also plans,
# renders, commits to disk and packs.
tasks() {
  cargo bench --locked -q -p tests --bench tasks --no-run
  "$bench/definitions.py" tasks "$work/tasks.jsonl" "$tasks" >"$work/tasks.json"
  "$bench/measure.py" --name tasks --rounds "$rounds" --work "$work" --units "$tasks" \
    --case "longshore, queue and board" "cd '$PWD' && cargo bench --locked -q -p tests --bench tasks -- $tasks" \
    --case "longshore, whole batches in one process" "rm -rf data && '$longshore' run tasks.json --out \"\$OUT\" --data data --workers 2 --json" \
    --case "celery, prefork 2" "'$venv/bin/python' '$bench/celery_rate.py' $tasks" \
    --case "celery, prefork 2, unconfirmed" "CELERY_UNCONFIRMED=1 '$venv/bin/python' '$bench/celery_rate.py' $tasks"
}

# Whole exports on RabbitMQ, Redis and SeaweedFS: the memory of each role over ten times growth, and
# how little the agent moves.
fleet() {
  load_table
  "$bench/make_tree.py" "$work/tree3" $((files * 3 / 2))
  "$bench/definitions.py" tree tree3 >"$work/tree3.json"
  local run="'$bench/fleet.py' '$longshore'"
  "$bench/measure.py" --name fleet --rounds "$rounds" --work "$work" \
    --case "a tenth of the table" "$run tenth.json" \
    --case "the table" "$run table.json" \
    --case "the tree, half as many files again" "$run tree3.json"
}

# JSON records of about 600 bytes in every format, a tenth of them by Python and Miller, and a
# hundredth to see that memory does not grow. Then datasets, the index, stylesheets and workbooks with
# pictures, all of them by Python, xsltproc and openpyxl too.
formats() {
  cargo bench --locked -q --workspace --bench formats -- "$records" | tee "$work/formats.md"
}

prepare
for part in "${parts[@]}"; do "$part"; done
"$bench/report.py" "$work" | tee "$work/results.md"
