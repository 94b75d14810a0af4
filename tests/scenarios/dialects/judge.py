"""Reads every file with Python's csv module, by the dialect it was asked for."""

import csv
import pathlib
import sys

made = pathlib.Path(sys.argv[1])


def rows(name, encoding="utf-8", **dialect):
    with open(made / name, newline="", encoding=encoding) as file:
        return list(csv.reader(file, strict=True, **dialect))


escaped = rows("escaped.csv", delimiter=";", escapechar="\\", doublequote=False)
assert escaped[0] == "id title place size tags owner note never blank".split(), escaped[0]
assert [row[0] for row in escaped[1:]] == ["1", "2", "3", "12345678901234567890", "5"]
assert escaped[4][6] == 'back\\slash "quoted"\r\nlines', escaped[4][6]
assert escaped[1][3] == '{"width":1.50,"height":2}'
# Python takes the escape out of the unquoted `\N`; only NULL is written so.
assert [row[7] for row in escaped[1:]] == ["N"] * 5

bare = rows("bare.csv", delimiter="|", quotechar="'")
assert bare[0] == ["plain", "1", "NULL"], bare[0]
assert "'NULL'|2|" in (made / "bare.csv").read_text(encoding="utf-8"), "a text is told from NULL"

flat = rows("flat.csv", encoding="utf-8-sig")
header = flat[0]
assert len(set(header)) == len(header)
record = dict(zip(header, flat[3]))
assert record["owner.name"] == "O'Neil\nJr." and record["tags[2]"] == "'=1+1", record
assert dict(zip(header, flat[5]))["note"] == "-2"
assert dict(zip(header, flat[4]))["tags[0].k"] == "v"
assert "never" in header and "blank" in header

dropped = rows("flat_dropped.csv", delimiter="\t")
assert "never" not in dropped[0] and "blank" not in dropped[0] and "owner/mail" not in dropped[0]
assert dict(zip(dropped[0], dropped[1]))["tags"] == "sail + wood"
assert {len(row) for row in dropped} == {len(dropped[0])}

assert rows("dropped.csv")[0] == "id title place size tags owner note".split()
localised = rows("localised.csv")
assert localised[0] == [
    "id", "Title", "Title#de-DE", "Title#en-US", "Title#it-IT", "place#0", "place#1", "place#2"
], localised[0]
assert localised[1] == ["1", "", 'Schiff; "Anna"', "Ship", "", "Europe", "Germany", "Kiel"]
assert rows("slashes.csv")[1:] == [
    ["1", "Europe / Germany / Kiel"], ["2", "Europe / France"], ["3", ""], ["12345678901234567890", "Asia"]
]
assert rows("arrows.csv")[:2] == [["place", "title", "title.en-US"], ["Europe > Germany > Kiel", "", "Ship"]]
assert rows("cards/2.csv")[0] == rows("cards/5.csv")[0], "all files have the same columns"
print("as it should be")
