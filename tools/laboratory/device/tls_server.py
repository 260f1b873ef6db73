"""A server by MicroPython's own `tls`, under the Unix port, that sends back each line. Argument: a dict of `port`, `cipher`, and `cert`
and `key` or `psk`, {identity: key}; `client_ca`: a client certificate below it is required.
"""

import socket
import sys

import tls


def read(path):
    with open(path, "rb") as file:
        return file.read()


def context_of(s):
    context = tls.SSLContext(tls.PROTOCOL_TLS_SERVER)
    context.set_ciphers([s["cipher"]])
    if "cert" in s:
        context.load_cert_chain(read(s["cert"]), read(s["key"]))
    else:
        context.server_psk_keys = s["psk"]  # pyright: ignore[reportAttributeAccessIssue]  (the stubs are behind)
    if "client_ca" in s:
        context.verify_mode = tls.CERT_REQUIRED  # pyright: ignore[reportAttributeAccessIssue]
        context.load_verify_locations(read(s["client_ca"]))
    return context


def serve(context, sock):
    connection = context.wrap_socket(sock, server_side=True)
    while True:
        line = connection.readline()
        if not line:
            break
        connection.write(line)
    connection.close()


def main(s):
    context = context_of(s)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(socket.getaddrinfo("127.0.0.1", s["port"])[0][-1])
    listener.listen(5)
    print("LISTENING")
    while True:
        sock = listener.accept()[0]
        try:
            serve(context, sock)
        except OSError as e:
            print("connection:", e)
        finally:
            sock.close()


main(eval(sys.argv[1]))
