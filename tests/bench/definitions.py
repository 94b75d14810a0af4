#!/usr/bin/env python3
"""Prints the definition that Longshore runs.

    definitions.py table POSTGRES_URL
    definitions.py tenth POSTGRES_URL   a tenth of the table's five million rows
    definitions.py plain POSTGRES_URL   the table, not packed
    definitions.py tree [NAME]
    definitions.py packed PACKER NAME   a tree in another packing
    definitions.py images               photographs, made small
    definitions.py tasks FILE COUNT     and writes FILE, a record for each task
"""

import json
import pathlib
import sys


def table(url):
    return {
        "name": "table",
        "outputs": [{"to": "lineitem.csv", "from": "lineitem", "format": "csv"}],
        "sources": {"lineitem": {"kind": "postgres", "url": url, "table": "lineitem", "key": "id"}},
    }


def tenth(url):
    definition = table(url)
    lineitem = definition["sources"]["lineitem"]
    del lineitem["table"]
    lineitem["query"] = "SELECT * FROM lineitem WHERE id <= 500000"
    return definition


def plain(url):
    return {**table(url), "transports": [{"type": "download", "packer": "none"}]}


def tree(name="tree"):
    return {
        "name": "tree",
        "outputs": [{"to": "tree/", "from": "tree", "assets": {"field": "file"}}],
        "sources": {"tree": {"kind": "jsonl", "path": f"{name}.jsonl"}},
    }


def packed(packer, name):
    packer = {"bag": {}} if packer == "bag" else packer
    return {**tree(name), "transports": [{"type": "download", "packer": packer}]}


def images():
    convert = {"format": "jpeg", "quality": "medium", "size": {"long_edge": 1024}}
    return {
        "name": "images",
        "outputs": [{"to": "images/", "from": "photos", "assets": {"field": "file", "convert": [convert]}}],
        "sources": {"photos": {"kind": "jsonl", "path": "photos.jsonl"}},
    }


def tasks(path, count):
    path = pathlib.Path(path)
    path.write_text("".join(f'{{"id":{number}}}\n' for number in range(int(count))))
    return {
        "name": "tasks",
        "batch_size": 1,
        "outputs": [{"to": "tasks.jsonl", "from": "tasks", "format": "jsonl"}],
        "sources": {"tasks": {"kind": "jsonl", "path": path.name}},
    }


DEFINITIONS = [table, tenth, plain, tree, packed, images, tasks]
NAMED = {definition.__name__: definition for definition in DEFINITIONS}
print(json.dumps(NAMED[sys.argv[1]](*sys.argv[2:]), indent=2))
