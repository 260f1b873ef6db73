"""The client that is measured, under MicroPython: `bench.py latchkey|tls COUNT PORT ROOT.der [heap]`.

Prints one line: name=value ... With `heap`, the heap is collected and sampled at every call of the transport.
"""

import gc
import io
import socket
import sys


class Counting(io.IOBase):
    """A transport that counts writes and bytes, and samples the heap in use."""

    def __init__(self, sock, sample):
        self.sock = sock
        self.sample = sample
        self.writes = self.sent = self.first = 0

    def readinto(self, buf):
        self.sample()
        return self.sock.readinto(buf)

    def write(self, buf):
        self.sample()
        n = self.sock.write(buf)
        self.writes += 1
        self.sent += n
        self.first = self.first or n
        return n

    def ioctl(self, request, arg):
        return arg if request == 3 else -22

    def setblocking(self, flag):
        pass

    def close(self):
        self.sock.close()


def latchkey_context(root, progress):
    import latchkey

    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=root)
    context.progress = progress
    return context


def builtin_context(root):
    import tls

    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED  # pyright: ignore[reportAttributeAccessIssue]: the stubs lack it
    context.load_verify_locations(root)
    context.set_ciphers(["TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256"])
    return context


def main(kind, count, port, root, heap):
    with open(root, "rb") as file:
        root = file.read()
    peak = 0

    def sample(_=None):
        nonlocal peak
        gc.collect()
        peak = max(peak, gc.mem_alloc())

    context = latchkey_context(root, sample if heap else None) if kind == "latchkey" else builtin_context(root)
    writes = sent = first = resumed = 0
    address = socket.getaddrinfo("127.0.0.1", port)[0][-1]
    for _ in range(count):
        sock = socket.socket()
        sock.connect(address)
        transport = Counting(sock, sample if heap else lambda: None)
        tls = context.wrap_socket(transport, server_hostname="localhost")
        resumed = getattr(tls, "session_reused", False)  # the built-in's has none
        writes, sent, first = transport.writes, transport.sent, transport.first
        sock.close()
    print("peak=%d writes=%d bytes=%d first=%d resumed=%d" % (peak, writes, sent, first, resumed))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], "heap" in sys.argv)
