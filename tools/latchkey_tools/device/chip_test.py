"""What `latchkey selftest` and `latchkey bench` do with a board's chip, by `answer` and `timing` of selftest.py. It is not changed."""

import json

from latchkey.crypto import verify as _verifying  # `verify` is selftest.py's
from latchkey.crypto.job import run

_ECDSA_SHA256 = const(0x0403)

_tested = None


def chip_is(found):
    """Who it is; `absent` says why there is none."""
    global _tested
    _tested = found
    why = found.why_not()
    print(json.dumps({"model": found.model, "absent": why}))


def chip_random():
    """32 bytes of its generator."""
    block = bytearray(32)
    _tested.source().fill(block)
    return block


def chip_signature(slot, digest):
    return _tested.wait(_tested.private_key(slot).sign(_ECDSA_SHA256, digest))


def chip_signs(slot, digest):
    """Whether the board's own arithmetic verifies what the key in a slot signs: b"\\x01" or b"\\x00"."""
    key = _tested.private_key(slot)
    return bytes((run(_verifying.verify(_ECDSA_SHA256, key.public_key, digest, chip_signature(slot, digest))),))


def chip_verifies(point, digest, signature):
    """Whether the chip says so of another's signature."""
    return bytes((_tested.wait(_tested.verifier().verify(_ECDSA_SHA256, (23, point), digest, signature)),))
