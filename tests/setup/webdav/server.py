"""A WebDAV server for tests: wsgidav over a folder, with the user `export` and the password `s3cret`, who
may come with the token `canary-token` instead.

usage: server.py PORT FOLDER FAULTS

FAULTS is a file that may be written at any time, with a line for each request that shall fail:
`METHOD STATUS [HEADER: VALUE]`. A request of that method takes the first such line away and is answered
so, after half of its body was read; with the status 0 it is done, but the answer is lost, with the
status - nothing is wrong with it, and with the status ! one byte of what is answered is another.
"""
import os
import sys
import threading

from cheroot import wsgi
from wsgidav.wsgidav_app import WsgiDAVApp

PORT, FOLDER, FAULTS = int(sys.argv[1]), sys.argv[2], sys.argv[3]
LOCK = threading.Lock()


class AnswerLost(Exception):
    """Ends the connection without an answer."""


def next_fault(method):
    """The first fault of a method; it is taken away."""
    with LOCK:
        try:
            lines = open(FAULTS).read().splitlines()
        except FileNotFoundError:
            return None
        for at, line in enumerate(lines):
            if line.split()[0] == method:
                del lines[at]
                with open(FAULTS + ".new", "w") as left:
                    left.write("".join(line + "\n" for line in lines))
                os.replace(FAULTS + ".new", FAULTS)
                return line.split(maxsplit=2)[1:]
    return None


def altered(chunks):
    """An answer with another first byte."""
    rest = iter(chunks)
    for chunk in rest:
        if chunk:
            yield bytes([chunk[0] ^ 1]) + chunk[1:]
            break
    yield from rest


def failing(app):
    """The application, with faults."""

    def call(environ, start_response):
        if environ.get("HTTP_AUTHORIZATION") == "Bearer canary-token":
            environ["HTTP_AUTHORIZATION"] = "Basic ZXhwb3J0OnMzY3JldA=="
        fault = next_fault(environ["REQUEST_METHOD"])
        if fault is None or fault[0] == "-":
            return app(environ, start_response)
        if fault[0] == "!":
            return altered(app(environ, start_response))
        status, *header = fault
        if status == "0":
            for _ in app(environ, lambda *_: lambda _: None):
                pass
            raise AnswerLost
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0) // 2)
        headers = [("Content-Length", "6"), ("Connection", "close")]
        headers += [tuple(part.split(": ", 1)) for part in header]
        start_response(f"{status} Said", headers)
        return [b"so be "]

    return call


class Gateway(wsgi.Gateway_10):
    def respond(self):
        try:
            super().respond()
        except AnswerLost:
            self.req.close_connection = True
            self.req.sent_headers = True
            self.req.conn.linger = False


app = WsgiDAVApp({
    "provider_mapping": {"/dav": FOLDER},
    "simple_dc": {"user_mapping": {"*": {"export": {"password": "s3cret"}}}},
    "http_authenticator": {
        "accept_basic": True, "accept_digest": False, "default_to_digest": False,
    },
    "property_manager": True,
    "lock_storage": True,
    "verbose": 1,
})
server = wsgi.Server(("127.0.0.1", PORT), failing(app))
server.gateway = Gateway
server.start()
