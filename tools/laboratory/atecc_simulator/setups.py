"""Chips to begin with: blank from the factory, or set up as a TLS client."""

from cryptography.hazmat.primitives.asymmetric import ec

from .memory import SLOT_SIZES, Memory

SERIAL_NUMBER = bytes.fromhex("01230a0b0c0d0e0fee")

# Factory values of a blank 508A as comments of Arduino's ECCX08 library give them.
_BLANK_SLOTS = "8320 8720 8f20 c48f 8f8f 8f8f 9f8f af8f" + " 0000" * 7 + " af8f"
_BLANK_KEYS = "3300 " * 3 + "1c00 " * 5 + "3c00 " * 7 + "1c00"

# Slot 0 and 1 identities (external signatures), 2 ephemeral ECDH, 5 PSK, 8 and 13 free, 9 and 11 public keys, 10 and 12 certificates.
_TLS_SLOTS = "8120 8120 8420 8f80 8f80 8f80 8f80 8f80" + " 0f00" * 6 + " 8f80 8f80"
_TLS_KEYS = "3300 3300 1300 1c00 1c00 3c00 1c00 1c00 3c00 3000 3c00 3000 3c00 3c00 1c00 1c00"


# Trust&GO for TLS, a 608, by its data sheet (DS40002112, detailed slot access policies): 0 identity (signs and agrees, never made anew),
# 1 internal signatures, 2 to 4 spare keys, 5 readable for ever (the EUI-48), 8 free, 10 to 12 certificates and their issuer's key. The
# rest, which has no use here, is closed.
_TRUST_AND_GO_SLOTS = "8500 8200 8520 8520 8520 0f80 8f80 8f80 0f00 8f80 0f80 0f80 0f80 8f80 8f80 8f80"
_TRUST_AND_GO_KEYS = "5300 5300 7300 7300 7300 1c00 1c00 1c00 3c00 1c00 1c00 1000 1c00 1c00 1c00 1c00"
_TRUST_AND_GO_OTP = b"x6tjuZMy"  # by which cryptoauthlib knows one


def config_zone(slots: str, keys: str, *, serial_number: bytes = SERIAL_NUMBER, address: int = 0x60) -> bytes:
    """128 bytes: `slots` and `keys` are the 16 SlotConfigs and KeyConfigs in hex, in bus order."""
    zone = bytearray(128)
    zone[0:4], zone[8:13] = serial_number[:4], serial_number[4:]
    zone[4:8] = bytes.fromhex("00005002")
    zone[14], zone[16], zone[18] = 1, address << 1, 0xAA
    zone[20:52], zone[96:128] = bytes.fromhex(slots), bytes.fromhex(keys)
    zone[52:68] = bytes.fromhex("ffffffff00000000") * 2
    zone[68:84] = b"\xff" * 16
    zone[86:90] = b"\x55\x55\xff\xff"
    return bytes(zone)


def blank(serial_number: bytes = SERIAL_NUMBER) -> Memory:
    """As from the factory: nothing locked."""
    return Memory(config_zone(_BLANK_SLOTS, _BLANK_KEYS, serial_number=serial_number))


def tls_client(serial_number: bytes = SERIAL_NUMBER, *, protect_ecdh: bool = False, lock_data: bool = True, keys: bool = True) -> Memory:
    """Provisioned as a TLS client: both zones locked, identities in slots 0 and 1, an ECDH key in 2.

    protect_ecdh  the ECDH secret goes to slot 3, read encrypted under slot 4 (32 bytes 0x04 here)
    lock_data     False stops before the data zone is locked
    keys          False leaves the private slots empty, as before GenKey
    """
    slots, key_configs = _TLS_SLOTS, _TLS_KEYS
    if protect_ecdh:
        slots = slots.replace("8420 8f80", "8c20 c480", 1)
    return provisioned(config_zone(slots, key_configs, serial_number=serial_number), lock_data=lock_data, keys=keys)


def trust_and_go(serial_number: bytes = SERIAL_NUMBER, eui48: bytes = b"0004A3123456") -> Memory:
    """Trust&GO for TLS as delivered, at 0x35 (0x6A on its label), but for its certificates: they are somebody's to sign."""
    config = bytearray(config_zone(_TRUST_AND_GO_SLOTS, _TRUST_AND_GO_KEYS, serial_number=serial_number, address=0x35))
    config[19] = 1  # ChipMode: byte 85 is the address once it is not 0
    memory = provisioned(bytes(config))
    memory.otp[:8] = _TRUST_AND_GO_OTP
    memory.slots[5][:] = eui48.ljust(len(memory.slots[5]), b"\0")
    return memory


def configured(slots: str = _TLS_SLOTS, keys: str = _TLS_KEYS, **options: bool) -> Memory:
    """One that somebody has locked to these policies; zeros in its data slots, a key in its private ones."""
    memory = provisioned(config_zone(slots, keys), **options)
    for slot in range(16):
        if not memory.config[96 + 2 * slot] & 1:
            memory.slots[slot][:] = bytes(len(memory.slots[slot]))
    return memory


def provisioned(config: bytes, *, lock_data: bool = True, keys: bool = True) -> Memory:
    """A chip with this configuration zone, locked. Symmetric slots hold their number 32 times, private slots a new key, the rest 0."""
    contents = [bytes([slot]) * 32 if slot < 8 else b"" for slot in range(16)]
    memory = Memory(config, slots=[content.ljust(size, b"\0") for content, size in zip(contents, SLOT_SIZES, strict=True)])
    memory.config[87] = 0
    if lock_data:
        memory.config[86] = 0
    if keys:
        for slot in range(16):
            if memory.config[96 + 2 * slot] & 1:
                set_private_key(memory, slot, ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value)
    return memory


def set_private_key(memory: Memory, slot: int, scalar: int) -> None:
    """Put a private key in a slot behind the chip's back."""
    memory.slots[slot][:36] = scalar.to_bytes(36, "big")


def private_value(memory: Memory, slot: int) -> int:
    """The private key of a slot, behind the chip's back: for tests that look where it must not be."""
    return int.from_bytes(memory.slots[slot][:36], "big")
