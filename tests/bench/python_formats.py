#!/usr/bin/env python3
"""Writes JSON records in a format with what Python brings, openpyxl or pyarrow:
`python_formats.py FORMAT FROM TO`."""

import csv
import json
import sys
from xml.sax.saxutils import escape


def flat(value, name, row):
    if isinstance(value, dict):
        for key, inner in value.items():
            flat(inner, f"{name}.{key}" if name else key, row)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            flat(inner, f"{name}[{number}]", row)
    else:
        row[name] = value


def cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def rows(file, is_flat):
    for line in file:
        record = json.loads(line)
        if is_flat:
            row = {}
            flat(record, "", row)
            record = row
        yield record


def element(name, value):
    if value is None:
        return ""
    if isinstance(value, dict):
        inner = "".join(element(key, inner) for key, inner in value.items())
    elif isinstance(value, list):
        inner = "".join(element("item", inner) for inner in value)
    else:
        inner = escape(str(cell(value)))
    return f"<{name}>{inner}</{name}>"


def table(source, out, is_flat):
    columns = {}
    with open(source, encoding="utf-8") as file:
        for row in rows(file, is_flat):
            columns.update(dict.fromkeys(row))
        file.seek(0)
        writer = csv.writer(out)
        writer.writerow(columns)
        for row in rows(file, is_flat):
            writer.writerow([cell(row.get(name)) for name in columns])


def workbook(source, to):
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("out")
    with open(source, encoding="utf-8") as file:
        for number, row in enumerate(rows(file, False)):
            if number == 0:
                sheet.append(list(row))
            nested = (list, dict)
            sheet.append([cell(value) if isinstance(value, nested) else value for value in row.values()])
    book.save(to)


def columnar(source, to):
    import pyarrow.json
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.json.read_json(source), to, compression="snappy")


def text(kind, source, out):
    with open(source, encoding="utf-8") as file:
        if kind.startswith("jsonl"):
            separators = (",", ":") if kind == "jsonl, compact" else None
            for row in rows(file, False):
                out.write(json.dumps(row, ensure_ascii=False, separators=separators) + "\n")
        elif kind.startswith("json"):
            indent = 2 if kind == "json, pretty" else None
            for number, row in enumerate(rows(file, False)):
                out.write(("[\n" if number == 0 else ",\n") + json.dumps(row, ensure_ascii=False, indent=indent))
            out.write("\n]\n")
        elif kind == "xml":
            out.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<records>\n")
            for row in rows(file, False):
                out.write(element("record", row) + "\n")
            out.write("</records>\n")
        elif kind == "fasta":
            for row in rows(file, False):
                out.write(f">{row['name']}\n{row['sequence']}\n")


def main(kind, source, to):
    if kind == "xlsx":
        return workbook(source, to)
    if kind == "parquet":
        return columnar(source, to)
    with open(to, "w", encoding="utf-8", newline="") as out:
        if kind.startswith("csv"):
            table(source, out, kind == "csv, flattened")
        else:
            text(kind, source, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
