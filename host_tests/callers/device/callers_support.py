"""What the files of cases beside this one share."""

import errno
import io
import select
import socket
import sys
import time

import latchkey


def connect(port):
    sock = socket.socket()
    sock.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
    return sock


def echo(tls, data=b"hello\n"):
    assert tls.write(data) == len(data)
    answer = tls.readline()
    assert answer == bytes(reversed(data[:-1])) + b"\n", answer


def elapsed(start):
    return time.ticks_diff(time.ticks_ms(), start)


def times_out(call):
    """How long `call` took to end with ETIMEDOUT."""
    start = time.ticks_ms()
    try:
        call()
        raise Exception("no timeout")
    except OSError as e:
        assert e.errno == errno.ETIMEDOUT and not isinstance(e, latchkey.TLSError), e
    return elapsed(start)


def said(n):
    return bytes([97 + i % 26 for i in range(n)])


class Dribble(io.IOBase):
    """A transport that takes one byte a write, gives one a read, and says None every other time."""

    def __init__(self, sock):
        self.sock = sock
        self.turn = 0

    def readinto(self, buf):
        self.turn ^= 1
        return self.sock.readinto(memoryview(buf)[:1]) if self.turn else None

    def write(self, buf):
        self.turn ^= 1
        return self.sock.write(memoryview(buf)[:1]) if self.turn else None

    def ioctl(self, request, arg):
        return arg if request == 3 else -22

    def close(self):
        self.sock.close()


class Modem(io.IOBase):
    """A transport that has `recv` and `send` alone, as a driver of a modem may."""

    def __init__(self, sock):
        self.sock = sock

    def recv(self, n):
        return self.sock.recv(n)

    def send(self, buf):
        return self.sock.send(buf)

    def close(self):
        self.sock.close()


class Counting(io.IOBase):
    """A transport that remembers the sizes of reads and writes, and can refuse to write."""

    def __init__(self, sock):
        self.sock = sock
        self.writes = []
        self.reads = []
        self.blocked = False

    def setblocking(self, flag):
        self.sock.setblocking(flag)

    def readinto(self, buf):
        n = self.sock.readinto(buf)
        if n is not None:
            self.reads.append((len(buf), n))
        return n

    def write(self, buf):
        if self.blocked:
            return None
        n = self.sock.write(buf)
        self.writes.append(bytes(buf[:n]))
        return n

    def ioctl(self, request, arg):
        if request != 3:
            return -22
        poll = select.poll()
        poll.register(self.sock, arg)
        for _, event in poll.ipoll(0):
            return event & ~(4 if self.blocked else 0)
        return 0

    def close(self):
        self.sock.close()


class Wire(io.IOBase):
    """Remembers every byte that it was handed, calls `event` at each call, and closes its socket only where `closes`."""

    def __init__(self, sock, event=None, closes=True):
        self.sock = sock
        self.handed = bytearray()
        self.event = event
        self.closes = closes
        self.blocked = False

    def _happens(self, what):
        if self.event:
            self.event(what)

    def setblocking(self, flag):
        self._happens("setblocking")
        self.sock.setblocking(flag)

    def readinto(self, buf):
        self._happens("read")
        return self.sock.readinto(buf)

    def write(self, buf):
        self.handed += bytes(buf)
        self._happens("write")
        return None if self.blocked else self.sock.write(buf)

    def ioctl(self, request, arg):
        if request != 3:
            return -22
        self._happens("poll")
        poll = select.poll()
        poll.register(self.sock, arg)
        for _, event in poll.ipoll(0):
            return event & ~(4 if self.blocked else 0)
        return 0

    def close(self):
        self._happens("close")
        if self.closes:
            self.sock.close()


def main(cases):
    """`python CASES.py CASE PORT FOLDER`: each case is a function (port, context) that prints what its test then looks at, or raises."""
    name, port, folder = sys.argv[1:4]
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=folder + "/root.pem")
    cases[name](int(port), context)
    print("ok")
