"""A CA of one's own: its certificate, and its key in a file or in a PKCS#11 module. What it issues can be compressed into a chip: full
hours, whole years, a serial number that follows from key and date.
"""

import functools
import os
import secrets
import threading
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from . import atecc_template, pkcs11_key
from .output import Wrong, secret

PASSWORD = "LATCHKEY_CA_PASSWORD"
KEY, CERTIFICATE = "ca.key", "ca.crt"
FROM_PUBLIC_KEY = 0xA  # the source of serial numbers, as the compressed form has it
_FOREVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def init(folder: Path, name: x509.Name, years: int) -> x509.Certificate:
    """A new key and a certificate of its own; what is there is not overwritten."""
    for file in (KEY, CERTIFICATE):
        if (folder / file).exists():
            raise Wrong(f"{folder / file} is there already: a CA is made once")
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    begin, end = validity(years)
    usage = _usage(key_cert_sign=True, crl_sign=True)
    public = key.public_key()
    builder = x509.CertificateBuilder(name, name, public, x509.random_serial_number(), begin, end)
    builder = builder.add_extension(x509.BasicConstraints(True, 0), critical=True).add_extension(usage, critical=True)
    made = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False).sign(key, hashes.SHA256())
    with os.fdopen(os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(_private_pem(key))
    (folder / CERTIFICATE).write_bytes(made.public_bytes(Encoding.PEM))
    return made


class Authority:
    """A CA's certificate and key; Wrong for what can issue nothing. `key`: a file in PEM, or a PKCS#11 URI."""

    def __init__(self, certificate: Path, key: str) -> None:
        try:
            self.certificate = atecc_template.load_any(certificate)
        except ValueError:
            raise Wrong(f"{certificate}: no certificate in PEM or DER") from None
        public = self.certificate.public_key()
        if not point_of(public):
            raise Wrong(f"{certificate}: a key on P-256 is needed, as `latchkey ca init` makes it")
        assert isinstance(public, ec.EllipticCurvePublicKey)
        ends = self.certificate.not_valid_after_utc
        if ends <= datetime.now(UTC):
            raise Wrong(f"{certificate} expired on {ends:%Y-%m-%d}: its certificates would be refused; make another CA")
        if not _is_authority(self.certificate):
            raise Wrong(f"{certificate} is no CA's: its basic constraints do not say so")
        self._key = pkcs11_key.Key(key, public) if key.startswith(pkcs11_key.SCHEME) else _key_in_file(Path(key))
        probe = secrets.token_bytes(32)
        if not is_signed(point_of(public), self._key.sign(probe, ec.ECDSA(hashes.SHA256())), probe):
            raise Wrong(f"{key} is not the key of {certificate}")

    def issued(self, request: x509.CertificateSigningRequest, years: int) -> list[x509.Certificate]:
        """A client's certificate for the request's subject and key, and the CA's own."""
        begin, end = validity(years)
        public = request.public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]
        dates = atecc_template.dates(begin.replace(tzinfo=None), end.replace(tzinfo=None))
        serial = int.from_bytes(atecc_template.serial_number(FROM_PUBLIC_KEY, point, b"", dates))
        issuer = self.certificate
        builder = x509.CertificateBuilder(issuer.subject, request.subject, public, serial, begin, end)
        builder = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
        builder = builder.add_extension(_usage(digital_signature=True), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return [builder.add_extension(identifier, critical=False).sign(self._key, hashes.SHA256()), issuer]


class Issuing:
    """One that is opened when there is something to sign, once for all boards, whose requests take turns."""

    def __init__(self, certificate: Path, key: str) -> None:
        self._open = functools.cache(lambda: Authority(certificate, key))
        self._turn = threading.Lock()

    def __call__(self, request: x509.CertificateSigningRequest, years: int) -> list[x509.Certificate]:
        with self._turn:
            return self._open().issued(request, years)


def _key_in_file(path: Path) -> ec.EllipticCurvePrivateKey:
    data = path.read_bytes()
    password = secret(PASSWORD, f"password of {path}").encode() if b"ENCRYPTED" in data else None
    try:
        key = serialization.load_pem_private_key(data, password)
    except (TypeError, ValueError) as reason:
        raise Wrong(f"{path}: {reason}") from None
    if not point_of(key.public_key()):
        raise Wrong(f"{path}: a key on P-256 is needed, as `latchkey ca init` makes it")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def validity(years: int) -> tuple[datetime, datetime]:
    """From this full hour, for whole years; 0: without an end (RFC 5280 section 4.1.2.5)."""
    begin = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    if (begin.month, begin.day) == (2, 29):
        begin = begin.replace(day=28)
    return begin, begin.replace(year=begin.year + years) if years else _FOREVER


def checked_request(pem: str, point: bytes) -> x509.CertificateSigningRequest:
    """A board's request, signed by the key whose public point this is."""
    request = x509.load_pem_x509_csr(pem.encode())
    if not request.is_signature_valid or point_of(request.public_key()) != point:
        raise Wrong("the request that the board made is not signed by the chip's key: something on its wires is wrong")
    return request


def point_of(key: object) -> bytes:
    """Of a key on P-256; b"" of another."""
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return b""


def is_signed(point: bytes, signature: bytes, data: bytes) -> bool:
    """Whether the key signed `data`."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point).verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _usage(**allowed: bool) -> x509.KeyUsage:
    signing = ("digital_signature", "content_commitment", "key_cert_sign", "crl_sign")
    others = ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in (*signing, *others)})
