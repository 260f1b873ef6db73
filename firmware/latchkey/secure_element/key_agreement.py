"""ECDHE on P-256 with the private key in the chip: the shape of `tls.key_agreement`, `groups`, `name` and `agree`.

The 508A has no room for an ephemeral key but EEPROM: each agreement writes the slot, and a byte of it stands 400,000 writes. A 608
keeps it in TempKey. The secret, the TLS pre-master secret, comes back over I2C in clear; where the slot's ReadKey bit 3 sends it to the
next slot, it is read from there encrypted, under a key that this host holds.

What was agreed on with a key in a slot can be computed again by whoever takes the chip and recorded the session, until the next handshake
makes another key. Another GenKey afterwards would end that, but at twice the wear (200,000 handshakes), 11 to 115 ms more for each, and
not where power fails in between; who wants forward secrecy from the moment of agreement has it in software, the default.

GenKey and ECDH are one sequence that no other task's command comes between. Interrupted, it begins anew, with another key.

Who can change what is on the wires puts a point of his own in the place of the server's on its way into ECDH. With its private key and
the chip's public one, which comes over the wires, he has the secret, and ends the handshake as the server. The encrypted read hides the
secret from who listens and from nobody else, and the chip has no way to say whose point it was given.
"""

from latchkey.errors import Fault
from latchkey.secure_element import commands

_SLOT_POLICY = const(813)
_CHIP_UNSUPPORTED = const(814)
_IRREVERSIBLE = const(820)

_SECP256R1 = const(23)
_TEMPKEY = const(0xFFFF)
_FROM_TEMPKEY_IN_CLEAR = const(0x0D)
# Bits of a private key's SlotConfig (table 2-6).
_SIGNS = const(3)
_ECDH = const(4)
_TO_NEXT_SLOT = const(8)


class KeyAgreement:
    """`chip.key_agreement(slot, read_key)`. `secret_on_bus`: the pre-master secret crosses the wires in clear."""

    groups = (_SECP256R1,)

    def __init__(self, chip, slot, read_key, signing_key=False):
        if slot is not None:
            commands.checked_slot(slot)
        if read_key is not None and (slot is None or slot & 1 or len(read_key) != 32):
            raise ValueError("an encrypted secret needs an even slot and a read_key of 32 bytes")
        self._chip = chip
        self._slot = slot
        self._read_key = read_key
        self._signing_key = signing_key
        self._config = None
        self.secret_on_bus = read_key is None

    @property
    def name(self):
        """Where the key lives and how the secret travels, for reports."""
        where = "TempKey" if self._slot is None else f"slot {self._slot}"
        return "{} {}, secret {} over I2C".format(self._chip.model, where, "in clear" if self.secret_on_bus else "encrypted")

    @property
    def wires(self):
        """What the wires hold of a session, for reports."""
        from latchkey.secure_element.wires import AGREEMENT, SECRET

        return SECRET + AGREEMENT if self.secret_on_bus else AGREEMENT

    def agree(self, group, point, random):
        """Job: a new key pair in the chip meets the server's 65-byte `point`; `(our point, secret)`, a bytearray that the caller wipes."""
        from latchkey.crypto import p256, weierstrass

        if group not in self.groups:
            raise ValueError("group")
        yield from weierstrass.check(p256.CURVE, point)  # what the chip does with a point off the curve is not documented
        number = bytearray(20)
        random.fill(number)  # of the encrypted read
        secret = bytearray(32)
        ours = yield from self._chip.session(self._sequence, bytes(point[1:]), secret, bytes(number))
        return b"\x04" + ours, secret

    def check(self, link):
        """A sequence: whether the slot is one for this, asked before a key is made, which ends the one in the slot for good."""
        slot = self._slot
        if slot is None:
            if not link.is_608:
                raise Fault(_CHIP_UNSUPPORTED, "only a 608 keeps an ephemeral key in TempKey; name a slot for it")
            return
        may = (yield from commands.read(link, 0, commands.config_address(20 + 2 * slot), False))[slot % 2 * 2]
        if not may & _ECDH:
            raise Fault(_SLOT_POLICY, f"slot {slot}: its key may not be used for ECDH (SlotConfig ReadKey bit 2)")
        if self._read_key is None:
            if may & _TO_NEXT_SLOT:
                raise Fault(_SLOT_POLICY, f"slot {slot}: its secrets go to slot {slot + 1} (SlotConfig ReadKey bit 3), and need a read_key")
        else:
            if not may & _TO_NEXT_SLOT:
                raise Fault(_SLOT_POLICY, f"slot {slot}: its secrets come out in clear (SlotConfig ReadKey bit 3 is 0)")
            self._config = yield from commands.read_config(link)
            if self._config[22 + 2 * slot] & 0xC0 != 0xC0:
                raise Fault(_SLOT_POLICY, f"slot {slot + 1}: not configured for encrypted reads (IsSecret, EncryptRead)")
        if may & _SIGNS and not self._signing_key:
            text = "the key in slot {} may sign, and each handshake makes another in its place; signing_key=True says that it is meant"
            raise Fault(_IRREVERSIBLE, text.format(slot))

    def _sequence(self, link, point, secret, number):
        if self._slot is None:
            return (yield from self._in_tempkey(link, point, secret))
        ours = yield from commands.explained(link, self._slot, "generate", commands.generate_key, self._slot)
        if self._read_key is None:
            yield from commands.ecdh(link, self._slot, point, secret)
        else:
            yield from commands.ecdh_to_slot(link, self._slot, point)
            yield from self._fetch(link, secret, number)
        return ours

    def _in_tempkey(self, link, point, secret):
        yield from commands.update_seed(link)
        ours = yield from commands.generate_key(link, _TEMPKEY)
        yield from commands.ecdh(link, 0, point, secret, _FROM_TEMPKEY_IN_CLEAR)
        return ours

    def _fetch(self, link, secret, number):
        from latchkey.secure_element.configuration import read_key, serial_number
        from latchkey.secure_element.encrypted import read_encrypted

        slot = self._slot + 1
        serial = serial_number(self._config)
        yield from read_encrypted(link, slot, 0, secret, read_key(self._config, slot), self._read_key, serial, number)
