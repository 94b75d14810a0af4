"""What tables tell of an object but of its rows, its files and what plugins define, as (column, text)."""

from catalogue import hundredths, moment, number
from standard import SCALARS
from told import plain


def cells(catalogue, one):
    fields, separator = one[one["_objecttype"]], "." if catalogue.is_fylr else "#"
    for key in ("_system_object_id", "_global_object_id", "_uuid", "_objecttype", "_mask", "_created",
                "_last_modified"):
        yield key, plain(one.get(key)) or ""
    for key in ("_id", "_id_parent", "_version"):
        yield key, plain(fields.get(key)) or ""
    localised = [("_standard", catalogue.names(one))]
    if catalogue.is_fylr:
        yield "_format", "export"
        above = [x for x in one.get("_path") or [] if number(x) != number(one)]
        yield "_path", "/".join(str(number(x)) for x in [*above, one]) if above else ""
        localised.append(("_standard_parent", catalogue.names(above[-1]) if above else {}))
    yield "_tags", "\n".join(tag_name(catalogue, tag) for tag in one.get("_tags") or [])
    if fields.get("_pool"):
        localised.append(("_pool", catalogue.texts(fields["_pool"]["pool"]["name"])))
    for column in catalogue.about["types"][one["_objecttype"]]["columns"]:
        name, kind, value = column["name"], column["type"], fields.get(column["name"])
        if kind in SCALARS:
            yield name, plain(value) or ""
        elif kind == "integer.2":
            yield name, "" if value is None else hundredths(value)
        elif kind in ("date", "datetime"):
            yield name, (value and moment(value)) or ""
        elif kind == "daterange" and value:
            yield f"{name}{separator}from", value.get("from") or ""
            yield f"{name}{separator}to", value.get("to") or ""
            localised.append((f"{name}{separator}text", catalogue.texts(value.get("text"))))
        elif kind == "link" and value:
            yield f"{name}{separator}_system_object_id", plain(value["_system_object_id"])
            localised.append((f"{name}{separator}_standard", catalogue.names(value)))
        elif kind.startswith("text_l10n"):
            localised.append((name, catalogue.texts(value)))
    for name, texts in localised:
        for tag in catalogue.languages:
            yield f"{name}{separator}{tag}", texts.get(tag, "")


def tag_name(catalogue, tag):
    """What a tag is called: its name in the first language, or in fylr what it is referred to by; else its number."""
    about, key = catalogue.about, plain(tag["_id"])
    if catalogue.is_fylr:
        return plain(tag.get("reference")) or about.get("tag_references", {}).get(key, key)
    return about["tags"].get(key, {}).get(catalogue.languages[0], key)
