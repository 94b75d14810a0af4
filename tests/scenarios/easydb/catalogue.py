"""A catalogue in a folder: its objects, what they are called, and which of them are written out whole where
others lead to them."""

import re

from told import plain, read

# What the tag of a language is like.
TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9-]*)?")


class Catalogue:
    def __init__(self, folder, rule, depth, in_search, besides):
        self.about = read((folder / "catalogue.json").read_text())
        self.objects = {}
        for answer in sorted(folder.glob("*.json")):
            if answer.name != "catalogue.json":
                for one in read(answer.read_text())["objects"]:
                    self.objects[number(one)] = one
        self.rule, self.depth, self.in_search = rule, depth, in_search
        self.languages = self.about["all_languages" if "all" in besides else "languages"]
        self.is_fylr = "fylr" in besides
        self.merged = 0

    def is_found(self, one):
        kind = one["_objecttype"]
        if not self.in_search or kind in self.in_search:
            return True
        pool = one[kind].get("_pool")
        return bool(pool) and f"{kind}:{pool['pool']['_id']}" in self.in_search

    def empty_columns(self):
        """The columns in which no object has anything."""
        for kind, told in self.about["types"].items():
            rows = [one[kind] for one in self.objects.values() if one["_objecttype"] == kind]
            yield from empty_columns(told["columns"], rows)

    def whole(self, link, trail, is_reverse):
        """The object that a link leads to, where it is written out at the end of a trail of numbers."""
        sid = number(link)
        if len(trail) > self.depth or sid in trail or sid not in self.objects:
            return None
        # The data model says it of each type.
        is_main = self.about["types"][self.objects[sid]["_objecttype"]].get("in_main_search", False)
        is_whole = {
            "none": False,
            "all": True,
            "in_main_search": is_main,
            "not_in_main_search": not is_main,
            "not_in_main_search_and_reverse": is_reverse or not is_main,
        }[self.rule]
        if not is_whole:
            return None
        self.merged += 1
        link.settle()
        return self.objects[sid]

    def texts(self, value):
        """The texts of a value in the languages that are written."""
        if not value:
            return {}
        value.settle()
        return {tag: value[tag] for tag in self.languages if value.get(tag)}

    def is_text(self, value):
        """Whether a value is a text by languages."""
        tags = value.keys() if isinstance(value, dict) else []
        return all(TAG.fullmatch(tag) for tag in tags) and any(tag in self.about["all_languages"] for tag in tags)

    def names(self, one, level="1"):
        """What an object is called; its number, where it has no name in any language at any level, in fylr at the
        first."""
        standard = one.get("_standard", {})
        found = self.texts(standard.get(level, {}).get("text"))
        levels = [told for key, told in dict.items(standard) if key == "1" or (key.isdigit() and not self.is_fylr)]
        is_named = any(text for told in levels for text in dict.values(dict.get(told, "text") or {}))
        if level == "1" and not found and not is_named:
            return {self.languages[0]: f"#{number(one)}"}
        return found


def empty_columns(columns, rows):
    for column in columns:
        name = column["name"]
        values = [value for value in (row.get(name) for row in rows) if value not in (None, "", [], {})]
        if not values:
            yield name
        elif column["type"] in ("nested", "reverse_nested"):
            yield from empty_columns(column["columns"], [row for value in values for row in value])


def number(one):
    return int(one["_system_object_id"])


def hundredths(value):
    cents = int(value)
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def moment(value):
    return value.get("value") if isinstance(value, dict) else plain(value)
