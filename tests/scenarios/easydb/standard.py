"""What objects are in easydb's standard XML, by its published samples and the table of the manual: elements as
(name, attributes, text, elements), written down without a look at the program that is judged."""

from catalogue import hundredths, moment, number
from told import plain

FILE = ["preferred", "status", "class", "extension", "name", "original_filename", "compiled", "eas_parent_id",
        "date_inserted", "date_created", "date_uploaded", "filesize"]
VERSION = ["filesize", "height", "has_more_jobs", "class", "width", "url", "status", "extension", "aspect_ratio"]
LAST = ["zoom_url", "download_url", "_download_allowed"]
SCALARS = ["text", "text_oneline", "string", "number", "double", "boolean"]


def element(name, inner, /, **attributes):
    """An element of a text or of other elements, with attributes."""
    text, elements = ("", inner) if isinstance(inner, list) else (inner or "", [])
    return name.replace(":", "__"), {key: str(value) for key, value in attributes.items()}, text, elements


class Standard:
    def __init__(self, catalogue, exported_at):
        self.catalogue, self.exported_at = catalogue, exported_at
        self.url = catalogue.about["url"].rstrip("/")

    def object(self, one):
        kind, uuid = one["_objecttype"], one.get("_uuid")
        row = one[kind]
        numbers, identity = self.numbers(one, row), self.identity(one, row)
        owner = one.get("_owner")
        whoever = owner and owner[owner["_basetype"]]
        inner = [
            *numbers, *self.plain(one, "_has_children"), *identity, *self.standards(one),
            element("_exported_at", self.exported_at),
            *self.plain(one, "_mask"), *self.plain(one, "_last_modified"), *self.plain(one, "_created"),
            self.tags(one.get("_tags") or []),
            element("collections", [element("collection", "", id=x["_id"]) for x in one.get("_collections") or []]),
        ]
        if owner:
            name = whoever["_generated_displayname"]
            who = [element("id", plain(whoever["_id"])), element("displayname", name)]
            inner.append(element("owner", who, type=owner["_basetype"]))
        # What was saved need not lie behind an address.
        if self.url:
            inner.append(element("_urls", [
                element("url", f"{self.url}/api/v1/objects/uuid/{uuid}", type="deep-link"),
                element("url", f"{self.url}/detail/{number(one)}", type="easydb-id"),
            ]))
        return element(kind, inner + self.fields(self.columns(kind), row, [number(one)], uuid))

    def columns(self, kind):
        return self.catalogue.about["types"][kind]["columns"]

    def plain(self, value, key, name=None):
        text = plain(value.get(key))
        return [element(name or key, text)] if text else []

    def texts(self, name, texts, **attributes):
        inner = [element(tag, text) for tag, text in texts.items()]
        return [element(name, inner, **attributes)] if inner else []

    def tags(self, tags):
        return element("tags", [self.tag(tag["_id"]) for tag in tags])

    def tag(self, tag):
        names = {key: name for key, name in self.catalogue.about["tags"].get(plain(tag), {}).items() if name}
        return element("tag", self.texts("name", names), id=tag)

    def numbers(self, one, row):
        found = self.plain(row, "_id") + self.plain(one, "_system_object_id") + self.plain(row, "_version")
        found += self.plain(row, "_id_parent")
        path = [x for x in one.get("_path") or [] if number(x) != number(one)]
        if path:
            found.append(self.path([*path, one]))
        return found + self.other_parents(one, row)

    def other_parents(self, one, row):
        """What is told of objects above one besides its path."""
        return []

    def path(self, path):
        last = len(path) - 1
        steps = enumerate(path)
        return element("_path", [self.step(x, level=level, **{"parent-level": last - level}) for level, x in steps])

    def step(self, one, **place):
        kind = one["_objecttype"]
        inner = self.plain(one, "_system_object_id") + self.plain(one, "_global_object_id")
        inner += self.plain(one, "_uuid") + self.plain(one[kind], "_id") + self.plain(one, "_objecttype")
        inner += self.texts("_standard", self.catalogue.names(one))
        return element(kind, inner, **place)

    def identity(self, one, row):
        found = self.plain(one, "_uuid") + self.plain(one, "_objecttype") + self.plain(one, "_global_object_id")
        if row.get("_pool"):
            found.append(self.pool(row["_pool"]["pool"]))
        return found

    def pool(self, pool):
        names = self.catalogue.texts(pool["name"])
        return element("pool", [element(tag, text) for tag, text in names.items()], id=pool["_id"])

    def standards(self, one):
        found = []
        for level, name in (("1", "_standard"), ("2", "_standard-2"), ("3", "_standard-3")):
            found += self.texts(name, self.catalogue.names(one, level))
        files = one.get("_standard", {}).get("eas", {}).get("1")
        if files:
            found.append(element("_standard-eas", [element("files", [self.file(x, None) for x in files])]))
        return found

    def fields(self, columns, row, trail, uuid):
        found = []
        for column in columns:
            value = row.get(column["name"])
            if value is not None:
                found += self.value(column, value, trail, uuid)
        return found

    def typed(self, column, kind):
        """The attributes of a field that says what it holds."""
        return {"type": kind}

    def marked(self, column, kind):
        """The attributes of a field that leads to objects or files, of which easydb says nothing."""
        return {}

    def value(self, column, value, trail, uuid):
        name, kind = column["name"], column["type"]
        if kind in SCALARS or kind == "integer.2" or kind in ("date", "datetime"):
            if kind == "integer.2":
                text = hundredths(value)
            else:
                text = plain(value) if kind in SCALARS else moment(value)
            return [element(name, text, **self.typed(column, kind))] if text else []
        if kind.startswith("text_l10n"):
            return self.texts(name, self.catalogue.texts(value), **self.typed(column, kind))
        if kind == "daterange":
            inner = self.plain(value, "from") + self.plain(value, "to")
            inner += self.texts("text", self.catalogue.texts(value.get("text")))
            return [element(name, inner, **self.typed(column, kind))] if inner else []
        if kind == "custom":
            return self.custom(column, value)
        if kind == "link":
            return [element(name, [self.link(value, trail)], **self.marked(column, kind))]
        if not value:
            return []
        if kind == "nested":
            rows = [self.fields(column["columns"], row, trail, uuid) for row in value]
            return [element(name, [element(name.removeprefix("_nested:"), row) for row in rows])]
        if kind == "reverse_nested":
            rows = [self.reverse(column, row, trail) for row in value]
            return [element(name, rows, **self.marked(column, "reverse"))]
        assert kind == "eas", kind
        files = element("files", [self.file(file, uuid) for file in value])
        return [element(name, [files], **self.marked(column, "files"))]

    def link(self, link, trail):
        kind = link["_objecttype"]
        whole = self.catalogue.whole(link, trail, False)
        if whole is not None:
            return element(kind, self.within(whole, trail))
        inner = self.plain(link[kind], "_id") + self.plain(link, "_system_object_id")
        return element(kind, inner + self.plain(link, "_objecttype") + self.standards(link))

    def reverse(self, column, row, trail):
        whole, marks = self.catalogue.whole(row, trail, True), self.marked(column, "reverse")
        if whole is not None:
            return element(column["from"], self.within(whole, trail), **marks)
        inner = self.plain(row, "_id") + self.plain(row, "_system_object_id") + self.plain(row, "_version")
        inner += self.identity(row, row)
        inner += self.fields(column["columns"], row, trail, row.get("_uuid"))
        return element(column["from"], inner, **marks)

    def within(self, one, trail):
        """An object within another."""
        kind = one["_objecttype"]
        row = one[kind]
        inner = self.numbers(one, row) + self.identity(one, row) + self.standards(one)
        return inner + self.fields(self.columns(kind), row, [*trail, number(one)], one.get("_uuid"))

    def custom(self, column, value):
        inner = self.parts(value)
        return [element("custom", inner, name=column["name"], type=column["kind"])] if value else []

    def parts(self, value):
        if isinstance(value, list):
            return [self.part(item, index=index) for index, item in enumerate(value) if item is not None]
        if isinstance(value, dict):
            return [self.part(value[key], name=key) for key in value if value[key] is not None]
        return plain(value)

    def part(self, value, **which):
        if isinstance(value, (dict, list)):
            return element("array" if isinstance(value, list) else "object", self.parts(value), **which)
        if isinstance(value, bool):
            return element("boolean", plain(value), **which)
        if type(value) is str:
            return element("string", value, **which)
        is_real = any(sign in value for sign in ".eE")
        return element("number", plain(value), **which, type="real" if is_real else "integer")

    def file(self, file, uuid):
        """A file with all of its versions; `uuid` is that of the object that has it, nothing of one that stands
        for an object."""
        inner = [element("eas-id", plain(file["_id"]))]
        inner += [element(key, plain(file.get(key))) for key in FILE]
        inner += self.more_of_file(file)
        technical = file.get("technical_metadata") or {}
        inner.append(element("technical_metadata", [x for key in technical for x in self.technical(technical, key)]))
        versions = file["versions"]
        told = [self.version(name, versions[name], uuid and (uuid, file["_id"])) for name in versions]
        return element("file", [*inner, element("versions", told)])

    def more_of_file(self, file):
        """What is told of a file besides."""
        return []

    def technical(self, values, key):
        return self.plain(values, key)

    def untold(self, of, name):
        """What is not told of a version, of the object and file that it is of."""
        return []

    def version(self, name, version, of):
        others = [key for key in version if key not in VERSION + LAST + ["deep_link_url"]]
        told = [(key, self.plain(version, key)) for key in VERSION + others + LAST]
        inner = [x for key, found in told if key not in self.untold(of, name) for x in found]
        link = version.get("deep_link_url")
        if of and self.url and not link:
            link = f"{self.url}/api/v1/objects/uuid/{of[0]}/file/id/{of[1]}/file_version/name/{name}/disposition/inline"
        return element("version", inner + ([element("deep_link_url", link)] if link else []), name=name)
