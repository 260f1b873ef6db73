"""The form of a table of chains: rules, each with a chain that keeps it and one that breaks it.

    rules = Rules()
    rules.add("a CA's basicConstraints are critical", chain(LEAF, CA), chain(LEAF, BAD_CA), "BASIC_CONSTRAINTS_NOT_CRITICAL")

The chains of a table are judged on the target in one go (on_target_support/x509_judge.py); every row is two tests.
"""

import base64
import hashlib
import json
import runpy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import x509_maker as make
from targets import Target
from tools import interpreter

CAUSES = {
    name: number for number, (name, _) in runpy.run_path(str(interpreter.ROOT / "firmware/latchkey/errors_text/x509.py"))["TEXT"].items()
}


@dataclass(frozen=True)
class Presented:
    """What a server presents, and what it is judged by."""

    certificates: tuple[make.Certificate | bytes, ...]
    anchors: tuple[make.Certificate | bytes, ...] | None = (make.ROOT,)
    pins: tuple[bytes, ...] = ()
    status: bytes | None = None
    signers: tuple[make.Certificate, ...] = ()  # certificates beside those presented whose signatures are good, too
    verdicts: tuple[bytes, ...] = ()
    policy: dict = field(default_factory=dict)

    def with_(self, **policy) -> "Presented":
        """The same, judged by a changed policy."""
        return replace(self, policy={**self.policy, **policy})

    def line(self, pieces: Sequence[int]) -> str:
        good = [c.verdict for c in (*self.certificates, *self.signers) if isinstance(c, make.Certificate)]
        return json.dumps(
            {
                "certificates": [_text(c) for c in self.certificates],
                "anchors": None if self.anchors is None else [_text(c) for c in self.anchors],
                "pins": [pin.hex() for pin in self.pins],
                "status": None if self.status is None else _text(self.status),
                "good": [g.hex() for g in (*good, *self.verdicts)],
                "policy": {"host": "host.example.com", "now": make.NOW, **self.policy},
                "pieces": pieces,
            }
        )


def _text(certificate: make.Certificate | bytes) -> str:
    return base64.b64encode(certificate if isinstance(certificate, bytes) else certificate.der).decode()


def chain(*certificates: make.Certificate | bytes, **options) -> Presented:
    """Certificates as a server sends them, leaf first; options of Presented, others go to the policy."""
    own = {name: options.pop(name) for name in ("anchors", "pins", "status", "signers", "verdicts") if name in options}
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


PIECES = (0, 1, 100)  # octets a certificate is fed in; 0: at once
_BATCH = 24_000  # octets of a file on the target


def judge(target: Target, presented: Sequence[Presented], pieces: Sequence[int] = PIECES) -> list[str]:
    """Verdicts of the target's package, in order, as x509_judge prints them."""
    target.exec("import x509_judge")
    verdicts: list[str] = []
    batch: list[str] = []
    for item in (*presented, None):
        line = item.line(pieces) if item else ""
        if batch and (item is None or sum(map(len, batch)) + len(line) > _BATCH):
            target.put("x509_chains.txt", "\n".join(batch))
            verdicts += target.exec("x509_judge.judge_file('x509_chains.txt')", 120).splitlines()
            batch = []
        batch.append(line)
    return verdicts


def as_expected(verdict: str, expected: str) -> bool:
    """Whether a verdict is the one a row wants."""
    if expected.startswith("accept"):
        return verdict.startswith(expected + " ") and "/" not in verdict
    return verdict.startswith(f"fault {CAUSES[expected]} ") and "/" not in verdict
