"""Certificates written octet by octet, good ones and such as no library makes.

    ca = authority("Inter", issuer=ROOT)                       # a Certificate: DER, name, key and more
    leaf = certificate("host", issuer=ca, extensions=leaf_extensions(ca, san=dns("a.example")))

Every part of a certificate can be given as DER instead of being made; what is made obeys the baseline requirements. Keys come from
fixed numbers and ECDSA nonces from RFC 6979, so the same call gives the same octets.
"""

import functools
import hashlib
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from tools.laboratory import pki
from tools.latchkey_tools import der

NOW = 1_780_272_000  # 2026-06-01 00:00:00
NOT_BEFORE = b"\x17\x0d260101000000Z"
NOT_AFTER = b"\x17\x0d270101000000Z"

# DER


def tlv(tag: int, *contents: bytes | bytearray) -> bytes:
    """One element."""
    return der.tlv(tag, b"".join(contents))


def seq(*contents: bytes) -> bytes:
    return tlv(0x30, *contents)


def octets(*contents: bytes) -> bytes:
    return tlv(0x04, *contents)


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    out = b""
    for arc in (40 * first + second, *rest):
        chunk = [arc & 0x7F]
        while arc := arc >> 7:
            chunk.append(0x80 | arc & 0x7F)
        out += bytes(reversed(chunk))
    return tlv(0x06, out)


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def bits(*contents: bytes) -> bytes:
    """A BIT STRING of whole octets."""
    return tlv(0x03, b"\0", *contents)


def named_bits(*numbers: int) -> bytes:
    """A BIT STRING with these bits, as DER wants it."""
    if not numbers:
        return tlv(0x03, b"\0")
    last = max(numbers)
    value = bytearray(last // 8 + 1)
    for n in numbers:
        value[n // 8] |= 0x80 >> n % 8
    return tlv(0x03, bytes((7 - last % 8,)), value)


NULL = tlv(0x05)
TRUE = tlv(0x01, b"\xff")
FALSE = tlv(0x01, b"\x00")

# Keys

ED25519 = seq(oid("1.3.101.112"))
ECDSA = {"sha1": seq(oid("1.2.840.10045.4.1")), "sha256": seq(oid("1.2.840.10045.4.3.2"))}
ECDSA |= {"sha384": seq(oid("1.2.840.10045.4.3.3")), "sha512": seq(oid("1.2.840.10045.4.3.4"))}
RSA_NUMBERS = {"md5": 4, "sha1": 5, "sha256": 11, "sha384": 12, "sha512": 13}
RSA = {name: seq(oid(f"1.2.840.113549.1.1.{n}"), NULL) for name, n in RSA_NUMBERS.items()}
HASHES = {"md5": hashes.MD5, "sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
SHA2 = {"sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2", "sha512": "2.16.840.1.101.3.4.2.3"}
SCHEMES = {"sha256": 4, "sha384": 5, "sha512": 6}


def pss_parameters(hash_name: str, mgf: str | None = None, salt: int | None = None, null: bool = True, trailer: bytes = b"") -> bytes:
    """RSASSA-PSS-params."""

    def algorithm(name: str) -> bytes:
        return seq(oid(SHA2.get(name, "1.3.14.3.2.26")), NULL if null else b"")

    size = hashlib.new(hash_name).digest_size if salt is None else salt
    parts = [
        tlv(0xA0, algorithm(hash_name)),
        tlv(0xA1, seq(oid("1.2.840.113549.1.1.8"), algorithm(mgf or hash_name))),
        tlv(0xA2, integer(size)),
    ]
    return seq(*parts, trailer)


def pss_algorithm(*arguments, **keywords) -> bytes:
    return seq(oid("1.2.840.113549.1.1.10"), pss_parameters(*arguments, **keywords))


@dataclass(frozen=True)
class Key:
    """A private key; `bits` is what stands in the BIT STRING of its SubjectPublicKeyInfo, `spki` all of it."""

    private: object
    spki: bytes
    bits: bytes

    def sign(self, data: bytes, hash_name: str = "sha256", pss: bool = False) -> bytes:
        chosen = HASHES[hash_name]()
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(data, ec.ECDSA(chosen, deterministic_signing=hash_name not in ("md5", "sha1")))
        if isinstance(self.private, rsa.RSAPrivateKey):
            form = padding.PSS(padding.MGF1(chosen), chosen.digest_size) if pss else padding.PKCS1v15()
            return self.private.sign(data, form, chosen)
        assert isinstance(self.private, ed25519.Ed25519PrivateKey)
        return self.private.sign(data)

    def algorithm(self, hash_name: str = "sha256", pss: bool = False) -> bytes:
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return ECDSA[hash_name]
        if isinstance(self.private, rsa.RSAPrivateKey):
            return pss_algorithm(hash_name) if pss else RSA[hash_name]
        return ED25519

    @property
    def identifier(self) -> bytes:
        return hashlib.sha1(self.bits).digest()


def _key(private) -> Key:
    spki = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Key(private, spki, der.parts(der.parts(spki)[0][1])[1][1][1:])


@functools.cache
def ec_key(label: str, curve: str = "p256") -> Key:
    """The key of this label: its number is a hash of it."""
    chosen = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}[curve]()
    return _key(ec.derive_private_key(int.from_bytes(hashlib.sha256(label.encode()).digest()) >> 1, chosen))


@functools.cache
def rsa_key(label: str = "x509", size: int = 2048) -> Key:
    """An RSA key from the cache of keys."""
    return _key(pki.key(f"rsa{size}", label))


@functools.cache
def ed25519_key(label: str) -> Key:
    return _key(ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(label.encode()).digest()))


# Names


def attribute(number: str, text: str | bytes, tag: int = 0x0C) -> bytes:
    """An AttributeTypeAndValue; id-at numbers without the 2.5.4."""
    return seq(oid(number if "." in number else f"2.5.4.{number}"), tlv(tag, text.encode() if isinstance(text, str) else text))


def rdn(*attributes: bytes) -> bytes:
    return tlv(0x31, *attributes)


def name(common_name: str, *before: bytes) -> bytes:
    """A Name: country, organization, what stands in `before`, common name."""
    return seq(rdn(attribute("6", "DE", 0x13)), rdn(attribute("10", "latchkey")), *before, rdn(attribute("3", common_name)))


def dns(*names: str | bytes) -> bytes:
    """GeneralNames of dNSNames."""
    return b"".join(tlv(0x82, n.encode() if isinstance(n, str) else n) for n in names)


def ip(*addresses: str) -> bytes:
    return b"".join(tlv(0x87, ipaddress.ip_address(a).packed) for a in addresses)


def email(*addresses: str) -> bytes:
    return b"".join(tlv(0x81, a.encode()) for a in addresses)


def uri(*texts: str) -> bytes:
    return b"".join(tlv(0x86, t.encode()) for t in texts)


def directory(*names: bytes) -> bytes:
    return b"".join(tlv(0xA4, n) for n in names)


# Extensions

SERVER_AUTH, CLIENT_AUTH, OCSP_SIGNING, ANY_USAGE = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.9", "2.5.29.37.0"
DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, KEY_CERT_SIGN, CRL_SIGN = 0, 2, 5, 6


def extension(number: str, value: bytes, critical: bool | bytes = False) -> bytes:
    """An Extension; ids without the 2.5.29. `critical` as DER is written as it is."""
    flag = critical if isinstance(critical, bytes) else TRUE if critical else b""
    return seq(oid(number if "." in number else f"2.5.29.{number}"), flag, octets(value))


def basic_constraints(ca: bool = True, path_length: int | None = None, critical: bool = True) -> bytes:
    return extension("19", seq(TRUE if ca else b"", b"" if path_length is None else integer(path_length)), critical)


def key_usage(*numbers: int, critical: bool = True) -> bytes:
    return extension("15", named_bits(*numbers), critical)


def extended_key_usage(*usages: str, critical: bool = False) -> bytes:
    return extension("37", seq(*map(oid, usages)), critical)


def subject_key_identifier(identifier: bytes, critical: bool = False) -> bytes:
    return extension("14", octets(identifier), critical)


def authority_key_identifier(identifier: bytes, critical: bool = False) -> bytes:
    return extension("35", seq(tlv(0x80, identifier)), critical)


def alternative_names(contents: bytes, critical: bool = False) -> bytes:
    return extension("17", seq(contents), critical)


def subtrees(*bases: bytes) -> bytes:
    return b"".join(seq(base) for base in bases)


def name_constraints(permitted: bytes = b"", excluded: bytes = b"", critical: bool = True) -> bytes:
    """Name constraints out of `subtrees`."""
    value = seq(tlv(0xA0, permitted) if permitted else b"", tlv(0xA1, excluded) if excluded else b"")
    return extension("30", value, critical)


MUST_STAPLE = extension("1.3.6.1.5.5.7.1.24", seq(integer(5)))

Extensions = dict[str, bytes]


def changed(extensions: Extensions, changes: Mapping[str, bytes | None]) -> list[bytes]:
    """The extensions in their order, some replaced, added at the end, or (None) left out."""
    merged = {**extensions, **changes}
    return [value for value in merged.values() if value is not None]


# Certificates


@dataclass(frozen=True)
class Certificate:
    """DER, what it was made from, and how the seam for signatures would see its signature."""

    der: bytes
    subject: bytes
    key: Key
    tbs: bytes
    signature: bytes
    hash_name: str
    scheme: int
    issuer: "Certificate | None" = None
    genuine: bool = True  # the signature was made over this, not given

    @property
    def pem(self) -> bytes:
        return pki.pem("CERTIFICATE", self.der)

    @property
    def verdict(self) -> bytes:
        """What the runner on the target knows this signature by, under its issuer's key."""
        signer = self.issuer.key if self.issuer else self.key
        return verdict(self.scheme, signer, hashlib.new(self.hash_name, self.tbs).digest(), self.signature)


def verdict(scheme: int, signer: Key, digest: bytes, signature: bytes) -> bytes:
    """Eight octets that stand for: this signature is good."""
    numbers = signer.bits
    if isinstance(signer.private, rsa.RSAPrivateKey):
        public = signer.private.public_key().public_numbers()
        numbers = public.n.to_bytes((public.n.bit_length() + 7) // 8) + public.e.to_bytes(4)
    return hashlib.sha256(scheme.to_bytes(2) + numbers + digest + signature).digest()[:8]


def leaf_extensions(issuer: Certificate, names: bytes | None = None) -> Extensions:
    return {
        "aki": authority_key_identifier(issuer.key.identifier),
        "basic": extension("19", seq(), True),
        "usage": key_usage(DIGITAL_SIGNATURE),
        "eku": extended_key_usage(SERVER_AUTH),
        "san": alternative_names(dns("host.example.com") if names is None else names),
    }


def ca_extensions(issuer_key: Key, key: Key, path_length: int | None = None) -> Extensions:
    return {
        "ski": subject_key_identifier(key.identifier),
        "aki": authority_key_identifier(issuer_key.identifier),
        "basic": basic_constraints(path_length=path_length),
        "usage": key_usage(KEY_CERT_SIGN, CRL_SIGN),
    }


_serials = 1000


def certificate(
    subject: str | bytes,
    issuer: Certificate | None,
    extensions: Extensions,
    *,
    key: Key | None = None,
    issuer_name: bytes | None = None,
    version: bytes = tlv(0xA0, integer(2)),
    serial: bytes | None = None,
    hash_name: str = "sha256",
    pss: bool = False,
    algorithm: bytes | None = None,
    outer_algorithm: bytes | None = None,
    validity: bytes = seq(NOT_BEFORE, NOT_AFTER),
    spki: bytes | None = None,
    before_extensions: bytes = b"",
    extension_list: Sequence[bytes] | None = None,
    extension_field: bytes | None = None,
    after_extensions: bytes = b"",
    tail: bytes = b"",
    signature: bytes | None = None,
    changes: Mapping[str, bytes | None] | None = None,
) -> Certificate:
    """A certificate signed by `issuer` (None: by its own key). Parts given as DER stand there as they are.

    `changes`: extensions to replace, to add or (None) to leave out; `extension_list`, `extension_field`: all of them, the whole field.
    `tail`: octets after the signature. `serial`: the whole element.
    """
    global _serials
    _serials += 1
    label = subject if isinstance(subject, str) else hashlib.sha256(subject).hexdigest()
    key = key or ec_key(label)
    subject = name(subject) if isinstance(subject, str) else subject
    signer = issuer.key if issuer else key
    algorithm = algorithm or signer.algorithm(hash_name, pss)
    if extension_field is None:
        chosen = changed(extensions, changes or {}) if extension_list is None else extension_list
        extension_field = tlv(0xA3, seq(*chosen)) if chosen else b""
    fields = [
        version,
        serial or integer(_serials),
        algorithm,
        issuer_name or (issuer.subject if issuer else subject),
        validity,
        subject,
        spki or key.spki,
        before_extensions,
        extension_field,
        after_extensions,
    ]
    tbs = seq(*fields)
    value = signer.sign(tbs, hash_name, pss) if signature is None else signature
    der = seq(tbs, outer_algorithm or algorithm, bits(value), tail)
    if isinstance(signer.private, ec.EllipticCurvePrivateKey):
        scheme = 3 + 256 * SCHEMES.get(hash_name, 0)
    else:
        scheme = 0x0800 + SCHEMES.get(hash_name, 0) if pss else 1 + 256 * SCHEMES.get(hash_name, 0)
    return Certificate(der, subject, key, tbs, value, hash_name, scheme, issuer, signature is None)


def authority(label: str | bytes, issuer: Certificate | None = None, path_length: int | None = None, **options) -> Certificate:
    """A CA below `issuer`, or a root; options of `certificate`."""
    key = options.pop("key", None) or ec_key(label if isinstance(label, str) else hashlib.sha256(label).hexdigest())
    extensions = ca_extensions(issuer.key if issuer else key, key, path_length)
    return certificate(label, issuer, extensions, key=key, **options)


def leaf(issuer: Certificate, names: bytes | None = None, label: str | bytes = "host", **options) -> Certificate:
    """A server's certificate below `issuer`, for host.example.com unless `names` (GeneralNames) say otherwise."""
    return certificate(label, issuer, leaf_extensions(issuer, names), **options)


ROOT = authority("Root")
CA = authority("CA", ROOT)
