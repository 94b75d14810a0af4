"""The mails in a mailbox as JSON, as Python's email package reads them: letters.py DIR."""
import email
import email.policy
import hashlib
import json
import pathlib
import sys



def text(value):
    """A header as text, also where it holds UTF-8 as it is."""
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


letters = []
for path in sorted(pathlib.Path(sys.argv[1]).glob("*")):
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    defects = [str(defect) for part in mail.walk() for defect in part.defects]
    body = {kind: mail.get_body((kind,)) for kind in ("plain", "html")}
    letters.append(
        {
            "to": text(mail["Envelope-to"]),
            "headers": [[name, text(value)] for name, value in mail.items()],
            "addressed": [[text(a.display_name), text(a.addr_spec)] for a in mail["To"].addresses],
            "plain": body["plain"].get_content().replace("\r\n", "\n"),
            "html": body["html"].get_content().replace("\r\n", "\n"),
            "attachments": [
                [part.get_filename(), hashlib.sha256(part.get_content()).hexdigest()]
                for part in mail.iter_attachments()
            ],
            "defects": defects,
        }
    )
print(json.dumps(letters))
