#!/usr/bin/env python3
"""Makes this folder's datasets of three aerial pictures of woods and the crowns of trees marked on them.

    ./fetch.py [FOLDER]     writes the records and the media; into this folder unless another is given

Needs Python 3.8, pip and Pillow 13. The package is checked against the digest below, and the output depends on
it alone: run again, it writes the same bytes.
"""

import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
import zipfile

from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = "deepforest==2.1.0"
SHA256 = "8c2798d8e9be7f0004b194fe207b76c1d9fff6e711b3db67b9508dcd5d00ae54"
WHEN = "2026-01-14 10:23:18 +0000"

# What a dataset is called, its picture, the size of the tiles and how many columns and rows of them are taken.
SITES = [
    ("Ordway-Swisher, Florida", "OSBS_029", (200, 200), (2, 2)),
    ("Soaproot Saddle, California", "SOAP_061", (200, 200), (2, 2)),
    ("Yellowstone, Wyoming", "2019_YELL_2_541000_4977000_image_crop", (300, 200), (2, 1)),
]
# The part of a crown that must lie within a tile to count as its own.
WITHIN = 0.4


def fetch(folder):
    """Downloads the package, without those that it needs to run."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE], check=True)
    wheel = next(pathlib.Path(folder).glob("deepforest-*.whl"))
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != SHA256:
        sys.exit(f"{wheel.name} has the SHA-256 {found}, not {SHA256}")
    return zipfile.ZipFile(wheel)


def crowns(text):
    """The boxes of a picture, in pixels, each with what it is."""
    for found in xml.fromstring(text).iter("object"):
        edges = [float(found.find(f"bndbox/{edge}").text) for edge in ("xmin", "ymin", "xmax", "ymax")]
        yield found.find("name").text, edges


def within(edges, tile):
    """What lies of a box in a tile, measured from its corner; nothing where too little does."""
    left, top, right, bottom = (min(max(edge, low), high) - low for edge, low, high in zip(
        edges, [tile[0], tile[1]] * 2, [tile[2], tile[3]] * 2))
    whole = (edges[2] - edges[0]) * (edges[3] - edges[1])
    return [left, top, right, bottom] if (right - left) * (bottom - top) >= WITHIN * whole > 0 else None


def png(picture):
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def identity(kind, number):
    """An id as UUIDs of version 7 look, rising by number."""
    return f"019a{kind:04x}-0000-7000-8000-{number:012x}"


class Records:
    """The four files of records, and how many each has."""

    def __init__(self, folder):
        self.kinds = ["datasets", "entries", "annotations", "medias"]
        self.files = {kind: open(folder / f"{kind}.jsonl", "w", encoding="utf-8") for kind in self.kinds}
        self.counts = dict.fromkeys(self.kinds, 0)

    def add(self, kind, **record):
        self.counts[kind] += 1
        record = {"id": identity(1 + self.kinds.index(kind), self.counts[kind]), "project_id": "crowns", **record}
        self.files[kind].write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
        return record["id"]

    def close(self):
        for file in self.files.values():
            file.close()


def lay_down(package, folder):
    media = folder / "media"
    media.mkdir(parents=True, exist_ok=True)
    records = Records(folder)
    for name, stem, size, (columns, rows) in SITES:
        marked = list(crowns(package.read(f"deepforest/data/{stem}.xml")))
        picture = Image.open(io.BytesIO(package.read(f"deepforest/data/{stem}.png"))).convert("RGB")
        values = [{"id": category, "label": category} for category in sorted({category for category, _ in marked})]
        dataset = records.add(
            "datasets", name=name, labels=["crowns"], modality="idah-image", status="in_progress",
            labeling_configuration={"idah-image:bounding-box": {"values": values, "properties": []}},
            created_at=WHEN, updated_at=WHEN)
        for number in range(columns * rows):
            at = [size[0] * (number % columns), size[1] * (number // columns)]
            tile = [at[0], at[1], at[0] + size[0], at[1] + size[1]]
            entry(records, media, dataset, f"{stem[:9].lower().rstrip('_')}-{number + 1}", picture.crop(tile),
                  [(category, found) for category, edges in marked if (found := within(edges, tile))])
    records.close()


def entry(records, media, dataset, stem, picture, marked):
    number = records.counts["entries"] + 1
    entry = records.add(
        "entries", dataset_id=dataset, name=f"{stem}.png", resource=stem, priority=number % 3, wf_step="review",
        status="pending" if number % 4 == 0 else "completed", created_at=WHEN, updated_at=WHEN)
    width, height = picture.size
    for category, (left, top, right, bottom) in marked:
        points = [[left / width, top / height], [right / width, bottom / height]]
        records.add(
            "annotations", dataset_id=dataset, entry_id=entry,
            dimensions={"type": "idah-image:bounding-box", "points": points},
            annotation={"category": category}, metadata={"source": "deepforest"}, created_at=WHEN, updated_at=WHEN)
    for key, shown in [("", picture), ("thumb", picture.resize((width // 4, height // 4), Image.BOX))]:
        filename, content = f"{stem}{key and '-' + key}.png", png(shown)
        (media / filename).write_bytes(content)
        records.add(
            "medias", resource=stem, key=key, filename=filename, size=len(content), mime_type="image/png",
            meta={"width": shown.size[0], "height": shown.size[1]}, public=False, created_at=WHEN)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as downloaded:
        lay_down(fetch(downloaded), pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
