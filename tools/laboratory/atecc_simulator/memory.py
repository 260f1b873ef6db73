"""The EEPROM: zones, their layout, and the bytes of the configuration zone that mean something to everyone."""

from collections import Counter as Tally
from struct import pack, unpack

SLOT_SIZES = [36] * 8 + [416] + [72] * 7
CONFIG, OTP, DATA = 0, 1, 2
ZONE_SIZES = {CONFIG: 128, OTP: 64}
COUNTER_MAXIMUM = 2_097_151

_UNLOCKED = 0x55
_OTP_CONSUMPTION = 0x55


class Memory:
    """One chip's EEPROM image: `config`, `otp`, `slots` are bytearrays that are never resized; `wear` counts writes per place."""

    def __init__(self, config: bytes, otp: bytes = b"\xff" * 64, slots: list[bytes] | None = None) -> None:
        if len(config) != 128 or len(otp) != 64:
            raise ValueError("the configuration zone has 128 bytes, OTP has 64")
        self.config = bytearray(config)
        self.otp = bytearray(otp)
        # Factory contents of slots are not specified; all ones is what erased EEPROM reads.
        self.slots = [bytearray(slot) for slot in slots] if slots else [bytearray(b"\xff" * size) for size in SLOT_SIZES]
        if [len(slot) for slot in self.slots] != SLOT_SIZES:
            raise ValueError(f"slots have sizes {SLOT_SIZES}")
        self.wear: Tally[str] = Tally()

    def copy(self) -> "Memory":
        twin = Memory(bytes(self.config), bytes(self.otp), [bytes(slot) for slot in self.slots])
        twin.wear = self.wear.copy()
        return twin

    def put(self, area: bytearray, start: int, data: bytes, place: str) -> None:
        """Write `data` into one of the areas; `place` names it in `wear`."""
        area[start : start + len(data)] = data
        self.wear[place] += 1

    @property
    def serial_number(self) -> bytes:
        """SN0..SN8."""
        return bytes(self.config[0:4] + self.config[8:13])

    @property
    def serial_frame(self) -> bytes:
        """SN8 and SN0-1, the part of the serial number in nearly every hashed message."""
        return bytes([self.config[12]]) + bytes(self.config[0:2])

    @property
    def i2c_address(self) -> int:
        """7-bit address; byte 16 has the 8-bit form."""
        return self.config[16] >> 1

    @property
    def config_locked(self) -> bool:
        return self.config[87] != _UNLOCKED

    @property
    def data_locked(self) -> bool:
        return self.config[86] != _UNLOCKED

    @property
    def otp_consumption(self) -> bool:
        return self.config[18] == _OTP_CONSUMPTION

    @property
    def long_watchdog(self) -> bool:
        return bool(self.config[19] & 4)

    def slot_unlocked(self, slot: int) -> bool:
        """SlotLocked bit of `slot`: a set bit means not locked."""
        return bool(int.from_bytes(self.config[88:90], "little") >> slot & 1)

    def lock_slot(self, slot: int) -> None:
        mask = int.from_bytes(self.config[88:90], "little") & ~(1 << slot)
        self.put(self.config, 88, mask.to_bytes(2, "little"), "config")

    def counter(self, index: int) -> int:
        """Value of monotonic counter 0 or 1.

        Two half counters take turns, 16 counts each; a half counts in the cleared bits of 16 linear ones, and a full round in a binary
        number: linear A, linear B, binary A, binary B, 2 bytes each, big-endian. (The datasheet shows the zero value and the maximum;
        cryptoauthlib writes counters so.)
        """
        linear_a, linear_b, binary_a, binary_b = unpack(">4H", self.config[52 + 8 * index : 60 + 8 * index])
        return 16 * (binary_a + binary_b) + 32 - linear_a.bit_count() - linear_b.bit_count()

    def set_counter(self, index: int, value: int) -> None:
        rounds_a, counts_a = divmod(value, 32)
        rounds_b, counts_b = divmod(value - 16, 32) if value >= 16 else (0, 0)
        halves = pack(">4H", 0xFFFF >> counts_a, 0xFFFF >> counts_b, rounds_a, rounds_b)
        self.put(self.config, 52 + 8 * index, halves, f"counter {index}")

    def uses_left(self) -> int:
        """Uses left of slot 15 when it is a limited-use key: the ones in LastKeyUse."""
        return int.from_bytes(self.config[68:84], "big").bit_count()

    def spend_use(self) -> None:
        """Clear the next bit of LastKeyUse, from bit 7 of byte 68 on."""
        uses = int.from_bytes(self.config[68:84], "big")
        self.put(self.config, 68, (uses & ~(1 << uses.bit_length() - 1)).to_bytes(16, "big"), "config")

    def summary(self, private_slots: set[int]) -> bytes:
        """What Lock(data) takes its CRC over: every slot but the private keys, then OTP."""
        return b"".join(bytes(slot) for n, slot in enumerate(self.slots) if n not in private_slots) + bytes(self.otp)
