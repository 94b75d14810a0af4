#!/usr/bin/env python3
"""Prints the medians of what measure.py noted as Markdown, and writes WORK/results.json: report.py WORK"""

import json
import os
import pathlib
import statistics
import sys

FIELDS = ["seconds", "cpu_seconds", "peak_bytes", "out_bytes"]


def medians(rounds):
    """The median of each measure, or why there is none."""
    good = [result for result in rounds if "failed" not in result]
    if len(good) < len(rounds):
        return {"failed": next(result["failed"] for result in rounds if "failed" in result)}
    return {field: statistics.median(result[field] for result in good) for field in FIELDS}


def row(label, result, units):
    """A line of the table."""
    if "failed" in result:
        return f"| {label} | failed | | | | |"
    rate = f"{units / result['seconds']:,.{0 if units > 1000 else 1}f}" if units else ""
    return (f"| {label} | {result['seconds']:.2f} | {result['cpu_seconds']:.2f} | "
            f"{result['peak_bytes'] / 2**20:.0f} | {result['out_bytes'] / 2**20:.1f} | {rate} |")


def by_role(found):
    """The lines that say what each role of a fleet took."""
    roles = list(next(iter(found.values()))["peak_bytes_by_role"])
    print("\n| | " + " | ".join(f"{role}, MiB" for role in roles) + " | agent moved, MiB | of the archive |")
    print("|---|" + "---:|" * (len(roles) + 2))
    for label, result in found.items():
        peaks = [f"{result['peak_bytes_by_role'][role] / 2**20:.0f}" for role in roles]
        moved = result["agent_moved_bytes"]
        print(f"| {label} | {' | '.join(peaks)} | {moved / 2**20:.2f} | {moved / result['out_bytes']:.2%} |")


def main():
    work = pathlib.Path(sys.argv[1])
    results = {}
    for name in ["table", "tree", "packers", "images", "tasks", "fleet"]:
        path = work / f"{name}.measured.json"
        if not path.exists():
            continue
        document = json.loads(path.read_text())
        found = {label: medians(rounds) for label, rounds in document["rounds"].items()}
        results[name] = {"rounds": document["rounds"], "medians": found}
        turns = len(next(iter(document["rounds"].values())))
        print(f"\n### {name}, median of {turns}, {os.cpu_count()} processors\n")
        print("| | seconds | CPU seconds | peak memory, MiB | result, MiB | per second |")
        print("|---|---:|---:|---:|---:|---:|")
        for label, result in found.items():
            print(row(label, result, document["units"]))
        last = {label: rounds[-1] for label, rounds in document["rounds"].items()}
        if all("peak_bytes_by_role" in result for result in last.values()):
            by_role(last)
    (work / "results.json").write_text(json.dumps(results, indent=2) + "\n")


main()
