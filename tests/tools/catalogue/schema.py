"""What the made-up catalogue is: its name, languages, object types, pools and tags."""

NAME = "hafenmuseum"
UUID = "8ef36ec7-a3a5-4d62-acd5-1ee839f35aa5"
URL = "https://hafenmuseum.example.org"
LANGUAGES = ["de-DE", "en-US"]
ALL_LANGUAGES = ["de-DE", "en-US", "fr-FR", "es-ES", "cs-CZ", "ja-JP"]

TAG_REFERENCES = {19: "web"}
USERS = {1: "Administrator", 2: "Ann O'Neill", 3: "Büro \"Süd\" & Söhne"}
TAGS = {3: "Geprüft", 4: "Gesperrt", 19: "Für das Netz & die Presse"}

# Number: its parent, and its name.
POOLS = {
    1: (None, {"de-DE": "Alle Objekte", "en-US": "All objects"}),
    8: (1, {"de-DE": "Sammlung", "en-US": "Collection"}),
    10: (8, {"de-DE": "Fotografie", "en-US": "Photography"}),
    11: (8, {"de-DE": "Pläne & Karten", "en-US": "Plans & maps"}),
    20: (1, {"de-DE": "Nachlass <vertraulich>", "en-US": "Estate <confidential>"}),
}


def column(name, kind, german, english, /, **more):
    return {"name": name, "display": {"de-DE": german, "en-US": english}, "type": kind, **more}


DETERMINATION = [
    column("name", "text_oneline", "Bestimmung", "Determination"),
    column("typus", "boolean", "Typus", "Type"),
    column("datum", "date", "Datum", "Date"),
    column("bestimmt_von", "link", "Bestimmt von", "Determined by", to="person"),
]

RECORDS = [
    column("seite", "string", "Seite", "Page"),
    column("datum", "date", "Datum", "Date"),
]

KEYWORDS = [
    column("lk_schlagwort", "link", "Schlagwort", "Keyword", to="schlagwort"),
    column("bemerkung", "text_oneline", "Bemerkung", "Remark"),
    column("gewicht", "number", "Gewicht", "Weight"),
    column("_nested:bild__schlagworte__belege", "nested", "Belege", "Records", columns=RECORDS),
]

TYPES = {
    "bild": ("Bild", "Picture", [
        column("titel", "text_l10n_oneline", "Titel", "Title"),
        column("beschreibung", "text_l10n", "Beschreibung", "Description"),
        column("signatur", "string", "Signatur", "Shelf mark"),
        column("kurz", "text_oneline", "Kurztext", "Short text"),
        column("notiz", "text", "Notiz", "Note"),
        column("jahr", "date", "Jahr", "Year"),
        column("zeitraum", "daterange", "Zeitraum", "Period"),
        column("aufgenommen", "datetime", "Aufgenommen am", "Taken at"),
        column("preis", "integer.2", "Preis", "Price"),
        column("anzahl", "number", "Anzahl", "Number"),
        column("massstab", "double", "Maßstab", "Scale"),
        column("aktiv", "boolean", "Aktiv", "Active"),
        column("ort", "link", "Ort", "Place", to="ort"),
        column("urheber", "link", "Urheber", "Author", to="person"),
        column("serie", "link", "Gehört zu", "Belongs to", to="bild"),
        column("verweis", "custom", "Verweis", "Reference",
               kind="custom:base.custom-data-type-link.link"),
        column("lage", "custom", "Lage", "Position",
               kind="custom:base.custom-data-type-gnd.gnd"),
        column("_nested:bild__schlagworte", "nested", "Schlagworte", "Keywords", columns=KEYWORDS),
        column("_reverse_nested:bestimmung:bild", "reverse_nested", "Bestimmungen", "Determinations",
               **{"from": "bestimmung"}, columns=DETERMINATION),
        column("datei", "eas", "Datei", "File"),
    ]),
    "ort": ("Ort", "Place", [
        column("name", "text_l10n_oneline", "Name", "Name"),
        column("code", "string", "Code", "Code"),
    ]),
    "person": ("Person", "Person", [
        column("name", "text_oneline", "Name", "Name"),
        column("geburt", "date", "Geboren", "Born"),
        column("tod", "date", "Gestorben", "Died"),
        column("lehrer", "link", "Lehrer", "Teacher", to="person"),
        column("portrait", "link", "Portrait", "Portrait", to="bild"),
    ]),
    "schlagwort": ("Schlagwort", "Keyword", [
        column("name", "text_l10n_oneline", "Name", "Name"),
    ]),
    "bestimmung": ("Bestimmung", "Determination", [
        *DETERMINATION,
        column("bild", "link", "Bild", "Picture", to="bild"),
    ]),
}

# The others are lists that people write with, and do not look through.
IN_MAIN_SEARCH = {"bild", "bestimmung"}


def about():
    """What the catalogue tells of itself."""
    types = {
        name: {"display": {"de-DE": german, "en-US": english}, "in_main_search": name in IN_MAIN_SEARCH,
               "columns": columns}
        for name, (german, english, columns) in TYPES.items()
    }
    return {
        "name": NAME, "uuid": UUID, "url": URL, "base_schema": 248, "user_schema": 290,
        "languages": LANGUAGES, "all_languages": ALL_LANGUAGES, "types": types,
        "tags": {str(number): {"de-DE": name} for number, name in TAGS.items()},
        "tag_references": {str(number): name for number, name in TAG_REFERENCES.items()},
        "users": {str(number): name for number, name in USERS.items()},
    }


def pool(number):
    """A pool as it stands in objects, with the way to it."""
    def short(number):
        parent, name = POOLS[number]
        return {"pool": {"_id": number, "_id_parent": parent, "name": name}, "_basetype": "pool"}

    path, at = [], number
    while at is not None:
        path.insert(0, short(at))
        at = POOLS[at][0]
    return {**short(number), "_level": len(path), "_path": path}
