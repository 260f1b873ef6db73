"""A mutual handshake and a line both ways with fixed randomness: over a connection, of which both directions are kept, or over what was
kept of one. Prints what was sent, in hex.

Arguments: "record" or "replay"; the port; the folder of tools/laboratory/pki.py's files; the file in which the server's bytes are kept.
"""

import binascii
import socket
import sys

import latchkey
from latchkey.entropy.pool import Pool
from latchkey.entropy.test_only import TestOnly


class Kept:
    """The server's bytes out of a file, in whatever pieces they are asked for."""

    def __init__(self, data):
        self.data = data
        self.at = 0
        self.sent = b""

    def readinto(self, buf):
        piece = self.data[self.at : self.at + len(buf)]
        buf[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)

    def write(self, data):
        self.sent += bytes(data)
        return len(data)

    def close(self):
        pass


class Recorder(Kept):
    def __init__(self, port):
        super().__init__(b"")
        self.sock = socket.socket()
        self.sock.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])

    def readinto(self, buf):
        n = self.sock.readinto(buf)
        self.data += bytes(buf[:n])
        return n

    def write(self, data):
        return super().write(bytes(data)[: self.sock.write(data)])

    def close(self):
        self.sock.close()


def main(mode, port, folder, file):
    if mode == "record":
        transport = Recorder(int(port))
    else:
        with open(file, "rb") as kept:
            transport = Kept(kept.read())
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.random = Pool([TestOnly(b"flights")])
    context.load_verify_locations(cafile=folder + "/root.pem")
    context.load_cert_chain(folder + "/device.pem", folder + "/device.key")
    tls = context.wrap_socket(transport, server_hostname="localhost")
    tls.write(b"latchkey\n")
    assert tls.readline() == b"yekhctal\n"
    tls.close()
    if mode == "record":
        with open(file, "wb") as kept:
            kept.write(transport.data)
    print(binascii.hexlify(transport.sent).decode())


main(*sys.argv[1:])
