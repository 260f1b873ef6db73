"""The ATSHA204A (and the ATSHA204, where it speaks the same): randomness, and MACs under a key that stays in a slot (datasheet 8885).

    from latchkey.secure_element import ATSHA204A
    chip = ATSHA204A(SoftI2C(scl=..., sda=..., freq=100_000))
    context.random = Pool([chip.source(), ...])
    context.set_psk_client_callback(chip.pre_shared_key(5))

Transport, packets and the commands used here are the ATECC508A's, with other times and a longer wake; it has no public-key arithmetic, so
that client certificates are for other chips: it proves the device by a pre-shared key, its MAC under a slot's. What MAC and HMAC give
(mac_commands) comes over the wires in clear.
"""

from latchkey.errors import Fault
from latchkey.secure_element import commands
from latchkey.secure_element.atca import Link
from latchkey.secure_element.chip import Chip

_CHIP_FOREIGN = const(824)

# Typical and maximum ms of Read, MAC, HMAC, Nonce, Random, DevRev (table 8-5).
_TIMES = {0x02: (1, 4), 0x08: (12, 35), 0x11: (27, 69), 0x16: (22, 60), 0x1B: (11, 50), 0x30: (1, 2)}


class _Link(Link):
    pauses = (3, 4, 20, 60)  # tWHI is 2.5 ms

    def execute(self, opcode, p1, p2, parts, reply, typical, maximum):
        return Link.execute(self, opcode, p1, p2, parts, reply, *_TIMES[opcode])


class ATSHA204A(Chip):
    """`ATSHA204A(i2c)`: arguments as those of `ATECC`; without `address` it is looked for at 0x64 (0xC8 in Microchip's form of 8 bits)."""

    model = "ATSHA204A"
    commands = commands
    config_locked = data_locked = False

    def __init__(self, i2c, wake=None, set_hz=None, address=None):
        Chip.__init__(self, _Link(i2c, wake, set_hz, address, (0x64,)))

    def pre_shared_key(self, slot):
        """For `context.set_psk_client_callback`: keys made of the 32 bytes in `slot`, which must allow MAC; a new one each time."""
        from latchkey.secure_element.pre_shared_key import PreSharedKey

        return PreSharedKey(self, commands.checked_slot(slot))

    def report(self):
        """Print what it is, its locks, and what it does for TLS."""
        from latchkey.secure_element.registry import print_report

        print_report(self, self._tell)

    def refresh(self, link):
        """Job, a sequence: read the lock state again, after a lock."""
        locks = yield from commands.read(link, 0, commands.config_address(84), False)
        self.data_locked, self.config_locked = locks[2] != 0x55, locks[3] != 0x55

    def _identify(self):
        revision = yield from commands.info(self.link)
        if revision[1] != 2 or revision[2]:  # 00 02 00 08, 00 02 00 09; an ATECC has its own third byte
            raise Fault(_CHIP_FOREIGN, "no ATSHA204A, revision " + " ".join(["%02X" % byte for byte in revision]))
        yield from self.refresh(self.link)
        return revision

    def _tell(self, link):
        serial = b""
        for byte in (0, 8, 12):
            serial += yield from commands.read(link, 0, commands.config_address(byte), False)
        return (
            "serial number " + " ".join(["%02X" % byte for byte in serial[:4] + serial[4:9]]),
            "configuration zone {}, data and OTP zones {}".format(
                "locked" if self.config_locked else "NOT LOCKED: its Random gives FF FF 00 00",
                "locked" if self.data_locked else "NOT LOCKED",
            ),
        )
