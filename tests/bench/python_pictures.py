#!/usr/bin/env python3
"""Writes datasets, a page that lists files, a transformed document or a workbook with small pictures, with
what Python brings, Pillow, openpyxl and xsltproc: `python_pictures.py WHAT RECORDS TO`; or draws photographs:
`python_pictures.py "draw COUNT" RECORDS TO`."""

import html
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.parse
from xml.sax.saxutils import quoteattr

from python_formats import element

CATEGORIES = ["boat", "crane", "buoy"]


def records(source):
    with open(source, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def shapes(record):
    width, height = record["width"], record["height"]
    for shape in record["annotations"]:
        points = [(x * width, y * height) for x, y in shape["points"]]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        yield shape, points, (min(xs), min(ys), max(xs), max(ys))


def area(points):
    around = zip(points, points[1:] + points[:1])
    return abs(sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in around)) / 2


def coco(source, to):
    images, annotations = [], []
    for number, record in enumerate(records(source), 1):
        images.append({"id": number, "file_name": record["name"], "width": record["width"], "height": record["height"]})
        for shape, points, (left, top, right, bottom) in shapes(record):
            if shape["kind"] == "box":
                points = [(left, top), (right, top), (right, bottom), (left, bottom)]
            annotations.append({
                "id": len(annotations) + 1,
                "image_id": number,
                "category_id": CATEGORIES.index(shape["category"]) + 1,
                "bbox": [round(n, 2) for n in (left, top, right - left, bottom - top)],
                "area": round(area(points), 2),
                "segmentation": [[round(n, 2) for point in points for n in point]],
                "iscrowd": 0,
            })
    categories = [{"id": number, "name": name} for number, name in enumerate(CATEGORIES, 1)]
    with open(to, "w", encoding="utf-8") as out:
        json.dump({"images": images, "annotations": annotations, "categories": categories}, out)


def yolo(source, to):
    os.mkdir(to)
    for record in records(source):
        lines = []
        for shape in record["annotations"]:
            points = shape["points"]
            if shape["kind"] == "box":
                (left, top), (right, bottom) = points
                points = [(left, top), (right, top), (right, bottom), (left, bottom)]
            corners = " ".join(f"{x:.6f} {y:.6f}" for x, y in points)
            lines.append(f"{CATEGORIES.index(shape['category'])} {corners}\n")
        pathlib.Path(to, record["name"].rsplit(".", 1)[0] + ".txt").write_text("".join(lines))


def voc(source, to):
    from xml.etree import ElementTree as tree

    os.mkdir(to)
    for record in records(source):
        root = tree.Element("annotation")
        tree.SubElement(root, "filename").text = record["name"]
        size = tree.SubElement(root, "size")
        for key in ("width", "height"):
            tree.SubElement(size, key).text = str(record[key])
        tree.SubElement(size, "depth").text = "3"
        for shape, _, corners in shapes(record):
            found = tree.SubElement(root, "object")
            tree.SubElement(found, "name").text = shape["category"]
            box = tree.SubElement(found, "bndbox")
            for key, corner in zip(("xmin", "ymin", "xmax", "ymax"), corners):
                tree.SubElement(box, key).text = str(round(corner) + 1)
        tree.ElementTree(root).write(pathlib.Path(to, record["name"].rsplit(".", 1)[0] + ".xml"))


def cvat(source, to):
    with open(to, "w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<annotations><version>1.1</version>\n')
        for number, record in enumerate(records(source)):
            name, width, height = quoteattr(record["name"]), record["width"], record["height"]
            out.write(f'<image id="{number}" name={name} width="{width}" height="{height}">')
            for shape, points, (left, top, right, bottom) in shapes(record):
                label = quoteattr(shape["category"])
                if shape["kind"] == "box":
                    out.write(f'<box label={label} xtl="{left:.2f}" ytl="{top:.2f}" xbr="{right:.2f}" ybr="{bottom:.2f}"/>')
                else:
                    corners = ";".join(f"{x:.2f},{y:.2f}" for x, y in points)
                    out.write(f'<polygon label={label} points="{corners}"/>')
            out.write("</image>\n")
        out.write("</annotations>\n")


def index(source, to):
    folder = pathlib.Path(source).parent
    os.makedirs(pathlib.Path(to, "files"))
    with open(pathlib.Path(to, "index.html"), "w", encoding="utf-8") as page:
        page.write("<!DOCTYPE html>\n<html>\n<body>\n<table>\n")
        for record in records(source):
            path = f"files/{record['file']}"
            shutil.copyfile(folder / record["file"], pathlib.Path(to, path))
            link, size = urllib.parse.quote(path), os.stat(pathlib.Path(to, path)).st_size
            page.write(f'<tr><td><a href="{link}"><img src="{link}" loading="lazy"></a></td>'
                       f'<td><a href="{link}">{html.escape(path)}</a></td><td>{size} B</td></tr>\n')
        page.write("</table>\n</body>\n</html>\n")


def stylesheet(source, to):
    plain = pathlib.Path(f"{to}.xml")
    with open(plain, "w", encoding="utf-8") as out:
        out.write("<records>")
        for record in records(source):
            out.write(element("record", record))
        out.write("</records>")
    style = pathlib.Path(to).with_name("styles") / "entries.xsl"
    subprocess.run(["xsltproc", "--nonet", "-o", to, style, plain], check=True)
    plain.unlink()


def workbook(source, to):
    import openpyxl
    from openpyxl.drawing.image import Image as Shown
    from PIL import Image

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["id", "file"])
    folder = pathlib.Path(source).parent
    for number, record in enumerate(records(source), 2):
        sheet.append([record["id"], record["file"]])
        with Image.open(folder / record["file"]) as picture:
            picture.thumbnail((128, 128))
            small = io.BytesIO()
            picture.save(small, "JPEG", quality=80)
        sheet.add_image(Shown(small), f"C{number}")
        sheet.row_dimensions[number].height = 96
    book.save(to)


def draw(count, source, to):
    from PIL import Image

    folder = pathlib.Path(source).parent
    photograph = Image.effect_noise((640, 480), 60).convert("RGB")
    with open(source, "w", encoding="utf-8") as out:
        for number in range(count):
            photograph.rotate(number % 360).save(folder / f"{number}.jpg", quality=85)
            out.write(json.dumps({"id": number, "file": f"{number}.jpg"}) + "\n")
    pathlib.Path(to).touch()


def main(what, source, to):
    if what.startswith("draw "):
        return draw(int(what.split()[1]), source, to)
    writers = {"coco": coco, "yolo": yolo, "voc": voc, "cvat": cvat, "index": index,
               "xml, stylesheet": stylesheet, "xlsx, thumbnails": workbook}
    writers[what](source, to)


main(*sys.argv[1:])
