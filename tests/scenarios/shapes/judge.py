"""Reads every file with other people's readers: pycocotools, globox, PyYAML, Python's XML, and compares
the boxes that they see with those of the records."""

import contextlib
import io
import json
import pathlib
import sys
import xml.etree.ElementTree as xml

import yaml
from globox import Annotation, AnnotationSet, BoxFormat
from pycocotools.coco import COCO

made = pathlib.Path(sys.argv[1])
sizes = {"harbour": (640, 480), "empty": (1, 1), "quay ä": (1920, 1080), "none": (300, 200)}
boat = [64, 96, 256, 264]
buoy = [480, 270, 1248, 702]


def coco(name):
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(made / name)


found = coco("coco.json")
assert [image["file_name"] for image in found.loadImgs(found.getImgIds())] == [
    "images/harbour.jpg", "images/empty.png", "images/quay ä.jpg", "images/none.jpg"
]
names = {category["id"]: category["name"] for category in found.loadCats(found.getCatIds())}
assert names == {1: "boat", 2: 'crane & "co"', 3: "buoy", 4: "unknown"}, names
shapes = found.loadAnns(found.getAnnIds())
assert [shape["id"] for shape in shapes] == [1, 2, 3, 4]
assert [round(length) for length in shapes[0]["bbox"]] == boat and shapes[0]["area"] == 67584
assert shapes[1]["segmentation"] == [[320, 240, 480, 240, 480, 360.59]], shapes[1]
assert shapes[2]["bbox"] == buoy and shapes[2]["image_id"] == 3
assert found.annToMask(shapes[0]).sum() == 67584
known = coco("known.json")
assert len(known.getAnnIds()) == 3 and len(known.getImgIds()) == 2
assert coco("none.json").dataset == {"images": [], "annotations": [], "categories": []}

data = yaml.safe_load((made / "data.yaml").read_text(encoding="utf-8"))
assert data == {
    "path": ".", "train": "images", "val": "images", "names": {0: "boat", 1: 'crane & "co"', 2: "buoy"}
}, data
labels = {path.stem: path.read_text() for path in (made / "labels").iterdir()}
assert set(labels) == set(sizes), set(labels)
assert labels["quay ä"] == "2 0.575000 0.575000 0.650000 0.650000\n" and labels["empty"] == ""


def yolo(stem):
    path, size = made / "labels" / f"{stem}.txt", sizes[stem]
    if stem == "harbour":
        # It has a polygon, so that boxes are their corners.
        found = Annotation.from_yolo_seg(path, image_size=size)
    else:
        found = Annotation.from_txt(path, image_size=size, box_format=BoxFormat.XYWH, relative=True)
    return seen(found)


def seen(found):
    return [(box.label, [round(at) for at in box.ltrb]) for box in found.boxes]


harbour, quay = [64, 96, 320, 360], [480, 270, 1728, 972]
assert yolo("harbour") == [("0", harbour), ("1", [320, 240, 480, 361])], yolo("harbour")
assert yolo("quay ä") == [("2", quay)] and yolo("empty") == yolo("none") == []

voc = {found.image_id: found for found in AnnotationSet.from_pascal_voc(made / "voc")}
assert {name: found.image_size for name, found in voc.items()} == {
    "harbour.jpg": sizes["harbour"], "empty.png": (1, 1), "quay ä.jpg": sizes["quay ä"], "none.jpg": sizes["none"]
}
# The first pixel is 1.
assert seen(voc["harbour.jpg"]) == [("boat", [65, 97, 320, 360]), ('crane & "co"', [321, 241, 480, 361])]
assert seen(voc["quay ä.jpg"]) == [("buoy", [481, 271, 1728, 972])]

cvat = {found.image_id: found for found in AnnotationSet.from_cvat(made / "cvat.xml")}
assert seen(cvat["images/harbour.jpg"]) == [("boat", harbour)]
assert seen(cvat["images/quay ä.jpg"]) == [("buoy", quay), ("unknown", [0, 0, 1920, 1080])]
assert cvat["images/none.jpg"].image_size == sizes["none"]

# The categories are told beforehand, and shapes of others left out.
labelled = xml.parse(made / "labelled.xml").getroot()
assert [name.text for name in labelled.findall("meta/task/labels/label/name")] == ["boat", 'crane & "co"']
cvat = {found.image_id: found for found in AnnotationSet.from_cvat(made / "labelled.xml")}
assert seen(cvat["images/harbour.jpg"]) == [("boat", harbour)] and seen(cvat["images/quay ä.jpg"]) == []
assert [shape.tag for shape in labelled.findall("image")[2]] == ["polyline"]

# The same options under other names, and points in pixels.
renamed = coco("renamed.json")
assert [image["file_name"] for image in renamed.loadImgs(renamed.getImgIds())] == ["harbour.tif", "quay.tif"]
shapes = renamed.loadAnns(renamed.getAnnIds())
assert [shape["bbox"] for shape in shapes] == [[128, 192, 512, 528], [10.5, 20, 100, 50.25], [0, 0, 100, 50]]
assert [name["name"] for name in renamed.loadCats([1, 2])] == ["boat", "crane"]
found = Annotation.from_yolo_seg(made / "renamed" / "harbour.txt", image_size=(1280, 960))
assert seen(found) == [("1", [128, 192, 640, 720]), ("0", [10, 20, 110, 70])], seen(found)

for stem, (width, height) in sizes.items():
    voc = xml.parse(made / "voc" / f"{stem}.xml").getroot()
    assert voc.find("folder").text == "images"
    assert (int(voc.find("size/width").text), int(voc.find("size/height").text)) == (width, height)
voc = xml.parse(made / "voc" / "harbour.xml").getroot()
assert [name.text for name in voc.findall("object/name")] == ["boat", 'crane & "co"']
assert [int(edge.text) for edge in voc.find("object/bndbox")] == [65, 97, 320, 360]

cvat = xml.parse(made / "cvat.xml").getroot()
assert cvat.find("version").text == "1.1"
images = cvat.findall("image")
assert [(image.get("id"), image.get("name")) for image in images][2] == ("2", "images/quay ä.jpg")
assert [shape.tag for shape in images[0]] == ["box", "polygon", "points"]
assert images[0][0].attrib == {
    "label": "boat", "source": "manual", "occluded": "0", "z_order": "0",
    "xtl": "64.00", "ytl": "96.00", "xbr": "320.00", "ybr": "360.00",
}
assert images[0][1].get("points").split(";")[0] == "320.00,240.00"
assert [shape.tag for shape in images[2]] == ["box", "polyline", "box"]
print("as it should be")
