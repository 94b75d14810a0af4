"""Compares the example's archive, unpacked, with the records and drawings it was made from."""

import csv
import json
import pathlib
import sys
import unicodedata

source, made = map(pathlib.Path, sys.argv[1:])

with open(source / "clipart.jsonl", encoding="utf-8") as file:
    records = [json.loads(line) for line in file]
with open(made / "clipart.json", encoding="utf-8") as file:
    assert json.load(file) == records, "clipart.json"

# Begins with a byte order mark, which utf-8-sig takes off.
raw = (made / "clipart.csv").read_bytes()
assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\xef\xbb\xbf") == 1, "byte order mark"
with open(made / "clipart.csv", newline="", encoding="utf-8-sig") as file:
    table = list(csv.DictReader(file))
fields = ["id", "title", "creator", "date", "keywords", "description", "file"]
assert list(table[0]) == fields, "header"
assert len(table) == len(records), "rows"


def shown(value):
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def safe(text):
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "\0") else text


for row, record in zip(table, records):
    for field in fields:
        expected, found = shown(record[field]), row[field]
        if isinstance(record[field], list):
            assert json.loads(found) == record[field], (field, found)
        else:
            assert found == safe(expected), (field, found, expected)

drawings = {unicodedata.normalize("NFC", file.name): file for file in (made / "media").iterdir()}
assert len(drawings) == len(records), "drawings"
for record in records:
    drawing = source / record["file"]
    name = unicodedata.normalize("NFC", drawing.name)
    assert drawings[name].read_bytes() == drawing.read_bytes(), name
print("as it should be")
