#!/usr/bin/env bash
# Loads TPC-H's table `lineitem` into the PostgreSQL of the tests, with a key of its own:
#
#   load_table.sh WORK TPCHGEN SCALE ROWS
#
# The generator has no random start: scale 1 has the same 6,001,215 rows everywhere.
set -euo pipefail
work=$1 generator=$2 scale=$3 rows=$4
if [ ! -s "$work/lineitem.csv" ]; then
  "$generator" csv -s "$scale" --tables=lineitem --output-dir="$work"
fi
columns="l_orderkey bigint, l_partkey bigint, l_suppkey bigint, l_linenumber int, l_quantity numeric,
  l_extendedprice numeric, l_discount numeric, l_tax numeric, l_returnflag text, l_linestatus text,
  l_shipdate date, l_commitdate date, l_receiptdate date, l_shipinstruct text, l_shipmode text, l_comment text"
names=$(sed -E 's/ (bigint|int|numeric|text|date)//g' <<<"$columns")
psql -qX -v ON_ERROR_STOP=1 "$LONGSHORE_TEST_POSTGRES" -c "CREATE TABLE lineitem (id bigserial PRIMARY KEY, $columns)"
head -n $((rows + 1)) "$work/lineitem.csv" |
  psql -qX -v ON_ERROR_STOP=1 "$LONGSHORE_TEST_POSTGRES" -c "COPY lineitem ($names) FROM STDIN (FORMAT csv, HEADER)"
psql -qX "$LONGSHORE_TEST_POSTGRES" -c "VACUUM ANALYZE lineitem"
