"""Says whether every name in an archive is safe to unpack, and distinct, on any system."""

import re
import sys
import unicodedata
import zipfile

with zipfile.ZipFile(sys.argv[1]) as archive:
    names = archive.namelist()

device = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.I)
for name in names:
    assert len(name.encode()) <= 1024 and not name.startswith("/"), name
    assert name == unicodedata.normalize("NFC", name), name
    for part in name.split("/"):
        assert part not in ("", ".", "..") and len(part.encode()) <= 255, name
        assert part == part.strip(". \t\n"), name
        assert not device.fullmatch(part), name
        assert not any(c in '<>:"|?*\\' or unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in part), name
        assert not any(c in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff" for c in part), name

folded = [unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold()) for name in names]
assert len(set(folded)) == len(folded), "two names are one somewhere"
folders = {name[:at] for name in folded for at, c in enumerate(name) if c == "/"}
assert not folders & set(folded), "a file is in the way of a folder"
print("safe and distinct")
