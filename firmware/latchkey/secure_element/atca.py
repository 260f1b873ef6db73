"""The ATCA transport: wake, packets, polling and retries of a CryptoAuthentication chip over I2C.

Section numbers are those of the ATECC508A's datasheet (DS20005927A). A command is `03 | count | opcode | P1 | P2 | data | CRC`, an answer
`count | data | CRC` or `04 | status | CRC`; while it executes, the chip does not acknowledge its address.

What is asked again here: a command that arrived damaged (status FF), met an unlucky number (05) or came too near the watchdog (EE). None of
these was executed. TempKey is as it was, but after EE it is gone: a command that needs it is then refused (0F), and a refusal makes the
sequence begin anew (chip.py). When the chip slept, lost power, was woken by somebody else (11), or its answer stays
damaged, nothing is known, so `Interrupted` goes to whoever runs the sequence of commands, who begins it anew (chip.py).

The bus may be any object with `writeto` and `readfrom_into` of machine.I2C. No time is waited for here: every wait is yielded in ms.
"""

import time

from latchkey.crypto.util import wipe
from latchkey.errors import Fault
from latchkey.secure_element.chip import Interrupted, polled

_CHIP_COMMUNICATION = const(802)
_CHIP_ECC_FAULT = const(803)
_CHIP_WATCHDOG = const(804)
_CHIP_REFUSED = const(805)
_CHIP_PARSE_ERROR = const(806)
_CHIP_STATUS = const(807)
_CHIP_SELF_TEST = const(808)

_WAKE_HZ = const(100000)  # 80 us of SDA low in a zero byte (tWLO is 60 us); STM32 refuses less without a word
_FAST_HZ = const(400000)
_WATCHDOG_MS = const(650)  # 700 ms at least (table 8-2)
_TRIES = const(4)
_LONGEST = const(136)  # Verify external: 03, count, opcode, P1, P2, 128 bytes, CRC

_MATCHING = (0x28, 0x45)  # CheckMac, Verify
_CLOCK_SPREAD = const(16)  # an ATECC608 with its slowest clock divider takes this much longer

# The CRC is computed as the mirrored one (0xA001, shifted right, a nibble at a time), whose register has the bits of ours reversed.
_STEP = (0, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401, 0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400)
_MIRROR = b"\x00\x08\x04\x0c\x02\x0a\x06\x0e\x01\x09\x05\x0d\x03\x0b\x07\x0f"


class Link:
    """One chip on a bus. `wake()` holds SDA low for 60 us or more; `set_hz(hz)` sets the bus clock; with neither, the bus is at 100 kHz.

    `addresses`: where it may be as delivered.
    """

    longest = 1700  # ms: its watchdog
    pauses = (2, 3, 20, 60)  # ms after a wake pulse: tWHI is 1.5 ms

    def __init__(self, i2c, wake, set_hz, address, addresses):
        if address is not None and not 0 < address < 0x80:
            raise ValueError("an I2C address has 7 bits: 0x60, not 0xC0")
        self.address = address
        self.addresses = (address,) if address else addresses  # where to look for it at a wake
        self._next = None  # the address that its configuration names by now
        self.is_608 = False
        self.i2c = i2c
        self._wake = wake
        self._set_hz = set_hz
        self._since = None  # ticks of the wake pulse while the chip is awake
        self._pace = 0  # ms from that pulse until its user came back to it
        self._tx = bytearray(_LONGEST + 1)
        self._rx = bytearray(67)

    # Power states (6.1 to 6.4)

    def wake(self):
        """Job: wake the chip and find its address if it isn't known. A 608 with a self-test at power-on takes some tens of ms.

        A self-test that failed is given a second chance.
        """
        if self._since is not None:
            return
        failed = False
        for pause in self.pauses:
            since = time.ticks_ms()
            self._pulse()
            yield pause
            status = self._answered()
            if status == 0x11:
                self._since = since
                self._pace = time.ticks_diff(time.ticks_ms(), since)
                return
            if status == 0x07:
                if failed:
                    raise Fault(_CHIP_SELF_TEST, "07 after each of two wakes")
                failed = True
                yield from self.reset()
        raise Interrupted("no answer to the wake pulse")

    def idle(self):
        """Idle: TempKey is kept, the watchdog stands. True if the chip acknowledged."""
        self._since = None
        return self._word(b"\x02")

    def sleep(self):
        """Sleep: some nA, and nothing kept but EEPROM. True if the chip acknowledged."""
        self._since = None
        return self._word(b"\x01")

    def rest(self):
        """Idle, if it is awake. One that sleeps is left alone: at 100 kHz its address byte, six zero bits, is long enough to wake it."""
        if self._since is not None:
            self.idle()

    def reset(self):
        """Job: whatever state the chip is in, bring it to sleep if it listens; the next command wakes it.

        One that was never heard may be awake, with an answer that its last host read to the end or broke off with: it then acknowledges and
        gives FF, until a watchdog of up to 10 s. Who is silent like that at a chip's address is sent the one byte.
        """
        if self.address:
            self.sleep()
        else:
            for address in self.addresses:
                if self._peek(address, 0, 4) and bytes(self._rx[:4]) == b"\xff\xff\xff\xff":
                    self._word(b"\x01", address)
        yield 1

    def moves_to(self, address):
        """The chip will be at another address, from the next wake or power-up on: which of them, the datasheet does not say."""
        self._next = address
        self.addresses = (self.address, address)

    def _pulse(self):
        if self._wake:
            self._wake()
            return
        if self._set_hz:
            self._set_hz(_WAKE_HZ)
        try:
            self.i2c.writeto(0, b"\x00")
        except OSError:
            pass  # nobody acknowledges address 0, and nobody has to
        if self._set_hz:
            self._set_hz(_FAST_HZ)

    def _answered(self):
        """The status of a chip that the pulse has woken: 11, or 07 of a 608 whose self-test failed; else None."""
        for address in self.addresses:
            if not self._peek(address, 0, 4):
                continue
            status = self._status()
            if status in (0x11, 0x07):  # cryptoauthlib compares 07's with a CRC that is not the right one
                self.address = address
                self.addresses = (address,) if self._next in (None, address) else (address, self._next)
                return status
            if address == self.address or self._is_answer(address):
                self._word(b"\x01", address)  # it was awake, with an old answer in its buffer: begin from sleep
        return None

    def _peek(self, address, start, end):
        """Read into `_rx[start:end]`; False if nobody acknowledges."""
        try:
            self.i2c.readfrom_into(address, memoryview(self._rx)[start:end])
        except OSError:
            return False
        return True

    def _is_answer(self, address):
        """Whether what was read begins an answer, which ends with its checksum: nothing but such a chip gives that."""
        count = self._rx[0]
        if count in (7, 35, 67) and not self._peek(address, 4, count):
            return False
        return count in (4, 7, 35, 67) and self._intact(count - 3)

    def _word(self, word, address=None):
        address = address or self.address
        try:
            return address is not None and self.i2c.writeto(address, word) == 1
        except OSError:
            return False

    # Commands (9.1)

    def execute(self, opcode, p1, p2, parts, reply, typical, maximum):
        """Job: one command with the data in `parts`; `reply` is the length of its data, 1 for those that answer with a status.

        Returns a view of the answer, good until the next command. Status 01 (no match) of Verify and CheckMac is returned like 00.
        `typical` and `maximum` are ms (table 9-4): the first poll comes after `typical`.
        """
        length = self._pack(opcode, p1, p2, parts)
        status = 0
        for _ in range(_TRIES):
            yield from self._keep_awake(maximum)
            self._send(length)
            yield from self._wait(reply, typical, maximum)
            status = self._rx[1]
            if self._rx[0] != 4 or (reply == 1 and (not status or (status == 1 and opcode in _MATCHING))):
                return memoryview(self._rx)[1 : 1 + reply]
            if status == 0xEE:
                self.idle()  # the next wake starts the watchdog anew
            elif status == 0x11:
                raise Interrupted("it was just woken, and knows of no command")
            elif status not in (0x05, 0xFF):
                break
        raise Fault(_CAUSES.get(status, _CHIP_STATUS), f"{status:02X} (command {opcode:02X} {p1:02X} {p2:04X})")

    def wipe(self):
        """Forget the last command and the last answer."""
        wipe(self._tx)
        wipe(self._rx)

    def _pack(self, opcode, p1, p2, parts):
        tx = self._tx
        tx[0], tx[2], tx[3], tx[4], tx[5] = 3, opcode, p1, p2 & 255, p2 >> 8
        at = 6
        for part in parts:
            tx[at : at + len(part)] = part
            at += len(part)
        tx[1] = at + 1
        crc = crc16(tx, 1, at)
        tx[at], tx[at + 1] = crc & 255, crc >> 8
        return at + 2

    def _keep_awake(self, maximum):
        """Job: a fresh start where the watchdog might come before the answer is fetched, by a user as slow as it was at the wake."""
        if self._since is not None:
            awake = time.ticks_diff(time.ticks_ms(), self._since)
            if awake + maximum + 2 * self._pace > _WATCHDOG_MS and not self.idle():
                raise Interrupted("the watchdog put it to sleep")
        yield from self.wake()

    def _send(self, length):
        try:
            taken = self.i2c.writeto(self.address, memoryview(self._tx)[:length])
        except OSError:
            raise Interrupted("it does not acknowledge its address")
        if taken != length:
            raise Interrupted(f"it took {taken} of {length} bytes of a command")

    def _wait(self, reply, typical, maximum):
        """Job: poll until the answer is in `_rx`. Read in one go; a status instead of data is followed by FF (6.6)."""
        view = memoryview(self._rx)[: reply + 3]
        limit = (maximum + 60) * (_CLOCK_SPREAD if self.is_608 else 1)  # 50 ms more for a key of limited use
        if typical:
            yield typical
        for _ in range(3):
            yield from polled(self._read, view, limit, 1 if typical < 10 else 2)
            if self._intact(reply):
                return
            self._word(b"\x00")  # rewind: the answer stays until the next command
        raise Interrupted("its answer is damaged")

    def _read(self, view):
        """Read what the output buffer has; False if the chip is busy or has nothing new.

        All FF is a buffer that was read to its end: the command did not arrive, or has not begun. It is not rewound, for that would
        show the last command's answer, perhaps its success, as if it were this one's.
        """
        try:
            self.i2c.readfrom_into(self.address, view)
        except OSError:
            return False
        return view[0] != 0xFF

    def _intact(self, reply):
        rx = self._rx
        count = rx[0]
        if count not in (4, reply + 3):
            return False
        crc = crc16(rx, 0, count - 2)
        return rx[count - 2] == crc & 255 and rx[count - 1] == crc >> 8

    def _status(self):
        """The status of a status answer, else None."""
        return self._rx[1] if self._rx[0] == 4 and self._intact(1) else None


_CAUSES = {
    0x03: _CHIP_PARSE_ERROR,
    0x05: _CHIP_ECC_FAULT,
    0x07: _CHIP_SELF_TEST,
    0x08: _CHIP_SELF_TEST,
    0x0F: _CHIP_REFUSED,
    0xEE: _CHIP_WATCHDOG,
    0xFF: _CHIP_COMMUNICATION,
}


def crc16(data, start=0, end=None):
    """CRC-16 of the family over `data[start:end]`: polynomial 0x8005, initial 0, bits least significant first, register shifted left.

    An int; it goes on the wire low byte first.
    """
    crc = 0
    for i in range(start, len(data) if end is None else end):
        byte = data[i]
        crc = (crc >> 4) ^ _STEP[(crc ^ byte) & 15]
        crc = (crc >> 4) ^ _STEP[(crc ^ (byte >> 4)) & 15]
    return _MIRROR[crc & 15] << 12 | _MIRROR[crc >> 4 & 15] << 8 | _MIRROR[crc >> 8 & 15] << 4 | _MIRROR[crc >> 12]
