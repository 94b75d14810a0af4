#!/usr/bin/env python3
"""Lays down datasets of made-up pictures: datasets.py FOLDER DATASETS ENTRIES ANNOTATIONS

ENTRIES are those of each dataset, ANNOTATIONS those of each entry. Every call with the same numbers makes the same
bytes. Each tenth entry has no picture yet, each seventh is not completed; pictures have a thumbnail beside them.
"""

import json
import struct
import sys
import zlib
from pathlib import Path

SHAPES = [("bounding-box", 2), ("polygon", 4), ("point", 1)]
CATEGORIES = ["boat", "crane", "buoy"]


def picture(width, height, shade):
    """A PNG of one shade."""
    def chunk(kind, data):
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    rows = (b"\0" + bytes([shade % 256]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def identity(kind, number):
    """An id as UUIDs of version 7 look, rising by number."""
    return f"0190{kind:04x}-{number >> 16:04x}-7000-8000-{number:012x}"


def line(out, **record):
    out.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")


def main(folder, datasets, entries, annotations):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "media").mkdir(exist_ok=True)
    outs = {name: open(folder / f"{name}.jsonl", "w", encoding="utf-8")
            for name in ["datasets", "entries", "annotations", "medias"]}
    when = "2026-01-14 10:23:18 +0000"
    for set_number in range(1, datasets + 1):
        set_id = identity(1, set_number)
        line(outs["datasets"], id=set_id, project_id="p1", name=f"Häfen {set_number}", modality="idah-image",
             status="in_progress", created_at=when)
        for number in range((set_number - 1) * entries + 1, set_number * entries + 1):
            entry_id, has_picture = identity(2, number), number % 10 != 0
            resource = f"r{number}" if has_picture else None
            line(outs["entries"], id=entry_id, project_id="p1", dataset_id=set_id, name=f"{number:06}.png",
                 resource=resource, priority=number % 3, wf_step="export",
                 status="pending" if number % 7 == 0 else "completed", updated_at=when)
            for nth in range(annotations):
                shape, points = SHAPES[(number + nth) % len(SHAPES)]
                at = [[(1 + p % 2 + nth % 4) / 8, (1 + (p % 4) // 2 + p // 2) / 8] for p in range(points)]
                line(outs["annotations"], id=identity(3, number * 1000 + nth), project_id="p1", dataset_id=set_id,
                     entry_id=entry_id, dimensions={"type": f"idah-image:{shape}", "points": at},
                     annotation={"category": CATEGORIES[nth % len(CATEGORIES)]}, deleted_at=None)
            if has_picture:
                for key, width, height in [("", 64, 48), ("thumb", 16, 12)]:
                    name = f"{number:06}{key and '-' + key}.png"
                    line(outs["medias"], id=identity(4, number * 2 + len(key) % 2), resource=resource, key=key,
                         filename=name, mime_type="image/png", meta={"width": width, "height": height})
                    (folder / "media" / name).write_bytes(picture(width, height, number))
    for out in outs.values():
        out.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
