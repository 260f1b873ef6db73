"""The server's side of a pre-shared key out of a chip's slot (firmware/latchkey/secure_element/pre_shared_key.py).

>>> derive(bytes([5]) * 32, 5, "0123" + "00" * 7 + "." + "11" * 32).hex()
'e9c6a761e1f89305c922e093f0ae3a8fad2e810297177d6f88b8fa02b667f266'

A server calls `derive(key, slot, identity, hint)` for each identity that comes, with the hint that it sent. It keeps the numbers, the
part behind the point, and takes none a second time: a key that was once on a chip's wires is then worth nothing to who listened there.
"""

import hashlib
import re

_IDENTITY = re.compile(r"([0-9a-f]{18})\.([0-9a-f]{64})")


def derive(key: bytes, slot: int, identity: str, hint: str = "") -> bytes:
    """The 32 bytes that the chip of this identity made. `key`: the 32 bytes in its `slot`. ValueError for what can't be one.

    It is the chip's MAC (datasheet 8885, section 8.5.8): SHA-256 over the slot's key, the challenge, command, mode, slot, zeros in the
    place of OTP bytes, and the serial number. The challenge is SHA-256 over the number and the hint.
    """
    found = _IDENTITY.fullmatch(identity)
    if not found:
        raise ValueError(f"{identity!r} is no identity of a chip: 18 digits of hex, a point, 64 digits")
    if len(key) != 32:
        raise ValueError(f"the slot's key has {len(key)} bytes, and has to have 32")
    serial, number = (bytes.fromhex(part) for part in found.groups())
    challenge = hashlib.sha256(number + hint.encode()).digest()
    command = bytes([0x08, 0x40, slot, 0])
    return hashlib.sha256(key + challenge + command + bytes(11) + serial[8:] + serial[4:8] + serial[:4]).digest()
