"""Infineon's I2C stack under its OPTIGA chips: registers, frames, packets, commands (IFX I2C Protocol Specification 2.03).

A frame is `FCTR | length | PCTR | data | FCS` in the register DATA; each side acknowledges the other's with a control frame. One that is
damaged, lost or out of turn is not asked for again by itself: the chip is reset, which takes 20 ms, and the sequence begins anew.
"""

import time

from latchkey.crypto.util import wipe
from latchkey.errors import Fault
from latchkey.secure_element.chip import Interrupted, polled
from latchkey.secure_element.wire import Wire, crc16

_CHIP_REFUSED = const(805)
_CHIP_FOREIGN = const(824)

_DATA = const(0x80)
_DATA_REG_LEN = const(0x81)
_I2C_STATE = const(0x82)
_SOFT_RESET = const(0x88)
_GUARD_US = const(60)  # 50 us between transfers
_STARTUP_MS = const(20)  # 15 ms, and up to 20 after it wrote to its memory
_ACK_MS = const(200)

_LONGEST = const(256)  # of a frame that is read: no answer here is longer
_LAST_ERROR = b"\xf1\xc2"
_APPLICATION = b"\xd2\x76\x00\x00\x04GenAuthAppl"


class Link(Wire):
    """One chip. Frames are numbered from 0 to 3, either way."""

    longest = 1000

    def __init__(self, i2c, address):
        Wire.__init__(self, i2c, address, _LONGEST + 1)
        self._room = 0  # bytes of a command in a frame; 0: the application is not open
        self._ours = 0  # the next frame's number
        self._theirs = 3  # the last one's
        self._held = False  # a frame with data is in `rx`, which came in the place of an acknowledgement

    def reset(self):
        """Job: begin with a reset."""
        self._room = 0
        yield 1

    def wake(self):
        """Job: reset it and open its application, unless that was done."""
        if self._room:
            return
        self._ours, self._theirs, self._held = 0, 3, False
        self.tx[:3] = b"\x88\x00\x00"
        yield from self.put(3, _ACK_MS)
        yield _STARTUP_MS
        yield from self._register(_DATA_REG_LEN, 2, _ACK_MS)
        frame = self.rx[0] << 8 | self.rx[1]
        if not 16 <= frame <= 0x200:
            raise Interrupted("its frames have %d bytes" % frame)
        self._room = min(frame, _LONGEST) - 6
        try:
            answer = yield from self._exchange(b"\xf0\x00\x00\x10" + _APPLICATION, 0, 1000)
            if answer[0]:
                raise Fault(_CHIP_FOREIGN, "it has another application than OPTIGA's")
        except BaseException:
            self._room = 0
            raise

    def execute(self, command, param, data, typical, limit):
        """Job: one command; the bytearray with the data of its answer. The first look comes after `typical` ms, none after `limit`."""
        yield from self.wake()
        head = bytes((command | 0x80, param, len(data) >> 8, len(data) & 255))
        answer = yield from self._exchange(head + data, typical, limit)
        if answer[0]:
            told = yield from self._exchange(b"\x01\x00\x00\x02" + _LAST_ERROR, 0, limit)
            code = told[4] if len(told) > 4 and not told[0] else 0
            raise Fault(_CHIP_REFUSED, "error {:02X} (command {:02X})".format(code, command))
        data = answer[4:]
        wipe(answer)  # random numbers, a secret
        return data

    # Packets

    def _exchange(self, apdu, typical, limit):
        at = 0
        while at < len(apdu):
            piece = apdu[at : at + self._room]
            last = at + len(piece) == len(apdu)
            yield from self._send(bytes(((4 if at else 0) if last else 2 if at else 1,)) + piece)
            at += len(piece)
        if typical:
            yield typical
        answer = bytearray()
        while True:
            end = yield from self._receive(limit)
            chaining = self.rx[3] & 7
            answer.extend(memoryview(self.rx)[4:end])
            if self.rx[3] & 0xF8 or chaining not in (0, 1, 2, 4) or len(answer) > 2 * _LONGEST:
                raise Interrupted("its packet is not one that was asked for")
            if chaining in (0, 4):
                break
        if len(answer) < 4 or len(answer) != 4 + (answer[2] << 8 | answer[3]):
            raise Interrupted("its answer has another length than it says")
        return answer

    # Frames

    def _send(self, packet):
        length = self._pack(self._ours << 2 | self._theirs, packet)
        yield from self.put(length, _ACK_MS)
        yield from self._frame(_ACK_MS)
        control = self.rx[0]
        if control & 3 != self._ours or control & 0x60:
            raise Interrupted("it did not take a frame")
        self._held = not control & 0x80  # data acknowledge what they answer to
        self._ours = self._ours + 1 & 3

    def _receive(self, limit):
        """Job: the next frame with data, acknowledged; where its packet ends in `rx`."""
        if not self._held:
            yield from self._frame(limit)
        self._held = False
        control = self.rx[0]
        number = control >> 2 & 3
        if control & 0xE0 or number != (self._theirs + 1 & 3):
            raise Interrupted("a frame is missing")
        self._theirs = number
        yield from self.put(self._pack(0x80 | number, b""), _ACK_MS)
        return 3 + (self.rx[1] << 8 | self.rx[2])

    def _pack(self, control, packet):
        tx = self.tx
        end = 4 + len(packet)
        tx[0], tx[1], tx[2], tx[3] = _DATA, control, len(packet) >> 8, len(packet) & 255
        tx[4:end] = packet
        crc = crc16(tx, 1, end, 0)
        tx[end], tx[end + 1] = crc >> 8, crc & 255
        return end + 2

    def _frame(self, limit):
        """Job: read a frame into `rx`; Interrupted where it is damaged."""
        yield from polled(self._ready, None, limit, 1 if limit < 1000 else 5)
        length = self.rx[2] << 8 | self.rx[3]
        if not 5 <= length <= _LONGEST:
            raise Interrupted("a frame of %d bytes" % length)
        yield from self._register(_DATA, length, _ACK_MS)
        rx = self.rx
        crc = crc16(rx, 0, length - 2, 0)
        if rx[1] << 8 | rx[2] != length - 5 or rx[length - 2] != crc >> 8 or rx[length - 1] != crc & 255:
            raise Interrupted("a damaged frame")

    def _ready(self, _):
        """Whether I2C_STATE says that there is something to read (bit 30); it stands in `rx` then."""
        return self._look(_I2C_STATE, 4) and self.rx[0] & 0x40 and self.rx[0] != 0xFF and self.rx[2] | self.rx[3]

    def _register(self, register, length, limit):
        return polled(lambda _: self._look(register, length), None, limit, 1)

    def _look(self, register, length):
        self.tx[0] = register
        try:
            if not self._write(memoryview(self.tx)[:1]):
                return False
        except Interrupted:
            return False
        time.sleep_us(_GUARD_US)
        done = self._read(memoryview(self.rx)[:length])
        time.sleep_us(_GUARD_US)
        return done
