"""Reads a workbook of objects with openpyxl, and prints what is in its cells, a line each, and its pictures."""

import pathlib
import sys

import openpyxl

for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.xlsx")):
    book = openpyxl.load_workbook(path)
    for sheet in book:
        print(f"{path.name} {sheet.title}")
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    print(f"{cell.coordinate} {type(cell.value).__name__} {cell.value!r}")
        for picture in sheet._images:
            at = picture.anchor._from
            print(f"picture {at.row + 1} {at.col + 1}")
