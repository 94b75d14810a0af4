"""A server by TLS that says what it is sent, and answers nothing: tls.py PORT CERTIFICATE KEY."""
import socket
import ssl
import sys

port, certificate, key = int(sys.argv[1]), sys.argv[2], sys.argv[3]
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(certificate, key)
with socket.create_server(("127.0.0.1", port)) as listening:
    while True:
        connection, _ = listening.accept()
        try:
            with tls.wrap_socket(connection, server_side=True) as encrypted:
                print("sent:", encrypted.recv(65536), flush=True)
        except OSError as error:
            print("not sent:", error, flush=True)
