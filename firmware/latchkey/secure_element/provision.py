"""Provisioning a chip, step by step, from the REPL or a script. Locks are for good: read twice what you lock.

    p = Provision(chip)
    p.write_config(config)      # 128 bytes; only 16 to 83 and 88 to 127 are written, then read back
    p.lock_config(config)       # random numbers and keys exist from here on
    p.generate_key(0)           # the public key goes into the device's certificate request
    p.write_slot(10, certificate); p.write_public_key(11, point)
    p.lock_data()               # slots follow their policy, and can be read, from here on
    p.lock_slot(0)              # if the slot is lockable: the key stays the one that it is

Every method waits for its result; Faults say what the chip refused.
"""

from micropython import const

from latchkey.errors import Fault
from latchkey.secure_element import commands, zone_commands
from latchkey.secure_element.crc import crc16

_CONFIG_MISMATCH = const(816)
_LOCKED_ALREADY = const(817)

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

    def write_config(self, config):
        """Write what is writable of `config` and read it back. The zone must be unlocked."""
        if len(config) != 128:
            raise ValueError("a configuration has 128 bytes")
        self._chip.do(_write_config, bytes(config))
        self._compare(config)

    def lock_config(self, config):
        """Lock the configuration zone if it is `config` (in its writable bytes), with the chip checking the CRC of the whole."""
        found = self._compare(config)
        self._lock(_LOCK_CONFIG, crc16(found), self._config_done)

    def generate_key(self, slot):
        """A new private key in `slot`; its 65-byte public point."""
        return b"\x04" + self._chip.do(commands.generate_key, slot)

    def write_slot(self, slot, data, start=0):
        """Write `data` from byte `start` (a multiple of 32) in clear; the last block is filled with zeros."""
        if start % 32:
            raise ValueError("start must be a multiple of 32")
        self._chip.do(zone_commands.write_slot, slot, bytes(data), start)

    def write_public_key(self, slot, point):
        """Store the 65-byte `point` in slot 9 to 15 (or 8), laid out for Verify: 4 zeros, X, 4 zeros, Y."""
        pad = b"\x00" * 4
        self.write_slot(slot, pad + point[1:33] + pad + point[33:65])

    def write_slot_encrypted(self, slot, data, key, random, block=0):
        """Write 32 bytes into a slot whose WriteConfig wants encryption; `key` is the content of its WriteKey slot.

        `random` gives the host's share of the nonce: `latchkey.entropy.default()`.
        """
        if len(data) != 32 or len(key) != 32:
            raise ValueError("data and key are 32 bytes each")
        number = bytearray(20)
        random.fill(number)
        self._chip.do(_write_encrypted, slot, block, data, key, bytes(number))

    def read_slot(self, slot, length, start=0):
        """Read a clear slot; the data zone must be locked."""
        return self._chip.do(commands.read_slot, slot, start, length)

    def lock_data(self, crc=None):
        """Lock the data and OTP zones. `crc`: of all slots but private keys, then OTP; without it the chip doesn't compare."""
        self._lock(_LOCK_DATA | (_NO_CRC if crc is None else 0), crc or 0, self._data_done)

    def lock_slot(self, slot):
        """Lock one slot that is configured as lockable."""
        self._lock(_LOCK_SLOT | _NO_CRC | slot << 2, 0, lambda link: _slot_done(link, slot))

    def counter(self, number):
        """Value of counter 0 or 1."""
        return self._chip.do(zone_commands.counter, number)

    def increment(self, number):
        """Count one up; the new value. After a loss of power in the middle it may have jumped by more."""
        return self._chip.do(zone_commands.increment, number, self.counter(number))

    def _compare(self, config):
        found = self.read_config()
        for first, end in _WRITABLE:
            for i in range(first, end):
                if found[i] != config[i]:
                    raise Fault(_CONFIG_MISMATCH, f"byte {i} is {found[i]:02X}, not {config[i]:02X}")
        return found

    def _lock(self, mode, summary, is_done):
        if self._chip.do(is_done):
            raise Fault(_LOCKED_ALREADY)
        self._chip.do(zone_commands.lock, mode, summary, is_done)
        self._chip.do(self._chip.refresh)

    def _config_done(self, link):
        yield from self._chip.refresh(link)
        return self._chip.config_locked

    def _data_done(self, link):
        yield from self._chip.refresh(link)
        return self._chip.data_locked


def _slot_done(link, slot):
    mask = yield from commands.read(link, _CONFIG, commands.config_address(88), False)
    return not (mask[0] | mask[1] << 8) >> slot & 1


def _write_encrypted(link, slot, block, data, key, number):
    from latchkey.secure_element.encrypted import write_encrypted
    from latchkey.secure_element.policy import serial_number, write_key

    config = yield from commands.read_config(link)
    yield from write_encrypted(link, slot, block, data, write_key(config, slot), key, serial_number(config), number)


def _write_config(link, config):
    # Whether another address is taken at the next wake or at the next power-up is not documented.
    link.addresses = (link.address, config[16] >> 1)
    for first, end in _WRITABLE:
        size = 32 if end - first == 32 else 4
        for at in range(first, end, size):
            yield from zone_commands.write(link, _CONFIG, commands.config_address(at), config[at : at + size])
