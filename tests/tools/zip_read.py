"""Reads a whole ZIP archive, checking it, and prints CRC-32 and name of each entry."""

import sys
import zipfile

sys.stdout.reconfigure(encoding="utf-8")
with zipfile.ZipFile(sys.argv[1]) as archive:
    broken = archive.testzip()
    if broken is not None:
        sys.exit(f"{broken} is broken")
    for entry in archive.infolist():
        print(f"{entry.CRC:08x}\t{entry.filename}")
