"""Min-entropy by the estimators of SP 800-90B section 6.3 that make sense for some thousands of bytes, none of which takes samples for
independent: collision (6.3.2), Markov (6.3.3) and compression (6.3.4) of the bits, beside the most common value (6.3.1) of the bytes.

Each is a bound from above that a source gets past by looking random: the smallest says most, and none says that a source is good.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

CONFIDENCE = 2.576  # of 99 %
_MARKOV = 128  # bits of a path
_BLOCK = 6  # bits, of the compression estimate
_DICTIONARY = 1000  # blocks


def collision(bits: np.ndarray) -> float:
    """Bits of entropy in a bit: how soon one of two or three bits is like another (6.3.2)."""
    times, at = [], 0
    found = bits.tolist()
    while at + 1 < len(found):
        took = 2 if found[at] == found[at + 1] else 3
        if at + took > len(found):
            break
        times.append(took)
        at += took
    waits = np.array(times)
    lower = waits.mean() - CONFIDENCE * waits.std(ddof=1) / np.sqrt(len(waits))
    return -np.log2(_solved(_mean_collision, lower, 0.5))


def _mean_collision(p: float) -> float:
    q = 1 - p
    half = 0.5 * (1 / p - 1 / q)
    return p / q**2 * (1 + half) * (q + 2 * q**2 + 2 * q**3) - p / q * half  # q + 2 q^2 + 2 q^3 is F(q) of the incomplete gamma function


def markov(bits: np.ndarray) -> float:
    """Bits of entropy in a bit that depends on the one before it: by the likeliest path of 128 bits (6.3.3)."""
    ones = bits.mean()
    pairs = np.zeros((2, 2))
    np.add.at(pairs, (bits[:-1], bits[1:]), 1)
    rows = pairs / np.maximum(pairs.sum(axis=1, keepdims=True), 1)
    with np.errstate(divide="ignore"):
        first, step = np.log2([1 - ones, ones]), np.log2(rows)
    n = _MARKOV
    paths = [
        first[0] + (n - 1) * step[0, 0],
        first[0] + n // 2 * step[0, 1] + (n // 2 - 1) * step[1, 0],
        first[0] + step[0, 1] + (n - 2) * step[1, 1],
        first[1] + step[1, 0] + (n - 2) * step[0, 0],
        first[1] + n // 2 * step[1, 0] + (n // 2 - 1) * step[0, 1],
        first[1] + (n - 1) * step[1, 1],
    ]
    return float(min(1.0, -max(paths) / n)) + 0.0


def compression(bits: np.ndarray, dictionary: int = _DICTIONARY) -> float:
    """Bits of entropy in a bit: how far back each block of 6 bits came last (6.3.4)."""
    size = len(bits) // _BLOCK
    blocks = bits[: size * _BLOCK].reshape(size, _BLOCK) @ (1 << np.arange(_BLOCK)[::-1])
    last: dict[int, int] = {}
    distances = []
    for place, block in enumerate(blocks.tolist(), 1):
        if place > dictionary:
            distances.append(place - last.get(block, 0))
        last[block] = place
    logs = np.log2(distances)
    spread = 0.5907 * np.sqrt(max(0.0, float((logs**2).sum() / (len(logs) - 1) - logs.mean() ** 2)))
    lower = logs.mean() - CONFIDENCE * spread / np.sqrt(len(logs))
    others = 2**_BLOCK - 1
    least = 2.0**-_BLOCK
    u = np.arange(1, size + 1)

    def mean(p: float) -> float:
        return _mean_distance(p, u, dictionary) + others * _mean_distance((1 - p) / others, u, dictionary)

    return -np.log2(_solved(mean, lower, least)) / _BLOCK


def _mean_distance(z: float, u: np.ndarray, dictionary: int) -> float:
    """G(z): the mean logarithm of the distance of a block whose probability is z."""
    logs, power = np.log2(u), (1 - z) ** (u - 1.0)
    before = np.concatenate(([0.0], np.cumsum(logs * power)[:-1])) * z**2
    return float((before + logs * power * z)[dictionary:].mean())


def _solved(mean: Callable[[float], float], wanted: float, least: float) -> float:
    """The probability of the likeliest value, for which a falling `mean` is what is wanted; `least` where none gives as much."""
    if wanted >= mean(least):
        return least
    low, high = least, 1 - 1e-9
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if mean(middle) > wanted else (low, middle)
    return high


def all_of(data: np.ndarray) -> dict[str, float]:
    """Each, in bits a byte."""
    bits = np.unpackbits(data).astype(np.int64)
    return {"collision": 8 * float(collision(bits)), "Markov": 8 * markov(bits), "compression": 8 * float(compression(bits))}
