"""Searches of a saved catalogue, made up and answered by a reading of easydb's documentation of its own.

    catalogue_search.py FOLDER COUNT

Prints COUNT searches that follow from the catalogue's objects, a JSON object a line: {"search": …, "ids": […]}.
What it means that an object is found is written down here as plainly as can be, and slowly.
"""

import datetime
import fnmatch
import json
import pathlib
import random
import re
import sys
import unicodedata


# Texts: case and accents do not matter, and some letters are written in two ways.


def plain(text):
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return bare.lower().replace("ß", "ss")


def tokens(text):
    return re.findall(r"[^\W_]+", plain(text))


def text_matches(element, text):
    mode = element.get("mode") or "fulltext"
    there = tokens(text)
    if mode == "wildcard":
        patterns = plain(element["string"]).split()
        like = lambda text, pattern: fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))
        whole = like(plain(text), plain(element["string"]))
        return whole or all(any(like(word, pattern) for word in there) for pattern in patterns)
    wanted = tokens(element["string"])
    fits = str.startswith if mode == "fulltext" else str.__eq__
    if element.get("phrase"):
        for start in range(len(there) - len(wanted) + 1):
            row = there[start:start + len(wanted)]
            if row[:-1] == wanted[:-1] and fits(row[-1], wanted[-1]):
                return True
        return not wanted
    return all(any(fits(word, want) for word in there) for want in wanted)


# Dates: a year, a month and a day are all the moments in them.


def moments(text):
    """The first moment of a date and the first one after it, in seconds."""
    if "T" in text:
        at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        second = int(at.timestamp())
        return second, second + 1
    parts = [int(part) for part in text.split("-")]
    year, month, day = (parts + [None, None])[:3]
    first = datetime.date(year, month or 1, day or 1)
    if day:
        after = first + datetime.timedelta(days=1)
    elif month:
        after = datetime.date(year + month // 12, month % 12 + 1, 1)
    else:
        after = datetime.date(year + 1, 1, 1)
    utc = datetime.timezone.utc
    return tuple(int(datetime.datetime(d.year, d.month, d.day, tzinfo=utc).timestamp()) for d in (first, after))


def is_date(text):
    return isinstance(text, str) and re.fullmatch(r"\d{4}(-\d\d(-\d\d(T[\d:]+Z)?)?)?", text) is not None


def in_range(element, low, high):
    """Whether what goes from one value to another lies in a range, at least in part."""
    start, end = element.get("from"), element.get("to")
    if isinstance(low, (int, float)) and not isinstance(low, bool):
        return (start is None or low >= start) and (end is None or low <= end)
    if is_date(low or "0001") and is_date(high or "9999"):
        begins = moments(low)[0] if low else float("-inf")
        ends = moments(high)[1] - 1 if high else float("inf")
        return (start is None or ends >= moments(start)[0]) and (end is None or begins <= moments(end)[1] - 1)
    return (start is None or high >= start) and (end is None or low <= end)


# Fields: a name leads from key to key, and into every row of a list.


def values(node, name):
    """What is found by a name: everything at its end."""
    if isinstance(node, list):
        return [found for row in node for found in values(row, name)]
    if name == "":
        return [node]
    if not isinstance(node, dict):
        return []
    found = []
    for key, child in node.items():
        if name == key:
            found += values(child, "")
        elif name.startswith(key + "."):
            found += values(child, name[len(key) + 1:])
    return found


def singles(value, languages):
    """The single values of what a field holds: of texts in several languages those of some."""
    if isinstance(value, list):
        return [single for row in value for single in singles(row, languages)]
    if isinstance(value, dict):
        of_date = [value[key] for key in ("value", "from", "to") if isinstance(value.get(key), str)]
        texts = [text for language, text in value.items()
                 if re.fullmatch("[a-z]{2}-[A-Z]{2}", language) and (not languages or language in languages)
                 and isinstance(text, str)]
        return of_date + texts
    return [value]


def of_object(record, name):
    """What a record has under the name of a field: an object, or a row of a nested search."""
    known = {"_changelog.date_created": "_created", "_changelog.date_last_updated": "_last_modified"}
    name = known.get(name, name).replace("__nested:", "_nested:")
    if name.startswith("_linked._asset."):
        return [found for file in files(record["object"]) for found in values(file, name[15:])]
    if record["row"] is not None and name.startswith(record["path"] + "."):
        return values(record["row"], name[len(record["path"]) + 1:])
    return values(record["object"], name)


def files(node):
    """All files that an object has itself."""
    if isinstance(node, list):
        return [file for row in node for file in files(row)]
    if not isinstance(node, dict):
        return []
    if "class" in node and "versions" in node:
        return [node]
    return [file for key, child in node.items() if key not in ("_standard", "_path") for file in files(child)]


def links(node, kind):
    """What an object links to of a type, or its pools."""
    if isinstance(node, list):
        return [link for row in node for link in links(row, kind)]
    if not isinstance(node, dict):
        return []
    found = [link for key, child in node.items() if key != "_path" for link in links(child, kind)]
    marker, inner = ("_basetype", "pool") if kind == "_pool" else ("_objecttype", kind)
    return found + ([node] if node.get(marker) == inner else [])


# Elements.


def same(one, other):
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one is not None and one == other


def holds(element, record):
    kind = element["type"]
    if kind == "complex":
        return all_hold(element["search"], record)
    if kind == "nested":
        path = element["path"].replace("__nested:", "_nested:")
        rows = of_object(record, path)
        return any(all_hold(element["search"], {**record, "path": path, "row": row}) for row in rows)
    if kind == "match":
        languages = element.get("languages")
        texts = [text for field in element["fields"] for value in of_object(record, field)
                 for text in singles(value, languages) if isinstance(text, str)]
        return any(text_matches(element, text) for text in texts)
    if kind == "in" and "objecttype" in element:
        inner = "pool" if element["objecttype"] == "_pool" else element["objecttype"]
        for link in [link for child in record["object"].values() for link in links(child, element["objecttype"])]:
            path = [link] + (link.get("_path") or [] if element.get("include_path") else [])
            if any(step[inner]["_id"] in element["in"] for step in path):
                return True
        return False
    if kind == "in" and "eas_field" in element:
        found = [value for file in files(record["object"]) for value in values(file, element["eas_field"])]
        return any(same(value, wanted) for value in found for wanted in element["in"])
    if kind == "in":
        for field in element["fields"]:
            found = [single for value in of_object(record, field) for single in singles(value, element.get("languages"))]
            if any(same(value, wanted) for value in found for wanted in element["in"]):
                return True
            if None in element["in"] and all(value in (None, "", [], {}) for value in of_object(record, field)):
                return True
        return False
    if kind == "range":
        return any(in_range(element, *ends(value)) for value in of_object(record, element["field"]) if ends(value))
    if kind == "changelog_range":
        fields = {"insert": ["_created"], "update": ["_last_modified"]}.get(
            element.get("operation"), ["_created", "_last_modified"])
        return any(in_range(element, value, value) for field in fields for value in of_object(record, field))
    raise ValueError(kind)


def ends(value):
    if isinstance(value, dict):
        if value.get("value") is not None:
            return value["value"], value["value"]
        if value.get("from") is not None or value.get("to") is not None:
            return value.get("from"), value.get("to")
        return None
    return None if value is None or isinstance(value, (list, bool)) else (value, value)


def all_hold(elements, record):
    must = [holds(element, record) for element in elements if element.get("bool", "must") == "must"]
    must_not = [holds(element, record) for element in elements if element.get("bool") == "must_not"]
    should = [holds(element, record) for element in elements if element.get("bool") == "should"]
    return all(must) and not any(must_not) and (not should or any(should))


def answer(search, objects):
    kinds = search.get("objecttypes")
    found = [one["_system_object_id"] for one in objects if (not kinds or one["_objecttype"] in kinds)
             and all_hold(search.get("search") or [], {"object": one, "path": None, "row": None})]
    return sorted(found)


# Searches: what they ask for is taken from the objects, so that most find some of them.


class Maker:
    def __init__(self, objects, seed):
        self.dice = random.Random(seed)
        self.objects = objects
        self.texts, self.numbers, self.dates, self.flags, self.nested = {}, {}, {}, {}, {}
        for one in objects:
            self.look(one[one["_objecttype"]], one["_objecttype"])

    def look(self, node, name):
        for key, value in node.items():
            place = f"{name}.{key}"
            if key.startswith("_") and not key.startswith("_nested:"):
                continue
            if key.startswith("_nested:"):
                for row in value or []:
                    self.nested.setdefault(place, []).append(row)
                    self.look(row, place)
            elif isinstance(value, bool):
                self.flags.setdefault(place, []).append(value)
            elif isinstance(value, (int, float)):
                self.numbers.setdefault(place, []).append(value)
            elif isinstance(value, str) and value:
                kept = self.dates if is_date(value) else self.texts
                kept.setdefault(place, []).append(value)
            elif isinstance(value, dict) and any(is_date(value.get(end)) for end in ("value", "from", "to")):
                found = [value[end] for end in ("value", "from", "to") if is_date(value.get(end))]
                self.dates.setdefault(place, []).extend(found)
            elif isinstance(value, dict) and all(re.fullmatch("[a-z]{2}-[A-Z]{2}", tag) for tag in value):
                self.texts.setdefault(place, []).extend(text for text in value.values() if text)

    def some(self, of, prefix=""):
        places = sorted(place for place in of if place.startswith(prefix) and "_nested:" not in place[len(prefix):])
        if not places:
            return None
        place = self.dice.choice(places)
        return place, self.dice.choice(of[place])

    def element(self, prefix="", depth=0):
        dice = self.dice
        kinds = ["match", "match", "in", "in", "range", "range"]
        if not prefix:
            kinds += ["linked", "pool", "asset", "changed", "null", "tag", "number"]
            kinds += ["rows", "complex"] if depth < 2 else []
        made = getattr(self, dice.choice(kinds))(prefix, depth)
        if made is None:
            return self.element(prefix, depth)
        made["bool"] = dice.choice(["must", "must", "must_not", "should", "should"])
        if made["bool"] == "must" and dice.random() < 0.5:
            del made["bool"]
        return made

    def match(self, prefix, depth):
        picked = self.some(self.texts, prefix)
        words = picked and tokens(picked[1])
        if not words:
            return None
        dice, (place, text) = self.dice, picked
        word = dice.choice(words)
        mode = dice.choice(["fulltext", "token", "wildcard", None])
        string = {"fulltext": word[:dice.randint(1, 4)], "token": word, None: word[:3].upper(),
                  "wildcard": dice.choice([word[:2] + "*", "*" + word[-2:], "?" + word[1:]])}[mode]
        made = {"type": "match", "string": string, "fields": [place]}
        if mode:
            made["mode"] = mode
        if mode != "wildcard" and len(words) > 1 and dice.random() < 0.4:
            start = dice.randrange(len(words) - 1)
            pair = words[start:start + 2]
            made["string"] = " ".join(pair if dice.random() < 0.7 else pair[::-1])
            made["phrase"] = dice.random() < 0.7
        if dice.random() < 0.2:
            made["languages"] = [dice.choice(["de-DE", "en-US", "fr-FR"])]
        if dice.random() < 0.3:
            made["fields"].append(self.some(self.texts, prefix)[0])
        return made

    def in_(self, prefix, depth):
        picked = self.some(self.dice.choice([self.numbers, self.flags, self.texts]), prefix)
        if not picked:
            return None
        more = self.some({picked[0]: [value for value in
                          self.numbers.get(picked[0], self.flags.get(picked[0], self.texts.get(picked[0])))]})
        wanted = [picked[1]] + ([more[1]] if more and self.dice.random() < 0.5 else [])
        return {"type": "in", "fields": [picked[0]], "in": wanted}

    def range(self, prefix, depth):
        of = self.dice.choice([self.numbers, self.dates])
        picked = self.some(of, prefix)
        if not picked:
            return None
        ends = sorted([picked[1], self.dice.choice(of[picked[0]])])
        if of is self.dates and self.dice.random() < 0.4:
            ends = [end[:4] for end in ends]
        made = {"type": "range", "field": picked[0], "from": ends[0], "to": ends[1]}
        if self.dice.random() < 0.4:
            del made[self.dice.choice(["from", "to"])]
        return made

    def null(self, prefix, depth):
        of = self.dice.choice([self.texts, self.numbers, self.dates])
        place = self.some(of)[0]
        return {"type": "in", "fields": [place], "in": [None]}

    def linked(self, prefix, depth):
        one = self.dice.choice(self.objects)
        kind = self.dice.choice(["ort", "schlagwort", "person", "bild"])
        ids = [link[kind]["_id"] for child in one.values() for link in links(child, kind)]
        return {"type": "in", "objecttype": kind, "in": ids[:2] or [1], "include_path": self.dice.random() < 0.5}

    def pool(self, prefix, depth):
        pools = self.dice.sample([1, 8, 10, 11, 20], 2)
        if self.dice.random() < 0.5:
            return {"type": "in", "fields": ["bild._pool.pool._id"], "in": pools}
        return {"type": "in", "objecttype": "_pool", "in": pools, "include_path": self.dice.random() < 0.5}

    def asset(self, prefix, depth):
        return self.dice.choice([
            {"type": "in", "eas_field": "class", "in": [self.dice.choice(["image", "office"])]},
            {"type": "in", "eas_field": "extension", "in": [self.dice.choice(["pdf", "jpg", "png"])]},
            {"type": "in", "fields": ["_linked._asset.class"], "in": ["image"]},
            {"type": "range", "field": "_linked._asset.technical_metadata.width", "from": self.dice.randint(1, 9000)},
        ])

    def changed(self, prefix, depth):
        moment = self.dice.choice(self.objects)[self.dice.choice(["_created", "_last_modified"])]
        made = {"type": "changelog_range", self.dice.choice(["from", "to"]): self.dice.choice([moment, moment[:10]])}
        operation = self.dice.choice([None, "insert", "update"])
        return {**made, "operation": operation} if operation or self.dice.random() < 0.5 else made

    def tag(self, prefix, depth):
        return {"type": "in", "fields": [self.dice.choice(["_tags._id", "_collections._id"])],
                "in": [self.dice.choice([3, 4, 19, 92, None])]}

    def number(self, prefix, depth):
        ids = sorted(self.dice.choice(self.objects)["_system_object_id"] for _ in range(2))
        return self.dice.choice([{"type": "range", "field": "_system_object_id", "from": ids[0], "to": ids[1]},
                                 {"type": "in", "fields": ["_system_object_id"], "in": ids + [7]}])

    def nested_(self, prefix, depth):
        path = self.dice.choice(sorted(self.nested))
        inner = [element for element in (self.element(path + ".", depth + 1) for _ in range(self.dice.randint(1, 2)))]
        return {"type": "nested", "path": path, "search": inner}

    def complex(self, prefix, depth):
        return {"type": "complex",
                "search": [self.element(prefix, depth + 1) for _ in range(self.dice.randint(1, 3))]}

    def search(self):
        made = {"search": [self.element() for _ in range(self.dice.randint(0, 4))]}
        if self.dice.random() < 0.4:
            made["objecttypes"] = self.dice.sample(["bild", "person", "ort", "schlagwort", "bestimmung"], 2)
        return made


# Names that Python keeps for itself.
setattr(Maker, "in", Maker.in_)
Maker.rows = Maker.nested_


def main(folder, count):
    objects = []
    for path in sorted(pathlib.Path(folder).glob("search-*.json")):
        objects += json.loads(path.read_text())["objects"]
    maker = Maker(objects, 7)
    for _ in range(int(count)):
        search = maker.search()
        print(json.dumps({"search": search, "ids": answer(search, objects)}))


main(*sys.argv[1:])
