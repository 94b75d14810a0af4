#!/usr/bin/env python3
"""Runs a command and tells what all processes took that it started: all_of_it.py COMMAND ARGUMENT…

A program that ends without waiting for its children keeps what they took to itself; here they are
waited for. The last line is {"seconds": …, "cpu_seconds": …, "peak_bytes": …}: until the command itself
ended, of all processes together, and of the largest one.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36

if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1) != 0:
    sys.exit("the kernel hands over no orphans")
began = time.monotonic()
ended = subprocess.run(sys.argv[1:])
seconds = time.monotonic() - began
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
taken = resource.getrusage(resource.RUSAGE_CHILDREN)
measured = {
    "seconds": seconds,
    "cpu_seconds": taken.ru_utime + taken.ru_stime,
    "peak_bytes": taken.ru_maxrss * 1024,
}
print(json.dumps(measured))
sys.exit(ended.returncode)
