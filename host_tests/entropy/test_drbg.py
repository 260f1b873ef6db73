"""HMAC_DRBG with SHA-256 against NIST's CAVP vectors, and the health tests' cut-offs against their definition.

The sequence of a CAVP case is instantiate, (reseed,) generate and discard, generate and compare. With prediction resistance each
generate is preceded by a reseed that takes the additional input (SP 800-90A 9.3.1 step 7).
"""

import json
from fractions import Fraction
from math import comb
from pathlib import Path

import pytest

VECTORS = json.loads((Path(__file__).parent / "vectors/hmac_drbg_sha256.json").read_text())["vectors"]

RUN = """
from latchkey.entropy.drbg import HMAC_DRBG
h = bytes.fromhex
drbg = HMAC_DRBG(h({seed!r}))
if {reseed!r}:
    drbg.reseed(h({reseed!r}))
buf = bytearray(128)
for additional, fresh in {calls!r}:
    if fresh:
        drbg.reseed(h(fresh + additional))
        additional = ""
    drbg.fill(buf, h(additional))
print(buf.hex())
"""


@pytest.mark.parametrize("v", VECTORS, ids=lambda v: f"{v['group']}-ps{bool(v['personalization'])}-ai{any(v['additional'])}-{v['count']}")
def test_gives_the_bits_of_nists_vector(target, v):
    fresh = v["prediction_entropy"] or ["", ""]
    code = RUN.format(
        seed=v["entropy"] + v["nonce"] + v["personalization"],
        reseed=v["reseed_entropy"] + v["reseed_additional"],
        calls=list(zip(v["additional"], fresh, strict=True)),
    )
    assert target.exec(code).strip() == v["returned"]


def _binomial_tail_is_below(count: int, p: Fraction, window: int, alpha: Fraction) -> bool:
    """P(X >= count) <= alpha for X ~ B(window, p), exactly."""
    tail = sum(comb(window, k) * p**k * (1 - p) ** (window - k) for k in range(count, window + 1))
    return tail <= alpha


@pytest.mark.parametrize("bits", [1, 2, 4, 6, 7, 8])
def test_cut_offs_follow_from_the_claimed_entropy(target, bits):
    """SP 800-90B 4.4.1 and 4.4.2 with a false-alarm probability of 2^-40 and windows of 512."""
    repetition, proportion = map(int, target.exec(f"from latchkey.entropy.health import cutoffs\nprint(*cutoffs({bits}))").split())
    alpha, p = Fraction(1, 2**40), Fraction(1, 2**bits)
    assert repetition == 1 + -(-40 // bits)
    # C = 1 + CRITBINOM(W, p, 1 - alpha): the smallest count whose tail beyond it is at most alpha, plus one.
    assert _binomial_tail_is_below(proportion, p, 512, alpha)
    assert not _binomial_tail_is_below(proportion - 1, p, 512, alpha)
