"""A throw-away public key infrastructure for the demo, the tests and the benchmarks.

    root = pki.root()
    ca = root.authority("intermediate")
    server = ca.leaf("server", dns=["localhost"], ip=["127.0.0.1"])
    device = ca.leaf("device", usage="client")
    server.write(folder)            # server.pem (chain, leaf first), server.key, server.der

Every credential is a key, its certificate, and the credential that issued it. What is wrong with a certificate on purpose is said by
its options: `valid=EXPIRED`, another name, another root, `key_usage=...`, `extra=[...]`; what no library writes is done by
`rewrite`, which edits the DER to be signed. Keys are cached in build/keys (RSA keys take seconds to make) and worth nothing.

As a script it writes the demo's files:

    python -m tools.laboratory.pki FOLDER [--server expired|not-yet-valid|wrong-name|other-root] [--key p256]
"""

import argparse
import base64
import functools
import importlib.util
import ipaddress
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tools.build.places import BUILD
from tools.build.plain import command
from tools.latchkey_tools.der import parts, tlv

KEYS = BUILD / "keys"

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

# Validity as (not before, not after), in days from now.
VALID = (-1, 30)
EXPIRED = (-30, -1)
NOT_YET_VALID = (1, 30)

_CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}
_HASHES = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
_USAGES = {"server": [ExtendedKeyUsageOID.SERVER_AUTH], "client": [ExtendedKeyUsageOID.CLIENT_AUTH], "none": []}
_KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")
_RSASSA_PSS = bytes.fromhex("300b06092a864886f70d01010a")


@functools.cache
def key(kind: str = "p256", name: str = "key") -> PrivateKey:
    """The cached private key called `name`: p256, p384, p521, rsa2048, rsa3072, rsa4096, or pss2048 and so on, an RSA key whose
    certificates say id-RSASSA-PSS (the key itself is the RSA key of that size)."""
    kind = kind.replace("pss", "rsa")
    path = KEYS / f"{kind}-{name}.pem"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = pem_of(_new_key(kind))
        KEYS.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_bytes(data)
        try:
            os.link(temporary, path)  # whoever comes first has made it; all others use that one
        except FileExistsError:
            data = path.read_bytes()
        finally:
            temporary.unlink()
    # OpenSSL would look whether an RSA key's numbers are primes, which takes half a second; it has made them itself.
    loaded = serialization.load_pem_private_key(data, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return loaded


def _new_key(kind: str) -> PrivateKey:
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    return ec.generate_private_key(_CURVES[kind]())


def pem_of(private: PrivateKey) -> bytes:
    """PKCS#8 PEM, without a password."""
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def der_of(private: PrivateKey) -> bytes:
    """PKCS#8 DER, without a password."""
    return private.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def sec1_of(private: PrivateKey) -> bytes:
    """The older PEM of an EC key (SEC 1), as `openssl ecparam -genkey` writes it; PKCS#1 for RSA."""
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "latchkey"), x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@dataclass(frozen=True)
class Credential:
    """A private key, its certificate in DER, and who issued it (None for a root)."""

    label: str
    kind: str
    key: PrivateKey
    der: bytes
    issuer: "Credential | None"

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)

    @property
    def pem(self) -> bytes:
        """This certificate alone."""
        return pem("CERTIFICATE", self.der)

    @property
    def key_der(self) -> bytes:
        """PKCS#8; the key of a `pss` credential says id-RSASSA-PSS as its certificate does."""
        der = der_of(self.key)
        if not self.kind.startswith("pss"):
            return der
        version, _, wrapped = parts(parts(der)[0][1])
        return tlv(0x30, version[2] + _RSASSA_PSS + wrapped[2])

    @property
    def key_pem(self) -> bytes:
        return pem("PRIVATE KEY", self.key_der)

    @property
    def path(self) -> "list[Credential]":
        """From this credential up to its root, root included."""
        return [self, *(self.issuer.path if self.issuer else ())]

    @property
    def chain(self) -> list[bytes]:
        """What a server sends: DER of this certificate and the intermediates, without the root (unless this is it)."""
        return [c.der for c in self.path if c.issuer] or [self.der]

    @property
    def chain_pem(self) -> bytes:
        return b"".join(pem("CERTIFICATE", der) for der in self.chain)

    @property
    def root(self) -> "Credential":
        return self.path[-1]

    def authority(self, label: str, **options) -> "Credential":
        """A CA below this one; options of `issue`."""
        options.setdefault("key_usage", ("key_cert_sign", "crl_sign"))
        return issue(label, self, ca=True, usage="none", **options)

    def leaf(self, label: str, **options) -> "Credential":
        """An end entity below this CA; options of `issue`."""
        return issue(label, self, **options)

    def write(self, folder: Path) -> "Files":
        """Write LABEL.pem (the chain, leaf first), LABEL.key (PKCS#8), LABEL.der, LABEL.key.der; returns their paths."""
        files = Files(folder / f"{self.label}.pem", folder / f"{self.label}.key", folder / f"{self.label}.der")
        files.chain.write_bytes(self.chain_pem)
        files.key.write_bytes(self.key_pem)
        files.der.write_bytes(self.der)
        (folder / f"{self.label}.key.der").write_bytes(self.key_der)
        return files


@dataclass(frozen=True)
class Files:
    """Where a credential was written."""

    chain: Path
    key: Path
    der: Path


def root(label: str = "root", **options) -> Credential:
    """A self-signed CA; options of `issue`."""
    options.setdefault("key_usage", ("key_cert_sign", "crl_sign"))
    return issue(label, None, ca=True, usage="none", **options)


def self_signed(label: str = "self-signed", **options) -> Credential:
    """An end entity that signed itself; options of `issue`."""
    return issue(label, None, **options)


def issue(
    label: str,
    issuer: Credential | None,
    *,
    kind: str = "p256",
    private: PrivateKey | None = None,
    common_name: str | None = None,
    ca: bool = False,
    path_length: int | None = None,
    dns: Sequence[str] = (),
    ip: Sequence[str] = (),
    usage: str = "server",
    key_usage: Iterable[str] | None = ("digital_signature",),
    valid: tuple[float, float] = VALID,
    hash_name: str = "sha256",
    pss: bool = False,
    serial: int | None = None,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    basic_constraints: bool = True,
    rewrite: Callable[[bytes], bytes] | None = None,
) -> Credential:
    """Make a certificate. `issuer` None signs with its own key.

    `kind`: the key, as `key` has it; `private` gives one instead. `usage`: extendedKeyUsage, "server", "client" or "none" (absent).
    `key_usage`: the bits that are set, None for no such extension. `valid`: days from now. `pss`: an RSA issuer signs by PSS.
    `extra`: further extensions with their criticality. `rewrite`: edits the DER of tbsCertificate before it is signed.
    """
    private = private or key(kind, label)
    signer = issuer.key if issuer else private
    now = datetime.now(UTC).replace(microsecond=0)
    subject = name(common_name or label)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(private.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(now + timedelta(days=valid[0]))
        .not_valid_after(now + timedelta(days=valid[1]))
    )
    if basic_constraints:
        builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    if key_usage is not None:
        chosen = set(key_usage)
        builder = builder.add_extension(x509.KeyUsage(**{bit: bit in chosen for bit in _KEY_USAGES}), critical=True)
    if _USAGES[usage]:
        builder = builder.add_extension(x509.ExtendedKeyUsage(_USAGES[usage]), critical=False)
    names = [*map(x509.DNSName, dns), *(x509.IPAddress(ipaddress.ip_address(a)) for a in ip)]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    if issuer:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical)
    # An id-RSASSA-PSS key signs by PSS alone.
    padded = _pss(hash_name) if (pss or (issuer.kind if issuer else kind).startswith("pss")) else None
    der = builder.sign(signer, _HASHES[hash_name](), rsa_padding=padded).public_bytes(serialization.Encoding.DER)
    if kind.startswith("pss"):
        der = resign(der, signer, hash_name, padded, _say_pss)
    if rewrite:
        der = resign(der, signer, hash_name, padded, rewrite)
    return Credential(label, kind, private, der, issuer)


def _pss(hash_name: str) -> padding.PSS:
    chosen = _HASHES[hash_name]()
    return padding.PSS(padding.MGF1(chosen), chosen.digest_size)


def _say_pss(tbs: bytes) -> bytes:
    """Name the subject's key id-RSASSA-PSS (without parameters) instead of rsaEncryption; their encodings differ in length."""
    at = tbs.index(_RSA_ENCRYPTION)
    head = at - 4  # SubjectPublicKeyInfo, a SEQUENCE with a two-byte length
    length = int.from_bytes(tbs[head + 2 : at]) - len(_RSA_ENCRYPTION) + len(_RSASSA_PSS)
    body = tbs[:head] + b"\x30\x82" + length.to_bytes(2) + _RSASSA_PSS + tbs[at + len(_RSA_ENCRYPTION) :]
    return tlv(0x30, parts(body)[0][1])


def resign(der: bytes, signer: PrivateKey, hash_name: str, padded: padding.PSS | None, rewrite: Callable[[bytes], bytes]) -> bytes:
    """A certificate with its tbsCertificate edited and signed anew."""
    tbs, algorithm, _ = parts(parts(der)[0][1])
    edited = rewrite(tbs[2])
    chosen = _HASHES[hash_name]()
    if isinstance(signer, rsa.RSAPrivateKey):
        signature = signer.sign(edited, padded or padding.PKCS1v15(), chosen)
    else:
        signature = signer.sign(edited, ec.ECDSA(chosen))
    return tlv(0x30, edited + algorithm[2] + tlv(3, b"\0" + signature))


def pem(label: str, der: bytes) -> bytes:
    """PEM armour."""
    text = base64.b64encode(der).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def chain_of(length: int, label: str, *, kind: str = "p256", ca_kind: str = "p256", **options) -> Credential:
    """A leaf whose server sends `length` certificates: itself and `length - 1` intermediates, below a root of its own."""
    above = root(f"root-{ca_kind}", kind=ca_kind)
    for i in range(length - 1):
        above = above.authority(f"intermediate-{i + 1}-{ca_kind}", kind=ca_kind)
    return above.leaf(label, kind=kind, **options)


# What can be wrong with the demo's server certificate.
FAULTS = ("expired", "not-yet-valid", "wrong-name", "other-root")


def demo(fault: str | None = None, kind: str = "p256") -> tuple[Credential, Credential, Credential]:
    """The demo's root, the server for localhost and 127.0.0.1, and the device, both below an intermediate."""
    trusted = root()
    signing = root("other-root") if fault == "other-root" else trusted
    right = {"dns": ["localhost"], "ip": ["127.0.0.1"]}
    options = {"dns": ["elsewhere.example"]} if fault == "wrong-name" else right
    valid = {"expired": EXPIRED, "not-yet-valid": NOT_YET_VALID}.get(fault or "", VALID)
    server = signing.authority("intermediate", path_length=0).leaf("server", kind=kind, valid=valid, **options)
    device = trusted.authority("intermediate", path_length=0).leaf("device", usage="client")
    return trusted, server, device


def write_demo(folder: Path, fault: str | None = None, kind: str = "p256") -> dict[str, Path]:
    """The demo's files in `folder`: root.pem and .der, the server's chain and key, the device's."""
    folder.mkdir(parents=True, exist_ok=True)
    trusted, server, device = demo(fault, kind)
    root_files, server_files, device_files = trusted.write(folder), server.write(folder), device.write(folder)
    return {
        "root": root_files.chain,
        "server": server_files.chain,
        "server_key": server_files.key,
        "device": device_files.chain,
        "device_key": device_files.key,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=write_demo.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--server", choices=FAULTS, help="what is wrong with the server's certificate")
    parser.add_argument("--key", default="p256", help="the server's key: p256, p384, rsa2048, rsa3072, rsa4096")
    options = parser.parse_args(arguments)
    for what, path in write_demo(options.folder, options.server, options.key).items():
        print(f"{what:12}{path}")
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "pki"))
