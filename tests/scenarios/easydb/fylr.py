"""What fylr's XML tells besides easydb's, by the table of its manual: what fields hold and which columns they are,
several parents, pools and tags with their references, and files by their paths."""

from standard import Standard, element
from told import Number, compact, plain

# The addresses of a version, which one that goes along has not.
ADDRESSES = ["url", "download_url"]


class Fylr(Standard):
    # The versions of files that go along, by the numbers of the files and their own names.
    along = frozenset()

    def typed(self, column, kind):
        number = column.get("id")
        return {"type": kind} if number is None else {"type": kind, "column-api-id": number}

    def marked(self, column, kind):
        is_of_hierarchy = kind == "reverse" and column["name"].endswith(":_id_parent")
        return self.typed(column, "reverse_hierarchical" if is_of_hierarchy else kind)

    def other_parents(self, one, row):
        found = self.plain(one, "_system_object_id_parent") + self.plain(row, "_parent_child_idx")
        paths, parents = one.get("_paths"), row.get("_parents")
        if paths:
            found.append(element("_paths", [self.path(path) for path in paths]))
        if parents:
            found.append(element("_parents", [self.step(parent) for parent in parents]))
        return found

    def pool(self, pool):
        inner = self.texts("name", self.catalogue.texts(pool.get("name"))) + self.plain(pool, "reference")
        return element("_pool", inner, id=pool["_id"])

    def tags(self, tags):
        return element("_tags", [self.tag(tag) for tag in tags])

    def tag(self, tag):
        about, number = self.catalogue.about, plain(tag["_id"])
        own = tag.get("displayname")
        names = self.catalogue.texts(own) if own else about["tags"].get(number, {})
        names = {language: name for language, name in names.items() if name}
        reference = plain(tag.get("reference")) or about.get("tag_references", {}).get(number)
        inner = self.texts("displayname", names)
        inner += [element("reference", reference), element("shortname", plain(tag.get("shortname")))]
        return element("tag", inner, id=number)

    def custom(self, column, value):
        if column["kind"] != "geo_json":
            return super().custom(column, value)
        value.settle()
        return [element(column["name"], compact(value), **self.typed(column, "geo_json"))]

    def more_of_file(self, file):
        return self.plain(file, "class_extension")

    def technical(self, values, key):
        return [element(key, plain(values[key]), type=kind_of(values[key]))] if self.plain(values, key) else []

    def untold(self, of, name):
        return ADDRESSES if of and (plain(of[1]), name) in self.along else []


def kind_of(value):
    """What a technical value is, as fylr calls it."""
    if isinstance(value, Number):
        return "float64" if any(sign in value for sign in ".eE") else "int"
    return "bool" if isinstance(value, bool) else "string"
