"""Whether the Debian package has all that belongs to it.

    contents.py CARGO_TOML             what its metadata name is there, and lands where units and program look for it
    contents.py CARGO_TOML EXTRACTED   a package that `dpkg-deb -R` took apart has exactly that, with its modes

The metadata are those of `cargo deb`: https://github.com/kornelski/cargo-deb
"""

import pathlib
import stat
import sys
import tomllib

# What a user looks for, whatever the metadata say.
NEEDED = [
    "etc/default/longshore",
    "etc/longshore/longshore.toml",
    "usr/bin/longshore",
    "usr/lib/systemd/system/longshore.service",
    "usr/lib/systemd/system/longshore-coordinator.service",
    "usr/lib/systemd/system/longshore-transport-agent.service",
    "usr/lib/systemd/system/longshore-worker.service",
    "usr/lib/sysusers.d/longshore.conf",
    "usr/lib/tmpfiles.d/longshore.conf",
    "usr/share/doc/longshore/operations.md",
    "usr/share/longshore/grafana/longshore.json",
    "usr/share/longshore/prometheus/rules.yml",
    "usr/share/longshore/ruby/exe/longshore-plugin",
    "usr/share/longshore/ruby/lib/longshore_plugin.rb",
]
BUILT = "target/release/"
SCRIPTS = ["postinst", "postrm", "prerm"]


def main():
    crate = pathlib.Path(sys.argv[1]).resolve().parent
    metadata = tomllib.loads((crate / "Cargo.toml").read_text())["package"]["metadata"]["deb"]
    landed, wrong = assets(crate, metadata["assets"])
    wrong += [f"nothing lands at {path}" for path in NEEDED if path not in landed]
    wrong += [f"{path} is configuration, and no file" for path in metadata["conf-files"]
              if path.removeprefix("/") not in landed]
    wrong += [f"{path} would be overwritten" for path in landed
              if path.startswith("etc/") and f"/{path}" not in metadata["conf-files"]]
    wrong += [f"the runtime for Ruby lacks {path}" for path in ruby(crate) if path not in landed]
    scripts = crate / metadata["maintainer-scripts"]
    wrong += [f"{script} does not run" for script in SCRIPTS if not is_program(scripts / script)]
    if len(sys.argv) > 2:
        wrong += extracted(pathlib.Path(sys.argv[2]), landed)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def assets(crate, listed):
    """Where each file lands, with its mode; and what names no file."""
    landed, wrong = {}, []
    for source, target, mode in listed:
        if source.startswith(BUILT):
            found = [pathlib.Path(source)]
        else:
            found = sorted(path for path in crate.glob(source) if path.is_file())
        if not found:
            wrong.append(f"{source} is no file")
        for path in found:
            landed[target + path.name if target.endswith("/") else target] = int(mode, 8)
    return landed, wrong


def ruby(crate):
    """What the program needs of the runtime, where it is installed."""
    runtime = crate.parent / "sdk/ruby"
    files = [path for folder in ["exe", "lib"] for path in sorted((runtime / folder).rglob("*")) if path.is_file()]
    return [f"usr/share/longshore/ruby/{path.relative_to(runtime)}" for path in files]


def is_program(path):
    return path.is_file() and path.stat().st_mode & stat.S_IXUSR


def extracted(root, landed):
    """What differs in a package that was made."""
    files = {str(path.relative_to(root)): stat.S_IMODE(path.stat().st_mode)
             for path in root.rglob("*") if path.is_file() and path.relative_to(root).parts[0] != "DEBIAN"}
    # `cargo deb` makes these of the licence, and of a changelog that it is told of.
    made = {"usr/share/doc/longshore/copyright", "usr/share/doc/longshore/changelog.Debian.gz"}
    wrong = [f"the package lacks {path}" for path in landed if path not in files]
    wrong += [f"the package has {path}" for path in files if path not in landed and path not in made]
    wrong += [f"{path} has mode {files[path]:o}" for path in landed if files.get(path, landed[path]) != landed[path]]
    wrong += [f"the package lacks {script}" for script in SCRIPTS if not is_program(root / "DEBIAN" / script)]
    return wrong


sys.exit(main())
