"""What a board's sources of randomness give, before any mixing: statistics, what is wrong, a picture (`latchkey entropy`).

For each source: the bytes as grey levels, how often each byte value came, how much a bit follows from one before it, and what is wrong,
if anything is. A generator that is predictable and looks random passes all of this: no picture proves randomness, it shows failure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from . import estimators
from .board import Call
from .output import Output, Wrong

LEAST = 4096  # bytes: with fewer nothing can be said of 256 values
LAGS = 64  # bits
SIGMAS = 6.0  # beyond it something is wrong: a sound source gets there once in some millions of pictures
BLOCK = 16  # bytes: none comes twice by chance


@dataclass(frozen=True)
class Source:
    """What a source says of itself. `claim`: bits of min-entropy per byte; the cut-offs are those of its health tests, None without."""

    name: str
    standing: str
    claim: int = 8
    repetition_cutoff: int | None = None
    proportion_cutoff: int | None = None


@dataclass
class Findings:
    """What was measured of `data`; `wrong` says each thing that a sound source would not show."""

    source: Source
    data: np.ndarray
    refusal: str = ""
    wrong: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)  # what a source that claims less than 8 bits a byte may show
    counts: np.ndarray = field(default_factory=lambda: np.zeros(256, int))
    correlation: np.ndarray = field(default_factory=lambda: np.zeros(LAGS))
    min_entropy: float = 0.0
    estimates: dict[str, float] = field(default_factory=dict)  # further ones (estimators.py), bits a byte

    @property
    def sound(self) -> bool:
        return not self.refusal and not self.wrong

    @property
    def verdict(self) -> str:
        if self.allowed and self.sound:
            return "; ".join(self.allowed) + f", as may be where {self.source.claim} bits a byte are claimed"
        return self.refusal or "; ".join(self.wrong + self.allowed) or "nothing wrong to be seen"


def examine(source: Source, data: bytes, refusal: str = "") -> Findings:
    """All statistics of what a source gave; a source that gave too little is not judged beyond saying so."""
    found = Findings(source, np.frombuffer(data, np.uint8), refusal)
    if len(data) < LEAST:
        found.refusal = refusal or f"gave {len(data)} bytes, fewer than {LEAST}"
        return found
    found.counts = np.bincount(found.data, minlength=256)
    found.correlation = correlation(found.data)
    found.min_entropy = min_entropy(found.counts)
    found.estimates = estimators.all_of(found.data)
    found.wrong = repeated(data) + unhealthy(found) + poor(found)
    patterns = uneven(found) + dependent(found)
    if source.claim < 8 and found.min_entropy >= source.claim:
        found.allowed = patterns
    else:
        found.wrong += patterns
    return found


def min_entropy(counts: np.ndarray) -> float:
    """The most common value estimate (SP 800-90B 6.3.1), bits per byte: a bound from above that grows with the sample."""
    n = counts.sum()
    p = counts.max() / n
    upper = min(1.0, p + 2.576 * np.sqrt(p * (1 - p) / (n - 1)))
    return float(-np.log2(upper)) + 0.0


def poor(found: Findings) -> list[str]:
    """Estimates far below the claim: at these lengths a perfect source of 8 bits a byte is estimated at 5 to 7, and none at half of it."""
    low = {name: value for name, value in found.estimates.items() if value < found.source.claim / 2}
    return [f"the {name} estimate is {value:.2f} bits a byte, where {found.source.claim} are claimed" for name, value in low.items()]


def ideal_min_entropy(length: int) -> tuple[float, float]:
    """What `min_entropy` makes of that many bytes of a perfect source, least and most in 50 trials."""
    generator = np.random.default_rng(0)
    found = [min_entropy(np.bincount(generator.integers(0, 256, length), minlength=256)) for _ in range(50)]
    return min(found), max(found)


def correlation(data: np.ndarray) -> np.ndarray:
    """Of each bit with the one 1 to LAGS bits before it, -1 to 1."""
    bits = np.unpackbits(data).astype(np.int8) * 2 - 1
    return np.array([np.mean(bits[:-lag] * bits[lag:]) for lag in range(1, LAGS + 1)])


def uneven(found: Findings) -> list[str]:
    """Chi-squared of the byte values (255 degrees of freedom), and the share of ones."""
    expected = len(found.data) / 256
    square = float(((found.counts - expected) ** 2 / expected).sum())
    ones = int(np.unpackbits(found.data).sum())
    bits = 8 * len(found.data)
    out = []
    if abs(square - 255) > SIGMAS * np.sqrt(2 * 255):
        how = "unevenly" if square > 255 else "more evenly than chance would have it"
        out.append(f"byte values come {how} (chi-squared {square:,.0f} where 255 is due)")
    if abs(ones - bits / 2) > SIGMAS * np.sqrt(bits) / 2:
        out.append(f"{ones / bits:.1%} of the bits are ones")
    return out


def dependent(found: Findings) -> list[str]:
    """Bits that follow from earlier ones."""
    worst = int(np.argmax(np.abs(found.correlation)))
    value = found.correlation[worst]
    if abs(value) <= SIGMAS / np.sqrt(8 * len(found.data)):
        return []
    return [f"a bit is {'equal' if value > 0 else 'opposite'} to the one {worst + 1} before it in {(1 + abs(value)) / 2:.1%} of all cases"]


def repeated(data: bytes) -> list[str]:
    """Whole blocks that came before."""
    blocks = [data[at : at + BLOCK] for at in range(0, len(data) - BLOCK + 1, BLOCK)]
    again = len(blocks) - len(set(blocks))
    return [f"{again} of {len(blocks)} blocks of {BLOCK} bytes came before"] if again else []


def unhealthy(found: Findings) -> list[str]:
    """What the device's own tests (SP 800-90B 4.4) would have refused, by the cut-offs that it uses."""
    out = []
    source = found.source
    run = longest_run(found.data)
    if source.repetition_cutoff and run >= source.repetition_cutoff:
        out.append(f"a value came {run} times in a row (the repetition count test allows {source.repetition_cutoff - 1})")
    window = most_in_window(found.data)
    if source.proportion_cutoff and window >= source.proportion_cutoff:
        out.append(f"a value came {window} times in 512 (the adaptive proportion test allows {source.proportion_cutoff - 1})")
    return out


def longest_run(data: np.ndarray) -> int:
    edges = np.flatnonzero(np.diff(data)) + 1
    return int(np.diff(np.concatenate(([0], edges, [len(data)]))).max())


def most_in_window(data: np.ndarray) -> int:
    """How often the first value of a window of 512 came in it, at most."""
    windows = data[: len(data) // 512 * 512].reshape(-1, 512)
    return int((windows == windows[:, :1]).sum(axis=1).max())


def draw(call: Call, length: int, only: str, out: Output) -> list[Findings]:
    """Ask a device for its sources and `length` bytes of each whose name has `only` in it."""
    told: list[str] = []
    call("sources()", told.append)
    sources = [Source(**json.loads(line)) for line in told]
    chosen = [index for index, source in enumerate(sources) if only.lower() in source.name.lower()]
    if not chosen:
        raise Wrong(f"no source has {only!r} in its name; there are: " + ", ".join(source.name for source in sources))
    return [_drawn(call, sources[index], index, length, out) for index in chosen]


def _drawn(call: Call, source: Source, index: int, length: int, out: Output) -> Findings:
    data = bytearray()
    refusals = []
    with out.progress(source.name, length) as bar:

        def take(line: str) -> None:
            if line.startswith("!"):
                refusals.append(line[1:].strip())
            else:
                data.extend(bytes.fromhex(line))
                bar.advance(len(line) // 2)

        call(f"draw({index}, {length})", take)
    return examine(source, bytes(data[:length]), " ".join(refusals))


def picture(findings: list[Findings], path: Path) -> None:
    """A row for each source: bytes, byte values, correlation."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    figure = plt.figure(figsize=(13, 4.2 * len(findings)), layout="constrained")
    for part, found in zip(figure.subfigures(len(findings), 1, squeeze=False).ravel(), findings, strict=True):
        title = f"{found.source.name} ({found.source.standing}), {len(found.data):,} bytes: {found.verdict}"
        part.suptitle(title, color="black" if found.sound else "crimson", wrap=True)
        if found.counts.any():
            left, middle, right = part.subplots(1, 3)
            _show_bytes(left, found)
            _show_counts(middle, found)
            _show_correlation(right, found)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _show_bytes(axes: Any, found: Findings) -> None:
    side = int(np.sqrt(len(found.data)))
    axes.imshow(found.data[: side * side].reshape(side, side), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set(title="the bytes, row by row", xticks=[], yticks=[])


def _show_counts(axes: Any, found: Findings) -> None:
    expected = len(found.data) / 256
    axes.bar(range(256), found.counts, width=1.0, color="steelblue")
    _show_band(axes, expected, np.sqrt(expected))
    low, high = ideal_min_entropy(len(found.data))
    note = f"min-entropy by the commonest: {found.min_entropy:.2f} bits a byte, of a perfect\nsource {low:.2f} to {high:.2f} at this length"
    axes.set(title="how often each byte value came", xlabel=f"{note}; claimed: {found.source.claim}", xlim=(-0.5, 255.5))


def _show_correlation(axes: Any, found: Findings) -> None:
    axes.stem(range(1, LAGS + 1), found.correlation, basefmt=" ", markerfmt=".")
    _show_band(axes, 0, 1 / np.sqrt(8 * len(found.data)))
    axes.set(title="correlation of a bit with an earlier one", xlabel="bits between them")


def _show_band(axes: Any, centre: float, sigma: float) -> None:
    for edge, label in ((-SIGMAS, "as far as chance goes"), (SIGMAS, None)):
        axes.axhline(centre + edge * sigma, color="darkorange", linestyle="--", label=label)
    axes.legend(loc="lower right", fontsize="small")
