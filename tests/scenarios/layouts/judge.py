"""Reads every file with Python's json and xml modules."""

import json
import pathlib
import sys
import xml.etree.ElementTree as xml

made = pathlib.Path(sys.argv[1])


def text(name):
    return (made / name).read_text(encoding="utf-8")


class Number(str):
    """A number as it is spelled."""


def parsed(content):
    return json.loads(content, parse_float=Number, parse_int=Number)


plain = parsed(text("plain.json"))
assert len(plain) == 3 and plain[2]["tags"]["k"]["v"] == "1E+2"
for name in ["pretty.json", "compact.json"]:
    assert parsed(text(name)) == plain, name
    assert [list(record) for record in parsed(text(name))] == [list(record) for record in plain]
assert [parsed(line) for line in text("compact.jsonl").split("\n") if line] == plain
assert text("compact.json") == "[" + ",".join(line for line in text("compact.jsonl").split("\n") if line) + "]\n"
some = parsed(text("some.json"))
assert some == [{"id": record["id"], 'the "tags"': record["tags"]} for record in plain[1:]]
# Python lays out the same.
first = json.loads(text("records/1.json"))
assert json.dumps(first, indent=2, ensure_ascii=False) + "\n" == text("records/1.json")

flights = xml.fromstring(text("flights.xml"))
space = "{https://example.org/flights?a=1&b=2}"
assert flights.tag == space + "flights"
assert [flight.tag for flight in flights] == [space + "flight"] * 3
assert flights[0].attrib == {"id": "1", "call": 'a < b & "c" ]]>'}, flights[0].attrib
assert [tag.tag for tag in flights[0][0]] == [space + "tag"] * 3
assert flights[1].attrib == {"id": "2", "call": ""}
one = xml.fromstring(text("records/3.xml"))
assert one.tag == "{urn:flights}flight" and one.attrib == {"id": "3"}
assert one.find("{urn:flights}name").text == "ä 🚢"
mapped = [(child.tag, child.get("name")) for child in xml.fromstring(text("plain.xml"))[0]]
assert ("a_b_", "a b>") in mapped and ("_1x", "1x") in mapped and ("_xml_foo", "xml:foo") in mapped
print("as it should be")
