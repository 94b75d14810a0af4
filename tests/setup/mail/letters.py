"""The mails in a mailbox as JSON, as Python's email package reads them: letters.py DIR [FOLDER]. What is
attached to a mail is written to FOLDER, below the name of the mail's file."""
import email
import email.policy
import hashlib
import json
import pathlib
import sys


def text(value):
    """A header as text, also where it holds UTF-8 as it is."""
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def attached(part, folder):
    """The name and the sum of what is attached."""
    content = part.get_content()
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / part.get_filename()).write_bytes(content)
    return [part.get_filename(), hashlib.sha256(content).hexdigest()]


letters = []
folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
for path in sorted(pathlib.Path(sys.argv[1]).glob("*")):
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    defects = [str(defect) for part in mail.walk() for defect in part.defects]
    body = {kind: mail.get_body((kind,)) for kind in ("plain", "html")}
    letters.append(
        {
            "file": path.name,
            "to": text(mail["Envelope-to"]),
            "headers": [[name, text(value)] for name, value in mail.items()],
            "addressed": [[text(a.display_name), text(a.addr_spec)] for a in mail["To"].addresses],
            "plain": body["plain"].get_content().replace("\r\n", "\n"),
            "html": body["html"].get_content().replace("\r\n", "\n"),
            "attachments": [
                attached(part, folder and folder / path.name)
                for part in mail.iter_attachments()
            ],
            "defects": defects,
        }
    )
print(json.dumps(letters))
