#!/usr/bin/env python3
"""Runs a definition on a fleet and says what it took, role by role.

    fleet.py LONGSHORE DEFINITION

RabbitMQ, Redis and the S3 server are those of tests/setup/servers.sh; one process for each role, the
worker with two slots. The definition's sources become those of the configuration. Prints one line of
JSON: the seconds from the submission to the end of the run, the processor seconds and the most memory
of each role, the archive's length, and how many bytes the agent read and wrote to make it.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

ROLES = ["coordinator", "worker", "transport-agent"]
PORT = 18473
DEADLINE = 1800


def configuration(name, sources, folder):
    """The fleet's TOML, with a corner of its own on every server."""
    env = os.environ
    text = f"""
[store]
kind = "s3"
endpoint = "{env['LONGSHORE_TEST_S3']}"
bucket = "longshore-test"
prefix = "{name}/"
access_key_id = "{env['LONGSHORE_TEST_S3_ACCESS_KEY']}"
secret_access_key = "{env['LONGSHORE_TEST_S3_SECRET_KEY']}"
[queue]
kind = "rabbitmq"
url = "{env['LONGSHORE_TEST_AMQP']}"
namespace = "{name}"
[board]
kind = "redis"
url = "{env['LONGSHORE_TEST_REDIS']}"
namespace = "{name}"
[api]
listen = "127.0.0.1:{PORT}"
base_url = "http://127.0.0.1:{PORT}/"
link_key_file = "{folder}/link.key"
[worker]
slots = 2
"""
    for source, spec in sources.items():
        if "path" in spec:
            spec = {**spec, "path": str(pathlib.Path(spec["path"]).resolve())}
        text += f"[sources.{source}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in spec.items())
    return text


def status(pid, field):
    """A line of /proc/PID/status, in bytes."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) * 1024


def cpu_seconds(pid):
    """The processor time that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(token, path, body=None):
    """The API's answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}", data=json.dumps(body).encode() if body else None,
        headers={"authorization": f"Bearer {token}", "content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def wait(what, done, end):
    """Until it is done; what it said then."""
    while True:
        try:
            said = done()
        except OSError:
            said = None
        if said:
            return said
        if time.monotonic() > end:
            sys.exit(f"no {what} in time")
        time.sleep(0.02)


def run(longshore, definition, folder):
    """One export, from its submission to its end."""
    name = f"bench{uuid.uuid4().hex[:12]}"
    (folder / "link.key").write_text("0123456789abcdef0123456789abcdef\n")
    config = folder / "longshore.toml"
    config.write_text(configuration(name, definition.pop("sources"), folder))
    new_token = [longshore, "--config", config, "token", "new", "--owner", "bench"]
    token = subprocess.run(new_token, check=True, capture_output=True, text=True).stdout.strip()
    roles = {}
    try:
        for role in ROLES:
            log = open(folder / f"{role}.log", "w", encoding="utf-8")
            listen = {"LONGSHORE_TELEMETRY__METRICS_LISTEN": f"127.0.0.1:{PORT + 1}"} if role == "transport-agent" else {}
            roles[role] = subprocess.Popen([longshore, role, "--config", config], stdout=log, stderr=log,
                                           cwd=folder, env={**os.environ, **listen})
        end = time.monotonic() + DEADLINE
        wait("health", lambda: urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health/ready"), end)
        busy = {role: cpu_seconds(process.pid) for role, process in roles.items()}
        began = time.monotonic()
        export = ask(token, "/v1/exports", definition)["id"]

        def ended():
            view = ask(token, f"/v1/exports/{export}")
            return view if view["state"] in ("done", "done_with_warnings", "failed", "stopped") else None

        view = wait("end", ended, end)
        seconds = time.monotonic() - began
        if not view["state"].startswith("done"):
            sys.exit(json.dumps(view))
        used = {role: round(cpu_seconds(process.pid) - busy[role], 2) for role, process in roles.items()}
        peaks = {role: status(process.pid, "VmHWM") for role, process in roles.items()}
        volumes = [volume for link in view["run"]["downloads"] for volume in link["volumes"]]
        return {
            "seconds": round(seconds, 2),
            "cpu_seconds": round(sum(used.values()), 2),
            "peak_bytes": max(peaks.values()),
            "cpu_seconds_by_role": used,
            "peak_bytes_by_role": peaks,
            "out_bytes": sum(volume["len"] or 0 for volume in volumes),
            "agent_moved_bytes": moved_bytes(),
        }
    finally:
        for process in roles.values():
            process.send_signal(signal.SIGTERM)
        for process in roles.values():
            process.wait()


def moved_bytes():
    """How many bytes the agent has read from and written to the store for its archives."""
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT + 1}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return int(next(line for line in lines if line.startswith("longshore_agent_moved_bytes_total")).split()[1])


def main():
    longshore, definition = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="longshore-bench-") as folder:
        print(json.dumps(run(longshore, json.loads(pathlib.Path(definition).read_text()), pathlib.Path(folder))))


main()
