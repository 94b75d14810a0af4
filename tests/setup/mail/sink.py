"""A mail server of one test that fails as it is told by whom a mail is for:
sink.py PORT DIR SECURITY LIMIT.

By the part before the @: `nouser` is refused at RCPT; `greylist` and `busy` are put off the first
time, `busy` with the connection closed; of `drop` the first mail is taken and the connection breaks
before the answer; for `small` a mail of more than 20,000 bytes is too large. Wants a login.

SECURITY is `starttls`, which it then wants, `wrapped` for TLS from the first byte, or `plain`; LIMIT
are the bytes that it says it takes. What was taken lies in DIR/inbox/new, and what was said of each
mail before it was sent in DIR/asked.
"""
import asyncio
import collections
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

port, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
security, limit = sys.argv[3], int(sys.argv[4])
inbox = folder / "inbox" / "new"
inbox.mkdir(parents=True, exist_ok=True)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(folder / "cert.pem", folder / "key.pem")
seen = collections.Counter()


def first(name):
    seen[name] += 1
    return seen[name] == 1


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "nouser":
            return f"550 5.1.1 <{address}> no such user"
        if name == "greylist" and first(name):
            return f"451 4.7.1 {address} try later"
        if name == "busy" and first(name):
            asyncio.get_running_loop().call_later(0.05, server.transport.close)
            return "421 4.3.2 closing"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split("@")[0]
        if name == "small" and len(envelope.content) > 20_000:
            return "552 5.3.4 too large"
        dropped = name == "drop" and first(name)
        seen["mails"] += 1
        head = f"Envelope-to: {', '.join(envelope.rcpt_tos)}\r\nX-Dropped: {dropped}\r\n"
        (inbox / f"{seen['mails']:04}").write_bytes(head.encode() + envelope.content)
        if dropped:
            server.transport.abort()
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"export", b"s3cret")
    return AuthResult(success=good, handled=False)


class Session(SMTP):
    async def smtp_MAIL(self, arg):
        with (folder / "asked").open("a") as asked:
            print(arg, file=asked)
        await super().smtp_MAIL(arg)


def session():
    return Session(
        Handler(),
        hostname="sink.test",
        data_size_limit=limit,
        tls_context=tls if security == "starttls" else None,
        require_starttls=security == "starttls",
        auth_required=True,
        auth_require_tls=security == "starttls",
        authenticator=authenticate,
        enable_SMTPUTF8=True,
    )


async def main():
    wrapping = tls if security == "wrapped" else None
    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", port, ssl=wrapping
    )
    await server.serve_forever()


asyncio.run(main())
