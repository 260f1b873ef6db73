"""A connection that sends lines of 16 KB and reads each back, under MicroPython: `bulk.py latchkey|tls COUNT PORT ROOT.der`."""

import socket
import sys

LINE = 16380  # in a record, with what `s_server -rev` takes for its end


def context(kind, root):
    if kind == "latchkey":
        import latchkey

        made = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, send_buffer=16384)
        made.load_verify_locations(None, root)
        return made
    import tls

    made = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    made.verify_mode = tls.CERT_REQUIRED  # pyright: ignore[reportAttributeAccessIssue]: the stubs lack it
    made.load_verify_locations(root)
    made.set_ciphers(["TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256"])
    return made


def main(kind, count, port, root):
    with open(root, "rb") as file:
        made = context(kind, file.read())
    sock = socket.socket()
    sock.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
    tls = made.wrap_socket(sock, server_hostname="localhost")
    line, back = bytearray(b"k" * (LINE - 1) + b"\n"), bytearray(LINE)
    for _ in range(count):
        if tls.write(line) != LINE:
            raise OSError
        left = memoryview(back)
        while left:
            left = left[tls.readinto(left) :]
        if back != line:
            raise ValueError


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
