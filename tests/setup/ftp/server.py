"""An FTP server for tests: pyftpdlib over a folder, for the user `export` with the password `s3cret`.

usage: server.py PORT FOLDER FAULTS [--tls explicit|implicit --certificate PEM] [--slow BYTES]

With a certificate, which has its key with it, nothing is said or sent without TLS. With --slow it takes so
many bytes in a second.

FAULTS is a file that may be written at any time, with a line for each command that shall fail: `STOR 552
Full`; a command of that name takes the first such line away and is answered so. `STOR cut 1000` lets it go
on, and ends its connections when so many bytes of its file have come; `STOR die 1000` ends the server, and
`STOR full 1000` the connection of the file alone, and answers 552; `RNTO -` lets it pass.
FAULTS.seen has the commands that came, and after those of files how many bytes came: `took 4096`.
"""
import argparse
import os

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import (
    DTPHandler, FTPHandler, ThrottledDTPHandler, TLS_DTPHandler, TLS_FTPHandler,
)
from pyftpdlib.log import logger
from pyftpdlib.servers import FTPServer

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("folder")
parser.add_argument("faults")
parser.add_argument("--tls", choices=["explicit", "implicit"])
parser.add_argument("--certificate")
parser.add_argument("--slow", type=int)
asked = parser.parse_args()


def next_fault(command):
    """The first fault of a command; it is taken away."""
    try:
        lines = open(asked.faults).read().splitlines()
    except FileNotFoundError:
        return None
    for at, line in enumerate(lines):
        if line.split()[0] == command:
            del lines[at]
            with open(asked.faults + ".new", "w") as left:
                left.write("".join(line + "\n" for line in lines))
            os.replace(asked.faults + ".new", asked.faults)
            return line.split(maxsplit=1)[1]
    return None


def note(what):
    with open(asked.faults + ".seen", "a") as seen:
        seen.write(what + "\n")


class Transfers(TLS_DTPHandler if asked.tls else ThrottledDTPHandler if asked.slow else DTPHandler):
    """Connections for files, that may end early."""

    def handle_read_event(self):
        super().handle_read_event()
        channel = self.cmd_channel
        if channel.ends_after is None or self.tot_bytes_received < channel.ends_after:
            return
        if channel.ends_by == "die":
            self.file_obj.flush()
            os._exit(1)
        channel.ends_after = None
        if channel.ends_by == "full":
            self._resp = ("552 Exceeded amid a file.", logger.debug)
        self.close()
        if channel.ends_by == "cut":
            channel.close()

    def close(self):
        if self.receive and not self._closed:
            note(f"took {self.tot_bytes_received}")
        super().close()


class Commands(TLS_FTPHandler if asked.tls else FTPHandler):
    """Connections for commands, with faults."""

    ends_after = None
    ends_by = None

    def handle(self):
        if asked.tls == "implicit":
            self.secure_connection(self.ssl_context)
        else:
            super().handle()

    def handle_ssl_established(self):
        if asked.tls == "implicit":
            super().handle()

    def pre_process_command(self, line, cmd, arg):
        note(cmd)
        fault = next_fault(cmd)
        if fault is None or fault == "-":
            super().pre_process_command(line, cmd, arg)
        elif fault.startswith(("cut ", "die ", "full ")):
            self.ends_by, count = fault.split()
            self.ends_after = int(count)
            super().pre_process_command(line, cmd, arg)
        else:
            self.respond(fault)


Commands.authorizer = DummyAuthorizer()
Commands.authorizer.add_user("export", "s3cret", asked.folder, perm="elradfmwMT")
Commands.auth_failed_timeout = 0.1
Commands.dtp_handler = Transfers
if asked.tls:
    Commands.certfile = asked.certificate
    Commands.tls_control_required = True
    Commands.tls_data_required = True
if asked.slow:
    Transfers.read_limit = asked.slow
FTPServer(("127.0.0.1", asked.port), Commands).serve_forever()
