"""Key agreement, key schedule, signatures and record protection of our own server, on `cryptography`."""

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from tools.laboratory.pki import PrivateKey

from .codec import Violation

SECP256R1 = 23
SECP384R1 = 24
X25519 = 29

_CURVES = {SECP256R1: ec.SECP256R1, SECP384R1: ec.SECP384R1}


@dataclass(frozen=True)
class Suite:
    """A suite. `exchange`: IANA's name of its key exchange. `salt`: octets of the implicit nonce, 12 where there is no other
    (RFC 7905), else 4 (RFC 5288). `tag`: octets of a tag of CCM (RFC 6655). Those with a `mac` are no AEAD suites."""

    number: int
    exchange: str
    hash_name: str
    key_length: int
    salt: int = 4
    tag: int | None = None
    mac: str | None = None  # hash of the MAC under AES-CBC

    @property
    def ephemeral(self) -> bool:
        return self.exchange.startswith("ECDHE")

    @property
    def psk(self) -> bool:
        return self.exchange.endswith("PSK")

    def fits(self, kind: str | None) -> bool:
        """Whether a server with a certificate of `kind`, or a pre-shared key (None), speaks it."""
        if kind is None:
            return self.psk
        return not self.psk and self.exchange.endswith("RSA") == kind.startswith(("rsa", "pss"))


SUITES = (
    Suite(0xC02B, "ECDHE_ECDSA", "sha256", 16),
    Suite(0xC02F, "ECDHE_RSA", "sha256", 16),
    Suite(0xCCA9, "ECDHE_ECDSA", "sha256", 32, 12),
    Suite(0xCCA8, "ECDHE_RSA", "sha256", 32, 12),
    Suite(0xC02C, "ECDHE_ECDSA", "sha384", 32),
    Suite(0xC030, "ECDHE_RSA", "sha384", 32),
    Suite(0xC0AC, "ECDHE_ECDSA", "sha256", 16, tag=16),
    Suite(0xC0AE, "ECDHE_ECDSA", "sha256", 16, tag=8),
    Suite(0xD001, "ECDHE_PSK", "sha256", 16),
    Suite(0xCCAC, "ECDHE_PSK", "sha256", 32, 12),
    Suite(0xD005, "ECDHE_PSK", "sha256", 16, tag=16),
    Suite(0xD003, "ECDHE_PSK", "sha256", 16, tag=8),
    Suite(0x00A8, "PSK", "sha256", 16),
    Suite(0xCCAB, "PSK", "sha256", 32, 12),
    Suite(0xC0A4, "PSK", "sha256", 16, tag=16),
    Suite(0xC0A8, "PSK", "sha256", 16, tag=8),
    Suite(0x009C, "RSA", "sha256", 16),
    Suite(0x009D, "RSA", "sha384", 32),
    Suite(0xC023, "ECDHE_ECDSA", "sha256", 16, mac="sha256"),
    Suite(0xC027, "ECDHE_RSA", "sha256", 16, mac="sha256"),
    Suite(0xC009, "ECDHE_ECDSA", "sha256", 16, mac="sha1"),
    Suite(0xC013, "ECDHE_RSA", "sha256", 16, mac="sha1"),
    Suite(0x003C, "RSA", "sha256", 16, mac="sha256"),
    Suite(0x002F, "RSA", "sha256", 16, mac="sha1"),
)


def transported(private: PrivateKey, sealed: bytes) -> bytes:
    """The pre-master secret that the client encrypted (RFC 5246 section 7.4.7.1), its padding and version looked at."""
    assert isinstance(private, rsa.RSAPrivateKey)
    numbers = private.private_numbers()
    n = numbers.public_numbers.n
    size = private.key_size // 8
    if len(sealed) != size or int.from_bytes(sealed) >= n:
        raise Violation(f"an encrypted secret of {len(sealed)} bytes")
    block = pow(int.from_bytes(sealed), numbers.d, n).to_bytes(size)
    if block[:2] != b"\0\2" or 0 in block[2:-49] or block[-49]:
        raise Violation(f"padding {block[:-48].hex()} (RFC 8017 section 7.2.1)")
    if block[-48:-46] != b"\3\3":
        raise Violation(f"the pre-master secret begins with {block[-48:-46].hex()}, not with the version that was offered")
    return block[-48:]


def with_key(other: bytes, psk: bytes) -> bytes:
    """The pre-master secret of a pre-shared key and another secret (RFC 4279 section 2)."""
    return len(other).to_bytes(2) + other + len(psk).to_bytes(2) + psk


def prf(hash_name: str, secret: bytes, label: bytes, seed: bytes, length: int) -> bytes:
    """RFC 5246 section 5."""
    seed = label + seed
    out = b""
    a = seed
    while len(out) < length:
        a = hmac.digest(secret, a, hash_name)
        out += hmac.digest(secret, a + seed, hash_name)
    return out[:length]


def digest(hash_name: str, data: bytes) -> bytes:
    return hashlib.new(hash_name, data).digest()


class Agreement:
    """One side of an ECDHE key agreement."""

    def __init__(self, group: int):
        self.group = group
        self.private = x25519.X25519PrivateKey.generate() if group == X25519 else ec.generate_private_key(_CURVES[group]())

    @property
    def point(self) -> bytes:
        public = self.private.public_key()
        if isinstance(public, x25519.X25519PublicKey):
            return public.public_bytes_raw()
        return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)

    def shared(self, point: bytes) -> bytes:
        """The pre-master secret, with the client's point."""
        try:
            if isinstance(self.private, x25519.X25519PrivateKey):
                return self.private.exchange(x25519.X25519PublicKey.from_public_bytes(point))
            if point[:1] != b"\x04":
                raise Violation("the client's point is not uncompressed")
            return self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(self.private.curve, point))
        except ValueError as e:
            raise Violation(f"the client's point is not on the curve: {e}") from e


_HASHES = {2: hashes.SHA1, 4: hashes.SHA256, 5: hashes.SHA384, 6: hashes.SHA512}


def _scheme_parts(scheme: int) -> tuple[str, type[hashes.HashAlgorithm]]:
    """("ecdsa", "pkcs1" or "pss", hash) of a SignatureScheme."""
    high, low = scheme >> 8, scheme & 255
    if high == 8 and 4 <= low <= 11:
        return "pss", _HASHES[low if low < 7 else low - 5]
    if high in _HASHES and low in (1, 3):
        return ("pkcs1" if low == 1 else "ecdsa"), _HASHES[high]
    raise ValueError(f"scheme {scheme:04x}")


def _rsa_padding(kind: str, chosen: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    return padding.PKCS1v15() if kind == "pkcs1" else padding.PSS(padding.MGF1(chosen), chosen.digest_size)


def fits(scheme: int, kind: str) -> bool:
    """Whether a credential of `kind` (p256, rsa2048, pss2048 ...) signs by `scheme`."""
    try:
        how, _ = _scheme_parts(scheme)
    except (ValueError, KeyError):
        return False
    if kind.startswith("p") and not kind.startswith("pss"):
        return how == "ecdsa"
    return (how == "pss" and scheme & 255 > 8) if kind.startswith("pss") else (how == "pkcs1" or (how == "pss" and scheme & 255 < 7))


def sign(private: PrivateKey, scheme: int, content: bytes) -> bytes:
    how, chosen = _scheme_parts(scheme)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(content, ec.ECDSA(chosen()))
    return private.sign(content, _rsa_padding(how, chosen()), chosen())


def verify(public: object, scheme: int, content: bytes, signature: bytes) -> None:
    """A signature of the client's, or a Violation."""
    try:
        how, chosen = _scheme_parts(scheme)
        if how == "ecdsa" and isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, content, ec.ECDSA(chosen()))
        elif how != "ecdsa" and isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, content, _rsa_padding(how, chosen()), chosen())
        else:
            raise Violation(f"CertificateVerify's scheme {scheme:04x} does not fit the client's key")
    except InvalidSignature as e:
        raise Violation("CertificateVerify does not verify") from e


@dataclass
class Schedule:
    """Master secret and what follows from it (RFC 5246 sections 6.3, 7.4.9 and 8.1, RFC 7627 section 4)."""

    suite: Suite
    master: bytes
    randoms: tuple[bytes, bytes]

    @classmethod
    def make(cls, suite: Suite, pre_master: bytes, randoms: tuple[bytes, bytes], session_hash: bytes | None) -> "Schedule":
        """`session_hash`: of the extended master secret; None for the older one."""
        label, seed = (b"extended master secret", session_hash) if session_hash is not None else (b"master secret", b"".join(randoms))
        return cls(suite, prf(suite.hash_name, pre_master, label, seed, 48), randoms)

    def directions(self, encrypt_then_mac: bool = False) -> tuple["Direction | BlockDirection", "Direction | BlockDirection"]:
        """The client's and the server's."""
        k, n = self.suite.key_length, self.suite.salt
        if self.suite.mac:
            m = hashlib.new(self.suite.mac).digest_size
            block = prf(self.suite.hash_name, self.master, b"key expansion", self.randoms[1] + self.randoms[0], 2 * (m + k))
            macs, ciphers = (block[:m], block[m : 2 * m]), (block[2 * m : 2 * m + k], block[2 * m + k :])
            client, server = (BlockDirection(*pair, self.suite.mac, encrypt_then_mac) for pair in zip(macs, ciphers, strict=True))
            return client, server
        block = prf(self.suite.hash_name, self.master, b"key expansion", self.randoms[1] + self.randoms[0], 2 * (k + n))
        tag = self.suite.tag
        return Direction(block[:k], block[2 * k : 2 * k + n], tag), Direction(block[k : 2 * k], block[2 * k + n :], tag)

    def verify_data(self, label: bytes, transcript: bytes) -> bytes:
        return prf(self.suite.hash_name, self.master, label, digest(self.suite.hash_name, transcript), 12)


class Direction:
    """Protection of one direction, by AES-GCM (RFC 5288 section 3), ChaCha20-Poly1305 (RFC 7905 section 2) or AES-CCM."""

    def __init__(self, key: bytes, salt: bytes, tag: int | None = None):
        self.aead = AESCCM(key, tag) if tag else AESGCM(key) if len(salt) == 4 else ChaCha20Poly1305(key)
        self.tag = tag or 16
        self.salt = salt
        self.front = 12 - len(salt)
        self.sequence = 0
        self.counted = True  # every explicit nonce that came was the sequence number

    def _aad(self, kind: int, version: int, length: int) -> bytes:
        aad = self.sequence.to_bytes(8) + bytes((kind,)) + version.to_bytes(2) + length.to_bytes(2)
        self.sequence += 1
        return aad

    def _nonce(self, explicit: bytes) -> bytes:
        if self.front:
            return self.salt + explicit
        return bytes(a ^ b for a, b in zip(self.salt, self.sequence.to_bytes(12), strict=True))

    def seal(self, kind: int, payload: bytes, version: int = 0x0303) -> bytes:
        explicit = self.sequence.to_bytes(8)[: self.front]
        return explicit + self.aead.encrypt(self._nonce(explicit), payload, self._aad(kind, version, len(payload)))

    def open(self, kind: int, payload: bytes) -> bytes:
        if len(payload) < self.front + self.tag:
            raise Violation(f"a protected record of {len(payload)} bytes")
        explicit = payload[: self.front]
        self.counted = self.counted and explicit == self.sequence.to_bytes(8)[: self.front]
        nonce = self._nonce(explicit)
        try:
            return self.aead.decrypt(nonce, payload[self.front :], self._aad(kind, 0x0303, len(payload) - self.front - self.tag))
        except InvalidTag as e:
            raise Violation(f"record {self.sequence - 1} of the client's does not decrypt") from e


class BlockDirection:
    """Protection of one direction by AES-CBC and HMAC (RFC 5246 section 6.2.3.2), encrypt-then-MAC (RFC 7366) or the other way round.

    `padding`: octets of padding, and its length, that are sent beyond the shortest, a multiple of 16. `spoil`: changes what is encrypted.
    """

    def __init__(self, mac_key: bytes, key: bytes, mac: str, encrypt_then_mac: bool):
        self.mac_key, self.key, self.mac = mac_key, key, mac
        self.encrypt_then_mac = encrypt_then_mac
        self.sequence = 0
        self.padding = 0
        self.spoil: Callable[[bytes], bytes] = bytes
        self.ivs: list[bytes] = []  # of what came
        self.counted = True

    def _mac(self, kind: int, data: bytes) -> bytes:
        head = self.sequence.to_bytes(8) + bytes((kind, 3, 3)) + len(data).to_bytes(2)
        return hmac.digest(self.mac_key, head + data, self.mac)

    def _cipher(self, iv: bytes) -> Cipher:
        return Cipher(algorithms.AES(self.key), modes.CBC(iv))

    def seal(self, kind: int, payload: bytes, version: int = 0x0303) -> bytes:
        iv = os.urandom(16)
        inner = payload if self.encrypt_then_mac else payload + self._mac(kind, payload)
        n = 16 - len(inner) % 16 + self.padding
        encryptor = self._cipher(iv).encryptor()
        sealed = iv + encryptor.update(self.spoil(inner + bytes((n - 1,)) * n)) + encryptor.finalize()
        if self.encrypt_then_mac:
            sealed += self._mac(kind, sealed)
        self.sequence += 1
        return sealed

    def open(self, kind: int, payload: bytes) -> bytes:
        size = hashlib.new(self.mac).digest_size
        tag = b""
        if self.encrypt_then_mac:
            payload, tag = payload[:-size], payload[-size:]
            if tag != self._mac(kind, payload):
                raise Violation(f"record {self.sequence} of the client's does not decrypt: its MAC")
        if len(payload) < 32 or len(payload) % 16:
            raise Violation(f"a protected record of {len(payload)} bytes")
        self.ivs.append(payload[:16])
        decryptor = self._cipher(payload[:16]).decryptor()
        inner = decryptor.update(payload[16:]) + decryptor.finalize()
        n = inner[-1] + 1
        if inner[-n:] != bytes((n - 1,)) * n:
            raise Violation(f"record {self.sequence} of the client's does not decrypt: its padding")
        if n > 16:
            raise Violation(f"record {self.sequence} of the client's has {n} octets of padding")
        inner = inner[:-n]
        if not self.encrypt_then_mac:
            inner, tag = inner[:-size], inner[-size:]
            if tag != self._mac(kind, inner):
                raise Violation(f"record {self.sequence} of the client's does not decrypt: its MAC")
        self.sequence += 1
        return inner
