"""Reads every file with Python's xml module, and lets xsltproc transform the plain one by hand."""

import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

made = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent

catalogue = xml.parse(made / "catalogue.xml").getroot()
assert catalogue.attrib == {"count": "3", "wooden": "2"}, "the stylesheet saw all records at once"
assert [(entry.get("number"), entry.get("id"), entry.text) for entry in catalogue] == [
    ("1", "2", "Zoë ]]> 🚢"), ("2", "3", "Boot"), ("3", "1", 'Schiff "Anna" & <Boje>')
]
nothing = xml.parse(made / "none.xml").getroot()
assert nothing.attrib == {"count": "0", "wooden": "0"} and len(nothing) == 0

# What a stylesheet may not read on a worker it can read here, so it is taken out.
stylesheet = (here / "catalogue.xsl").read_text(encoding="utf-8").replace("/etc/passwd", "/dev/null")
by_hand = subprocess.run(
    ["xsltproc", "--nonet", "-", made / "plain.xml"],
    input=stylesheet.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
).stdout
assert by_hand == (made / "catalogue.xml").read_bytes(), by_hand
assert (made / "labels/1.txt").read_text(encoding="utf-8") == 'Schiff "Anna" & <Boje> (1890)'
print("as it should be")
