"""Reads an export of a catalogue back, and holds every value of every object in it against the search answers
that it was made from: nothing may be missing, nothing changed, nothing be there that is in no answer.

    judge.py CATALOGUE UNPACKED RULE DEPTH TYPES [BESIDES]

RULE and DEPTH are `merge_linked_objects` and `merge_max_depth`; TYPES are those that the search gives, parted by
commas, all where none is named, `bild:10` being a type in a pool; BESIDES are, parted by commas, `all` for all
languages, and `fylr` for its forms. Prints how many objects, values and merged objects it saw, and in how many
columns of the catalogue no object has anything.
"""

import csv
import io
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from catalogue import Catalogue, number
from cells import cells
from fylr import Fylr
from standard import Standard
from told import Told, plain, read

NS = "{https://schema.easydb.de/EASYDB/1.0/objects/}"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")

# What XML tells of no object, file or link, by the ways to it: markup of names, what easydb reckons from other
# values, where a pool lies, and the numbers of rows.
NOT_TOLD = re.compile(
    r".*/(_format|_level|html|_published|_published_count|_changelog)"
    r"|.*/(original_filename_basename|original_filepath|class_extension|class_version_status)"
    r"|.*/(_from|_to|_pool/_basetype|_pool/_level|_pool/_path|_pool/pool/_id_parent)"
    r"|.*/_nested:[^/]*/(_id|_version)"
    # Of a link that is a name alone.
    r"|/\w+/.*/(_mask|_has_children|_path|\w+/_version|\w+/_id_parent)"
    # Of a parent, and of the object as its own last parent.
    r"|(/.*)?/_path(/_system_object_id|/\w+/_version|/\w+/_id_parent|/_standard/(2|3|eas)|/_objecttype"
    r"|/_global_object_id|/_uuid|/_standard|/\w+)"
    # Of other parents.
    r"|(/.*)?/(_paths|_parents)(/\w+/_version|/\w+/_id_parent|/_standard/(2|3|eas))"
)


class Judge:
    def __init__(self, catalogue):
        self.catalogue = catalogue
        self.about = catalogue.about
        self.seen = []
        self.values = 0
        self.met = set()

    def same(self, seen, expected, where):
        assert seen == expected, f"{where}: {seen!r} is not {expected!r}"

    def element(self, seen, expected, where):
        """That two elements are the same, each value of which is counted."""
        (name, attributes, text, inner), (_, _, _, wanted) = seen, expected
        self.same(name, expected[0], where)
        where = f"{where}/{name}"
        self.same(attributes, expected[1], where)
        # An element that would have others in it, and has none, holds what they are indented by.
        is_empty = not expected[2] and not inner
        self.same(text.strip() if is_empty else text, expected[2], where)
        for one, other in zip(inner, wanted):
            self.element(one, other, where)
        self.same([x[0] for x in inner], [x[0] for x in wanted], where)
        self.values += len(attributes) + (0 if inner else 1)

    def document(self, path):
        root = ET.parse(path).getroot()
        timestamp = root.get("timestamp")
        assert TIME.fullmatch(timestamp), timestamp
        about = {"instance": self.about["name"], "uuid": self.about["uuid"], "timestamp": timestamp,
                 "base-schema": plain(self.about["base_schema"]), "user-schema": plain(self.about["user_schema"])}
        self.same((root.tag, root.attrib), (NS + "objects", about), path)
        standard, ids = (Fylr if self.catalogue.is_fylr else Standard)(self.catalogue, timestamp), []
        for found in root:
            sid = int(found.findtext(NS + "_system_object_id"))
            ids.append(sid)
            for name in (one for outer in found.iter() for one in outer if is_name(one, outer)):
                assert (path.parent / name.text).is_file(), f"{sid}: {name.text} is not there"
            standard.along = along(found)
            seen, expected = tree(found), standard.object(self.catalogue.objects[sid])
            self.element(seen, expected, path.name)
            self.notices_what_is_wrong(seen, expected, (seen[0],))
        assert ids == sorted(ids), f"{path} is not in order"
        self.seen += ids
        return ids

    def notices_what_is_wrong(self, seen, expected, way):
        """Whatever is taken out of an element, put into it or changed is noticed: once for each of the last names
        on the way to it."""
        if way not in self.met:
            self.met.add(way)
            for wrong in worsened(seen):
                assert not self.takes(wrong, expected), f"nobody notices what is wrong with {wrong}"
        for one, other in zip(seen[3], expected[3]):
            self.notices_what_is_wrong(one, other, (*way, one[0])[-3:])

    def takes(self, seen, expected):
        try:
            Judge(self.catalogue).element(seen, expected, "")
        except AssertionError:
            return False
        return True

    def everything(self):
        """That each value of the objects in XML was held against something, or is one that XML does not tell."""
        for sid in self.seen:
            for way in self.catalogue.objects[sid].unasked():
                assert NOT_TOLD.fullmatch(way), f"{sid}{way} is in no XML"

    def range(self, path, ids):
        self.same(path.stem, f"{ids[0]}-{ids[-1]}@{self.about['uuid']}", path)
        if path.parent.name.startswith("folder"):
            self.same(path.parent.name, f"folder{ids[0]}-{ids[-1]}", path)

    def json(self, one, trail):
        """An object as JSON has it: linked objects stand in the place of their names."""
        kind = one["_objecttype"]
        return {key: self.row(value, trail) if key == kind else self.limited(value) for key, value in one.items()}

    def row(self, row, trail):
        return {key: self.limited(value) if key.startswith("_") and "nested:" not in key
                else self.linked(key, value, trail) for key, value in row.items()}

    def limited(self, value):
        """A value in the languages that are written: fylr's JSON has no others."""
        if not self.catalogue.is_fylr:
            return value
        if isinstance(value, list):
            return [self.limited(one) for one in value]
        if not isinstance(value, dict):
            return value
        is_text = self.catalogue.is_text(value)
        return {key: self.limited(one) for key, one in value.items()
                if not is_text or key in self.catalogue.languages}

    def linked(self, key, value, trail):
        if isinstance(value, Told) and "_system_object_id" in value:
            whole = self.catalogue.whole(value, trail, False)
            return self.limited(value) if whole is None else self.json(whole, [*trail, number(whole)])
        if isinstance(value, list) and key.startswith(("_nested:", "_reverse_nested:")):
            return [self.json_row(key, row, trail) for row in value]
        is_span = isinstance(value, Told) and (value.get("from") or value.get("to"))
        return self.limited(value) if is_span or self.catalogue.is_text(value) else value

    def json_row(self, key, row, trail):
        is_reverse = key.startswith("_reverse_nested:") and "_system_object_id" in row
        whole = self.catalogue.whole(row, trail, True) if is_reverse else None
        return self.row(row, trail) if whole is None else self.json(whole, [*trail, number(whole)])

    def tables(self, unpacked):
        ids = []
        for path in sorted(unpacked.rglob("*.csv")):
            text = path.read_text(encoding="utf-8-sig")
            delimiter = text[len('"_system_object_id"')]
            for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter):
                one = self.catalogue.objects[int(row["_system_object_id"])]
                ids.append(number(one))
                for column, text in cells(self.catalogue, one):
                    self.same(row.get(column, ""), text, f"{path.name} {ids[-1]}: {column}")
                    self.values += 1
                assert path.stem.endswith("-" + one["_objecttype"])
        return ids


def is_name(one, of):
    """Whether an element is the name of a file that goes along, which fylr calls a path."""
    return one.tag == NS + "_relative_filename" or (one.tag == NS + "path" and of.tag == NS + "version")


def along(found):
    """The versions of files that go along: those that have a name."""
    return {(file.findtext(NS + "eas-id"), version.get("name"))
            for file in found.iter(NS + "file") for version in file.iter(NS + "version")
            if any(is_name(one, version) for one in version)}


def tree(found):
    """An element as (name, attributes, text, elements), without the names of files that go along, and without
    versions of which nothing else is told."""
    inner = []
    for one in found:
        if is_name(one, found):
            continue
        made = tree(one)
        if made[0] != "version" or made[3]:
            inner.append(made)
    text = "" if len(found) else found.text or ""
    return found.tag.removeprefix(NS), dict(found.attrib), text, inner


def worsened(seen):
    """An element with one thing wrong: a text or an attribute that is another or none, or an element in it left out
    or there twice."""
    name, attributes, text, inner = seen
    for key in attributes:
        yield name, {**attributes, key: "wrong"}, text, inner
        yield name, {other: attributes[other] for other in attributes if other != key}, text, inner
    if not inner:
        yield name, attributes, text + "?", inner
        if text.strip():
            yield name, attributes, "", inner
    for nth, one in enumerate(inner):
        yield name, attributes, text, inner[:nth] + inner[nth + 1:]
        yield name, attributes, text, inner[:nth] + [one] + inner[nth:]


def without_names(value, folder):
    """What the search gave: without the names of files that went along, which must lie beside the document."""
    if isinstance(value, list):
        return [without_names(one, folder) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, one in value.items():
        names = one.pop("_relative_filename", None) if isinstance(one, dict) else None
        for name in names if isinstance(names, list) else [names] if names else []:
            assert (folder / name).is_file(), f"{name} is not there"
        # A version that was made for the export has a name and nothing else.
        if names is None or one:
            kept[key] = without_names(one, folder)
    return kept


def main():
    folder, unpacked, rule, depth = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    types = [name for name in sys.argv[5].split(",") if name]
    catalogue = Catalogue(folder, rule, depth, types, "".join(sys.argv[6:]).split(","))
    judge = Judge(catalogue)
    for path in sorted(unpacked.rglob("*.xml")):
        ids = judge.document(path)
        if path.stem.count("-") == 5:
            judge.range(path, ids)
        else:
            judge.same(path.stem, f"{ids[0]}@{judge.about['uuid']}", path)
    wanted = sorted(sid for sid, one in catalogue.objects.items() if catalogue.is_found(one))
    judge.same(sorted(judge.seen), wanted, "objects in XML")
    judge.everything()
    merged = catalogue.merged
    if list(unpacked.rglob("*.csv")):
        judge.same(sorted(judge.tables(unpacked)), wanted, "objects in CSV")
    documents = []
    for path in unpacked.rglob("*.json"):
        document = read(path.read_text())
        found = document["objects"] if "objects" in document else [document]
        documents += [without_names(one, path.parent) for one in found]
    if documents:
        judge.same(sorted(number(one) for one in documents), wanted, "objects in JSON")
        for one in documents:
            expected = judge.json(catalogue.objects[number(one)], [number(one)])
            if catalogue.is_fylr:
                judge.same(list(one)[:2], ["_format", "_exported_at"], "what JSON begins with")
                assert TIME.fullmatch(one["_exported_at"]), one["_exported_at"]
                expected |= {"_format": "export", "_exported_at": one["_exported_at"]}
            judge.same(one, expected, "JSON")
    empty = len(list(catalogue.empty_columns()))
    print(f"as it should be: {len(judge.seen)} objects, {judge.values} values, {merged} merged, {empty} empty")


main()
