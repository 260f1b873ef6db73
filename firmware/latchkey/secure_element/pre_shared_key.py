"""A pre-shared key out of a slot: its MAC of a number that is new for each handshake (ATSHA204A, ATECC508A, ATECC608).

    context.set_psk_client_callback(chip.pre_shared_key(5))

The identity names chip and number, in hex with a point between: 9 bytes of serial number, 32 of the chip's Random. Who holds the slot's
32 bytes computes the same key: `latchkey psk`. It crosses the wires in clear: a server that takes no number twice gives a listener nothing
with it but the session that is under way; for any other it is a fixed key that the wires tell.
"""

from binascii import hexlify

from latchkey.crypto.hashes import new
from latchkey.errors import Fault
from latchkey.secure_element import commands, mac_commands

_CHIP_RANDOM_UNLOCKED = const(812)
_SERIAL_NUMBER = const(0x40)  # all of it is in what MAC hashes


class PreSharedKey:
    """`f(hint)` returns `(identity, key of 32 bytes)`; TLSError where the chip can't. The server's hint goes into the key."""

    def __init__(self, chip, slot):
        self._chip = chip
        self._slot = slot

    @property
    def wires(self):
        """What the wires hold, for reports."""
        from latchkey.secure_element.wires import MAC

        return MAC

    def __call__(self, hint):
        return self._chip.do(self._derived, (hint or "").encode())

    def _derived(self, link, hint):
        if not self._chip.config_locked:
            raise Fault(_CHIP_RANDOM_UNLOCKED)
        serial = b""
        for byte in (0, 8, 12):
            serial += yield from commands.read(link, 0, commands.config_address(byte), False)
        number = bytearray(32)
        yield from commands.random(link, number)
        challenge = new("sha256")
        challenge.update(number)
        challenge.update(hint)
        key = yield from mac_commands.mac(link, self._slot, challenge.digest(), _SERIAL_NUMBER)
        return (hexlify(serial[:9]) + b"." + hexlify(bytes(number))).decode(), key
