"""Reads every table back with Python's own modules, openpyxl and pyarrow, and compares it with the
records."""

import csv
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

import openpyxl
import pyarrow.parquet as parquet

records_file, made = map(pathlib.Path, sys.argv[1:])
csv.field_size_limit(1 << 30)


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


def csv_text(value):
    # No reader of text takes a NUL.
    return value.replace("\0", "\ufffd")


def xml_text(value):
    return re.sub("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", value)


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
    ("escaped.csv", {"escapechar": "\\", "doublequote": False}, lambda value: value),
    ("safe.csv", {}, safe),
]:
    found = table(name, **options)
    header = [field.lstrip("\ufeff") for field in found[0]]
    assert header == [change(field) for field in fields], (name, header)
    assert (made / name).read_bytes().startswith(b"\xef\xbb\xbf") == (name == "safe.csv"), name
    assert len(found) == len(records) + 1, name
    for row, record in zip(found[1:], records):
        for field, cell in zip(fields, row):
            value = record[field]
            if isinstance(value, (list, dict)):
                assert parsed(cell) == value, (name, field, cell)
            else:
                assert cell == csv_text(change(shown(value))), (name, field, cell, shown(value))

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
            assert [item.text or "" for item in cell] == [xml_text(shown(item)) for item in value], field
        elif not isinstance(value, dict):
            assert (cell.text or "") == xml_text(shown(value)), (field, cell.text, value)


def spreadsheet(value):
    if isinstance(value, Number):
        digits = re.sub(r"[eE].*|\D", "", value).strip("0")
        return float(value) if len(digits) <= 15 and abs(float(value)) < 1e308 else str(value)
    if isinstance(value, str):
        cut = xml_text(value).encode("utf-16-le")[: 2 * 32767]
        return cut.decode("utf-16-le") or None
    return value


def with_xml_text(value):
    return [xml_text(item) for item in value] if isinstance(value, list) else value


rows = openpyxl.load_workbook(made / "table.xlsx").active.iter_rows()
assert [cell.value or "" for cell in next(rows)] == fields
for row, record in zip(rows, records, strict=True):
    for field, cell in zip(fields, row, strict=True):
        value = record[field]
        assert cell.data_type != "f", (field, cell.value)
        if isinstance(value, (list, dict)) and len(cell.value) < 32000:
            assert with_xml_text(parsed(cell.value)) == with_xml_text(value), (field, cell.value)
        elif isinstance(value, (list, dict)):
            assert cell.value.startswith('["1 MiB'), (field, cell.value)
        else:
            assert (cell.value or None) == (spreadsheet(value) or None), (field, cell.value, value)

columns = parquet.read_table(made / "table.parquet").to_pydict()
assert list(columns) == fields
for field in fields:
    for cell, record in zip(columns[field], records, strict=True):
        value = record[field]
        if isinstance(value, (list, dict)):
            assert parsed(cell) == value, (field, cell)
        elif isinstance(value, Number) and isinstance(cell, (int, float)):
            assert cell == float(value) and str(cell).isdigit() == value.isdigit(), (field, cell, value)
        else:
            assert cell == (str(value) if isinstance(value, Number) else value), (field, cell, value)
print("read back")
