#!/usr/bin/env python3
"""Makes a tree of files such as exports hold: make_tree.py DIR COUNT

60 in 100 are photographs (300 to 800 KB that do not compress), the others text, CSV and JSON (100 to
850 KB that do). 2,000 of them are about 1 GB. The bytes follow from the numbers alone. Beside DIR,
DIR.jsonl names each file in a record.
"""

import json
import pathlib
import random
import sys

KINDS = ["jpg", "jpg", "jpg", "txt", "jpg", "csv", "jpg", "json", "jpg", "txt"]
SYLLABLES = ["ba", "der", "ex", "for", "gra", "hin", "is", "ko", "lum", "men", "nor", "ot", "port", "ra",
             "ship", "ta", "un", "ver", "wa", "zi"]


def photograph(chance):
    """A JPEG's first and last bytes, and noise between, as its entropy coding looks to a packer."""
    start = bytes.fromhex("ffd8ffe000104a46494600010100000100010000")
    return start + chance.randbytes(chance.randint(300_000, 800_000)) + b"\xff\xd9"


def words(chance):
    """Some thousand made-up words; a text takes the early ones more often, as languages do."""
    return ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(4000)]


def lines(kind, chance, vocabulary):
    """Lines of the kind, without end."""
    number = 0
    while True:
        number += 1
        picked = [vocabulary[int(len(vocabulary) * chance.random() ** 3)] for _ in range(8)]
        if kind == "txt":
            yield " ".join(picked) + ".\n"
        elif kind == "csv":
            yield f"{number},{picked[0]},{picked[1]} {picked[2]},{chance.random() * 1000:.2f},2013-01-{number % 28 + 1:02}\n"
        else:
            record = {"id": number, "name": picked[0], "tags": picked[1:4], "size": chance.randint(1, 10**6)}
            yield json.dumps(record) + "\n"


def content(kind, chance, vocabulary):
    """A whole file."""
    if kind == "jpg":
        return photograph(chance)
    wanted, parts, length = chance.randint(100_000, 850_000), [], 0
    for line in lines(kind, chance, vocabulary):
        parts.append(line)
        length += len(line)
        if length >= wanted:
            return "".join(parts).encode()


def main():
    root, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    index = root.with_name(root.name + ".jsonl")
    if index.exists() and len(index.read_text().splitlines()) == count:
        return
    vocabulary = words(random.Random("words"))
    records = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        # Seeded one by one, so that file 17 is the same however many there are.
        data = content(kind, random.Random(f"file {number}"), vocabulary)
        path = root / f"{number // 100:03}" / f"{number:06}.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        records.append({"id": number, "file": f"{root.name}/{path.relative_to(root)}", "size": len(data)})
    index.write_text("".join(json.dumps(record) + "\n" for record in records))


main()
