"""Certificates as Microchip issues them for Trust&GO, made here by an authority of the tests: the samples come out of cryptoauthlib, which
exports them, and are filled in and signed anew. Nothing of Microchip's is kept in this project.

    made = Identity(key, serial_number, "0004A3123456", "1A2B")
    made.store(memory)                # into a chip that `setups.trust_and_go` made
    made.device, made.signer          # DER
"""

import ctypes
import hashlib
from datetime import datetime
from functools import cached_property

import cryptoauthlib
from cryptoauthlib.library import get_cryptoauthlib
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tools.laboratory.atecc_simulator.memory import Memory
from tools.latchkey_tools import atecc_template

CHIP_SERIAL, EUI48, SIGNER_ID = "012301020304050601", "682719000000", "FFFF"  # as the samples have them
DEVICE, SIGNER = ("g_tngtls_cert_template_3_device", 546), ("g_tngtls_cert_template_1_signer", 520)
ROOT = ec.generate_private_key(ec.SECP256R1())
FROM_PUBLIC_KEY = 0xA  # source of serial numbers


def sample(which: tuple[str, int]) -> bytes:
    """A sample certificate out of the library."""
    cryptoauthlib.load_cryptoauthlib()
    name, size = which
    library = get_cryptoauthlib()
    assert library is not None
    return bytes((ctypes.c_uint8 * size).in_dll(library, name))


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """X || Y."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]


def root() -> x509.Certificate:
    """The authority that signs the signers."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Crypto Authentication Root CA 002")])
    builder = x509.CertificateBuilder(name, name, ROOT.public_key(), 1, datetime(2018, 11, 8), datetime(2058, 11, 8))
    return builder.add_extension(x509.BasicConstraints(True, None), critical=True).sign(ROOT, hashes.SHA256())


class Identity:
    """One device's certificate and its signer's."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, serial_number: bytes, eui48: str, signer_id: str) -> None:
        self.key, self.serial_number, self.eui48, self.signer_id = key, serial_number, eui48, signer_id
        self.signer_key = ec.generate_private_key(ec.SECP256R1())

    def store(self, memory: Memory) -> None:
        """Into a chip whose key and serial number these are: what Microchip puts there."""
        xy = point(self.signer_key)
        memory.slots[5][:12] = self.eui48.encode()
        memory.slots[10][:] = self.compressed(self.device, 3)
        memory.slots[11][:] = bytes(4) + xy[:32] + bytes(4) + xy[32:]
        memory.slots[12][:] = self.compressed(self.signer, 1)

    def compressed(self, der: bytes, template_id: int) -> bytes:
        return atecc_template.compress(x509.load_der_x509_certificate(der), self.signer_id, FROM_PUBLIC_KEY, template_id)

    @cached_property
    def device(self) -> bytes:
        texts = {CHIP_SERIAL: self.serial_number.hex().upper(), EUI48: self.eui48, SIGNER_ID: self.signer_id}
        return issued(sample(DEVICE), self.key, self.signer_key, (datetime(2026, 11, 22, 5), 28), texts)

    @cached_property
    def signer(self) -> bytes:
        return issued(sample(SIGNER), self.signer_key, ROOT, (datetime(2018, 11, 8, 19), 31), {SIGNER_ID: self.signer_id})


def issued(
    der: bytes, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, when: tuple[datetime, int], texts: dict[str, str]
) -> bytes:
    """A certificate like this sample, for a key and by another, from a date for so many years."""
    places = {row[0][0]: row[0][1] for row in atecc_template.fields(der, None, None, {})}
    begin, years = when
    date = atecc_template.dates(begin, begin.replace(year=begin.year + years))
    values = {
        atecc_template.PUBLIC_KEY: point(key),
        atecc_template.SUBJECT_KEY_ID: hashlib.sha1(b"\x04" + point(key)).digest(),
        atecc_template.AUTHORITY_KEY_ID: hashlib.sha1(b"\x04" + point(by)).digest(),
        atecc_template.ISSUED: f"{begin:%y%m%d%H}0000Z".encode(),
        atecc_template.EXPIRES: f"{begin.year + years}{begin:%m%d%H}0000Z".encode(),
        atecc_template.SERIAL_NUMBER: atecc_template.serial_number(FROM_PUBLIC_KEY, point(key), b"", date),
    }
    made = bytearray(der)
    for kind, value in values.items():
        made[places[kind] : places[kind] + len(value)] = value
    for old, new in texts.items():
        made = made.replace(old.encode(), new.encode())
    at = places[atecc_template.SIGNATURE]
    signature = by.sign(bytes(made[4 : at - 12]), ec.ECDSA(hashes.SHA256()))
    body = bytes(made[4:at]) + bytes([3, len(signature) + 1, 0]) + signature
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body
