"""The link to a program that runs elsewhere (MicroPython on the Unix port, on an emulated board): frames over a byte stream.

Request: operation (1 byte), microseconds to pass first (4, little-endian), length (2), payload.
Reply:   status (0 done, 1 address not acknowledged, 2 refused with a reason), microseconds that passed (4), length (2), payload.

    w  address, stop, bytes        -> acknowledged bytes (2)
    r  address, stop, length (2)   -> bytes
    s                              -> addresses found
    h  hz (4)                      sets the bus clock
    a                              passes the time only
    p  microseconds (4)            holds SDA low: a wake pulse
    j  JSON {"do": ...}            -> JSON; see `controls`

The other side is ../device/simulated_i2c.py.
"""

import json
import threading
from typing import Protocol

from .bus import AddressNack, Bus
from .clock import MICROSECOND
from .controls import Controls

DONE, NOT_ACKNOWLEDGED, REFUSED = range(3)
_HEAD = 7
_LONGEST = 0xFFFF


class Stream(Protocol):
    """A byte stream: `read` blocks until it has at least one byte and returns b"" at the end."""

    def read(self, length: int, /) -> bytes: ...

    def write(self, data: bytes, /) -> object: ...


class Session:
    """One link's view of the simulation. Sessions of one bus share its lock."""

    def __init__(self, bus: Bus, controls: Controls, lock: threading.Lock) -> None:
        self.bus = bus
        self.controls = controls
        self.lock = lock
        self._operations = {
            b"w": self._write,
            b"r": self._read,
            b"s": lambda payload: bytes(self.bus.scan()),
            b"h": self._set_hz,
            b"a": lambda payload: b"",
            b"p": self._wake_pulse,
            b"j": lambda payload: json.dumps(self.controls.do(json.loads(payload))).encode(),
        }

    def serve(self, stream: Stream) -> None:
        """Answer requests until the stream ends."""
        while head := _read_exactly(stream, _HEAD):
            payload = _read_exactly(stream, int.from_bytes(head[5:7], "little"))
            with self.lock:
                reply = self.answer(head[:1], int.from_bytes(head[1:5], "little"), payload)
            stream.write(reply)

    def answer(self, operation: bytes, microseconds: int, payload: bytes) -> bytes:
        """One request, and the frame that answers it."""
        begun = self.bus.clock.now // MICROSECOND
        self.bus.clock.advance(microseconds * MICROSECOND)
        status, result = DONE, b""
        try:
            if operation not in self._operations:
                raise ValueError(f"no operation {operation!r}")
            result = self._operations[operation](payload)
            if len(result) > _LONGEST:
                raise ValueError("the answer is too long for a frame")
        except AddressNack:
            status = NOT_ACKNOWLEDGED
        except (ValueError, KeyError, TypeError, LookupError) as error:
            status, result = REFUSED, f"{type(error).__name__}: {error}".encode()
        passed = self.bus.clock.now // MICROSECOND - begun
        return bytes([status]) + passed.to_bytes(4, "little") + len(result).to_bytes(2, "little") + result

    def _write(self, payload: bytes) -> bytes:
        return self.bus.writeto(payload[0], payload[2:], stop=bool(payload[1])).to_bytes(2, "little")

    def _read(self, payload: bytes) -> bytes:
        return self.bus.readfrom(payload[0], int.from_bytes(payload[2:4], "little"), stop=bool(payload[1]))

    def _set_hz(self, payload: bytes) -> bytes:
        hz = int.from_bytes(payload, "little")
        if not 0 < hz <= 1_000_000:
            raise ValueError("the bus runs at up to 1 MHz")
        self.bus.hz = hz
        return b""

    def _wake_pulse(self, payload: bytes) -> bytes:
        self.bus.wake_pulse(int.from_bytes(payload, "little") * MICROSECOND)
        return b""


def _read_exactly(stream: Stream, length: int) -> bytes:
    """`length` bytes, or b"" when the stream ends before."""
    data = b""
    while len(data) < length:
        more = stream.read(length - len(data))
        if not more:
            return b""
        data += more
    return data
