"""What the program is made of, as CycloneDX 1.5: the crates with their versions, licences and checksums.

    cargo tree --locked -p longshore --edges normal --prefix none --format '{p}|{l}' | sbom.py CARGO_LOCK

The same crates give the same bytes: it has no time and no number of its own.
https://cyclonedx.org/docs/1.5/json/
"""

import json
import sys
import tomllib


def main():
    with open(sys.argv[1], "rb") as lock:
        checksums = {(crate["name"], crate["version"]): crate.get("checksum")
                     for crate in tomllib.load(lock)["package"]}
    crates = sorted({crate(line) for line in sys.stdin if line.strip()})
    program = next(it for it in crates if it[0] == "longshore")
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component("application", *program, None)},
        "components": [component("library", name, version, licence, checksums[name, version])
                       for name, version, licence in crates if (name, version) != program[:2]],
    }
    json.dump(document, sys.stdout, indent=1)
    print()


def crate(line):
    """Name, version and licence of a line such as `serde v1.0.228 (*)|MIT OR Apache-2.0`."""
    described, _, licence = line.strip().partition("|")
    name, version, *_ = described.split()
    return name, version.removeprefix("v"), licence.removesuffix(" (*)")


def component(kind, name, version, licence, checksum):
    reference = f"pkg:cargo/{name}@{version}"
    made = {"type": kind, "bom-ref": reference, "name": name, "version": version, "purl": reference}
    if licence:
        # Crates of before 2018 divide alternatives by a slash, which is no expression of SPDX.
        made["licenses"] = [{"expression": licence.replace("/", " OR ") if " " not in licence else licence}]
    if checksum:
        made["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return made


main()
