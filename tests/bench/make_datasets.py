#!/usr/bin/env python3
"""Writes a folder of datasets, the same each time: `make_datasets.py ENTRIES FOLDER [DATASETS]`. Each entry has three
annotations and no media."""

import json
import pathlib
import random
import sys

KINDS = ["idah-image:bounding-box", "idah-image:polygon", "idah-image:bounding-box"]
CATEGORIES = ["boat", "crane", "quay", "person"]
WRITTEN = "2026-01-14 10:23:18 +0000"


def uuid(kind, number):
    """An id of version 7 whose order is that of the numbers."""
    return f"019b{kind:04x}-{number >> 12 & 0xFFFF:04x}-7{number & 0xFFF:03x}-8000-{number:012x}"


def annotation(number, nth, entry, dataset, chance):
    corner = lambda: [round(chance.random(), 6), round(chance.random(), 6)]
    points = [corner() for _ in range(4 if nth == 1 else 2)]
    return {
        "id": uuid(3, number * 3 + nth), "project_id": uuid(9, 1), "dataset_id": dataset, "entry_id": entry,
        "dimensions": {"type": KINDS[nth], "points": points},
        "annotation": {"category": chance.choice(CATEGORIES)}, "metadata": {"confidence": round(chance.random(), 3)},
        "created_by_email": "ann@example.org", "created_at": WRITTEN, "updated_at": WRITTEN,
    }


def main():
    entries, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    datasets = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    folder.mkdir(parents=True)
    chance = random.Random(1)
    names = ["datasets", "entries", "annotations", "medias"]
    files = {name: open(folder / f"{name}.jsonl", "w", encoding="utf-8") for name in names}

    def write(name, record):
        files[name].write(json.dumps(record, separators=(",", ":")) + "\n")

    for number in range(datasets):
        write("datasets", {
            "id": uuid(1, number), "project_id": uuid(9, 1), "name": f"Harbour {number}", "labels": [],
            "modality": "idah-image", "status": "in_progress", "progress": 0.5,
            "created_at": WRITTEN, "updated_at": WRITTEN,
        })
    for number in range(entries):
        # Datasets of the same size, one after another.
        dataset, entry = uuid(1, number * datasets // entries), uuid(2, number)
        write("entries", {
            "id": entry, "project_id": uuid(9, 1), "dataset_id": dataset, "name": f"{number:07}.jpg",
            "resource": f"harbour/{number}", "priority": 0, "wf_step": "export", "status": "completed",
            "created_at": WRITTEN, "updated_at": WRITTEN,
        })
        for nth in range(3):
            write("annotations", annotation(number, nth, entry, dataset, chance))
    for file in files.values():
        file.close()


main()
