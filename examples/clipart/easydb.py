#!/usr/bin/env python3
"""Writes the drawings as an easydb catalogue: `easydb/catalogue.json`, and a search answer with drawings,
persons and keywords as objects that link to each other.

    ./easydb.py

What it writes follows from `clipart.jsonl` and the files alone.
"""

import json
import pathlib
import uuid

HERE = pathlib.Path(__file__).resolve().parent
INSTANCE = "0b6c1f3e-5d1c-4c0e-9a57-2f6f2f1f6c60"
MADE = "2005-05-13T12:00:00Z"


def column(name, kind, english, german, **more):
    return {"name": name, "display": {"en-US": english, "de-DE": german}, "type": kind, **more}


TYPES = {
    "drawing": ("Drawing", "Zeichnung", [
        column("title", "text_oneline", "Title", "Titel"),
        column("description", "text", "Description", "Beschreibung"),
        column("made", "string", "Date", "Datum"),
        column("rights", "string", "Rights", "Rechte"),
        column("creator", "link", "Creator", "Urheber", to="person"),
        column("_nested:drawing__keywords", "nested", "Keywords", "Schlagworte", columns=[
            column("keyword", "link", "Keyword", "Schlagwort", to="keyword")]),
        column("file", "eas", "File", "Datei"),
    ]),
    "person": ("Person", "Person", [column("name", "text_oneline", "Name", "Name")]),
    "keyword": ("Keyword", "Schlagwort", [column("word", "text_oneline", "Word", "Wort")]),
}


class Catalogue:
    """Objects with numbers in the order in which they are first named."""

    def __init__(self):
        self.objects = []
        self.numbers = {}

    def add(self, kind, name, fields):
        """The object of a name, which is made where there is none yet, as others link to it."""
        if (kind, name) not in self.numbers:
            number = len(self.objects) + 1
            self.numbers[kind, name] = number
            self.objects.append({
                "_objecttype": kind, "_mask": f"{kind}__all_fields", "_format": "long",
                "_system_object_id": number, "_global_object_id": f"{number}@{INSTANCE}",
                "_uuid": str(uuid.uuid5(uuid.UUID(INSTANCE), f"{kind}/{name}")),
                "_created": MADE, "_last_modified": MADE, "_tags": [], "_collections": [],
                "_has_children": False, "_level": 1,
                "_owner": {"_basetype": "user", "user": {"_id": 1, "_generated_displayname": "Open Clip Art"}},
                "_standard": {"1": {"text": {"en-US": name}}},
                kind: {"_id": number, "_version": 1, **fields},
            })
        made = self.objects[self.numbers[kind, name] - 1]
        linked = {key: made[key] for key in ("_objecttype", "_mask", "_system_object_id", "_global_object_id", "_uuid",
                                             "_has_children", "_level", "_standard")}
        return {**linked, "_format": "standard", kind: {"_id": made[kind]["_id"], "_version": 1}}


def asset(record):
    """A drawing's file: it has been made into nothing else, so that it is its only version."""
    path = record["file"]
    original = {"class": "vector2d", "extension": "svg", "status": "done", "url": path, "download_url": path,
                "filesize": (HERE / path).stat().st_size, "_download_allowed": True}
    return {
        "_id": 1000 + record["id"], "preferred": True, "class": "vector2d", "extension": "svg",
        "class_extension": "vector2d.svg", "status": "done", "eas_parent_id": None, "name": None,
        "original_filename": pathlib.Path(path).name, "compiled": "svg drawing", "filesize": original["filesize"],
        "date_inserted": MADE, "date_uploaded": MADE, "date_created": None,
        "class_version_status": ["vector2d.original.done"], "technical_metadata": {},
        "versions": {"original": original},
    }


def main():
    catalogue = Catalogue()
    for line in (HERE / "clipart.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        creator = record["creator"] and catalogue.add("person", record["creator"], {"name": record["creator"]})
        words = [catalogue.add("keyword", word, {"word": word}) for word in record["keywords"]]
        catalogue.add("drawing", f"{record['title']} ({record['id']})", {
            "title": record["title"], "description": record["description"], "made": record["date"],
            "rights": record["rights"], "creator": creator,
            "_nested:drawing__keywords": [{"_id": nth + 1, "_version": 1, "keyword": word}
                                          for nth, word in enumerate(words)],
            "file": [asset(record)],
        })
    types = {name: {"display": {"en-US": english, "de-DE": german}, "in_main_search": name == "drawing",
                    "columns": columns}
             for name, (english, german, columns) in TYPES.items()}
    about = {"name": "clipart", "uuid": INSTANCE, "url": "", "base_schema": 1, "user_schema": 1,
             "languages": ["en-US"], "all_languages": ["en-US", "de-DE"], "types": types, "tags": {}}
    (HERE / "easydb").mkdir(exist_ok=True)
    (HERE / "easydb/catalogue.json").write_text(
        json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    lines = ",\n".join(json.dumps(found, ensure_ascii=False) for found in catalogue.objects)
    head = json.dumps({"type": "object", "format": "long", "count": len(catalogue.objects)})
    (HERE / "easydb/search.json").write_text(f'{head[:-1]}, "objects": [\n{lines}\n]}}\n', encoding="utf-8")


main()
