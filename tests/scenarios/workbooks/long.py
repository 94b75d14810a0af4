"""Counts the rows of a workbook that is too long for programs to open it in a test."""

import pathlib
import re
import sys
import zipfile

book = zipfile.ZipFile(pathlib.Path(sys.argv[1]) / "numbers.xlsx")
names = re.findall(r'<sheet name="([^"]*)"', book.read("xl/workbook.xml").decode())
assert names == ["numbers", "numbers 2"], names
for number, (rows, last, value) in {1: (1_048_576, 1_048_576, 1_048_575), 2: (2, 2, 1_048_576)}.items():
    sheet = book.read(f"xl/worksheets/sheet{number}.xml").decode()
    assert sheet.count("<row ") == rows, sheet.count("<row ")
    assert f'<row r="{last}"><c r="A{last}"><v>{value}</v></c></row></sheetData>' in sheet, sheet[-300:]
    assert f'<autoFilter ref="A1:A{last}"/>' in sheet
    assert '<row r="1"><c r="A1" s="1" t="inlineStr"><is><t xml:space="preserve">n</t></is></c></row>' in sheet
print("as it should be")
