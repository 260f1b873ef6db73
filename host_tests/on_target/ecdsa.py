"""Signing and verifying: `latchkey.crypto.ecdsa`. Encodings are in ecdsa_encoding.py, big sets of vectors in test_curve_vectors.py."""

from hashlib import sha256

from latchkey.crypto import ecdsa, ecdsa_sign, p256, weierstrass
from latchkey.crypto.job import run
from latchkey.errors import Fault

PUBLIC_KEY_INVALID = 601
KEY = bytes.fromhex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")  # RFC 6979 A.2.5
POINT = bytes.fromhex(
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
SAMPLE = sha256(b"sample").digest()
SIGNATURE = bytes.fromhex(
    "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
)


class _Random:
    def __init__(self, byte):
        self.byte = byte
        self.asked = 0

    def fill(self, buf):
        self.asked += len(buf)
        buf[:] = bytes([self.byte]) * len(buf)


def the_public_key_of_the_rfcs_private_key_is_right():
    assert run(p256.public(KEY)) == POINT


def without_additional_input_the_signature_is_the_rfcs():
    assert run(ecdsa_sign.sign_with(23, KEY, SAMPLE, b"")) == SIGNATURE
    assert run(ecdsa.verify((23, POINT), SAMPLE, SIGNATURE)) is True


def additional_input_changes_the_nonce_and_the_signature_verifies():
    signatures = [run(ecdsa_sign.sign(23, KEY, SAMPLE, _Random(byte))) for byte in (0, 1)]
    assert signatures[0] != signatures[1] and SIGNATURE not in signatures
    for signature in signatures:
        assert run(ecdsa.verify((23, POINT), SAMPLE, signature)) is True


def signing_asks_for_32_bytes_of_randomness_and_fails_without():
    random = _Random(7)
    run(ecdsa_sign.sign(23, KEY, SAMPLE, random))
    assert random.asked >= 32

    class Broken:
        def fill(self, buf):
            raise OSError("no randomness")

    try:
        run(ecdsa_sign.sign(23, KEY, SAMPLE, Broken()))
    except OSError:
        return
    raise AssertionError("signed without randomness")


def _signed_after(x, digest):
    """The signature whose first nonce gave a point of this x, and the nonces that were multiplied."""
    nonces = []
    multiply = weierstrass.multiply_base

    def multiply_base(curve, nonce):
        nonces.append(bytes(nonce))
        if len(nonces) == 1:
            return b"\x04" + x.to_bytes(32, "big") + bytes(32)
        return (yield from multiply(curve, nonce))

    weierstrass.multiply_base = multiply_base
    try:
        return run(ecdsa_sign.sign_with(23, KEY, digest, b"more")), nonces
    finally:
        weierstrass.multiply_base = multiply


def a_nonce_that_gives_r_or_s_of_zero_is_followed_by_another():
    n = int.from_bytes(p256.CURVE.order[1], "big")
    s_is_0 = (-5 * int.from_bytes(KEY, "big") % n).to_bytes(32, "big")
    for x, digest in ((0, SAMPLE), (n, SAMPLE), (5, s_is_0)):
        signature, nonces = _signed_after(x, digest)
        assert len(nonces) == 2 and nonces[0] != nonces[1], x
        assert run(ecdsa.verify((23, POINT), digest, signature)) is True, x
    assert len(_signed_after(5, SAMPLE)[1]) == 1


def a_digest_of_zeros_is_signed_and_verified():
    # u1 = 0: the base point takes no part
    digest = bytes(32)
    signature = run(ecdsa_sign.sign_with(23, KEY, digest, b""))
    assert run(ecdsa.verify((23, POINT), digest, signature)) is True
    assert run(ecdsa.verify((23, POINT), SAMPLE, signature)) is False


def a_digest_of_the_order_or_more_is_reduced():
    for digest in (p256.CURVE.order[1], b"\xff" * 32):
        signature = run(ecdsa_sign.sign_with(23, KEY, digest, b""))
        assert run(ecdsa.verify((23, POINT), digest, signature)) is True
    assert run(ecdsa.verify((23, POINT), bytes(32), run(ecdsa_sign.sign_with(23, KEY, p256.CURVE.order[1], b"")))) is True


def a_longer_digest_counts_by_its_leftmost_bytes():
    signature = run(ecdsa_sign.sign_with(23, KEY, SAMPLE + bytes(16), b""))
    assert run(ecdsa.verify((23, POINT), SAMPLE, signature)) is True
    assert run(ecdsa.verify((23, POINT), SAMPLE + b"\xff" * 32, signature)) is True


def rejects_another_digest_key_or_signature():
    other = run(p256.public(bytes(31) + b"\x02"))
    assert run(ecdsa.verify((23, other), SAMPLE, SIGNATURE)) is False
    assert run(ecdsa.verify((23, POINT), sha256(b"Sample").digest(), SIGNATURE)) is False
    for at in (36, 40, len(SIGNATURE) - 1):
        bad = bytearray(SIGNATURE)
        bad[at] ^= 1
        assert run(ecdsa.verify((23, POINT), SAMPLE, bad)) is False


def rejects_a_public_key_off_the_curve():
    for point in (POINT[:-1], b"\x02" + POINT[1:33], b"", POINT[:-1] + b"\x00", b"\x04" + bytes(64)):
        try:
            run(ecdsa.verify((23, point), SAMPLE, SIGNATURE))
        except Fault as fault:
            assert fault.cause == PUBLIC_KEY_INVALID
        else:
            raise AssertionError(point)


def signing_and_verifying_may_run_in_turns():
    jobs = [ecdsa_sign.sign_with(23, KEY, SAMPLE, b""), ecdsa.verify((23, POINT), SAMPLE, SIGNATURE)]
    results = {}
    while len(results) < 2:
        for i, job in enumerate(jobs):
            if i not in results:
                try:
                    assert next(job) == 0
                except StopIteration as end:
                    results[i] = end.value
    assert results == {0: SIGNATURE, 1: True}
