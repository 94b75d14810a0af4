"""What programs written for easydb exports do: sign in, tidy up, export, wait, fetch, unpack, tidy up.

    easydb_client.py URL LOGIN PASSWORD BODY FOLDER

Prints the states that it saw, then the files that it unpacked.
"""

import io
import json
import pathlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile


class Client:
    def __init__(self, url):
        self.base = url.rstrip("/") + "/api/v1/"
        self.token = None

    def ask(self, method, path, body=None, **parameters):
        if self.token:
            parameters["token"] = self.token
        url = self.base + path + "?" + urllib.parse.urlencode(parameters)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def json(self, method, path, body=None, **parameters):
        return json.loads(self.ask(method, path, body, **parameters))

    def status(self, method, path):
        try:
            self.ask(method, path)
        except urllib.error.HTTPError as error:
            return error.code
        return 200


def told(shown):
    return [event["event"]["type"] for event in shown["_log"]]


def main(url, login, password, body, folder):
    client = Client(url)
    client.token = client.json("GET", "session")["token"]
    assert client.status("GET", "export") == 403
    client.json("POST", "session/authenticate", login=login, password=password)

    for old in client.json("GET", "export")["objects"]:
        client.json("DELETE", f"export/{old['export']['_id']}")
    assert client.json("GET", "export")["count"] == 0

    made = client.json("PUT", "export", json.loads(pathlib.Path(body).read_text()))
    assert "code" not in made, made
    number = made["export"]["_id"]
    client.json("POST", f"export/{number}/start")

    states = []
    deadline = time.monotonic() + 120
    while not states or states[-1] not in ("done", "failed"):
        assert time.monotonic() < deadline, states
        if states:
            time.sleep(0.2)
        states.append(client.json("GET", f"export/{number}")["_state"])
    print(json.dumps(states[-1]))

    # What is told of an end is told just after it.
    while "EXPORT_FINISH" not in told(shown := client.json("GET", f"export/{number}")):
        assert time.monotonic() < deadline, told(shown)
        time.sleep(0.2)
    archive = zipfile.ZipFile(io.BytesIO(client.ask("GET", f"export/{number}/zip")))
    assert archive.testzip() is None
    archive.extractall(folder)
    listed = sorted((file["path"], file["size"]) for file in shown["_files"])
    unpacked = sorted((entry.filename, entry.file_size) for entry in archive.infolist())
    assert listed == unpacked, (listed[:3], unpacked[:3])
    print(json.dumps(told(shown)))
    print(json.dumps(listed))

    client.json("DELETE", f"export/{number}")
    assert client.json("GET", "export")["count"] == 0
    for path in (f"export/{number}", f"export/{number}/zip"):
        assert client.status("GET", path) == 404, path


main(*sys.argv[1:])
