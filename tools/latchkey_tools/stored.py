"""How a certificate stands in a chip: what each slot gets, and the template by which a board makes it whole again. Checked before anything
is written, by the firmware's own code, to the byte.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from . import atecc_template
from .authority import FROM_PUBLIC_KEY, point_of
from .output import Wrong
from .products import Product
from .sources import module

_READ, _PUBLIC_KEY = 0x02, 0x40  # commands
_DATA_ZONE = 2
_BLOCK = 32


@dataclass
class Stored:
    """What to write, by slot; `template`: b"" for a certificate that is stored whole."""

    certificate: x509.Certificate
    slots: dict[int, bytes]
    template: bytes = b""
    issuer_slot: int | None = None

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


@dataclass
class Planned:
    """Stands for a chip's link: a chip as it will be. What `rebuild` asks of it is answered out of these."""

    config: bytes
    slots: dict[int, bytes]
    points: dict[int, bytes] = field(default_factory=dict)

    def execute(self, opcode: int, first: int, second: int, *_: Any) -> Generator[int, None, bytes]:
        yield 0
        if opcode == _PUBLIC_KEY:
            return self.points[second][1:]
        assert opcode == _READ
        if first & 3 != _DATA_ZONE:
            return self.config[second // 8 * _BLOCK :][:_BLOCK]
        at = (second >> 8) * _BLOCK
        return self.slots.get(second >> 3 & 15, b"")[at : at + _BLOCK].ljust(_BLOCK, b"\0")


def plan(product: Product, config: bytes, point: bytes, certificate: x509.Certificate, issuer: x509.Certificate | None) -> Stored:
    """How this certificate is kept; Wrong where it is another key's, or has no room."""
    if point_of(certificate.public_key()) != point:
        raise Wrong("the certificate is for another key than the chip's: have it issued anew from the request")
    if product.certificate == "der":
        der = certificate.public_bytes(Encoding.DER)
        room = 416
        if len(der) > room:
            raise Wrong(f'the certificate has {len(der)} bytes, slot 8 has {room}: shorter names, or certificate = "compressed"')
        return Stored(certificate, {product.data_slot: der})
    return _compressed(product, config, point, certificate, issuer)


def _compressed(product: Product, config: bytes, point: bytes, certificate: x509.Certificate, issuer: x509.Certificate | None) -> Stored:
    der = certificate.public_bytes(Encoding.DER)
    serial = config[0:4] + config[8:13]
    slots, issuer_slot = {}, None
    issuers_point = point_of(issuer.public_key()) if issuer else b""
    if issuers_point:
        issuer_slot = product.issuer_slot
        slots[issuer_slot] = bytes(4) + issuers_point[1:33] + bytes(4) + issuers_point[33:]
    try:
        if issuer:
            atecc_template.check_issued(certificate, issuer)
        template = atecc_template.template(der, chip_serial=serial.hex() if serial.hex().upper().encode() in der else None)
        slots[product.certificate_slot] = atecc_template.compress(certificate, serial_source=_serial_source(certificate, point))
    except ValueError as reason:
        raise Wrong(f'the certificate can not be compressed: {reason}; certificate = "der" stores it whole') from None
    made = rebuilt(Planned(config, slots, {product.key_slot: point}), template, product.certificate_slot, product.key_slot, issuer_slot)
    if made != der:
        raise Wrong('the certificate would not come out of its 72 bytes as it is; certificate = "der" stores it whole')
    return Stored(certificate, slots, template, issuer_slot)


def rebuilt(chip: Planned, template: bytes, slot: int, key_slot: int, issuer_slot: int | None) -> bytes:
    """What the firmware makes of it."""
    job = module("latchkey.secure_element.compressed_certificate").rebuild(chip, template, slot, key_slot, issuer_slot)
    try:
        while True:
            next(job)
    except StopIteration as done:
        return bytes(done.value[0])
    except module("latchkey.errors").Fault as fault:
        raise Wrong(str(fault)) from None


def _serial_source(certificate: x509.Certificate, point: bytes) -> int:
    """Whether its serial number follows from key and date, or is the template's."""
    begin, end = (when.replace(tzinfo=None) for when in (certificate.not_valid_before_utc, certificate.not_valid_after_utc))
    made = atecc_template.serial_number(FROM_PUBLIC_KEY, point[1:], b"", atecc_template.dates(begin, end))
    return FROM_PUBLIC_KEY if int.from_bytes(made) == certificate.serial_number else 0
