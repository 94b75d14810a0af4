"""Reads every table back with Python's own modules and compares it with the records."""

import csv
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

records_file, made = map(pathlib.Path, sys.argv[1:])


class Number(str):
    """A number as it is spelled."""


def lines(path):
    # Only a line feed ends a record; a text may hold other line ends.
    texts = path.read_text(encoding="utf-8").split("\n")
    return [parsed(text) for text in texts if text]


def parsed(text):
    return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=Number)


records = lines(records_file)
fields = list(records[0])


def shown(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def safe(value):
    # A plain number stays one, whatever its sign.
    if isinstance(value, Number) or re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", value):
        return value
    return "'" + value if value[:1] in set("=+-@\t\r\n\0＝＋－＠") and value else value


def table(name, **options):
    with open(made / name, newline="", encoding="utf-8") as file:
        return list(csv.reader(file, **options))


for name, options, change in [
    ("plain.csv", {}, lambda value: value),
    ("semicolon.csv", {"delimiter": ";", "quotechar": "'"}, lambda value: value),
    ("tab.csv", {"delimiter": "\t"}, lambda value: value),
    ("safe.csv", {}, safe),
]:
    found = table(name, **options)
    header = [field.lstrip("\ufeff") for field in found[0]]
    assert header == fields, (name, header)
    assert (made / name).read_bytes().startswith(b"\xef\xbb\xbf") == (name == "safe.csv"), name
    assert len(found) == len(records) + 1, name
    for row, record in zip(found[1:], records):
        for field, cell in zip(fields, row):
            value = record[field]
            if isinstance(value, (list, dict)):
                assert parsed(cell) == value, (name, field, cell)
            else:
                assert cell == change(shown(value)), (name, field, cell, shown(value))

text = (made / "tab.csv").read_text(encoding="utf-8")
assert text.startswith('"' + '"\t"'.join(fields) + '"'), "every field is quoted"
assert parsed((made / "table.json").read_text(encoding="utf-8")) == records, "table.json"
assert lines(made / "table.jsonl") == records, "table.jsonl"

for element, record in zip(xml.parse(made / "table.xml").getroot(), records, strict=True):
    found = {cell.get("name", cell.tag): cell for cell in element}
    assert list(found) == [field for field in fields if record[field] is not None], list(found)
    for field, cell in found.items():
        value = record[field]
        if isinstance(value, list):
            assert [item.text or "" for item in cell] == [shown(item) for item in value], field
        elif not isinstance(value, dict):
            assert (cell.text or "") == shown(value), (field, cell.text, value)
print("read back")
