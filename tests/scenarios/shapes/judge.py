"""Reads every file with other people's readers: pycocotools, PyYAML, Python's XML, and compares the
boxes that they see with those of the records."""

import contextlib
import io
import json
import pathlib
import sys
import xml.etree.ElementTree as xml

import yaml
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
number, x, y, width, height = labels["harbour"].splitlines()[0].split()
assert (number, x, y, width, height) == ("0", "0.300000", "0.475000", "0.400000", "0.550000")
assert labels["harbour"].splitlines()[1].split()[0] == "1"
assert labels["quay ä"] == "2 0.575000 0.575000 0.650000 0.650000\n" and labels["empty"] == ""

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
