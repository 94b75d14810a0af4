"""Reads every workbook with openpyxl."""

import json
import pathlib
import sys
import warnings

import openpyxl

warnings.simplefilter("error")
made = pathlib.Path(sys.argv[1])


def sheet(name, title, others=()):
    book = openpyxl.load_workbook(made / name)
    assert book.sheetnames == [title, *others], book.sheetnames
    return rows_of(book[title])


def rows_of(found):
    if found["A1"].value is None:
        return [[]]
    assert found.freeze_panes == "A2", found.freeze_panes
    assert found.auto_filter.ref == found.dimensions, (found.auto_filter.ref, found.dimensions)
    assert all(cell.font.b and cell.data_type in "sn" for cell in found[1])
    for row in found.iter_rows():
        for cell in row:
            assert cell.data_type != "f", cell.coordinate
    return [[cell.value for cell in row] for row in found.iter_rows()]


rows = sheet("plain.xlsx", "plain")
assert rows[0] == "id title place size tags owner note never blank".split()
assert [row[0] for row in rows[1:]] == [1, 2, 3, "12345678901234567890", 5]
assert rows[1][3] == '{"width":1.50,"height":2}'
assert rows[5][6] == "-2", "a text stays a text"
assert rows[4][6] == 'back\\slash "quoted"\r\nlines', rows[4][6]
assert rows[3][5] == '{"name":"O\'Neil\\nJr."}'

rows = sheet("flat.xlsx", "It's flat", ["Notes", "it's FLAT 2"])
records = [dict(zip(rows[0], row)) for row in rows[1:]]
assert records[0]["size.width"] == 1.5 and records[0]["tags[1]"] == "wood"
assert records[2]["tags[2]"] == "=1+1" and records[2]["owner.name"] == "O'Neil\nJr."
assert "never" not in records[0] and "blank" not in records[0]
assert records[1]["size.depth.value"] == 0 and records[1]["size.depth.unit"] == "m"

book = openpyxl.load_workbook(made / "flat.xlsx")
notes = rows_of(book["Notes"])
assert notes[0] == ["note", "No."] and notes[2] == ["NULL", 2], notes
assert len(notes) == 6 and len(rows_of(book["it's FLAT 2"])) == 1

assert len(sheet("none.xlsx", "none")) == 1

expected = json.loads((pathlib.Path(__file__).parent / "expected.json").read_text(encoding="utf-8"))
for name, sheets in expected.items():
    book = openpyxl.load_workbook(made / name)
    found = {sheet.title: rows_of(sheet) for sheet in book}
    assert found == sheets and list(found) == list(sheets), (name, found)
print("as it should be")
