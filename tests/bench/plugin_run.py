#!/usr/bin/env python3
"""Runs a command and says what it took, apart for the program and for the runtime that it starts.

    plugin_run.py ENTRIES COMMAND [ARGUMENT…]

Prints one line of JSON: seconds, processor seconds of all processes that have ended, entries in a second and in a
processor second, and the most memory that the program, and that one Ruby of it, had resident. Memory is
looked at 20 times a second; the system keeps the most of each process, so only what is over sooner is missed.
"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import time

INTERVAL_SECONDS = 0.05


def status(pid):
    """What the system says of a process; nothing of one that is gone."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return dict(line.split(":", 1) for line in lines if ":" in line)


def family(first):
    """A process and all that come of it, by their ids."""
    known = {}
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            known[int(folder.name)] = status(folder.name)
    found, waiting = {}, [first]
    while waiting:
        pid = waiting.pop()
        found[pid] = known.get(pid, {})
        waiting += [child for child, of in known.items() if int(of.get("PPid", "0")) == pid]
    return found


def main():
    entries, command = int(sys.argv[1]), sys.argv[2:]
    began = time.monotonic()
    running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    program = runtime = 0
    while running.poll() is None:
        for pid, of in family(running.pid).items():
            peak = int(of.get("VmHWM", "0 kB").split()[0]) * 1024
            if pid == running.pid:
                program = max(program, peak)
            elif of.get("Name", "").strip().startswith("ruby"):
                runtime = max(runtime, peak)
        time.sleep(INTERVAL_SECONDS)
    seconds = time.monotonic() - began
    if running.returncode != 0:
        sys.exit(f"{command[0]} ended with {running.returncode}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    print(json.dumps({
        "seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2),
        "entries_per_second": round(entries / seconds), "entries_per_cpu_second": round(entries / cpu),
        "program_peak_bytes": program, "runtime_peak_bytes": runtime, "cores": os.cpu_count(),
    }))


main()
