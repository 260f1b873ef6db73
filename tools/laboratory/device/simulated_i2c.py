"""The simulated chip's bus as an I2C object. Runs in MicroPython; the simulator runs in a process of its own, behind a stream.

    import simulated_i2c
    link = simulated_i2c.connect("127.0.0.1", 4080)     # Unix port; on a board: simulated_i2c.Link(uart)
    link.install_time()                                 # before the driver's first import
    i2c = simulated_i2c.I2C(link, freq=100000)

A frame to the simulator: operation (1 byte), microseconds to pass first (4, little-endian), length (2), payload.
A frame back: status (0 done, 1 address not acknowledged, 2 refused with a reason), microseconds passed (4), length (2), payload.
"""

import sys

import uctypes

_ENODEV = const(19)
_EIO = const(5)
_LONGEST_PASS = const(1000000000)  # us in a frame


class Link:
    """The stream to the simulator: anything with `read(n)` and `write(buf)`, where `read` may return less or None."""

    def __init__(self, stream):
        self.stream = stream
        self.now_us = 0  # simulated time since this link was made
        self.pending_us = 0  # passed here, the simulator does not know yet

    def _read(self, length):
        data = self.stream.read(length) or b""
        while len(data) < length:
            data += self.stream.read(length - len(data)) or b""
        return data

    def request(self, operation, payload=b""):
        """Send one operation; its status and payload. RuntimeError when the simulator refuses it."""
        passed, self.pending_us = self.pending_us, 0
        head = operation + passed.to_bytes(4, "little") + len(payload).to_bytes(2, "little")
        self.stream.write(head + payload)
        reply = self._read(7)
        self.now_us += int.from_bytes(reply[1:5], "little") - passed
        length = int.from_bytes(reply[5:7], "little")
        answer = self._read(length) if length else b""
        if reply[0] == 2:
            raise RuntimeError(answer.decode())
        return reply[0], answer

    def advance_us(self, microseconds):
        """Let simulated time pass for the chip."""
        while microseconds > _LONGEST_PASS:
            self.advance_us(_LONGEST_PASS)
            microseconds -= _LONGEST_PASS
        self.pass_us(microseconds)
        self.request(b"a")

    def pass_us(self, microseconds):
        """As `advance_us`, but the chip hears of it with the next operation."""
        self.now_us += microseconds
        self.pending_us += microseconds

    def wake_pulse(self, microseconds=80):
        """Hold SDA low, as a GPIO would."""
        self.request(b"p", microseconds.to_bytes(4, "little"))

    def control(self, do, **arguments):
        """Ask the simulator itself for something (README of atecc_simulator, "Controls")."""
        import json

        arguments["do"] = do
        return json.loads(self.request(b"j", json.dumps(arguments).encode())[1])

    def install_time(self, start=None):
        """Put simulated time in the place of the module `time`, for whatever is imported from here on."""
        from simulated_time import SimulatedTime

        clock = sys.modules["time"] = SimulatedTime(self, start)
        return clock


def connect(host=None, port=None):
    """A Link over TCP. Without arguments, to the address in the environment's ATECC_SIMULATOR (host:port)."""
    import os
    import socket

    if host is None:
        host, port = os.getenv("ATECC_SIMULATOR").split(":")
    stream = socket.socket()
    stream.connect(socket.getaddrinfo(host, int(port))[0][-1])
    return Link(stream)


class I2C:
    """machine.I2C over the link.

    manners  how the port reports what is not acknowledged: "stm32" (as SoftI2C: ENODEV for the address, a short count for data), "rp2" (EIO
             for both, ENODEV for an empty write), "esp32" (ENODEV for both)
    """

    def __init__(self, link, freq=400000, manners="stm32"):
        self.link = link
        self.manners = manners
        self.init(freq=freq)

    def init(self, freq=400000):
        if self.manners == "stm32" and freq < 100000:
            raise ValueError("the driver of STM32 leaves the bus half configured below 100000")
        self.link.request(b"h", freq.to_bytes(4, "little"))

    def writeto(self, address, buf, stop=True):
        status, answer = self.link.request(b"w", bytes((address, stop)) + bytes(buf))
        if status:
            self._not_acknowledged(len(buf) == 0)
        acks = int.from_bytes(answer, "little")
        if acks < len(buf) and self.manners != "stm32":
            self._not_acknowledged(False)
        return acks

    def writevto(self, address, vector, stop=True):
        return self.writeto(address, b"".join(bytes(part) for part in vector), stop)

    def readfrom(self, address, nbytes, stop=True):
        status, answer = self.link.request(b"r", bytes((address, stop)) + nbytes.to_bytes(2, "little"))
        if status:
            self._not_acknowledged(False)
        return answer

    def readfrom_into(self, address, buf, stop=True):
        answer = self.readfrom(address, len(buf), stop)
        buf[:] = answer
        uctypes.bytearray_at(uctypes.addressof(answer), len(answer))[:] = bytes(len(answer))  # a real bus leaves no copy either

    def scan(self):
        return list(self.link.request(b"s")[1])

    def _not_acknowledged(self, empty):
        raise OSError(_EIO if self.manners == "rp2" and not empty else _ENODEV)


class BoardI2C(I2C):
    """An I2C object of a board that can change its clock in place, and make a wake pulse by itself."""

    def set_hz(self, hz):
        self.init(freq=hz)

    def wake(self):
        self.link.wake_pulse()
