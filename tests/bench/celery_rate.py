"""How long Celery takes for tasks that do nothing: celery_rate.py COUNT

From the first publish until the last result is in Redis; eight threads publish, for each waits for the
broker's confirm. The worker (prefork, two processes) is up
before, and its memory is summed over its processes; shared pages count once for each.
"""

import json
import os
import pathlib
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import redis

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from celery_tasks import app, nothing  # noqa: E402

DEADLINE = 600


def family(pid):
    """A process and its children, one level: the pool lies directly under the worker."""
    lists = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [pid, *(int(child) for children in lists for child in children.read_text().split())]


def peak_bytes(pid):
    """The most memory that a process had resident."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def cpu_seconds(pid):
    """The processor time that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait(what, done):
    """Until it is done."""
    end = time.monotonic() + DEADLINE
    while not done():
        if time.monotonic() > end:
            sys.exit(f"no {what} within {DEADLINE} s")
        time.sleep(0.01)


def main():
    count = int(sys.argv[1])
    results = redis.Redis.from_url(app.conf.result_backend)
    results.flushdb()
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "celery_tasks", "worker", "--pool", "prefork",
         "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "ERROR"],
        cwd=HERE, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        nothing.delay(0)
        wait("first result", lambda: results.dbsize() == 1)
        results.flushdb()
        busy = sum(map(cpu_seconds, family(worker.pid)))
        began, own = time.monotonic(), time.process_time()
        with ThreadPoolExecutor(8) as publishers:
            list(publishers.map(nothing.delay, range(count)))
        published = time.monotonic() - began
        wait("last result", lambda: results.dbsize() >= count)
        seconds = time.monotonic() - began
        processes = family(worker.pid)
        print(json.dumps({
            "seconds": seconds,
            "published_seconds": published,
            "cpu_seconds": sum(map(cpu_seconds, processes)) - busy + time.process_time() - own,
            "peak_bytes": sum(map(peak_bytes, processes)),
        }))
    finally:
        worker.terminate()
        worker.wait()
        results.flushdb()


main()
