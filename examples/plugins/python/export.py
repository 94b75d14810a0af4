#!/usr/bin/env python3
"""Entries with their annotations as JSON lines, a file for each dataset, and a summary where one process has all.

A plugin in another language than Ruby: it speaks the protocol of docs/plugins.md on descriptors 3 and 4,
and needs nothing but Python. The class `Host` is all there is to the protocol.
"""

import json
import os
import re
import sys
import threading
import traceback

EXPORTER = {
    "exporter": "python.Lines",
    "name": "JSON lines",
    "description": "Entries with their annotations, a line each",
    "modalities": [],
    "options": {"status": {"type": "string", "description": "Only entries of this status"}},
    "shard": None,
}


class Host:
    """The other end of the two descriptors."""

    def __init__(self):
        self.lines = os.fdopen(3, encoding="utf-8", newline="\n")
        self.out = os.fdopen(4, "w", encoding="utf-8", newline="\n")
        self.lock = threading.Lock()
        self.asked = 0
        self.first = json.loads(self.lines.readline())
        self.ended = threading.Event()
        threading.Thread(target=self.live, daemon=True).start()

    def live(self):
        """Gives a sign of life every 5 seconds, whatever the exporter does meanwhile."""
        while not self.ended.wait(5):
            self.say(ev="alive")

    def say(self, **event):
        with self.lock:
            self.out.write(json.dumps(event) + "\n")
            self.out.flush()

    def ask(self, op, **what):
        self.asked += 1
        self.say(id=self.asked, op=op, **what)
        answer = json.loads(self.lines.readline())
        if "err" in answer:
            raise RuntimeError(answer["err"]["message"])
        return answer["ok"]

    def entries(self, dataset_id, filter):
        """The entries of a dataset with the annotations of each, page by page."""
        after = None
        while page := self.ask("entries", dataset_id=dataset_id, filter=filter, after=after):
            ids = [entry["id"] for entry in page]
            yield from zip(page, self.ask("annotations", entry_ids=ids, filter={}))
            after = ids[-1]

    def done(self, status, **more):
        self.ended.set()
        self.say(ev="done", status=status, **more)


def export(host, run):
    """Writes the files; the folder that they are in."""
    folder = os.path.join(run["workdir"], "lines")
    os.makedirs(folder)
    filter = {"status": run["options"]["status"]} if "status" in run["options"] else {}
    summary, shard = [], run["shard"]
    ids = [shard["dataset_id"]] if shard else run["dataset_ids"]
    for number, dataset_id in enumerate(ids, 1 + (shard["offset"] if shard else 0)):
        dataset = host.ask("dataset", dataset_id=dataset_id)
        name = re.sub(r"[^\w-]+", "_", dataset.get("name") or dataset_id)
        path, entries, annotations = f"{number:04}-{name}.jsonl", 0, 0
        with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
            for entry, found in host.entries(dataset_id, filter):
                line = {"id": entry["id"], "name": entry.get("name"), "annotations": found}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                entries, annotations = entries + 1, annotations + len(found)
        summary.append({"file": path, "entries": entries, "annotations": annotations})
        host.say(ev="progress", value=len(summary) / len(ids))
    if shard:
        return folder
    with open(os.path.join(folder, "summary.json"), "w", encoding="utf-8") as file:
        json.dump(summary, file, indent=2)
        file.write("\n")
    return folder


def main():
    host = Host()
    if host.first.get("v") != 1:
        return host.done("errored", error="this plugin speaks version 1 of the protocol")
    if host.first.get("describe"):
        host.say(ev="described", exporters=[EXPORTER])
        return None
    host.say(ev="ready")
    try:
        folder = export(host, host.first["run"])
    except Exception as error:
        frames = traceback.extract_tb(sys.exc_info()[2])
        places = [f"{frame.filename}:{frame.lineno}: in {frame.name}" for frame in reversed(frames)]
        return host.done("errored", error=f"{type(error).__name__}: {error}", backtrace=places)
    return host.done("completed", output={"mode": "directory", "path": folder})


main()
