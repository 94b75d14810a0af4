#!/usr/bin/env python3
"""Prints what deriva.sh measured as Markdown, with how many times the engine of deriva-py takes: deriva.py WORK"""

import json
import pathlib
import statistics
import sys


def median(rounds, field):
    """The median of a measure; a failure ends the comparison."""
    for result in rounds:
        if "failed" in result:
            sys.exit(result["failed"])
    return statistics.median(result[field] for result in rounds)


def main():
    work = pathlib.Path(sys.argv[1])
    print("| bag of | by | seconds | CPU seconds | peak memory, MiB | result, MiB |")
    print("|---|---|---:|---:|---:|---:|")
    ratios = []
    for name in ["rows", "references"]:
        document = json.loads((work / f"{name}.measured.json").read_text())
        about = f"{document['units']:,} {name}"
        for label, rounds in document["rounds"].items():
            seconds, busy = median(rounds, "seconds"), median(rounds, "cpu_seconds")
            memory, result = (median(rounds, field) / 2**20 for field in ["peak_bytes", "out_bytes"])
            print(f"| {about} | {label} | {seconds:.1f} | {busy:.1f} | {memory:.0f} | {result:.1f} |")
        ours, theirs = (document["rounds"][label] for label in ["longshore", "deriva-py"])
        times = median(theirs, "seconds") / median(ours, "seconds")
        memory = median(theirs, "peak_bytes") / median(ours, "peak_bytes")
        ratios.append(f"{about}: deriva-py takes {times:.1f} times the time and {memory:.1f} times the memory")
    print()
    print("\n".join(ratios))


main()
