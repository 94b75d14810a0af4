"""Writes a made-up easydb catalogue: answers of its search, what tells its fields, and its files.

    python3 tests/tools/catalogue COUNT FOLDER

The same count gives the same bytes. Objects are written as they are made, so that a catalogue may have any
number of them.
"""

import json
import sys
from pathlib import Path

from objects import Catalogue
from pictures import write_files
from schema import about

PAGE = 1000


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main(count, folder):
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = Catalogue(count)
    (folder / "catalogue.json").write_text(
        json.dumps(about(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    write_files(folder / "files", catalogue.pictures)
    for start in range(0, count, PAGE):
        end = min(start + PAGE, count)
        head = {"type": "object", "format": "long", "language": "de-DE", "offset": start, "limit": PAGE}
        head |= {"count": count, "aggregations": {}}
        with open(folder / f"search-{start // PAGE:05}.json", "w", encoding="utf-8") as page:
            # One object on each line, so that a change is seen as one.
            page.write(dump(head)[:-1] + ',"objects":[\n')
            page.write(",\n".join(dump(catalogue.object(nth)) for nth in range(start, end)))
            page.write("\n]}\n")


main(int(sys.argv[1]), Path(sys.argv[2]))
