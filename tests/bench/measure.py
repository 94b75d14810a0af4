#!/usr/bin/env python3
"""Runs commands in turns and notes what they took.

    measure.py --name NAME --rounds N --work DIR [--units N] --case LABEL COMMAND [--case …]

Each COMMAND is run by bash in DIR, with $OUT naming a folder that is not there yet; what it leaves
there is weighed. Writes DIR/NAME.measured.json: for each case and round the seconds, the processor
seconds of all its processes, and the most memory that one of them had. A command that fails is noted
as failed, with the end of what it said. A command that prints a line {"seconds": …, "cpu_seconds": …,
"peak_bytes": …} is believed: it knows better where its work begins.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess


def own_measure(output):
    """What the command itself measured, when its last line says so."""
    try:
        said = json.loads(output.strip().splitlines()[-1])
        return said if isinstance(said, dict) and "cpu_seconds" in said else {}
    except (IndexError, ValueError):
        return {}


def once(command, work):
    """One run of one command."""
    out = work / "out"
    shutil.rmtree(out, ignore_errors=True)
    log, taken = work / "log", work / "taken"
    # What an earlier command left to be written must not slow this one.
    os.sync()
    # time(1) is small; measured from here, the memory of each command would begin with Python's own.
    timed = ["time", "-q", "-o", taken, "-f", "%e %U %S %M", "bash", "-c", "set -euo pipefail; " + command]
    with open(log, "w", encoding="utf-8") as sink:
        ended = subprocess.run(timed, cwd=work, env={**os.environ, "OUT": str(out)},
                               stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT)
    said = log.read_text(encoding="utf-8", errors="replace")
    if ended.returncode != 0:
        return {"failed": f"exit {ended.returncode}: {said[-500:]}"}
    seconds, user, system, peak_kib = map(float, taken.read_text().split())
    measured = {
        "seconds": seconds,
        "cpu_seconds": user + system,
        "peak_bytes": int(peak_kib) * 1024,
        "out_bytes": sum(path.stat().st_size for path in out.rglob("*") if path.is_file()),
    }
    return {**measured, **own_measure(said)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--units", type=int)
    parser.add_argument("--case", nargs=2, action="append", required=True)
    given = parser.parse_args()
    results = {label: [] for label, _ in given.case}
    for turn in range(given.rounds):
        # Another one begins each round, so that none always runs after the same neighbour.
        first = turn % len(given.case)
        for label, command in given.case[first:] + given.case[:first]:
            result = once(command, given.work)
            results[label].append(result)
            print(f"{given.name}, round {turn + 1}, {label}: {result}", flush=True)
    document = {"name": given.name, "units": given.units, "rounds": results}
    (given.work / f"{given.name}.measured.json").write_text(json.dumps(document, indent=2) + "\n")


main()
