"""Signatures of others and of our own, of random keys: each is right, on every core. What goes wrong for one number in 40 shows here."""

import hashlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from host_tests.targets import Target

# One that a kernel once found wrong, of the order's inverse.
ONCE_WRONG = (
    "04455826b7324003e85b4187b47b4496a13f6bc0d7eed827c0e9380e40ef5e975d9d6a1b36064e28b818acb74d71d52cc50cb1d164de7904a0b1a5be412ca94d21",
    "20377cec9f51f6bf5ba1fa64649f3b1614e4eee833fd0fc5893f24f6e0accbaf",
    "3045022100a89b8fbb5b2e3ce982832190757f92f6b48a95bbab0386a9d94e468fdf21273402204afffd8eea52c46ae709c457c7cf0ec855d5d17ac219676b"
    "adc8631a5998adbc",
)
HOW_MANY = 40
SIGNED_HERE = 20


def signature(text: bytes) -> tuple[str, str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return point.hex(), hashlib.sha256(text).hexdigest(), key.sign(text, ec.ECDSA(hashes.SHA256())).hex()


def test_verifies_what_others_signed(target: Target) -> None:
    target.exec("from latchkey.crypto import job, verify")
    for point, digest, signed in (ONCE_WRONG, *(signature(b"%d" % n) for n in range(HOW_MANY))):
        arguments = ", ".join(f"bytes.fromhex({given!r})" for given in (digest, signed))
        told = target.exec(f"print(job.run(verify.verify(0x403, (23, bytes.fromhex({point!r})), {arguments})))", timeout=100)
        assert told.strip() == "True", (point, digest, signed)


def test_others_verify_what_was_signed(target: Target) -> None:
    target.exec("from latchkey.crypto import ecdsa_sign, job")
    for n in range(SIGNED_HERE):
        text = b"%d" % n
        key = ec.generate_private_key(ec.SECP256R1())
        scalar, digest = key.private_numbers().private_value.to_bytes(32, "big"), hashlib.sha256(text).digest()
        signed = target.exec(f"print(job.run(ecdsa_sign.sign_with(23, {scalar!r}, {digest!r}, b'')).hex())", timeout=100)
        key.public_key().verify(bytes.fromhex(signed.strip()), text, ec.ECDSA(hashes.SHA256()))
