#!/usr/bin/env python3
"""Chooses 60 drawings of Debian's package openclipart-svg and writes their metadata.

    apt-get download openclipart-svg && dpkg-deb -x openclipart-svg_*.deb unpacked
    ./collect.py unpacked/usr/share/openclipart/svg

Writes files/ and clipart.jsonl beside this script. The choice follows from the package's content
alone: drawings in the public domain, with a title, without e-mail addresses, below 60 KB, no two the
same. Those that are likely to break an export come first (letters beyond ASCII, odd file names, descriptions of several lines),
the others are spread evenly over the package's folders.
"""

import hashlib
import json
import pathlib
import shutil
import sys
import xml.etree.ElementTree as ElementTree

HERE = pathlib.Path(__file__).resolve().parent
COUNT = 60
MAX_BYTES = 60_000
NAMES = {
    "cc": "http://web.resource.org/cc/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
RDF = "{%s}" % NAMES["rdf"]
FOLDERS = {"animals", "buildings", "computer", "education", "electronics", "food", "geography",
           "office", "plants", "recreation", "science", "shapes", "signs_and_symbols", "tools",
           "transportation"}
PUBLIC_DOMAIN = "http://web.resource.org/cc/PublicDomain"


def text(work, name):
    """A Dublin Core element's text, with that of its agents; nothing where it is empty."""
    element = work.find(name, NAMES)
    found = "" if element is None else "".join(element.itertext())
    return found.strip() or None


def read(path):
    """The drawing's Dublin Core metadata, or nothing where it is not one to take."""
    if path.stat().st_size > MAX_BYTES:
        return None
    try:
        work = ElementTree.parse(path).getroot().find(".//cc:Work", NAMES)
    except ElementTree.ParseError:
        return None
    if work is None or text(work, "dc:title") is None:
        return None
    licence = work.find("cc:license", NAMES)
    if licence is None or licence.get(RDF + "resource") != PUBLIC_DOMAIN:
        return None
    words = (word.text.strip() for word in work.findall("dc:subject//rdf:li", NAMES) if word.text)
    return {
        "title": text(work, "dc:title"),
        "creator": text(work, "dc:creator"),
        "date": text(work, "dc:date"),
        "keywords": [word for word in words if word and word != "hash"],
        "description": text(work, "dc:description"),
        "rights": "Public Domain",
    }


def spread(found, count):
    """`count` of them, as far apart as can be."""
    return [found[len(found) * index // count] for index in range(min(count, len(found)))]


def file_name(path, about):
    """The package's name; the title where it has letters that ASCII lacks, to have such names too."""
    return path.name if about["title"].isascii() else about["title"].replace("/", "-") + ".svg"


def main():
    root = pathlib.Path(sys.argv[1])
    seen, found = set(), []
    for path in sorted(root.rglob("*.svg")):
        about = read(path)
        digest = hashlib.sha256(path.read_bytes()).digest()
        if path.relative_to(root).parts[0] not in FOLDERS or about and "@" in str(about):
            continue
        if about and digest not in seen and path.name not in seen:
            seen |= {digest, path.name}
            found.append((path, about))
    beyond = [item for item in found if not (item[1]["title"] + (item[1]["creator"] or "")).isascii()]
    named = [item for item in beyond if not item[1]["title"].isascii()]
    odd = [item for item in found if "+" in item[0].name]
    lines = [item for item in found if "\n" in (item[1]["description"] or "")]
    dated = [item for item in found if item[1]["date"] and item[1]["description"]]
    chosen = {}
    for group, count in [(named, 6), (beyond, 12), (odd, 1), (lines, 5), (dated, 20), (found, COUNT)]:
        for path, about in spread(group, count):
            if len(chosen) < COUNT:
                chosen[path] = about
    shutil.rmtree(HERE / "files", ignore_errors=True)
    (HERE / "files").mkdir()
    with open(HERE / "clipart.jsonl", "w", encoding="utf-8", newline="") as lines:
        for number, (path, about) in enumerate(sorted(chosen.items()), start=1):
            name = file_name(path, about)
            (HERE / "files" / name).write_bytes(path.read_bytes())
            record = {"id": number, **about, "file": f"files/{name}"}
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")


main()
