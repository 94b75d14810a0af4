"""Reads an export of a catalogue back, and holds every object in it against the search answers that it was
made from.

    judge.py CATALOGUE UNPACKED RULE DEPTH TYPES

RULE and DEPTH are `merge_linked_objects` and `merge_max_depth`; TYPES are those that the search gives, parted by
commas, all where none is named.
"""

import csv
import io
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

NS = "{https://schema.easydb.de/EASYDB/1.0/objects/}"
TOLD = ["_system_object_id", "_objecttype"]


def strip(element):
    for one in element.iter():
        one.tag = one.tag.removeprefix(NS)
    return element


def hundredths(value):
    number = int(value)
    return f"{'-' if number < 0 else ''}{abs(number) // 100}.{abs(number) % 100:02}"


class Judge:
    def __init__(self, catalogue, rule, depth, in_search):
        self.about = json.loads((catalogue / "catalogue.json").read_text())
        self.objects = {}
        for answer in sorted(catalogue.glob("*.json")):
            if answer.name != "catalogue.json":
                for one in json.loads(answer.read_text())["objects"]:
                    self.objects[one["_system_object_id"]] = one
        self.rule, self.depth = rule, depth
        self.in_search = in_search
        self.seen = []
        self.merged = 0

    def is_found(self, one):
        return not self.in_search or one["_objecttype"] in self.in_search

    def is_whole(self, sid, trail, is_reverse):
        if len(trail) > self.depth or sid in trail or sid not in self.objects:
            return False
        found = self.is_found(self.objects[sid])
        return {
            "none": False,
            "all": True,
            "in_main_search": found,
            "not_in_main_search": not found,
            "not_in_main_search_and_reverse": is_reverse or not found,
        }[self.rule]

    def texts(self, value):
        shown = self.about["languages"]
        return {tag: value[tag] for tag in shown if value.get(tag)} if value else {}

    def read_texts(self, element):
        return {one.tag: one.text for one in element}

    def same(self, seen, expected, where):
        assert seen == expected, f"{where}: {seen!r} is not {expected!r}"

    def names(self, one, level="1"):
        found = self.texts(one.get("_standard", {}).get(level, {}).get("text"))
        if level == "1" and not found:
            return {self.about["languages"][0]: f"#{one['_system_object_id']}"}
        return found

    def standard(self, element, one, where):
        for level, tag in (("1", "_standard"), ("2", "_standard-2"), ("3", "_standard-3")):
            wanted = self.names(one, level)
            found = element.find(tag)
            self.same({} if found is None else self.read_texts(found), wanted, f"{where}/{tag}")

    def path(self, element, one, where):
        above = [x for x in one.get("_path", []) if x["_system_object_id"] != one["_system_object_id"]]
        found = element.find("_path")
        if not above:
            return self.same(found, None, f"{where}/_path")
        ids = [x["_system_object_id"] for x in above] + [one["_system_object_id"]]
        self.same([int(x.findtext("_system_object_id")) for x in found], ids, f"{where}/_path")
        levels = [(x.get("level"), x.get("parent-level")) for x in found]
        last = len(ids) - 1
        self.same(levels, [(str(n), str(last - n)) for n in range(len(ids))], f"{where}/_path")

    def whole(self, element, one, trail, where):
        kind = one["_objecttype"]
        self.same(element.tag, kind, where)
        self.same(int(element.findtext("_system_object_id")), one["_system_object_id"], where)
        self.same(element.findtext("_objecttype"), kind, where)
        self.same(element.findtext("_uuid"), one.get("_uuid"), where)
        self.standard(element, one, where)
        self.path(element, one, where)
        self.fields(element, self.about["types"][kind]["columns"], one[kind], trail, where)

    def fields(self, element, columns, row, trail, where):
        for column in columns:
            name, kind = column["name"], column["type"]
            customs = [x for x in element.findall("custom") if x.get("name") == name]
            tag = name.replace(":", "__")
            found = customs[0] if kind == "custom" and customs else element.find(tag)
            self.value(found, column, row.get(name), trail, f"{where}/{name}")

    def value(self, found, column, value, trail, where):
        kind = column["type"]
        if kind in ("text", "text_oneline", "string", "number", "double", "boolean", "integer.2"):
            if value is None or value == "":
                return self.same(found, None, where)
            self.same(found.get("type"), kind, where)
            if kind == "boolean":
                return self.same(found.text, "true" if value else "false", where)
            if kind in ("number", "double"):
                return self.same(float(found.text), float(value), where)
            self.same(found.text, hundredths(value) if kind == "integer.2" else value, where)
        elif kind in ("date", "datetime"):
            wanted = value and value.get("value")
            self.same(None if found is None else found.text, wanted or None, where)
        elif kind == "daterange":
            value = value or {}
            sides = {side: value[side] for side in ("from", "to") if value.get(side)}
            seen = {} if found is None else {x.tag: x.text for x in found if x.tag != "text"}
            self.same(seen, sides, where)
            text = None if found is None else found.find("text")
            seen = {} if text is None else self.read_texts(text)
            self.same(seen, self.texts(value.get("text")), where)
        elif kind.startswith("text_l10n"):
            seen = {} if found is None else self.read_texts(found)
            self.same(seen, self.texts(value), where)
        elif kind == "custom":
            if not value:
                return self.same(found, None, where)
            self.same(found.get("type"), column["kind"], where)
            self.same(self.custom(found), without_null(value), where)
        elif kind == "link":
            if not value:
                return self.same(found, None, where)
            self.link(found[0], value, trail, where)
        elif kind == "nested":
            rows = value or []
            self.same(0 if found is None else len(found), len(rows), where)
            for number, row in enumerate(rows):
                self.fields(found[number], column["columns"], row, trail, f"{where}[{number}]")
        elif kind == "reverse_nested":
            rows = value or []
            self.same(0 if found is None else len(found), len(rows), where)
            for number, row in enumerate(rows):
                self.reverse(found[number], column, row, trail, f"{where}[{number}]")
        elif kind == "eas":
            files = value or []
            seen = [] if found is None else found.findall("files/file")
            ids = [x.findtext("eas-id") for x in seen]
            self.same(ids, [str(file["_id"]) for file in files], where)
            for one, file in zip(seen, files):
                names = [x.get("name") for x in one.findall("versions/version")]
                assert set(names) >= set(file["versions"]), f"{where}: {names}"
                self.same(one.findtext("original_filename"), file["original_filename"], where)
        else:
            raise AssertionError(f"{where}: {kind}")

    def link(self, element, value, trail, where):
        sid = value["_system_object_id"]
        self.same(element.tag, value["_objecttype"], where)
        if self.is_whole(sid, trail, False):
            self.merged += 1
            self.whole(element, self.objects[sid], trail + [sid], where)
        else:
            self.same(element.find("_uuid"), None, where)
            self.same(int(element.findtext("_system_object_id")), sid, where)
            self.standard(element, value, where)

    def reverse(self, element, column, row, trail, where):
        sid = row["_system_object_id"]
        self.same(int(element.findtext("_system_object_id")), sid, where)
        if self.is_whole(sid, trail, True):
            self.merged += 1
            self.whole(element, self.objects[sid], trail + [sid], where)
        else:
            self.fields(element, column["columns"], row, trail, where)

    def custom(self, element):
        kind = element.tag
        if kind == "string":
            return element.text or ""
        if kind == "boolean":
            return element.text == "true"
        if kind == "number":
            return float(element.text) if element.get("type") == "real" else int(element.text)
        if kind == "array":
            return [self.custom(one) for one in element]
        if kind == "custom" and len(element) == 0:
            return element.text
        if kind == "custom" and element[0].get("index") is not None:
            return [self.custom(one) for one in element]
        return {one.get("name"): self.custom(one) for one in element}

    def document(self, path):
        root = strip(ET.parse(path).getroot())
        self.same(root.get("uuid"), self.about["uuid"], path)
        ids = []
        for element in root:
            sid = int(element.findtext("_system_object_id"))
            one = self.objects[sid]
            ids.append(sid)
            for key in ("_created", "_last_modified", "_mask"):
                self.same(element.findtext(key), one.get(key), f"{sid}/{key}")
            self.same([int(x.get("id")) for x in element.find("tags")],
                      [tag["_id"] for tag in one.get("_tags") or []], f"{sid}/tags")
            self.whole(element, one, [sid], str(sid))
            for name in element.iter("_relative_filename"):
                assert (path.parent / name.text).is_file(), f"{sid}: {name.text} is not there"
        assert ids == sorted(ids), f"{path} is not in order"
        self.seen += ids
        return ids

    def range(self, path, ids):
        self.same(path.stem, f"{ids[0]}-{ids[-1]}@{self.about['uuid']}", path)
        if path.parent.name.startswith("folder"):
            self.same(path.parent.name, f"folder{ids[0]}-{ids[-1]}", path)

    def tables(self, unpacked, separator):
        ids = []
        for path in sorted(unpacked.rglob("*.csv")):
            text = path.read_text(encoding="utf-8-sig")
            delimiter = text[len('"_system_object_id"')]
            rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
            for row in rows:
                one = self.objects[int(row["_system_object_id"])]
                ids.append(one["_system_object_id"])
                for tag, text in self.names(one).items():
                    column = f"_standard{separator}{tag}"
                    self.same(row[column], text, f"{path.name}: {column}")
                assert path.stem.endswith("-" + one["_objecttype"])
        return ids


def without_null(value):
    if isinstance(value, dict):
        return {key: without_null(one) for key, one in value.items() if one is not None}
    return [without_null(one) for one in value if one is not None] if isinstance(value, list) else value


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
    catalogue, unpacked, rule, depth = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    judge = Judge(catalogue, rule, depth, [name for name in sys.argv[5].split(",") if name])
    for path in sorted(unpacked.rglob("*.xml")):
        ids = judge.document(path)
        if path.stem.count("-") == 5:
            judge.range(path, ids)
        else:
            judge.same(path.stem, f"{ids[0]}@{judge.about['uuid']}", path)
    wanted = sorted(sid for sid, one in judge.objects.items() if judge.is_found(one))
    judge.same(sorted(judge.seen), wanted, "objects in XML")
    if list(unpacked.rglob("*.csv")):
        judge.same(sorted(judge.tables(unpacked, "#")), wanted, "objects in CSV")
    documents = []
    for path in unpacked.rglob("*.json"):
        document = json.loads(path.read_text())
        read = document["objects"] if "objects" in document else [document]
        documents += [without_names(one, path.parent) for one in read]
    if documents and rule == "none":
        judge.same(sorted(one["_system_object_id"] for one in documents), wanted, "objects in JSON")
        for one in documents:
            judge.same(one, judge.objects[one["_system_object_id"]], "JSON")
    print(f"as it should be: {len(judge.seen)} objects, {judge.merged} merged")


main()
