"""X25519 (RFC 7748). Scalars, points and secrets are 32 bytes, little-endian.

A ladder does the same for every bit. A key agreement costs more than P-256's, whose kernels are specialised and whose base point has
a table: 2.3 times as much on Cortex-M4 and M7, 4 times with viper, which has no kernel for this prime and leaves it to plain integers.
So TLS offers it after P-256, and before P-384; whoever wants it not at all leaves this module out. Jobs: see crypto/job.py.
"""

from latchkey.crypto.field import machine
from latchkey.crypto.field.ladder import PROGRAMS
from latchkey.crypto.util import wipe
from latchkey.errors import Fault

_POINT_NOT_ON_CURVE = const(600)
_SHARED_SECRET_ZERO = const(603)

_P = b"\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xed"
_BASE = b"\x09" + bytes(31)

# Slots and entries: tools/build/field/x25519.prog
_A24 = const(3)
_P0 = const(10)
_U = const(14)
_SCALAR = const(15)
_SLOTS = const(32)
_LADDER_START = const(0)
_LADDER = const(7)
_INVERTED = const(46)
_LADDER_END = const(48)
# Written by tools/build/field: x^(p - 2)
_INVERT_P = (
    b"\x21\x00\x24\x01\x24\x02\x24\x03\x24\x04\x24\x05\x24\x06\x24\x07\x27\x07\x29\x04\x2b\x07\x25\x08\x27\x08\x29\x08\x2b\x08\x25\x09"
    b"\x27\x09\x29\x10\x2b\x09\x25\x0a\x27\x0a\x29\x20\x2b\x0a\x25\x0b\x27\x0b\x29\x20\x29\x20\x2b\x0b\x25\x0c\x27\x0c\x29\x20\x29\x20"
    b"\x2b\x0b\x29\x20\x2b\x0a\x29\x10\x2b\x09\x29\x08\x2b\x08\x29\x04\x2b\x06\x29\x03\x2b\x01"
)

FIELD = ("25519", _P, b"\x7c\x60\x3d\xbb\xa6\x8e\x9b\xa5", _INVERT_P)


def generate(random):
    """Job: a fresh key pair `(scalar, point)`. Its user wipes the scalar, a bytearray. `random` has `fill(buf)`."""
    scalar = bytearray(32)
    random.fill(scalar)
    try:
        return scalar, bytes((yield from _multiply(scalar, _BASE)))
    except BaseException:
        wipe(scalar)
        raise


def shared(scalar, point):
    """Job: X25519 of scalar and a peer's point, 32 bytes that the user wipes. Every 32 bytes are a point (RFC 7748 section 5).

    Fault(SHARED_SECRET_ZERO) if the result is zero, as for the points of small order; Fault(POINT_NOT_ON_CURVE) for another length.
    """
    if len(point) != 32:
        raise Fault(_POINT_NOT_ON_CURVE)
    secret = yield from _multiply(scalar, point)
    some = 0
    for byte in secret:
        some |= byte
    if some == 0:
        raise Fault(_SHARED_SECRET_ZERO)
    return secret


def _multiply(scalar, point):
    kernel = machine.open(FIELD, _SLOTS)
    swaps = _swaps(scalar)
    try:
        u = int.from_bytes(point, "little") & (1 << 255) - 1
        kernel.load(_U, (u % int.from_bytes(_P, "big")).to_bytes(32, "big"))
        kernel.load(_A24, (121665).to_bytes(32, "big"))
        kernel.load(_SCALAR, swaps)
        kernel.run(PROGRAMS, bytes((_LADDER_START, 0)), 0, 2)
        yield from machine.run(kernel, PROGRAMS, bytes((_LADDER, 0)) * 51, 10, 5)
        kernel.run(PROGRAMS, bytes((_INVERTED, 0)), 0, 2)
        yield from machine.run(kernel, PROGRAMS, _INVERT_P, 32)
        kernel.run(PROGRAMS, bytes((_LADDER_END, 0)), 0, 2)
        result = kernel.store(_P0)
    finally:
        wipe(swaps)
        kernel.wipe()
    for i in range(16):
        result[i], result[31 - i] = result[31 - i], result[i]
    return result


def _swaps(scalar):
    """For each bit of the clamped scalar from 254 on, 0 where it differs from the bit before, as 32 bytes from the highest on.

    Two swaps in a row are none, so p and q stay swapped while bits stay 1; the lowest bits are 0, which leaves them in order at the end.
    """
    swaps = bytearray(32)
    above = 0
    for i in range(31, -1, -1):
        byte = scalar[i]
        if i == 31:
            byte = byte & 127 | 64
        elif i == 0:
            byte &= 248
        swaps[31 - i] = byte ^ (above << 7 | byte >> 1)
        above = byte & 1
    carry = 0
    for i in range(31, -1, -1):  # bit 254 to the top, and all inverted: the machine's sign of a digit is minus for 0
        byte = swaps[i] ^ 255
        swaps[i] = (byte << 1 | carry) & 255
        carry = byte >> 7
    return swaps
