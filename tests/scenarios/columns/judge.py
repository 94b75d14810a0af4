"""Reads every file with pyarrow, and with DuckDB."""

import json
import pathlib
import sys

import duckdb
import pyarrow as arrow
import pyarrow.parquet as parquet

made = pathlib.Path(sys.argv[1])


def table(name):
    found = parquet.read_table(made / name)
    found.validate(full=True)
    return found, {field.name: field.type for field in found.schema}


found, types = table("all.parquet")
texts = {"mixed", "text", "when", "never", "blank", "long"}
for name, kind in types.items():
    expected = {"id": arrow.int64(), "big": arrow.int64(), "share": arrow.float64(), "flag": arrow.bool_()}
    if name in ("deep", "place", "rank"):
        # Without an extension type for JSON, it is what JSON is kept in.
        assert kind in (arrow.string(), arrow.binary(), getattr(arrow, "json_", lambda: None)()), kind
    else:
        assert kind == expected.get(name, arrow.string()), (name, kind)
columns = found.to_pydict()
assert columns["id"] == [1, 2, 3, 4]
assert columns["big"] == [9007199254740993, -9223372036854775808, None, 0]
assert columns["share"] == [0.5, 1.0, 1e300, -0.1]
assert columns["flag"] == [True, None, False, True]
assert columns["mixed"] == ["1", "b", "true", '{"k":"v"}']
assert columns["text"] == ["a", "", "ä 🚢\n\0", "=1+1"]
assert columns["never"] == [None] * 4 and columns["blank"] == ["", "", "", None]
assert columns["long"] == ["12345678901234567890", "1", None, "2"]
assert parquet.ParquetFile(made / "all.parquet").metadata.created_by == "longshore"

found, types = table("flat.parquet")
assert found.column_names == ["d.x", "d.l[0]", "d.l[1]", "d.y", "id"], found.column_names
assert found.to_pydict()["d.l[0]"] == [1.5, None, None, None]
assert found.to_pydict()["d.y"] == [None, None, None, True]
assert table("none.parquet")[0].num_rows == 0

found, types = table("localised.parquet")
languages, levels = ["title#de-DE", "title#en-US", "title#it-IT"], ["place#0", "place#1"]
values = ["deep.x", "deep.l", "deep.y", "rank"]
assert found.column_names == ["id", "title", *languages, *levels, *values], found.column_names
assert types["title#en-US"] == types["deep.x"] == arrow.int64() and types["deep.y"] == arrow.bool_(), types
assert types["title#it-IT"] == types["place#0"] == types["deep.l"] == arrow.string(), types
# What is joined is a text, though no list has more than one number.
assert types["rank"] == table("ranks.parquet")[1]["rank"] == arrow.string(), types

# What is checked in, whoever reads it.
expected = json.loads((pathlib.Path(__file__).parent / "expected.json").read_text(encoding="utf-8"))
for name, rows in expected.items():
    assert table(name)[0].to_pylist() == rows, (name, table(name)[0].to_pylist())
database = duckdb.connect()
for name, rows in expected.items():
    database.execute(f"CREATE TABLE \"{name}\" AS FROM '{made / name}'")
    found = database.execute(f"FROM \"{name}\"").fetchall()
    columns = [column[0] for column in database.description]
    assert [dict(zip(columns, row)) for row in found] == rows, (name, found)
kinds = dict(database.execute('SELECT column_name, column_type FROM (DESCRIBE "all.parquet")').fetchall())
assert (kinds["id"], kinds["share"], kinds["flag"], kinds["deep"]) == ("BIGINT", "DOUBLE", "BOOLEAN", "JSON"), kinds
assert database.execute("SELECT sum(id), max(deep->>'$.x') FROM \"all.parquet\"").fetchone() == (10, "1")
print("as it should be")
