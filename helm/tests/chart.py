"""Renders the chart, and finds what is in it."""

import os
import pathlib
import subprocess
import tomllib

import yaml

ROOT = pathlib.Path(__file__).parents[2]
CHART = ROOT / "helm" / "longshore"
VALUE_SETS = sorted(CHART.glob("ci/*.yaml"))
HELM = os.environ.get("HELM", str(ROOT / ".cache" / "helm" / "helm"))


class Refused(Exception):
    """What helm says where values are refused."""


def render(values, *settings):
    """The objects of a value set, with settings over it as for `--set`."""
    command = [HELM, "template", "fleet", str(CHART), "--namespace", "exports", "--values", str(values)]
    for setting in settings:
        command += ["--set", setting]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode != 0:
        raise Refused(answer.stderr)
    return [one for one in yaml.safe_load_all(answer.stdout) if one]


def value_set(name):
    return CHART / "ci" / f"{name}.yaml"


def of_kind(objects, kind):
    return [one for one in objects if one["kind"] == kind]


def named(objects, kind, end):
    """The one object of a kind whose name ends so."""
    (found,) = [one for one in of_kind(objects, kind) if one["metadata"]["name"].endswith(end)]
    return found


def pods(objects):
    """The specification of every pod, by the name of what makes it."""
    for one in objects:
        if one["kind"] == "Pod":
            yield one["metadata"]["name"], one["metadata"], one["spec"]
        elif one["kind"] == "Deployment":
            template = one["spec"]["template"]
            yield one["metadata"]["name"], template["metadata"], template["spec"]


def configuration(objects):
    """What the roles read."""
    return tomllib.loads(named(objects, "ConfigMap", "longshore")["data"]["longshore.toml"])
