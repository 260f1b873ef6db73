"""Commands that a TLS client needs, each a job over a `Link`: parameters, lengths and times of the ATECC508A (datasheet section 9).

They are steps of a sequence: run them through `chip.session`, which holds the chip and begins a sequence anew when it is interrupted. What
they return is a copy. Times are typical and maximum ms, the larger maximum of the datasheet and cryptoauthlib.
"""

from latchkey.errors import Fault

_CHIP_REFUSED = const(805)
_SLOT_POLICY = const(813)
_NO_KEY = const(821)

_CONFIG = const(0)
_DATA = const(2)
_BLOCK = const(0x80)  # P1: 32 bytes, not 4


def checked_slot(slot, first=0):
    """`slot`, a number from `first` to 15; TypeError or ValueError for anything else."""
    if not isinstance(slot, int):
        raise TypeError("a slot is a number")
    if not first <= slot <= 15:
        raise ValueError(f"slot {slot}: it is one of {first} to 15 here")
    return slot


def slot_size(slot):
    """Bytes of a slot (2.1)."""
    return 36 if slot < 8 else 416 if slot == 8 else 72


def info(link, mode=0, slot=0):
    """Info (9.9): 0 revision, 1 key valid, 2 state; 4 bytes."""
    return bytes((yield from link.execute(0x30, mode, slot, (), 4, 0, 2)))


def random(link, buf, start=0):
    """Random (9.15): 32 bytes into `buf[start:]`. The EEPROM seed is updated once after power-up."""
    buf[start : start + 32] = yield from link.execute(0x1B, 0, 0, (), 32, 1, 23)


def read(link, zone, address, block):
    """Read (9.16): 32 bytes if `block`, else 4; `address` as 9.1.4 has it (see `config_address`, `slot_address`)."""
    return bytes((yield from link.execute(0x02, zone | (_BLOCK if block else 0), address, (), 32 if block else 4, 0, 5)))


def config_address(byte):
    """Word address of a byte of the configuration or OTP zone."""
    return byte // 32 << 3 | byte % 32 // 4


def slot_address(slot, block, word=0):
    """Word address in the data zone."""
    return block << 8 | slot << 3 | word


def read_config(link):
    """The 128 bytes of the configuration zone."""
    config = bytearray(128)
    for at in range(0, 128, 32):
        config[at : at + 32] = yield from read(link, _CONFIG, config_address(at), True)
    return config


def read_slot(link, slot, start, length):
    """`length` bytes of a clear slot from `start`, by blocks of 32."""
    out = bytearray()
    for block in range(start // 32, (start + length + 31) // 32):
        out += yield from read(link, _DATA, slot_address(slot, block), True)
    first = start % 32
    return out[first : first + length]


def nonce_load(link, digest, mode=3):
    """Nonce pass-through (9.12, mode 3): 32 bytes into TempKey; `mode` 0x43: into a 608's Message Digest Buffer."""
    yield from link.execute(0x16, mode, 0, (digest,), 1, 0, 29)


def nonce_random(link, number):
    """Nonce (mode 0) with 20 bytes of ours: the chip's 32 random bytes. TempKey = SHA-256(they || `number` || 16 00 00)."""
    return bytes((yield from link.execute(0x16, 0, 0, (number,), 32, 0, 29)))


def update_seed(link):
    """Random, unless the generator has updated its seed since it last had no power or slept (Info 9.9, state: bits 1 and 0 of byte 1).

    GenKey to a slot, Random and Nonce do so by themselves (9.7, 9.12, 9.15). Sign does not say so, and a number that came twice would give
    the key away; of a key in TempKey nothing is public. Microchip's library sends Random before each Sign.
    """
    if (yield from info(link, 2))[1] & 3 != 3:
        yield from link.execute(0x1B, 0, 0, (), 32, 1, 23)


def sign(link, slot, digest):
    """Nonce and Sign external (9.18): R || S, 64 bytes.

    Through a 608's Message Digest Buffer, as Microchip's library does it: its datasheet is not public, and whether a key with ReqRandom, as
    Trust&GO's identity is one, signs what came into TempKey from outside is not known.
    """
    yield from update_seed(link)
    yield from nonce_load(link, digest, 0x43 if link.is_608 else 3)
    return bytes((yield from link.execute(0x41, 0xA0 if link.is_608 else 0x80, slot, (), 64, 42, 60)))


def public_key(link, slot):
    """GenKey public (9.7): X || Y of the private key in `slot`."""
    return bytes((yield from link.execute(0x40, 0x00, slot, (), 64, 11, 115)))


def generate_key(link, slot):
    """GenKey create: a new private key in `slot` (an EEPROM write; 0xFFFF: TempKey of a 608), X || Y."""
    return bytes((yield from link.execute(0x40, 0x04, slot, (), 64, 11, 115)))


def ecdh(link, slot, point, secret, mode=0):
    """ECDH (9.5): the x-coordinate into `secret`. `point` is X || Y; `mode` 0x0D: the key in a 608's TempKey, output in clear."""
    secret[:] = yield from link.execute(0x43, mode, slot, (point,), 32, 38, 80)


def ecdh_to_slot(link, slot, point):
    """ECDH of a slot configured to put the secret into slot + 1 (ReadKey bit 3)."""
    yield from link.execute(0x43, 0, slot, (point,), 1, 38, 80)


def verify_external(link, digest, signature, point):
    """Nonce and Verify external (9.20) on P-256 (P2 = 4): True if `signature` (R || S) is the key's (`point` is X || Y)."""
    yield from nonce_load(link, digest)
    return (yield from link.execute(0x45, 2, 4, (signature, point), 1, 38, 72))[0] == 0


def verify_stored(link, digest, signature, slot):
    """The same with the public key in `slot` (8 to 15)."""
    yield from nonce_load(link, digest)
    return (yield from link.execute(0x45, 0, slot, (signature,), 1, 38, 72))[0] == 0


def has_key(link, slot):
    """Info (9.9): whether there is a valid private key in `slot`."""
    return (yield from info(link, 1, slot))[0] & 1 == 1


def ask_public_key(link, slot):
    """`public_key`, with the reason of a refusal."""
    return explained(link, slot, "public", public_key, slot)


def ask_signature(link, slot, digest):
    """`sign`, with the reason of a refusal."""
    return explained(link, slot, "sign", sign, slot, digest)


def explained(link, slot, use, sequence, *args):
    """A sequence on `slot`; a refusal becomes the reason that there is (`use` as in `configuration.why_refused`)."""
    try:
        return (yield from sequence(link, *args))
    except Fault as fault:
        if fault.cause != _CHIP_REFUSED:
            raise
        from latchkey.secure_element.configuration import why_refused

        reason = why_refused((yield from read_config(link)), slot, use)
        if reason:
            raise Fault(_SLOT_POLICY if use in ("sign", "public") else _CHIP_REFUSED, f"slot {slot}: {reason}")
        if use in ("sign", "public") and not (yield from has_key(link, slot)):
            raise Fault(_NO_KEY, slot)
        raise
