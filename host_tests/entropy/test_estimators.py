"""The estimators of SP 800-90B section 6.3, by the worked examples that stand there, and by sources whose entropy is known."""

import numpy as np
import pytest

from tools.latchkey_tools import estimators
from tools.latchkey_tools.randomness import Source, examine

pytestmark = pytest.mark.targets("unix")
EXAMPLE = "1000111001010101110011000111001010101110"  # of sections 6.3.2 and 6.3.3
LONGER = EXAMPLE + "11100011"  # of section 6.3.4
GENERATOR = np.random.default_rng(5)


def bits(text: str) -> np.ndarray:
    return np.array(list(map(int, text)))


def biased(share: float, length: int = 131072) -> np.ndarray:
    """Bits, of which so many are ones."""
    return (GENERATOR.random(length) < share).astype(np.int64)


def test_gives_what_the_standards_examples_give() -> None:
    assert estimators.collision(bits(EXAMPLE)) == pytest.approx(0.4483, abs=1e-4)
    assert estimators.markov(bits(EXAMPLE)) == pytest.approx(0.761, abs=1e-3)
    assert estimators.compression(bits(LONGER), dictionary=4) == pytest.approx(0.1345, abs=1e-4)


@pytest.mark.parametrize("estimate", [estimators.collision, estimators.markov, estimators.compression])
@pytest.mark.parametrize("share", [0.6, 0.8, 0.95])
def test_is_never_far_above_what_a_biased_source_has(estimate, share: float) -> None:
    entropy = -np.log2(share)
    assert entropy * 0.5 < estimate(biased(share)) < entropy * 1.05


def test_a_bit_that_follows_the_one_before_it_is_seen_by_markov_alone() -> None:
    follows = np.cumsum(biased(0.1)) % 2  # equal to the one before it in nine of ten cases
    assert estimators.markov(follows) == pytest.approx(-np.log2(0.9), rel=0.1)
    assert abs(follows.mean() - 0.5) < 0.05


def test_says_no_entropy_of_what_has_none() -> None:
    for data in (bytes(4096), b"\xff" * 4096):
        assert max(estimators.all_of(np.frombuffer(data, np.uint8)).values()) < 0.01
    assert min(estimators.all_of(np.frombuffer(b"\xaa" * 4096, np.uint8)).values()) < 0.1


def test_an_estimate_far_below_the_claim_is_a_verdict() -> None:
    data = np.packbits(biased(0.8)).tobytes()
    assert any("Markov estimate is" in line for line in examine(Source("biased", "trusted", 8), data).wrong)
    assert not [line for line in examine(Source("biased", "trusted", 2), data).wrong if "estimate" in line], "it claims no more"
