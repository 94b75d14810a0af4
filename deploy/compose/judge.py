"""Whether what compose.yaml names is there: judge.py COMPOSE_YAML SECRETS, where `prepare` made SECRETS."""

import pathlib
import re
import sys
import tomllib

import yaml

# Names that are no service: the machine from outside, and what only looks like a host.
OUTSIDE = {"localhost", "0.0.0.0"}
OWN = "longshore"


def main():
    path, secrets = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    compose = yaml.safe_load(path.read_text())
    wrong = [*services(path.parent, compose, secrets), *configurations(path.parent / "compose", compose, secrets)]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def services(here, compose, secrets):
    for name, service in compose["services"].items():
        image = service["image"]
        if image != OWN and not re.search(r":v?\d+\.\d+", image):
            yield f"{name}: {image} is another one every day"
        for port in service.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                yield f"{name}: port {port} is open to everybody"
        for mount in service.get("volumes", []):
            if isinstance(mount, str) and mount.startswith(".") and not (here / mount.split(":")[0]).exists():
                yield f"{name}: there is no {mount}"
        for file in service.get("env_file", []):
            if not (secrets / pathlib.Path(file).name).is_file():
                yield f"{name}: nobody makes {file}"
        for secret in service.get("secrets", []):
            if secret not in compose["secrets"]:
                yield f"{name}: there is no secret {secret}"
        for needed in service.get("depends_on", []):
            if needed not in compose["services"]:
                yield f"{name}: there is no service {needed}"
    for name, secret in compose["secrets"].items():
        if not (secrets / pathlib.Path(secret["file"]).name).is_file():
            yield f"nobody makes the secret {name}"


def configurations(folder, compose, secrets):
    """Hosts that are no service, and secrets that the roles have not."""
    texts = {path.name: path.read_text() for path in folder.rglob("*") if path.suffix in {".toml", ".yaml", ".yml"}
             and path.name != "compose.yaml"}
    texts |= {name: (secrets / name).read_text() for name in ["queue", "board"]}
    named = r"(?:://(?:[^@/\s\"]*@)?|endpoint: )([a-z0-9.-]+):\d+"
    for name, text in texts.items():
        for host in re.findall(named, text):
            if host not in compose["services"] and host not in OUTSIDE:
                yield f"{name}: {host} is no service"
    scraped = yaml.safe_load(texts["prometheus.yml"])["scrape_configs"][0]["dns_sd_configs"][0]
    configuration = tomllib.loads(texts["longshore.toml"])
    port = configuration["telemetry"]["metrics_listen"].rpartition(":")[2]
    if str(scraped["port"]) != port:
        yield f"prometheus.yml: metrics are served on port {port}"
    for role in scraped["names"]:
        if role not in compose["services"]:
            yield f"prometheus.yml: {role} is no service"
            continue
        given = {f"/run/secrets/{secret}" for secret in compose["services"][role]["secrets"]}
        for key in re.findall(r'_file = "([^"]+)"', texts["longshore.toml"]):
            if key not in given:
                yield f"{role} has no {key}"


sys.exit(main())
