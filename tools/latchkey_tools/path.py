"""A server's chain as a tree with each check, as a computer sees it. The verdict that counts is the board's own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from . import truststore
from .anchors import anchor_of


@dataclass
class Check:
    what: str
    good: bool

    def __str__(self) -> str:
        return f"{'ok ' if self.good else 'NO '} {self.what}"


@dataclass
class Link:
    """A certificate of a path, and what was looked at."""

    name: str
    key: str
    ends: str
    checks: list[Check] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        checks = [{"check": check.what, "good": check.good} for check in self.checks]
        return {"name": self.name, "key": self.key, "ends": self.ends, "checks": checks}


def links(chain: Sequence[bytes], host: str, roots: Iterable[x509.Certificate], now: float | None) -> list[Link]:
    """The chain, leaf first, with its root behind it where that is among `roots`."""
    certificates = [x509.load_der_x509_certificate(der) for der in chain]
    path = ordered(certificates)
    found = root_of(path, roots)
    if found is not None and found not in path:
        path.append(found)
    at = datetime.fromtimestamp(now, UTC) if now else datetime.now(UTC)
    made = []
    for place, certificate in enumerate(path):
        issuer = path[place + 1] if place + 1 < len(path) else None
        made.append(_link(certificate, issuer, place, host if place == 0 else None, at, certificate == found))
    return made


def ordered(certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """From the leaf upwards, whatever order a server sends and whatever it sends beside."""
    path = [certificates[0]] if certificates else []
    while path:
        above = [one for one in certificates if one not in path and _issued(path[-1], one)]
        if not above:
            break
        path.append(above[0])
    return path


def root_of(path: Sequence[x509.Certificate], roots: Iterable[x509.Certificate]) -> x509.Certificate | None:
    """The root that a path ends in, the nearest to the leaf: itself a part of it, or the issuer of one."""
    known = list(roots)
    keys = {_spki(root): root for root in known}
    for certificate in path:
        same = keys.get(_spki(certificate))
        if same is not None and same.subject == certificate.subject:
            return same
        for root in known:
            if root.subject == certificate.issuer and _signed(certificate, root):
                return root
    return None


def lines(found: Sequence[Link]) -> list[str]:
    """The tree, root first."""
    out = []
    for depth, link in enumerate(reversed(found)):
        corner = "   " * (depth - 1) + "└─ " if depth else ""
        out.append(f"{corner}{link.name}  ({link.key}, until {link.ends})")
        out += ["   " * (depth + 1) + str(check) for check in link.checks]
    return out


def key_name(certificate: x509.Certificate) -> str:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "a key that is not known"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return {"secp256r1": "P-256", "secp384r1": "P-384"}.get(key.curve.name, key.curve.name)
    return f"RSA {key.key_size}" if isinstance(key, rsa.RSAPublicKey) else type(key).__name__


def name_of(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME) or certificate.subject
    return ", ".join(str(attribute.value) for attribute in names) or "without a name"


def _link(
    certificate: x509.Certificate, issuer: x509.Certificate | None, place: int, host: str | None, at: datetime, trusted: bool
) -> Link:
    checks = []
    if trusted:
        checks.append(Check("trusted", True))
    elif issuer is None:
        checks.append(Check(f"its issuer is not known: {certificate.issuer.rfc4514_string()}", False))
    else:
        checks.append(Check(f"signed by {name_of(issuer)}", True))  # else it would be no path
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    checks.append(Check(f"valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}, at {at:%Y-%m-%d %H:%M} UTC", begins <= at <= ends))
    checks.append(Check("a key that boards can use", _usable(certificate)))
    checks += _leaf(certificate, host) if host is not None else _authority(certificate, place)
    return Link(name_of(certificate), key_name(certificate), f"{ends:%Y-%m-%d}", checks)


def _usable(certificate: x509.Certificate) -> bool:
    """RSA of 1024 bits and other curves are not read on a board; what it reads of an anchor it reads of others, too."""
    return truststore.is_usable(anchor_of(certificate.public_bytes(Encoding.DER)))


def _leaf(certificate: x509.Certificate, host: str) -> list[Check]:
    names = _names(certificate)
    found = [Check(f"for {host}; it names {', '.join(names) or 'nobody'}", any(_matches(host, name) for name in names))]
    usage = _extension(certificate, x509.ExtendedKeyUsage)
    return [*found, Check("for servers", usage is None or ExtendedKeyUsageOID.SERVER_AUTH in usage)]


def _authority(certificate: x509.Certificate, place: int) -> list[Check]:
    basic, usage = _extension(certificate, x509.BasicConstraints), _extension(certificate, x509.KeyUsage)
    found = [Check("a CA's", basic is not None and basic.ca), Check("may sign certificates", usage is None or usage.key_cert_sign)]
    if basic is not None and basic.path_length is not None:
        found.append(Check(f"at most {basic.path_length} CAs below it", place - 1 <= basic.path_length))
    return found


def _extension(certificate: x509.Certificate, kind: Any) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError):
        return None


def _names(certificate: x509.Certificate) -> list[str]:
    found = _extension(certificate, x509.SubjectAlternativeName)
    if found is None:
        return []
    return [*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))]


def _matches(host: str, name: str) -> bool:
    """RFC 6125 section 6.4: a wildcard is the whole of the first label."""
    try:
        return ip_address(host) == ip_address(name)
    except ValueError:
        pass
    host, name = host.lower().rstrip("."), name.lower()
    return host == name or (name.startswith("*.") and host.partition(".")[2] == name[2:])


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    return issuer.subject == certificate.issuer and _signed(certificate, issuer)


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _spki(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
