"""Provisioning a chip, step by step, from the REPL or a script. Locks are for good: read twice what you lock.

    p = Provision(chip)
    p.write_config(config)      # 128 bytes; only 16 to 83 and 88 to 127 are written, then read back
    p.lock_config(config)       # random numbers and keys exist from here on
    p.generate_key(0)           # the public key goes into the device's certificate request; a key that was there is gone
    p.write_slot(10, certificate); p.write_public_key(11, point)
    p.lock_data()               # slots follow their policy, and can be read, from here on
    p.lock_slot(0)              # if the slot is lockable: the key stays the one that it is
    chip.certificate(template, 10, 0, 11)  # rebuilt, and its signature checked

Every method waits for its result; a TLSError says what the chip refused. What would leave a chip for good without an address, without a
slot that signs or without a key is not sent: the error names the keyword that says it is meant. The rules are in `configuration`.
"""

from latchkey.errors import Fault, error_of
from latchkey.secure_element import commands, configuration, zone_commands
from latchkey.secure_element.atca import crc16

_CHIP_REFUSED = const(805)
_CONFIG_MISMATCH = const(816)
_LOCKED_ALREADY = const(817)
_IRREVERSIBLE = const(820)

_CONFIG = const(0)
_LOCK_CONFIG = const(0x00)
_LOCK_DATA = const(0x01)
_LOCK_SLOT = const(0x02)
_NO_CRC = const(0x80)

# Bytes of the configuration zone that Write may change: by words where a block holds others too (table 2-5).
_WRITABLE = ((16, 32), (32, 64), (64, 84), (88, 96), (96, 128))


class Provision:
    """`Provision(chip)`."""

    def __init__(self, chip):
        self._chip = chip

    def read_config(self):
        """The 128 bytes of the configuration zone."""
        return self._chip.do(commands.read_config)

    def write_config(self, config, *, no_address=False, slots_locked=False, no_signer=False):
        """Write what is writable of `config` and read it back. The zone must be unlocked.

        A chip that is given another address (byte 16, twice the address) is found there by this object; later by `ATECC(i2c, address=...)`.
        """
        config = _octets(config)
        if len(config) != 128:
            raise ValueError("a configuration has 128 bytes")
        _refuse(config, no_address, slots_locked, no_signer)
        self._chip.do(_write_config, config)
        self._compare(config)

    def lock_config(self, config, *, no_address=False, slots_locked=False, no_signer=False):
        """Lock the configuration zone if it is `config` (in its writable bytes), with the chip checking the CRC of the whole."""
        config = _octets(config)
        if len(config) != 128:
            raise ValueError("a configuration has 128 bytes")
        found = self._compare(config)
        if not configuration.config_locked(found):
            _refuse(found, no_address, slots_locked, no_signer)
        self._lock(_LOCK_CONFIG, crc16(found), self._config_done)

    def generate_key(self, slot):
        """A new private key in `slot`, in place of the one that is there; its 65-byte public point."""
        slot = commands.checked_slot(slot)
        return b"\x04" + self._chip.do(commands.explained, slot, "generate", commands.generate_key, slot)

    def write_slot(self, slot, data, start=0):
        """Write `data` from byte `start` (a multiple of 32) in clear; the last block is filled with zeros."""
        data = _octets(data)
        _within(slot, start, len(data))
        if start % 32:
            raise ValueError("start must be a multiple of 32")
        self._chip.do(commands.explained, slot, "write", zone_commands.write_slot, slot, data, start)

    def write_public_key(self, slot, point):
        """Store the 65-byte `point` in slot 8 to 15, laid out for Verify: 4 zeros, X, 4 zeros, Y."""
        from latchkey.crypto import p256, weierstrass
        from latchkey.crypto.job import run

        commands.checked_slot(slot, 8)
        point = _octets(point)
        try:
            run(weierstrass.check(p256.CURVE, point))
        except Fault:
            raise ValueError("a public key is 04 || X || Y, 65 bytes, of a point on P-256")
        pad = b"\x00" * 4
        self.write_slot(slot, pad + point[1:33] + pad + point[33:65])

    def write_slot_encrypted(self, slot, data, key, random, block=0):
        """Write 32 bytes into a slot whose WriteConfig wants encryption; `key` is the content of its WriteKey slot.

        `random` gives the host's share of the nonce: `latchkey.entropy.default()`.
        """
        data, key = _octets(data), _octets(key)
        if len(data) != 32 or len(key) != 32:
            raise ValueError("data and key are 32 bytes each")
        _within(slot, 32 * block, 32)
        number = bytearray(20)
        try:
            random.fill(number)
        except Fault as fault:
            raise error_of(fault)
        self._chip.do(_write_encrypted, slot, block, data, key, bytes(number))

    def read_slot(self, slot, length, start=0):
        """Read a clear slot; the data zone must be locked."""
        _within(slot, start, length)
        return self._chip.do(commands.explained, slot, "read", commands.read_slot, slot, start, length)

    def lock_data(self, crc=None, *, without_keys=False):
        """Lock the data and OTP zones. `crc`: of all slots but private keys, then OTP; without it the chip doesn't compare.

        Refused while a slot that gets no key any more has none, unless that is meant. Secrets can't be looked for: one that may never be
        written again has to be there by now.
        """
        if crc is not None and not 0 <= crc <= 0xFFFF:
            raise ValueError("a CRC has 16 bits")
        config = self.read_config()
        if not configuration.config_locked(config):
            raise error_of(Fault(_CHIP_REFUSED, "the configuration zone is not locked"))
        if not configuration.data_locked(config) and not without_keys:
            empty = self._chip.do(_empty_for_good, config)
            if empty:
                raise _meant(
                    "no key is in slot " + ", ".join(empty) + ", and none can be made there once the data zone is locked", "without_keys"
                )
        self._lock(_LOCK_DATA | (_NO_CRC if crc is None else 0), crc or 0, self._data_done)

    def lock_slot(self, slot, *, without_keys=False):
        """Lock one slot that is configured as lockable. Refused while it is there for a private key and has none, unless that is meant."""
        commands.checked_slot(slot)
        config = self.read_config()
        reason = configuration.why_refused(config, slot, "lock")
        if reason:
            raise error_of(Fault(_CHIP_REFUSED, f"slot {slot}: {reason}"))
        wanted = configuration.is_private(config, slot) and not configuration.slot_locked(config, slot)
        if wanted and not without_keys and not self._chip.do(commands.has_key, slot):
            raise _meant(f"no key is in slot {slot}, and none can be made there once it is locked", "without_keys")
        self._lock(_LOCK_SLOT | _NO_CRC | slot << 2, 0, lambda link: _slot_done(link, slot))

    def counter(self, number):
        """Value of counter 0 or 1."""
        if not isinstance(number, int) or number not in (0, 1):
            raise ValueError("there are counters 0 and 1")
        return self._chip.do(zone_commands.counter, number)

    def increment(self, number):
        """Count one up; the new value. After a loss of power in the middle it may have jumped by more."""
        return self._chip.do(zone_commands.increment, number, self.counter(number))

    def _compare(self, config):
        found = self.read_config()
        for first, end in _WRITABLE:
            for i in range(first, end):
                if found[i] != config[i]:
                    raise error_of(Fault(_CONFIG_MISMATCH, f"byte {i} is {found[i]:02X}, not {config[i]:02X}"))
        return found

    def _lock(self, mode, summary, is_done):
        if self._chip.do(is_done):
            raise error_of(Fault(_LOCKED_ALREADY))
        self._chip.do(zone_commands.lock, mode, summary, is_done)
        self._chip.do(self._chip.refresh)

    def _config_done(self, link):
        yield from self._chip.refresh(link)
        return self._chip.config_locked

    def _data_done(self, link):
        yield from self._chip.refresh(link)
        return self._chip.data_locked


def _octets(data):
    """A copy of bytes; TypeError for what `bytes()` would make some of, a number say."""
    return bytes(memoryview(data))


def _within(slot, start, length):
    size = commands.slot_size(commands.checked_slot(slot))
    if start < 0 or length < 0 or start + length > size:
        raise ValueError(f"slot {slot} has {size} bytes")


def _refuse(config, no_address, slots_locked, no_signer):
    """Nothing, or the TLSError of the first danger that was not named."""
    meant = {"no_address": no_address, "slots_locked": slots_locked, "no_signer": no_signer}
    found = configuration.danger(config, [name for name in meant if meant[name]])
    if found:
        raise _meant(found[1], found[0])


def _meant(sentence, name):
    return error_of(Fault(_IRREVERSIBLE, f"{sentence}; {name}=True says that it is meant"))


def _empty_for_good(link, config):
    """The slots, as strings, that have no private key and get none once the data zone is locked."""
    empty = []
    for slot in range(16):
        if configuration.stays_empty(config, slot) and not (yield from commands.has_key(link, slot)):
            empty.append(str(slot))
    return empty


def _slot_done(link, slot):
    mask = yield from commands.read(link, _CONFIG, commands.config_address(88), False)
    return not (mask[0] | mask[1] << 8) >> slot & 1


def _write_encrypted(link, slot, block, data, key, number):
    from latchkey.secure_element.encrypted import write_encrypted

    config = yield from commands.read_config(link)
    under, serial = configuration.write_key(config, slot), configuration.serial_number(config)
    yield from write_encrypted(link, slot, block, data, under, key, serial, number)


def _write_config(link, config):
    link.moves_to(config[16] >> 1)
    for first, end in _WRITABLE:
        size = 32 if end - first == 32 else 4
        for at in range(first, end, size):
            yield from zone_commands.write(link, _CONFIG, commands.config_address(at), config[at : at + size])
