"""The way of a chip from blank to provisioned, a step at a time, from whatever it is found in.

What was done is asked of the chip, never believed of a file: its locks, its configuration, its keys. A step that was interrupted is done
again, or found done. So the order is: configuration (written, read back, locked by its CRC), key, request, certificate, its slots, a
challenge, lock of the data zone, and all of it read back. A key that is there stays, whatever was interrupted.
"""

import contextlib
import csv
import io
import json
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from . import atecc_template, authority, est, stored
from .chip import Chip
from .output import Output, Wrong
from .products import Product, configuration

Issue = Callable[[x509.CertificateSigningRequest, int], list[x509.Certificate]]
"""What makes a certificate of a request, good for so many years where it may choose; its issuer's behind it."""

_CERTIFICATES = b"-----BEGIN CERTIFICATE-----"


class Waiting(Exception):
    """A certificate is needed, and it is somebody else's to give; the message says how to go on."""


_LISTED = ("serial", "key_slot", "product", "model", "public_key", "certificate", "certificate_slot", "issuer_slot")
_listing = threading.Lock()


@dataclass
class Records:
    """What is kept of each key: SERIAL-SLOT.json, .csr, .pem, .lkc in a folder, and a table of all. Each file is whole or not there."""

    folder: Path
    table = "devices.csv"

    def path(self, key: str, kind: str) -> Path:
        return self.folder / f"{key}.{kind}"

    def write(self, key: str, kind: str, data: bytes) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.path(key, kind)
        _put(path, data)
        return path

    def add(self, key: str, record: dict[str, Any]) -> None:
        """A record, and the table, which follows from all that are there."""
        self.write(key, "json", json.dumps(record, indent=1).encode())
        with _listing:
            text = io.StringIO(newline="")
            writer = csv.DictWriter(text, _LISTED, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(json.loads(path.read_bytes()) for path in sorted(self.folder.glob("*-*.json")))
            _put(self.folder / self.table, text.getvalue().encode())

    def certificates(self, key: str) -> list[x509.Certificate]:
        """What was issued for this slot's key, its issuer's behind it."""
        path = self.path(key, "pem")
        return x509.load_pem_x509_certificates(path.read_bytes()) if path.exists() else []


def _parts(name: x509.Name) -> list[tuple[str, str | bytes]]:
    return sorted((part.oid.dotted_string, part.value) for part in name)


def _put(path: Path, data: bytes) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    beside.write_bytes(data)
    os.replace(beside, path)


@dataclass
class Provisioning:
    """One chip's. `issue`: has a request signed; `given`: a file with the certificate, and its issuer's behind it."""

    chip: Chip
    product: Product
    records: Records
    out: Output
    issue: Issue | None = None
    given: Path | None = None
    new_key: bool = False

    @property
    def key(self) -> str:
        """What the records go by."""
        return f"{self.chip.serial}-{self.product.key_slot}"

    def check(self) -> bytes:
        """The configuration that the chip is to have; Wrong where it can't have it, or where the line can't be meant."""
        wanted = self.product.configured(self.chip.config)
        if self.chip.config_locked:
            differences = self.product.differences(self.chip.config)
            if differences:
                raise Wrong("this chip is locked to another configuration, for good: " + "; ".join(differences))
            self._check_room()
        reason = self.chip.config_locked and self._missing() and configuration.why_refused(wanted, self.product.key_slot, "generate")
        if reason:
            raise Wrong(f"slot {self.product.key_slot} gets no key any more: {reason}")
        return wanted

    def _check_room(self) -> None:
        """A chip that a vendor's library has locked may keep its certificate for good."""
        for slot in self.product.used[1:] if self.product.layout and self.chip.data_locked else ():
            reason = configuration.why_refused(self.chip.config, slot, "write")
            if reason:
                raise Wrong(f"slot {slot} takes no certificate any more: {reason}")

    def todo(self) -> list[str]:
        """What is left to be done, in words."""
        chip, slot = self.chip, self.product.key_slot
        steps: list[tuple[bool, str]] = [
            (not chip.config_locked, "write the configuration, read it back, and LOCK it by its CRC: for good"),
            (self._missing(), f"make a key in slot {slot}" + (": the one that is there is gone then" if slot in chip.keys else "")),
            (True, f"a certificate for the key in slot {slot}, unless it has one; stored in slot {self.product.data_slot}"),
            (True, "have the key sign a challenge"),
            (not chip.data_locked, "LOCK the data zone: for good; slots follow their policies from then on"),
            (True, f"read it all back; a record in {self.records.path(self.key, 'json')}"),
        ]
        return [words for due, words in steps if due]

    def commit(self) -> dict[str, Any]:
        """Do what is left to be done; the record."""
        wanted = self.check()
        if not self.chip.config_locked:
            self._do("configuration written and read back", lambda: self.chip.ask(f"write_config({wanted.hex()!r})"))
            self._do("configuration locked", lambda: self.chip.ask(f"lock_config({wanted.hex()!r})"))
            self.chip.refresh()
        self._key()
        point = self.chip.point(self.product.key_slot)
        kept = self._certificate(point)
        if not self._is_stored(kept):
            for slot, data in sorted(kept.slots.items()):
                self._do(f"slot {slot} written", lambda slot=slot, data=data: self.chip.ask(f"write({slot}, {data.hex()!r})"))
        self._do("a challenge signed", lambda: self._challenge(point))
        if not self.chip.data_locked:
            self._do("data zone locked", lambda: self.chip.ask("lock_data()"))
            self.chip.refresh()
        if not self._is_stored(kept):
            raise Wrong("the certificate does not come out of the chip as it was stored: run this again; it is written anew")
        return self._record(point, kept)

    def _do(self, done: str, step: Callable[[], object]) -> None:
        step()
        self.out.say(f"{self.chip.serial}: {done}")

    def _missing(self) -> bool:
        """Whether a key is to be made. --new-key is for the one that has a certificate: what it made before it was cut short stays."""
        slot = self.product.key_slot
        if slot not in self.chip.keys or not self.new_key:
            return slot not in self.chip.keys
        certified = self.records.certificates(self.key)
        return not certified or authority.point_of(certified[0].public_key()) == self.chip.point(slot)

    def _key(self) -> None:
        if self._missing():
            self._do(f"key made in slot {self.product.key_slot}", lambda: self.chip.ask(f"generate({self.product.key_slot})"))

    def _certificate(self, point: bytes) -> stored.Stored:
        """The one that was given, or was issued before for this key, or is issued now."""
        found = self._given() if self.given else self.records.certificates(self.key)
        if not found or (not self.given and authority.point_of(found[0].public_key()) != point):
            found = self._issued(point)
        kept = stored.plan(self.product, self.chip.config, point, found[0], found[1] if len(found) > 1 else None)
        self.records.write(self.key, "pem", b"".join(one.public_bytes(Encoding.PEM) for one in found))
        if kept.template:
            self.records.write(self.key, "lkc", kept.template)
        return kept

    def _given(self) -> list[x509.Certificate]:
        assert self.given
        data = self.given.read_bytes()
        try:
            return x509.load_pem_x509_certificates(data) if _CERTIFICATES in data else [atecc_template.load_any(self.given)]
        except ValueError:
            raise Wrong(f"{self.given}: no certificate in PEM or DER") from None

    def _issued(self, point: bytes) -> list[x509.Certificate]:
        request, path = self._request(point)
        if not self.issue:
            raise Waiting(f"have {path} signed, then go on with --certificate FILE (or --ca FOLDER); the chip waits as it is")
        try:
            issued = self.issue(request, self.product.years)
        except est.Pending as reason:
            raise Waiting(f"the EST server takes its time with {path}: run this again {reason}; the chip waits as it is") from None
        self.out.say(f"{self.chip.serial}: certificate issued")
        return issued

    def _request(self, point: bytes) -> tuple[x509.CertificateSigningRequest, Path]:
        """The one that waits for its certificate (RFC 7030 section 4.2.3 wants the same again), else a new one."""
        subject = self.product.subject.format(serial=self.chip.serial, name=self.product.name)
        path = self.records.path(self.key, "csr")
        if path.exists():
            with contextlib.suppress(Wrong, ValueError):
                kept = authority.checked_request(path.read_text(), point)
                if _parts(kept.subject) == _parts(x509.Name.from_rfc4514_string(subject)):
                    return kept, path
        pem = self.chip.ask(f"csr({self.product.key_slot}, {subject!r})")["pem"]
        request = authority.checked_request(pem, point)
        self.records.write(self.key, "csr", pem.encode())
        self.out.say(f"{self.chip.serial}: request signed by the chip: {path}")
        return request, path

    def _challenge(self, point: bytes) -> None:
        from hashlib import sha256

        challenge = secrets.token_bytes(32)
        answer = bytes.fromhex(self.chip.ask(f"sign({self.product.key_slot}, {sha256(challenge).hexdigest()!r})")["signature"])
        if not authority.is_signed(point, answer, challenge):
            raise Wrong("the chip does not sign as the key in its certificate does: something on its wires is wrong")

    def _is_stored(self, kept: stored.Stored) -> bool:
        """Whether the chip has it all; nothing can be read before the data zone is locked."""
        if not self.chip.data_locked:
            return False
        for slot, data in kept.slots.items():
            if bytes.fromhex(self.chip.ask(f"read({slot}, {len(data)})")["data"]) != data:
                return False
        if not kept.template:
            return True
        line = f"rebuild({kept.template.hex()!r}, {self.product.certificate_slot}, {self.product.key_slot}, {kept.issuer_slot})"
        return bytes.fromhex(self.chip.ask(line)["der"]) == kept.der

    def _record(self, point: bytes, kept: stored.Stored) -> dict[str, Any]:
        record = {
            "serial": self.chip.serial,
            "product": self.product.name,
            "model": self.chip.model,
            "key_slot": self.product.key_slot,
            "public_key": point.hex(),
            "certificate": str(self.records.path(self.key, "pem")),
            "template": str(self.records.path(self.key, "lkc")) if kept.template else None,
            "certificate_slot": self.product.data_slot,
            "issuer_slot": kept.issuer_slot,
            "config": self.chip.config.hex(),
            "locked": {"config": self.chip.config_locked, "data": self.chip.data_locked},
        }
        self.records.add(self.key, record)
        return record
