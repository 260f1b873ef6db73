"""What the configuration zone says about a slot: SlotConfig and KeyConfig (Tables 2-6 to 2-12) as names."""

from dataclasses import dataclass
from enum import Enum

from .memory import Memory

KEY_TYPE_P256 = 4
PUBLIC_VALID, PUBLIC_INVALID = 0x50, 0xA0  # top nibble of byte 0 of a public key with PubInfo


class WritePolicy(Enum):
    """WriteConfig as the Write command reads it, once the data zone is locked."""

    ALWAYS = "always, clear"
    PUB_INVALID = "clear, unless the public key is validated"
    NEVER = "never"
    ENCRYPTED = "encrypted, with MAC"


@dataclass(frozen=True)
class Policy:
    """The rules of one slot."""

    slot: int
    slot_config: int
    key_config: int
    unlocked: bool

    @classmethod
    def of(cls, memory: Memory, slot: int) -> "Policy":
        slot_config = int.from_bytes(memory.config[20 + 2 * slot : 22 + 2 * slot], "little")
        key_config = int.from_bytes(memory.config[96 + 2 * slot : 98 + 2 * slot], "little")
        return cls(slot, slot_config, key_config, memory.slot_unlocked(slot))

    # SlotConfig
    @property
    def read_key(self) -> int:
        return self.slot_config & 15

    @property
    def no_mac(self) -> bool:
        return bool(self.slot_config & 0x10)

    @property
    def limited_use(self) -> bool:
        return bool(self.slot_config & 0x20)

    @property
    def encrypt_read(self) -> bool:
        return bool(self.slot_config & 0x40)

    @property
    def is_secret(self) -> bool:
        return bool(self.slot_config & 0x80)

    @property
    def write_key(self) -> int:
        return self.slot_config >> 8 & 15

    @property
    def write_config(self) -> int:
        return self.slot_config >> 12

    @property
    def write_policy(self) -> WritePolicy:
        if self.write_config & 4:
            return WritePolicy.ENCRYPTED
        if self.write_config & 10:
            return WritePolicy.NEVER
        return WritePolicy.PUB_INVALID if self.write_config & 1 else WritePolicy.ALWAYS

    @property
    def key_made_inside(self) -> bool:
        """GenKey(create) of a private slot, DeriveKey of others."""
        return bool(self.write_config & 2)

    @property
    def derive_from_parent(self) -> bool:
        return bool(self.write_config & 1)

    @property
    def derive_needs_mac(self) -> bool:
        return bool(self.write_config & 8)

    @property
    def priv_write(self) -> bool:
        return bool(self.write_config & 4)

    # ReadKey of a private key
    @property
    def signs_external(self) -> bool:
        return bool(self.read_key & 1)

    @property
    def signs_internal(self) -> bool:
        return bool(self.read_key & 2)

    @property
    def agrees(self) -> bool:
        return bool(self.read_key & 4)

    @property
    def secret_to_next_slot(self) -> bool:
        return bool(self.read_key & 8)

    # KeyConfig
    @property
    def private(self) -> bool:
        return bool(self.key_config & 1)

    @property
    def pub_info(self) -> bool:
        return bool(self.key_config & 2)

    @property
    def key_type(self) -> int:
        return self.key_config >> 2 & 7

    @property
    def lockable(self) -> bool:
        return bool(self.key_config & 0x20)

    @property
    def req_random(self) -> bool:
        return bool(self.key_config & 0x40)

    @property
    def req_auth(self) -> bool:
        return bool(self.key_config & 0x80)

    @property
    def auth_key(self) -> int:
        return self.key_config >> 8 & 15

    @property
    def x509_id(self) -> int:
        return self.key_config >> 14

    @property
    def ecc_private(self) -> bool:
        return self.private and self.is_secret and self.key_type == KEY_TYPE_P256

    @property
    def ecc_public(self) -> bool:
        return not self.private and self.key_type == KEY_TYPE_P256 and self.slot >= 8


def private_slots(memory: Memory) -> set[int]:
    """Slots that hold ECC private keys: barred from Read and Write, left out of the summary of Lock(data)."""
    return {slot for slot in range(16) if Policy.of(memory, slot).private}
