"""ECDHE on P-256 with the private key in the chip: `generate()`, then `shared(point)`, one sequence that nobody comes between.

The 508A has no room for an ephemeral key but EEPROM: each `generate()` writes the slot, and a byte of it stands 400,000 writes. A 608 keeps it in
TempKey. The secret, the TLS pre-master secret, comes back over I2C in clear; where the slot's ReadKey bit 3 sends it to the next slot,
it is read from there encrypted, under a key that this host holds.
"""

import hashlib
import time
from micropython import const

from latchkey.errors import Fault
from latchkey.secure_element import commands
from latchkey.secure_element.atca import Interrupted

_SLOT_POLICY = const(813)
_UNSUPPORTED = const(814)
_KEY_LOST = const(815)

_TEMPKEY = const(0xFFFF)
_FROM_TEMPKEY_IN_CLEAR = const(0x0D)


class KeyAgreement:
    """`chip.key_agreement(slot, read_key)`."""

    group = 23  # secp256r1

    def __init__(self, chip, slot, read_key):
        if read_key is not None and (slot is None or slot & 1 or len(read_key) != 32):
            raise ValueError("an encrypted secret needs an even slot and a read_key of 32 bytes")
        self._chip = chip
        self.slot = slot
        self._read_key = read_key
        self._config = None
        self._ticket = 0

    @property
    def where(self):
        """Where the key lives, for reports."""
        return "{} {}".format(self._chip.model, "TempKey" if self.slot is None else "slot {}".format(self.slot))

    @property
    def secret_on_bus(self):
        """True if the pre-master secret crosses the wires in clear."""
        return self._read_key is None

    def generate(self):
        """Job: a new key pair in the chip; the 65-byte point. The chip is held until `shared` or `close`."""
        self.close()
        self._ticket = yield from self._chip.acquire()
        done = False
        try:
            point = yield from self._chip.perform(self._ticket, self._generate)
            done = True
            return b"\x04" + point
        finally:
            if not done:
                self.close()

    def shared(self, point):
        """Job: the 32-byte x-coordinate of the key times `point` in a bytearray that its user wipes."""
        secret = bytearray(32)
        try:
            yield from self._chip.perform(self._ticket, self._shared, bytes(point[1:]), secret)
        finally:
            self.close()
        return secret

    def close(self):
        """Let go of the chip, whatever was begun."""
        if self._ticket:
            self._chip.release(self._ticket)
            self._ticket = 0

    def _generate(self, link):
        if self.slot is None and not link.is_608:
            raise Fault(_UNSUPPORTED, self._chip.model + ": only the 608 keeps an ephemeral key in TempKey; name a slot for it")
        if self._read_key is not None:
            yield from self._check_encryption(link)
        if self.slot is None:
            return (yield from commands.generate_key(link, _TEMPKEY))
        return (yield from commands.explained(link, self.slot, "generate", commands.generate_key(link, self.slot)))

    def _shared(self, link, point, secret):
        if self.slot is None:
            return (yield from self._from_tempkey(link, point, secret))
        if self._read_key is None:
            return (yield from commands.explained(link, self.slot, "ecdh", commands.ecdh(link, self.slot, point, secret)))
        yield from commands.explained(link, self.slot, "ecdh", commands.ecdh_to_slot(link, self.slot, point))
        yield from self._fetch(link, secret)

    def _from_tempkey(self, link, point, secret):
        try:
            yield from commands.ecdh(link, 0, point, secret, _FROM_TEMPKEY_IN_CLEAR)
        except Interrupted as reason:
            raise Fault(_KEY_LOST, str(reason))  # to begin anew would be with another key

    def _fetch(self, link, secret):
        from latchkey.secure_element.encrypted import read_encrypted
        from latchkey.secure_element.policy import read_key

        config = self._config
        serial = config[0:4] + config[8:13]
        # Ours needs to differ from time to time, no more: the stream's secrecy is the key's, its freshness the chip's.
        number = hashlib.sha256(serial + time.ticks_us().to_bytes(8, "big")).digest()[:20]
        key_slot = read_key(config, self.slot + 1)
        yield from read_encrypted(link, self.slot + 1, 0, secret, key_slot, self._read_key, serial, number)

    def _check_encryption(self, link):
        from latchkey.secure_element.policy import slot_config, to_next_slot

        if self._config is None:
            self._config = yield from commands.read_config(link)
        if not to_next_slot(self._config, self.slot):
            raise Fault(_SLOT_POLICY, "slot {}: its secrets come out in clear (SlotConfig ReadKey bit 3 is 0)".format(self.slot))
        if slot_config(self._config, self.slot + 1) & 0xC0 != 0xC0:
            raise Fault(_SLOT_POLICY, "slot {}: not configured for encrypted reads (IsSecret, EncryptRead)".format(self.slot + 1))
