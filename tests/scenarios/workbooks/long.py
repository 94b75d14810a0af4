"""Counts the rows of a workbook that is too long for programs to open it in a test, and reads the same rows of Parquet."""

import pathlib
import re
import sys
import zipfile

import pyarrow as arrow
import pyarrow.parquet as parquet

ROWS, GROUP_ROWS = 1_048_576, 131_072

made = pathlib.Path(sys.argv[1])
book = zipfile.ZipFile(made / "numbers.xlsx")
names = re.findall(r'<sheet name="([^"]*)"', book.read("xl/workbook.xml").decode())
assert names == ["numbers", "numbers 2"], names
for number, (rows, last, value) in {1: (1_048_576, 1_048_576, 1_048_575), 2: (2, 2, 1_048_576)}.items():
    sheet = book.read(f"xl/worksheets/sheet{number}.xml").decode()
    assert sheet.count("<row ") == rows, sheet.count("<row ")
    assert f'<row r="{last}"><c r="A{last}"><v>{value}</v></c></row></sheetData>' in sheet, sheet[-300:]
    assert f'<autoFilter ref="A1:A{last}"/>' in sheet
    assert '<row r="1"><c r="A1" s="1" t="inlineStr"><is><t xml:space="preserve">n</t></is></c></row>' in sheet

file = parquet.ParquetFile(made / "numbers.parquet")
assert (file.metadata.num_rows, file.metadata.num_row_groups) == (ROWS, ROWS // GROUP_ROWS), file.metadata
for number in range(file.metadata.num_row_groups):
    column = file.metadata.row_group(number).column(0)
    first, last = number * GROUP_ROWS + 1, (number + 1) * GROUP_ROWS
    assert column.num_values == GROUP_ROWS, (number, column)
    told = column.statistics
    assert (told.min, told.max, told.null_count) == (first, last, 0), (number, told)
    values = file.read_row_group(number).column("n")
    assert values.type == arrow.int64() and values.to_pylist() == list(range(first, last + 1)), number
print("as it should be")
