#!/usr/bin/env python3
"""Writes records as JSONL, the same each time: `make_records.py COUNT > records.jsonl` of about 590 bytes each, and
`make_records.py COUNT short > records.jsonl` of about 54."""

import json
import random
import sys


def short(number, _chance):
    return {"id": number, "name": f"Object {number}", "amount": number % 10000 / 100}


def long(number, chance):
    text = "".join(chance.choices("ACGT", k=200))
    return {
        **short(number, chance),
        "in_stock": number % 3 == 0,
        "sequence": text,
        "note": None if number % 5 == 0 else "some text; with\nlines",
        "address": {"street": f"Kaistraße {chance.randint(1, 300)}", "city": "Kiel", "zip": "24103"},
        "tags": ["ship", "wood", f"t{chance.randint(1, 50)}"],
        "description": "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt "
        "ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation.",
    }


chance = random.Random(1)
make = short if sys.argv[2:] == ["short"] else long
for number in range(int(sys.argv[1])):
    json.dump(make(number, chance), sys.stdout, ensure_ascii=False, separators=(",", ":"))
    print()
