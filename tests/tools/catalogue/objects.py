"""The objects of the made-up catalogue, each by its place alone.

First come places, keywords and persons, then pictures with a determination now and then. What an object holds
follows from its place, so that those that link to it can be written without it.
"""

import uuid
from datetime import datetime, timedelta
from functools import lru_cache

import pictures
from schema import ALL_LANGUAGES, UUID, pool

WORDS = ["Hafen", "Speicher", "Kran & Kai", "Brücke <alt>", "Schiff \"Emma\"", "Fähre ⚓", "Straße\tSüd", "Ärmelkanal",
         "Leuchtturm ]]> Nord", "Docks 'K.'", "Werft; Halle 3", "Zoll,amt", "=Summe", "港湾", "Nábřeží", "Muelle"]
NOTES = ["Erste Zeile\nzweite Zeile", "Rückseite: \"Kai & Co.\" <unleserlich>", "  mit Rand  ", "Σ∆ 😀 a\u0301",
         "sehr lang " * 60]
FILES = ["Hafen.JPG", "IMG_0001.jpg", "IMG_0001.jpg", "Foto: Kai 3/4?.jpg", "Ansicht Süd.jpeg", ".versteckt.png",
         "x" * 200 + ".jpg"]


class Catalogue:
    """A catalogue of so many objects, at least 30."""

    def __init__(self, count):
        self.pictures = max(3, min(16, count // 100))
        self.places = max(5, count // 50)
        self.keywords = max(4, count // 50)
        self.persons = max(4, count // 20)
        self.first_person = self.places + self.keywords
        self.first_picture = self.first_person + self.persons
        self.count = count
        self.uuid_space = uuid.UUID(UUID)
        # Places, keywords and persons are named by many.
        self.standard = lru_cache(4096)(self.standard)

    def kind(self, nth):
        if nth < self.places:
            return "ort"
        if nth < self.first_person:
            return "schlagwort"
        if nth < self.first_picture:
            return "person"
        return "bestimmung" if self.is_determination(nth) else "bild"

    def is_determination(self, nth):
        # The one after a picture belongs to that picture.
        return nth < self.count and nth > self.first_picture and (nth - self.first_picture) % 6 == 3

    def picture(self, number):
        """The place of some picture."""
        nth = self.first_picture + number % (self.count - self.first_picture)
        return nth - 1 if self.is_determination(nth) else nth

    def object(self, nth):
        """An object in the format `long`."""
        kind = self.kind(nth)
        # Whoever reads `long` gets linked objects in the format `standard`.
        return {
            **self.standard(nth),
            "_format": "long",
            "_global_object_id": f"{self.system_id(nth)}@{UUID}",
            "_uuid": self.uuid(nth),
            "_created": moment(nth),
            "_last_modified": moment(nth + 5000),
            "_tags": [{"_id": tag} for tag in [(), (3,), (3, 19), (4,)][nth % 4]],
            "_collections": [{"_id": 92}] if nth % 5 == 0 else [],
            "_published": [],
            "_published_count": 0,
            "_owner": {"_basetype": "user", "user": {"_id": 1 + nth % 2,
                       "_generated_displayname": ["Administrator", "Ann O'Neill"][nth % 2]}},
            kind: {**self.head(nth), **getattr(self, kind)(nth)},
        }

    def standard(self, nth):
        """An object as others name it."""
        kind = self.kind(nth)
        level = len(self.path(nth))
        standard = {
            "_objecttype": kind,
            "_mask": f"{kind}__all_fields",
            "_format": "standard",
            "_system_object_id": self.system_id(nth),
            "_has_children": self.has_children(nth),
            "_level": level,
            "_standard": self.name(nth),
            kind: self.head(nth, short=True),
        }
        if level > 1:
            standard["_path"] = [
                {"_objecttype": kind, "_system_object_id": self.system_id(at), "_standard": self.name(at),
                 "_global_object_id": f"{self.system_id(at)}@{UUID}", "_uuid": self.uuid(at),
                 kind: self.head(at, short=True)}
                for at in self.path(nth)
            ]
        return standard

    def head(self, nth, short=False):
        kind = self.kind(nth)
        head = {"_id": 1 + nth, "_version": 1 + nth % 3}
        if kind in ("ort", "schlagwort"):
            parent = self.path(nth)[:-1]
            head["_id_parent"] = 1 + parent[-1] if parent else None
        if kind == "bild" and not short:
            head["_pool"] = pool([10, 11, 8, 20][nth % 4])
        return head

    def path(self, nth):
        """The way from the root of a hierarchy to an object: of trees with three branches each."""
        kind = self.kind(nth)
        if kind not in ("ort", "schlagwort"):
            return [nth]
        first = 0 if kind == "ort" else self.places
        path, at = [nth], nth - first
        while at > 1:
            at = (at - 2) // 3
            path.insert(0, first + at)
        return path

    def has_children(self, nth):
        kind = self.kind(nth)
        if kind not in ("ort", "schlagwort"):
            return False
        first, many = (0, self.places) if kind == "ort" else (self.places, self.keywords)
        return (nth - first) * 3 + 2 < many

    def name(self, nth):
        """What stands for an object, in up to three texts; one in eight has none."""
        kind = self.kind(nth)
        if kind == "bestimmung" and nth % 8 == 0:
            return {}
        name = {"1": both(localised(f"{word(nth)} {nth}", nth))}
        if kind == "bild":
            name["2"] = both({"de-DE": f"Signatur {self.shelf_mark(nth)}"})
            if nth % 3 == 0:
                name["3"] = both(localised(word(nth + 7), nth + 1))
            files = self.files(nth)
            if files:
                name["eas"] = {"1": files[:1]}
        return name

    def shelf_mark(self, nth):
        return f"HM {nth // 100:03}/{nth % 100:02}"

    def ort(self, nth):
        return {"name": localised(f"{word(nth)} {nth}", nth), "code": f"O-{nth:05}"}

    def schlagwort(self, nth):
        return {"name": localised(f"{word(nth)} {nth}", nth)}

    def person(self, nth):
        number = nth - self.first_person
        # Teachers go round in circles, some of them of one person.
        teacher = self.first_person + (number - number % 3 + (number + 1) % 3) % self.persons
        return {
            "name": f"{word(nth)} {nth}",
            "geburt": {"value": f"{1850 + nth % 90}"},
            "tod": {"value": f"{1920 + nth % 60}-0{1 + nth % 9}"} if nth % 2 else None,
            "lehrer": self.standard(teacher),
            "portrait": self.standard(self.picture(number)) if nth % 2 else None,
        }

    def bestimmung(self, nth):
        return {**self.determination(nth), "bild": self.standard(nth - 1)}

    def determination(self, nth):
        return {
            "name": f"{word(nth)} sp. {nth}",
            "typus": nth % 2 == 0,
            "datum": {"value": f"20{nth % 25:02}-0{1 + nth % 9}-1{nth % 10}"},
            "bestimmt_von": self.standard(self.first_person + nth % self.persons),
        }

    def bild(self, nth):
        number = nth - self.first_picture
        year = 1880 + nth % 120
        return {
            "titel": localised(f"{word(nth)} {nth}", nth),
            "beschreibung": localised(f"{word(nth + 3)}: {NOTES[nth % 5]}", nth + 2) if nth % 6 else None,
            "signatur": self.shelf_mark(nth),
            "kurz": word(nth + 1) if nth % 3 else None,
            "notiz": NOTES[nth % 5] if nth % 2 else None,
            "jahr": [{"value": f"{year}", "_from": f"{year}-01-01T00:00:00Z", "_to": f"{year}-12-31T23:59:59Z"},
                     {"value": f"{year}-08", "_from": f"{year}-08-01T00:00:00Z", "_to": f"{year}-08-31T23:59:59Z"},
                     {"value": f"{year}-12-31", "_from": f"{year}-12-31T00:00:00Z", "_to": f"{year}-12-31T23:59:59Z"},
                     None][nth % 4],
            "zeitraum": [{"from": f"{year}", "to": f"{year + 3}"}, {"from": f"{year}", "to": None},
                         {"from": None, "to": f"{year}-06", "text": localised(f"bis Juni {year}", nth)},
                         None][nth // 2 % 4],
            "aufgenommen": {"value": f"{year}-05-01T1{nth % 10}:30:00+01:00"} if nth % 4 else None,
            "preis": [567, 7000, 0, -5, None][nth % 5],
            "anzahl": nth % 7 if nth % 4 else None,
            "massstab": 0.5 + nth / 8 if nth % 3 else None,
            "aktiv": [True, False, None][nth % 3],
            "ort": self.standard(nth % self.places) if nth % 7 else None,
            "urheber": self.standard(self.first_person + nth % self.persons) if nth % 5 else None,
            "serie": self.standard(self.picture(number + [1, -1, 0][nth % 3])) if nth % 4 == 1 else None,
            "verweis": reference(nth) if nth % 2 else None,
            "lage": position(nth) if nth % 3 == 0 else None,
            "_nested:bild__schlagworte": [self.keyword(nth, row) for row in range(nth % 4)],
            "_reverse_nested:bestimmung:bild": self.determinations(nth),
            "datei": self.files(nth),
        }

    def keyword(self, nth, row):
        at = self.places + (nth + row) % self.keywords
        return {
            "_id": nth * 10 + row,
            "_version": 1,
            "lk_schlagwort": self.standard(at) if (nth + row) % 5 else None,
            "bemerkung": word(nth + row) if row else None,
            "gewicht": row * 10,
            "_nested:bild__schlagworte__belege": [
                {"_id": nth * 100 + row * 10 + record, "_version": 1, "seite": f"{record}r",
                 "datum": {"value": f"19{nth % 100:02}"}}
                for record in range((nth + row) % 3)
            ],
        }

    def determinations(self, nth):
        after = nth + 1
        if not self.is_determination(after):
            return []
        named = self.standard(after)
        return [{
            **self.head(after), "_uuid": self.uuid(after), "_objecttype": "bestimmung",
            "_system_object_id": named["_system_object_id"],
            "_global_object_id": f"{named['_system_object_id']}@{UUID}", **self.determination(after),
        }]

    def files(self, nth):
        """No file, one, two of which one is preferred, or a leaflet."""
        if nth % 6 == 5:
            return []
        if nth % 11 == 7:
            return [leaflet(nth)]
        return [self.image(nth, turn) for turn in range(2 if nth % 6 == 2 else 1)]

    def image(self, nth, turn):
        number, name = 900_000 + nth * 2 + turn, FILES[(nth + turn) % len(FILES)]
        versions = {
            version: {
                **part("image", "png", LENGTHS[version], pictures.path((nth + turn) % self.pictures, version)),
                "width": width, "height": height, "aspect_ratio": 1.3333,
            }
            for version, (width, height) in pictures.VERSIONS.items()
        }
        width, height = pictures.VERSIONS["original"]
        return {
            **asset(number, "image", "png", name, LENGTHS["original"], nth),
            "preferred": turn == 0,
            "compiled": f"png image, {width} x {height} @ 8 bit, 6.9 KB",
            "class_version_status": [f"image.{version}.done" for version in versions],
            "technical_metadata": {
                "width": width, "height": height, "max_dimension": width, "dpi": 300, "colorspace": "gray",
                "format": "landscape", "aspect_ratio": 1.3333, "camera_scanner": word(nth),
            },
            "versions": versions,
        }

    def system_id(self, nth):
        return 1000 + 3 * nth + nth % 2

    def uuid(self, nth):
        return str(uuid.UUID(int=self.uuid_space.int ^ (nth + 1)))


LENGTHS = pictures.sizes()


def word(nth):
    return WORDS[nth % len(WORDS)]


def moment(nth):
    return (datetime(2024, 1, 1) + timedelta(minutes=37 * nth)).strftime("%Y-%m-%dT%H:%M:%SZ")


def localised(text, nth):
    """A text in as many languages as its number says, from one to all six."""
    languages = ALL_LANGUAGES[: 1 + nth % len(ALL_LANGUAGES)]
    return {language: text if language == "de-DE" else f"{text} ({language[:2]})" for language in languages}


def both(texts):
    html = {language: "<span>" + text.replace("&", "&amp;").replace("<", "&lt;") + "</span>"
            for language, text in texts.items()}
    return {"text": texts, "html": html}


def reference(nth):
    return {
        "url": f"https://example.org/kai?id={nth}&lang=de",
        "text_plain": f"Kai {nth} <neu>",
        "_standard": {"text": f"Kai {nth}"},
        "_fulltext": {"text": f"Kai {nth}", "string": f"https://example.org/kai?id={nth}"},
    }


def position(nth):
    return {
        "conceptURI": f"https://d-nb.info/gnd/{4000000 + nth}-{nth % 10}",
        "conceptName": word(nth),
        "coordinates": [8.6 + nth / 64, 53.5],
        "checked": nth % 2 == 0,
        "source": None,
        "_standard": {"text": word(nth)},
    }


def part(kind, extension, length, url):
    return {
        "class": kind, "extension": extension, "status": "done", "filesize": length, "url": url,
        "download_url": url, "_download_allowed": True, "has_more_jobs": False,
    }


def asset(number, kind, extension, name, length, nth):
    return {
        "_id": number, "preferred": True, "class": kind, "extension": extension,
        "class_extension": f"{kind}.{extension}", "status": "done", "eas_parent_id": None, "name": None,
        "original_filename": name, "original_filename_basename": name.rsplit(".", 1)[0],
        "original_filepath": f"upload/{nth}", "filesize": length, "date_inserted": moment(nth),
        "date_uploaded": moment(nth), "date_created": None,
    }


def leaflet(nth):
    length = len(pictures.LEAFLET)
    return {
        **asset(900_000 + nth * 2, "office", "pdf", f"Faltblatt {nth}.pdf", length, nth),
        "compiled": "pdf document, 1 page",
        "class_version_status": ["office.original.done"],
        "technical_metadata": {"pages": 1, "format": "portrait"},
        "versions": {"original": part("office", "pdf", length, "files/leaflet.pdf")},
    }
