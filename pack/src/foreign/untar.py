"""Prints CRC-32, length and path of each member; `r:*` seeks, `r|gz` reads as from a pipe."""

import sys
import tarfile
import zlib

sys.stdout.reconfigure(encoding="utf-8")
with tarfile.open(sys.argv[2], sys.argv[1]) as tar:
    for member in tar:
        crc32 = zlib.crc32(tar.extractfile(member).read())
        print(f"{crc32:08x} {member.size} {member.name}")
