"""The files of the made-up catalogue: gray pictures in three versions, and a leaflet."""

import struct
import zlib

# Name of a version, and its width and height.
VERSIONS = {"small": (24, 18), "preview": (48, 36), "original": (96, 72)}

LEAFLET = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n" \
    b"trailer<</Root 1 0 R>>\n%%EOF\n"


def png(picture, width, height):
    """A gray picture. It is stored and not deflated, so that every zlib writes the same bytes."""
    def chunk(name, data):
        crc = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)

    def gray(x, y):
        return (x * 255 // width + y * (picture + 1)) % 256

    rows = b"".join(b"\0" + bytes(gray(x, y) for x in range(width)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")


def path(picture, version):
    return f"files/picture-{picture:02}-{version}.png"


def sizes():
    """The length of each version."""
    return {version: len(png(0, *size)) for version, size in VERSIONS.items()}


def write_files(folder, pictures):
    folder.mkdir(exist_ok=True)
    (folder / "leaflet.pdf").write_bytes(LEAFLET)
    for picture in range(pictures):
        for version, size in VERSIONS.items():
            (folder.parent / path(picture, version)).write_bytes(png(picture, *size))
