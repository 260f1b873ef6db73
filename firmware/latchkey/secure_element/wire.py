"""A chip that says it is busy by not acknowledging its address: writing and reading under a deadline.

What stands here is common to the links of OPTIGA, STSAFE-A, SE050 and ATAES132A; what their frames are, each says for itself. Any object
with `writeto` and `readfrom_into` of machine.I2C will do, at the clock that it was made for.
"""

from latchkey.crypto.util import wipe
from latchkey.secure_element.chip import Interrupted, polled


class Wire:
    """`size`: of the longest frame either way; `address`: in 7 bits."""

    longest = 0

    def __init__(self, i2c, address, size):
        if not 0 < address < 0x80:
            raise ValueError("an I2C address has 7 bits")
        self.i2c = i2c
        self.address = address
        self.addresses = (address,)
        self.tx = bytearray(size)
        self.rx = bytearray(size)

    def wake(self):
        """Job: nothing, where a chip listens as soon as it has power."""
        yield 0

    def reset(self):
        """Job: let it end what it does."""
        yield 20

    def rest(self):
        """It saves power by itself."""

    def sleep(self):
        """The same."""

    def wipe(self):
        """Forget the last frames."""
        wipe(self.tx)
        wipe(self.rx)

    def put(self, length, limit):
        """Job: write `tx[:length]`; Interrupted where it is not taken whole, or not within `limit` ms."""
        return polled(self._write, memoryview(self.tx)[:length], limit, 1)

    def get(self, start, end, limit, pause=1):
        """Job: read into `rx[start:end]`, asked again every `pause` ms."""
        return polled(self._read, memoryview(self.rx)[start:end], limit, pause)

    def _write(self, view):
        try:
            taken = self.i2c.writeto(self.address, view)
        except OSError:
            return False
        if taken != len(view):
            raise Interrupted(f"it took {taken} of {len(view)} bytes")
        return True

    def _read(self, view):
        try:
            self.i2c.readfrom_into(self.address, view)
        except OSError:
            return False
        return True


def crc16(data, start, end, crc):
    """CRC-16 with the polynomial 0x1021, bits least significant first, of `data[start:end]`, beginning with `crc`."""
    for i in range(start, end):
        byte = data[i]
        crc = (crc >> 4) ^ 0x1081 * ((crc ^ byte) & 15)
        crc = (crc >> 4) ^ 0x1081 * ((crc ^ (byte >> 4)) & 15)
    return crc
