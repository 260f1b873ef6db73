"""The way of a chip from blank to provisioned, a step at a time, from whatever it is found in.

What was done is asked of the chip, never believed of a file: its locks, its configuration, its keys. A step that was interrupted is done
again, or found done. So the order is: configuration (written, read back, locked by its CRC), key, request, certificate, its slots, a
challenge, lock of the data zone, and all of it read back. A key that is there stays, whatever was interrupted.
"""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from . import atecc_template, authority, stored
from .chip import Chip
from .output import Output, Wrong
from .products import Product, configuration

_CERTIFICATES = b"-----BEGIN CERTIFICATE-----"


class Waiting(Exception):
    """A certificate is needed, and it is somebody else's to give; the message says how to go on."""


@dataclass
class Records:
    """What is kept of each key: SERIAL-SLOT.json, .csr, .pem, .lkc in a folder. Each file is whole or not there."""

    folder: Path

    def path(self, key: str, kind: str) -> Path:
        return self.folder / f"{key}.{kind}"

    def write(self, key: str, kind: str, data: bytes) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.path(key, kind)
        beside = path.with_name(path.name + ".new")
        beside.write_bytes(data)
        os.replace(beside, path)
        return path

    def certificates(self, key: str) -> list[x509.Certificate]:
        """What was issued for this slot's key, its issuer's behind it."""
        path = self.path(key, "pem")
        return x509.load_pem_x509_certificates(path.read_bytes()) if path.exists() else []


@dataclass
class Provisioning:
    """One chip's. `authority`: the folder of a CA; `given`: a file with the certificate, and its issuer's behind it."""

    chip: Chip
    product: Product
    records: Records
    out: Output
    authority: Path | None = None
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
        reason = self.chip.config_locked and self._missing() and configuration.why_refused(wanted, self.product.key_slot, "generate")
        if reason:
            raise Wrong(f"slot {self.product.key_slot} gets no key any more: {reason}")
        return wanted

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
        subject = self.product.subject.format(serial=self.chip.serial, name=self.product.name)
        pem = self.chip.ask(f"csr({self.product.key_slot}, {subject!r})")["pem"]
        request = authority.checked_request(pem, point)
        path = self.records.write(self.key, "csr", pem.encode())
        self.out.say(f"{self.chip.serial}: request signed by the chip: {path}")
        if not self.authority:
            raise Waiting(f"have {path} signed, then go on with --certificate FILE (or --ca FOLDER); the chip waits as it is")
        ca = authority.Authority(self.authority)
        self.out.say(f"{self.chip.serial}: certificate issued")
        return [ca.issue(request, self.product.years), ca.certificate]

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
        self.records.write(self.key, "json", json.dumps(record, indent=1).encode())
        return record
