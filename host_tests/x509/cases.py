"""The form of a table of chains: rules, each with a chain that keeps it and one that breaks it.

    rules = Rules()
    rules.add("a CA's basicConstraints are critical", chain(LEAF, CA), chain(LEAF, BAD_CA), "BASIC_CONSTRAINTS_NOT_CRITICAL")

The chains of a table are judged on the target in one go (on_target_support/x509_judge.py); every row is two tests.
"""

import hashlib
import json
import runpy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from host_tests.targets import Target
from host_tests.x509 import maker as make
from tools.build.places import ROOT

CAUSES = {name: number for number, (name, _) in runpy.run_path(str(ROOT / "firmware/latchkey/errors_text/x509.py"))["TEXT"].items()}


@dataclass(frozen=True)
class Presented:
    """What a server presents, and what it is judged by."""

    certificates: tuple[make.Certificate | bytes, ...]
    anchors: tuple[make.Certificate | bytes, ...] | None = (make.ROOT,)
    pins: tuple[bytes, ...] = ()
    status: bytes | None = None
    signers: tuple[make.Certificate, ...] = ()  # certificates beside those presented whose signatures are good, too
    verdicts: tuple[bytes, ...] = ()
    real: bool = False  # signatures are computed on the target, not looked up
    policy: dict = field(default_factory=dict)

    def with_(self, **policy) -> "Presented":
        """The same, judged by a changed policy."""
        return replace(self, policy={**self.policy, **policy})

    def file(self, pieces: Sequence[int]) -> bytes:
        """As the target's x509_judge reads it."""
        good = [c.verdict for c in (*self.certificates, *self.signers) if isinstance(c, make.Certificate) and c.genuine]
        anchors, certificates = [_der(c) for c in self.anchors or ()], [_der(c) for c in self.certificates]
        head = {
            "anchors": None if self.anchors is None else [len(der) for der in anchors],
            "certificates": [len(der) for der in certificates],
            "status": None if self.status is None else len(self.status),
            "pins": [pin.hex() for pin in self.pins],
            "good": None if self.real else [g.hex() for g in (*good, *self.verdicts)],
            "policy": {"host": "host.example.com", "now": make.NOW, **self.policy},
            "pieces": pieces,
        }
        return json.dumps(head).encode() + b"\n" + b"".join([*anchors, *certificates, self.status or b""])


def _der(certificate: make.Certificate | bytes) -> bytes:
    return certificate if isinstance(certificate, bytes) else certificate.der


def chain(*certificates: make.Certificate | bytes, **options) -> Presented:
    """Certificates as a server sends them, leaf first; options of Presented, others go to the policy."""
    own = {name: options.pop(name) for name in ("anchors", "pins", "status", "signers", "verdicts", "real") if name in options}
    return Presented(certificates, policy=options, **own)


def pin(certificate: make.Certificate) -> bytes:
    return hashlib.sha256(certificate.key.spki).digest()


@dataclass(frozen=True)
class Row:
    """A chain and the verdict it must get: "accept KIND", or the cause it is refused with."""

    name: str
    presented: Presented
    expected: str


class Rules(list[Row]):
    """A table of rows."""

    def add(self, rule: str, good: Presented, bad: Presented, cause: str, kind: str = "CHAIN") -> None:
        """A rule, a chain that keeps it, and one that breaks nothing else."""
        self.append(Row(f"keeps: {rule}", good, f"accept {kind}"))
        self.append(Row(f"breaks: {rule}", bad, cause))
        names = [row.name for row in self]
        assert len(names) == len(set(names)), rule


PIECES = (4096, 1, 100)  # octets that a certificate is fed in at a time, on a fast target; a slow one gets the last
_BATCH = 32_000  # octets of a file on the target


def judge(target: Target, presented: Sequence[Presented], pieces: Sequence[int] = PIECES) -> list[str]:
    """Verdicts of the target's package, in order, as x509_judge prints them."""
    pieces = pieces if target.slowness == 1 else pieces[-1:]
    target.exec("import x509_judge")
    verdicts: list[str] = []
    batch = b""
    for item in (*presented, None):
        data = item.file(pieces) if item else b""
        if batch and (item is None or len(batch) + len(data) > _BATCH):
            target.put("x509_chains", batch)
            verdicts += target.exec("x509_judge.judge_file('x509_chains')", 120).splitlines()
            batch = b""
        batch += data
    return verdicts


def as_expected(verdict: str, expected: str) -> bool:
    """Whether a verdict is the one a row wants."""
    if expected.startswith("accept"):
        return verdict.startswith(expected + " ") and "/" not in verdict
    return verdict.startswith(f"fault {CAUSES[expected]} ") and "/" not in verdict
