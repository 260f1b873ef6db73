"""What a product's chips are to be: a TOML file, the configuration that it makes of a chip's own bytes, and that configuration in words.

    name = "pump"
    subject = "CN=pump {serial},O=Plant"     # {serial}: the chip's serial number, 18 hexadecimal digits
    key_slot = 0
    certificate = "compressed"               # 72 bytes in certificate_slot, its issuer's key in issuer_slot; or "der", whole, in slot 8
    certificate_slot = 10
    issuer_slot = 11
    years = 20                               # 0: without an end
    address = 0x60                           # left as it is without this
    layout = "sparkfun"                      # what a vendor's library makes of a chip, in the place of slots, keys and their numbers
    slots = "81 20 ..."                      # 16 SlotConfigs and 16 KeyConfigs, 32 bytes each, in the datasheet's order;
    keys = "33 00 ..."                       # without them a TLS client's: identities in 0 and 1, data in 8, certificates in 10 to 12

The rules of what would end a chip are the firmware's (secure_element/configuration.py).
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from .output import Wrong
from .sources import Later

configuration = Later("latchkey.secure_element.configuration")
policy = Later("latchkey.secure_element.policy")

# Identities in 0 and 1, which sign and can be made anew; an ephemeral key in 2; data in 8; certificates and their issuer's key, readable
# and writable, in 9 to 13. What has no use is closed.
_SLOTS = "8120 8120 8420 8f80 8f80 8f80 8f80 8f80 0f00 0f00 0f00 0f00 0f00 0f00 8f80 8f80"
_KEYS = "3300 3300 1300 1c00 1c00 1c00 1c00 1c00 3c00 3000 3c00 3000 3c00 3c00 1c00 1c00"
_DER_SLOT = 8
_LAST_SLOT = 15

# What vendors' libraries make of a chip, by their published tables. Such a chip may come locked: then the slots that are used have to do
# what they are used for, and nothing is asked of the others. The first two leave a chip's factory settings in what they do not use.
_FACTORY = "8f20 c48f 8f8f 8f8f 9f8f af8f 0000 0000 0000 0000 0000 0000 0000 af8f"
LAYOUTS: dict[str, dict[str, Any]] = {
    "sparkfun": {
        "slots": f"8320 8320 {_FACTORY}",
        "keys": "3300 3300 3300 1c00 1c00 1c00 1c00 1c00 3c00 3c00 3c00 3c00 3c00 3c00 3c00 1c00",
    },
    "arduino": {
        "slots": "8320 8720 8720 872f 872f 8f8f 9f8f af8f 0000 0000 0000 0000 0000 0000 0000 af8f",
        "keys": "3300 3300 3300 3300 3300 1c00 1c00 1c00 3c00 3c00 3c00 3c00 3c00 3c00 3c00 1c00",
    },
    "nerveskey": {  # its own certificate is in 10 to 12, for good; these are its auxiliary slots
        "slots": "8720 0f0f 0f0f 0f0f 0f0f 0f0f 0f0f 0f0f 0f0f 0f0f 0f2f 0f2f 0f2f 0f2f 0f0f 0f0f",
        "keys": "3300 1c00 1c00 1c00 1c00 1c00 1c00 1c00 3c00 3c00 3c00 3000 3c00 3c00 3c00 3c00",
        "certificate_slot": 9,
        "issuer_slot": 14,
    },
}

# What else of the 128 bytes is worth a line: first byte, end, what it is (datasheet table 2-5).
_FIELDS = (
    (0, 4, "serial number, its first half: the chip's own, never written"),
    (4, 8, "revision: the chip's own"),
    (8, 13, "serial number, its second half: the chip's own"),
    (13, 16, "the chip's own; byte 14 says that it speaks I2C"),
    (16, 17, "I2C address, twice"),
    (17, 18, "reserved"),
    (18, 19, "OTP mode: AA read only"),
    (19, 20, "ChipMode: levels of the bus, watchdog"),
    (52, 60, "counter 0, which limited use of keys counts in"),
    (60, 68, "counter 1"),
    (68, 84, "uses that are left of the key in slot 15"),
    (84, 86, "UserExtra and Selector"),
    (86, 87, "lock of the data and OTP zones: 55 open, 00 locked"),
    (87, 88, "lock of the configuration zone: 55 open, 00 locked"),
    (88, 90, "slots not locked by themselves: FF FF all of them"),
    (90, 92, "reserved"),
    (92, 96, "formats of X.509"),
)


@dataclass(frozen=True)
class Product:
    name: str = "device"
    subject: str = "CN={serial}"
    key_slot: int = 0
    certificate: str = "compressed"
    certificate_slot: int = 10
    issuer_slot: int = 11
    years: int = 20
    address: int | None = None
    layout: str = ""
    slots: str = _SLOTS
    keys: str = _KEYS

    def __post_init__(self) -> None:
        if self.certificate not in ("compressed", "der"):
            raise Wrong('certificate: "compressed" or "der"')
        for what in ("key_slot", "certificate_slot", "issuer_slot"):
            slot = getattr(self, what)
            if not 0 <= slot <= _LAST_SLOT or (what != "key_slot" and slot < _DER_SLOT):
                raise Wrong(f"{what}: {slot} is none; a key is in 0 to 15, a certificate in 8 to 15")
        if not 0 <= self.years <= 127:
            raise Wrong("years: 0 (without an end) to 127")
        try:
            self.subject.format(serial="", name="")
        except (KeyError, IndexError, ValueError):
            raise Wrong(f"subject: {self.subject!r} has another place than {{serial}} and {{name}}") from None
        self.policies()

    @property
    def used(self) -> tuple[int, ...]:
        """The slots that a certificate takes, and its key's."""
        return (self.key_slot, self.data_slot, *(() if self.certificate == "der" else (self.issuer_slot,)))

    @property
    def data_slot(self) -> int:
        """Where the certificate goes."""
        return _DER_SLOT if self.certificate == "der" else self.certificate_slot

    def policies(self) -> tuple[bytes, bytes]:
        """SlotConfigs and KeyConfigs."""
        try:
            slots, keys = bytes.fromhex(self.slots), bytes.fromhex(self.keys)
        except ValueError:
            raise Wrong("slots, keys: hexadecimal digits") from None
        if (len(slots), len(keys)) != (32, 32):
            raise Wrong(f"slots, keys: 32 bytes each, not {len(slots)} and {len(keys)}")
        return slots, keys

    def configured(self, own: bytes) -> bytes:
        """The 128 bytes that a chip is to have: its own, but for what the product says. Wrong where they would end it."""
        config = bytearray(own)
        if not (self.layout and configuration.config_locked(own)):
            config[20:52], config[96:128] = self.policies()
        if self.address is not None:
            if not 0 <= self.address <= 0x7F:
                raise Wrong(f"address: {self.address:#04x} is none; 7 bits, 0x08 to 0x77")
            config[16] = self.address << 1
        self._refuse(bytes(config), own)
        return bytes(config)

    def _refuse(self, config: bytes, own: bytes) -> None:
        danger = configuration.danger(config, ())
        if danger and not configuration.config_locked(own):
            raise Wrong(f"this configuration would end the chip: {danger[1]}")
        reason = configuration.why_no_key(config, self.key_slot)
        if reason or not configuration.slot_config(config, self.key_slot) & 1:
            raise Wrong(f"slot {self.key_slot} gets no key that signs: {reason or 'SlotConfig ReadKey bit 0 is 0'}")
        if not configuration.key_config(config, self.key_slot) & 2:
            raise Wrong(f"slot {self.key_slot}: its public key could never be read (KeyConfig PubInfo)")
        for slot in self.used[1:]:
            may = configuration.slot_config(config, slot)
            if configuration.is_private(config, slot) or may >> 6 & 3:
                raise Wrong(f"slot {slot} is for the certificate, and could not be read: {policy.describe_slot(config, slot)}")

    def differences(self, own: bytes) -> list[str]:
        """What a locked chip has otherwise, in words."""
        slots, keys = (own[20:52], own[96:128]) if self.layout else self.policies()
        wanted = own[:20] + slots + own[52:96] + keys
        found = []
        for slot in range(16):
            is_same = all(read(own, slot) == read(wanted, slot) for read in (configuration.slot_config, configuration.key_config))
            if not is_same:
                there, here = (policy.describe_slot(config, slot) for config in (own, wanted))
                found.append(f"slot {slot} is {_pair(own, slot)} ({there}), not {_pair(wanted, slot)} ({here})")
        if self.address is not None and own[16] != self.address << 1:
            found.append(f"its address is {own[16] >> 1:#04x}, not {self.address:#04x}")
        return found


def load(path: Path | None, changes: dict[str, Any]) -> Product:
    """A product's file, or a layout's name, with what the command line says otherwise."""
    told: dict[str, Any] = {}
    if path and str(path) in LAYOUTS:
        told = {"layout": str(path)}
    elif path:
        try:
            told = tomllib.loads(path.read_text())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as reason:
            raise Wrong(f"{path}: {reason}") from None
    kinds = {field.name: type(field.default) for field in fields(Product)} | {"address": int}
    for name, value in told.items():
        if name not in kinds:
            raise Wrong(f"{path}: {name}: a product has {', '.join(kinds)}")
        if type(value) is not kinds[name]:
            raise Wrong(f"{path}: {name}: {kinds[name].__name__} is expected")
    layout = told.get("layout", "")
    if layout and layout not in LAYOUTS:
        raise Wrong(f"{path}: layout: {layout!r} is none; there are {', '.join(LAYOUTS)}")
    try:
        return Product(**{**LAYOUTS.get(layout, {}), **told, **{name: value for name, value in changes.items() if value is not None}})
    except Wrong as reason:
        raise Wrong(f"{path}: {reason}") if path else reason from None


def table(own: bytes, wanted: bytes) -> Iterator[tuple[str, str, str]]:
    """The 128 bytes in words, in their order: where, which (with what they were, where they change), what that means."""
    slots = [(20 + 2 * slot, _slot_row(own, wanted, slot)) for slot in range(16)]
    others = [(first, (_place(first, end), _change(own[first:end], wanted[first:end]), what)) for first, end, what in _FIELDS]
    for _, row in sorted([*slots, *others]):
        yield row


def warnings(wanted: bytes) -> list[str]:
    """What is dangerous about a chip once it is locked like this."""
    return list(policy.warnings(wanted[:86] + bytes(2) + wanted[88:]))


def _slot_row(own: bytes, wanted: bytes, slot: int) -> tuple[str, str, str]:
    first, second = 20 + 2 * slot, 96 + 2 * slot
    places = f"{_place(first, first + 2)}, {_place(second, second + 2)}"
    halves = [_change(own[at : at + 2], wanted[at : at + 2]) for at in (first, second)]
    return places, ", ".join(halves), f"slot {slot}: {policy.describe_slot(wanted, slot)}"


def _place(first: int, end: int) -> str:
    return f"{first}" if end - first == 1 else f"{first}-{end - 1}"


def _change(old: bytes, new: bytes) -> str:
    return _digits(new) if old == new else f"{_digits(old)} -> {_digits(new)}"


def _digits(data: bytes) -> str:
    return data.hex(" ").upper()


def _pair(config: bytes, slot: int) -> str:
    return f"{_digits(config[20 + 2 * slot : 22 + 2 * slot])}, {_digits(config[96 + 2 * slot : 98 + 2 * slot])}"
