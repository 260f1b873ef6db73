"""The doctor: what it says of a sound board, of a clock that was never set, of missing randomness and of a kernel that computes wrong."""

import pytest

from host_tests.targets import Target

FINDINGS = "import sys, latchkey\n{}\nlatchkey.doctor.report()"


STUCK = """
from latchkey import entropy
from latchkey.entropy.pool import Pool
class Stuck:
    name = "stuck"
    trusted = True
    min_entropy = 8
    def ready(self):
        return True
    def why_not(self):
        return ""
    def fill(self, buf):
        pass
entropy._pool = Pool([Stuck()] + [monitor.source for monitor in entropy.default().monitors])
"""

COMPILED = """
from latchkey.crypto import core
from latchkey.crypto.field import kernel_viper_p256
core._found = "native"
core.miscompiles = lambda: True
kernel_viper_p256.__file__ = "kernel_viper_p256.py"
"""


def findings(target: Target, before: str = "pass") -> list[str]:
    target.reset()
    return target.exec(FINDINGS.format(before)).splitlines()


def test_names_arithmetic_clock_randomness_and_heap(target: Target) -> None:
    told = findings(target)
    for word in ("arithmetic: P-256 ", "randomness: HMAC_DRBG over", "heap: "):
        assert any(line.startswith(word) for line in told), told
    assert not [line for line in told if "kernel" in line and line.startswith("!")], told


def test_names_the_sources_that_gave_and_not_the_one_that_failed(target: Target) -> None:
    (line,) = [line for line in findings(target, STUCK) if line.startswith("randomness: ")]
    assert "stuck" not in line
    assert len(line) > len("randomness: HMAC_DRBG over ")


@pytest.mark.package_only
@pytest.mark.parametrize(
    ("before", "finding"),
    [
        ("from latchkey import context\ncontext.system_time = lambda: 1000", "! the clock says 1970-01-01 00:16 UTC"),
        (
            "from latchkey import entropy\nfrom latchkey.entropy.pool import Pool\nentropy._pool = Pool([])",
            "! no trustworthy source of randomness",
        ),
        (STUCK, "! dead source of randomness, stuck: all zero"),
        ("from latchkey.crypto import kernels\nkernels.failed.append('viper_ghash')", "! kernel viper_ghash gave a wrong answer"),
        ("from latchkey.crypto import core\ncore._found = ''", "! P-256 runs on Python integers"),
        (COMPILED, "! MicroPython up to 1.25 compiles viper wrongly for this core"),
        (COMPILED, "! P-256 runs on Python integers"),
    ],
)
def test_says_what_stands_in_the_way(before: str, finding: str, target: Target) -> None:
    assert any(line.startswith(finding) for line in findings(target, before))
