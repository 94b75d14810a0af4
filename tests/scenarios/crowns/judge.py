"""Reads every export of annotated pictures with other people's readers (pycocotools, globox, PyYAML, Pillow,
DuckDB, Python's own), and compares what they see with the records: judge.py SOURCE MADE STATUS MEDIAS

STATUS is that of the entries, or `any`; MEDIAS is `none`, `original` or `all`.
"""

import contextlib
import csv
import io
import json
import pathlib
import sys

import duckdb
import yaml
from globox import Annotation, AnnotationSet, BoxFormat
from PIL import Image
from pycocotools.coco import COCO

source, made = map(pathlib.Path, sys.argv[1:3])
status, wanted_medias = sys.argv[3:5]
CATEGORIES = ["Alive", "Dead", "Tree"]


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


records = {kind: lines(source / f"{kind}.jsonl") for kind in ["datasets", "entries", "annotations", "medias"]}
every_entry = records["entries"]
entries = [entry for entry in every_entry if status in ("any", entry["status"])]
assert len(every_entry) == 10 and len(records["annotations"]) == 127, "the records are those that are known"
assert len(entries) == (10 if status == "any" else 8)


def annotations(entry):
    return [found for found in records["annotations"] if found["entry_id"] == entry["id"]]


def medias(entry):
    return [media for media in records["medias"] if media["resource"] == entry["resource"]]


def size(entry):
    meta = next(media["meta"] for media in medias(entry) if media["key"] == "")
    return meta["width"], meta["height"]


def boxes(entry):
    """Each category with left, top, right and bottom in pixels."""
    width, height = size(entry)
    for found in annotations(entry):
        (left, top), (right, bottom) = found["dimensions"]["points"]
        yield found["annotation"]["category"], [left * width, top * height, right * width, bottom * height]


def same(found, expected, within, what):
    """That boxes are the same, in the same order, each edge within so many pixels."""
    found, expected = list(found), list(expected)
    assert [label for label, _ in found] == [label for label, _ in expected], (what, found, expected)
    for (_, edges), (_, others) in zip(found, expected):
        assert all(abs(edge - other) <= within for edge, other in zip(edges, others)), (what, edges, others)


def seen(found):
    return [(box.label, list(box.ltrb)) for box in found.boxes]


rows = json.loads((made / "entries.json").read_text(encoding="utf-8"))
assert rows == lines(made / "entries.jsonl")
assert [row["id"] for row in rows] == [entry["id"] for entry in entries]
for row, entry in zip(rows, entries):
    assert all(row[key] == value for key, value in entry.items()), row
    assert row["annotations"] == annotations(entry) and row["medias"] == medias(entry), row["id"]
    assert row["dataset"] in records["datasets"] and row["dataset"]["id"] == entry["dataset_id"]
with open(made / "entries.csv", newline="", encoding="utf-8") as file:
    found = [list(row.values()) for row in csv.DictReader(file)]
assert found == [[entry["id"], entry["name"], entry["status"], *map(str, size(entry))] for entry in entries], found

with contextlib.redirect_stdout(io.StringIO()):
    coco = COCO(made / "coco.json")
images = coco.loadImgs(coco.getImgIds())
assert [image["file_name"] for image in images] == [f"images/{entry['name']}" for entry in entries]
assert [(image["width"], image["height"]) for image in images] == [size(entry) for entry in entries]
names = {category["id"]: category["name"] for category in coco.loadCats(coco.getCatIds())}
assert sorted(names.values()) == CATEGORIES
for image, entry in zip(images, entries):
    found = coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]]))
    corners = [(shape["bbox"], names[shape["category_id"]]) for shape in found]
    same([(name, [left, top, left + width, top + height]) for (left, top, width, height), name in corners],
         boxes(entry), 0.011, "coco")
    assert all(coco.annToMask(shape).sum() > 0 for shape in found)

assert yaml.safe_load((made / "data.yaml").read_text(encoding="utf-8"))["names"] == dict(enumerate(CATEGORIES))
assert len(list((made / "labels").iterdir())) == len(entries)
for entry in entries:
    label = made / "labels" / pathlib.Path(entry["name"]).with_suffix(".txt")
    found = Annotation.from_txt(label, image_size=size(entry), box_format=BoxFormat.XYWH, relative=True)
    same([(CATEGORIES[int(name)], edges) for name, edges in seen(found)], boxes(entry), 0.001, "yolo")

voc = {found.image_id: found for found in AnnotationSet.from_pascal_voc(made / "annotations")}
cvat = {found.image_id: found for found in AnnotationSet.from_cvat(made / "cvat.xml")}
assert len(voc) == len(cvat) == len(entries)
for entry in entries:
    assert voc[entry["name"]].image_size == cvat[f"images/{entry['name']}"].image_size == size(entry)
    # The first pixel is 1, and pixels are whole.
    last = [(name, [left + 1, top + 1, right, bottom]) for name, (left, top, right, bottom) in boxes(entry)]
    same(seen(voc[entry["name"]]), last, 0.501, "voc")
    same(seen(cvat[f"images/{entry['name']}"]), boxes(entry), 0.006, "cvat")


def wanted(entry):
    keys = {"none": [], "original": [""], "all": ["", "thumb"]}[wanted_medias]
    return [media for media in medias(entry) if media["key"] in keys]


def same_bytes(path, media):
    assert path.read_bytes() == (source / "media" / media["filename"]).read_bytes(), path
    with Image.open(path) as picture:
        picture.load()
        assert picture.size == (media["meta"]["width"], media["meta"]["height"]), path


pictures = {path.name: path for path in (made / "images").glob("*")}
expected = [media for entry in entries for media in wanted(entry)]
assert sorted(pictures) == sorted(media["filename"] for media in expected), sorted(pictures)
for media in expected:
    same_bytes(pictures[media["filename"]], media)

database = duckdb.connect(str(made / "crowns.upd"), read_only=True)


def table(name, columns):
    return database.execute(f"SELECT {columns} FROM {name} ORDER BY rowid").fetchall()


def elsewhere(record, *columns):
    """What of a record has no column, by its names in UPD."""
    return {key.replace("_", " ").title().replace(" ", "-"): value for key, value in record.items() if key not in columns}


assert table("metadata", "key, value") == [("Schema-Version", "1.1")]
found = [(*row[:3], json.loads(row[3])) for row in table("datasets", "id, name, modality, metadata")]
assert found == [(dataset["id"], dataset["name"], dataset["modality"], elsewhere(dataset, "id", "name", "modality"))
                 for dataset in records["datasets"]], found
found = table("entries", "id, dataset_id, media_url, metadata")
for (*row, metadata), entry in zip(found, entries, strict=True):
    url = None if wanted_medias == "none" else f"local:{entry['resource']}"
    assert row == [entry["id"], entry["dataset_id"], url], row
    width, height = size(entry)
    assert json.loads(metadata) == {**elsewhere(entry, "id", "dataset_id"), "Width": width, "Height": height}, metadata
found = table("annotations", "id, entry_id, category, shape_type, shape_args, properties, metadata")
expected = [one for entry in entries for one in annotations(entry)]
for (*row, arguments, properties, metadata), one in zip(found, expected, strict=True):
    assert row == [one["id"], one["entry_id"], one["annotation"]["category"], one["dimensions"]["type"]], row
    assert json.loads(arguments) == {"points": one["dimensions"]["points"]} and properties == "{}"
    assert json.loads(metadata) == elsewhere(one, "id", "entry_id", "dimensions", "annotation"), metadata
found = table("medias", "id, key, media_type, blob_data, metadata")
expected = [media for entry in entries for media in wanted(entry)]
for (*row, content, metadata), media in zip(found, expected, strict=True):
    assert row == [media["resource"], media["key"], "image/png"], row
    assert content == (source / "media" / media["filename"]).read_bytes(), media["filename"]
    assert json.loads(metadata) == elsewhere(media, "resource", "key", "mime_type"), metadata

# The exporter takes all entries of all datasets.
for dataset in records["datasets"]:
    folder = made / "plugin" / dataset["id"]
    its_own = [entry for entry in every_entry if entry["dataset_id"] == dataset["id"]]
    found = lines(folder / "records.jsonl")
    assert [record["id"] for record in found] == [entry["id"] for entry in its_own]
    for record, entry in zip(found, its_own):
        assert record["annotations"] == [one["annotation"] for one in annotations(entry)]
        names = [f"{media['id']}-{media['filename']}" for media in wanted(entry)]
        assert record["files"] == names, (record["files"], names)
        for name, media in zip(names, wanted(entry)):
            same_bytes(folder / name, media)
print("as it should be")
