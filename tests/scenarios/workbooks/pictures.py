"""Reads the pictures of a workbook with openpyxl, each with the row it stands in, its size and its colour."""

import json
import pathlib
import sys
import warnings

import openpyxl
import PIL.Image

COLOURS = {"red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}

warnings.simplefilter("error")
book = openpyxl.load_workbook(pathlib.Path(sys.argv[1]) / "ships.xlsx")
found = {}
for sheet in book:
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == sheet.dimensions
    pictures = {}
    for image in sheet._images:
        start, end = image.anchor._from, image.anchor.to
        assert (start.col, end.col, end.row) == (0, 0, start.row), "a picture is within its cell"
        assert image.anchor.editAs == "twoCell"
        picture = PIL.Image.open(image.ref)
        assert picture.format == "JPEG" and not picture.info.get("exif"), picture.info
        width, height = ((end.colOff - start.colOff) / 9525, (end.rowOff - start.rowOff) / 9525)
        assert (width, height) == picture.size, (width, height, picture.size)
        row = start.row + 1
        assert sheet.row_dimensions[row].height == (height + 4) * 0.75
        assert (sheet.column_dimensions["A"].width - 1) * 7 >= width + 4
        middle = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
        name = min(COLOURS, key=lambda name: sum(abs(a - b) for a, b in zip(COLOURS[name], middle)))
        assert row not in pictures
        pictures[row] = [name, *picture.size]
    found[sheet.title] = [
        [pictures.get(number)] + [cell.value for cell in row]
        for number, row in enumerate(sheet.iter_rows(), 1)
    ]
expected = json.loads((pathlib.Path(__file__).parent / "pictures.json").read_text(encoding="utf-8"))
assert found == expected, json.dumps(found, ensure_ascii=False)
print("as it should be")
