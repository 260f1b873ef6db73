"""Health tests over a source: SP 800-90B section 4.4 and what a dead source gives, at start-up and on every byte drawn.

The samples are bytes. Cut-offs are for a false alarm in 2^40 samples (repetition) or windows of 512 (proportion), from the
min-entropy that the source states. On conditioned output (a chip's Random, most microcontrollers' generators) such tests
see total failure only: a generator that is predictable yet looks random passes them.

A generator that is stuck repeats what it makes at a time: the same block again and again, or a few in turn. So blocks are cut as the source
makes them, for in pieces of another length the same block does not come again before as many of them as fit their common multiple;
and each is compared with the 16 before it, also with those from before the source was put out.
"""

from micropython import const

from latchkey.crypto.hashes import finish, sha256
from latchkey.crypto.util import wipe
from latchkey.errors import Fault, TLSError

_SOURCE_NOT_READY = const(701)
_SOURCE_BROKEN = const(702)
_REPETITION = const(703)
_PROPORTION = const(704)
_DEAD_PATTERN = const(705)

_BLOCK = const(32)  # of a source that does not say
_LEAST_BLOCK = const(16)  # shorter ones would come again by chance
_FINGERPRINT = const(8)  # bytes of a block's SHA-256
_REMEMBERED = const(128)  # bytes of fingerprints: 16 blocks
_STARTUP_BLOCKS = const(4)  # at least: one more than the longest cycle that a first seed is to be safe from
_WINDOW = const(512)
_RAW_STARTUP = const(1024)  # samples, SP 800-90B section 4.3
_CONDITIONED_STARTUP = const(128)  # total failure shows in the first block; more would cost a chip 0.2 s and more

# (bits of min-entropy per byte, repetition cut-off, proportion cut-off): 1 + ceil(40 / H), 1 + CRITBINOM(512, 2^-H, 1 - 2^-40)
_CUTOFFS = ((8, 6, 19), (7, 7, 26), (6, 8, 35), (4, 11, 78), (2, 21, 201), (1, 41, 336))

_DEAD = {b"\x00\x00\x00\x00": "all zero", b"\xff\xff\xff\xff": "all one"}


def cutoffs(min_entropy):
    """`(repetition, proportion)` for a min-entropy of 1 to 8 bits per byte; between the rows the weaker claim holds."""
    for bits, repetition, proportion in _CUTOFFS:
        if min_entropy >= bits:
            return repetition, proportion
    raise ValueError("a source must state at least 1 bit of min-entropy per byte")


def test_only(source):
    """True of a source that must never serve a product, and says so."""
    return getattr(source, "test_only", False)


def counts(source):
    """True of a source that a seed may rest on."""
    return source.trusted or test_only(source)


def failed(fault):
    """True of a fault of the randomness itself, and not of the way to the source (a chip that is busy or away)."""
    return _SOURCE_NOT_READY < fault.cause <= _DEAD_PATTERN


class Monitor:
    """A source under test. A source that failed gives nothing until it has passed the start-up tests again."""

    def __init__(self, source):
        self.source = source
        self.repetition_cutoff, self.proportion_cutoff = cutoffs(source.min_entropy)
        self.block = getattr(source, "block", _BLOCK)  # bytes that are drawn and compared as one
        if self.block < _LEAST_BLOCK:
            raise ValueError("a source's block must have 16 bytes or more")
        self.drawn = self.startups = self.failures = 0
        self.failure = None  # the Fault that put it out
        self.passed = False  # start-up
        self.gave = False  # to the pool's present seed
        self._value = -1  # repetition count: the value and how often it stands in a row
        self._repeats = 0
        self._first = self._count = 0  # adaptive proportion: the window's first value and how often it came
        self._seen = _WINDOW
        self._blocks = b""  # fingerprints of the last ones

    def ready(self):
        """True if the source is ready and has not failed since it last passed."""
        return self.source.ready() and (self.failure is None or self.failure.cause == _SOURCE_NOT_READY)

    def draw(self, buf, wait=True):
        """Job: fill `buf` (whole blocks of the source) with tested bytes. Faults with the reason; `buf` is then zeroed.

        Without `wait` a device that another task is using is not waited for: whoever blocks would wait for ever.
        """
        try:
            # A source that waits for a device says in its own job what is wrong: to ask it before would block.
            if not hasattr(self.source, "filling") and not self.source.ready():
                raise Fault(_SOURCE_NOT_READY, f"{self.source.name}: {self.source.why_not()}")
            if not self.passed:
                samples = _CONDITIONED_STARTUP if getattr(self.source, "conditioned", False) else _RAW_STARTUP
                left = max(-(-samples // self.block), _STARTUP_BLOCKS) * self.block
                self._value, self._seen = -1, _WINDOW
                while left > 0:  # the samples are thrown away
                    yield from self._fill(memoryview(buf)[: min(left, len(buf))], wait)
                    left -= len(buf)
                self.passed = True
                self.startups += 1
            yield from self._fill(buf, wait)
        except (Fault, OSError) as fault:
            wipe(buf)
            if isinstance(fault, TLSError):  # of a device that was not waited for
                fault = Fault(fault.cause, fault.detail)
            if not isinstance(fault, Fault) or fault.cause in getattr(self.source, "broken", ()):
                fault = Fault(_SOURCE_BROKEN, f"{self.source.name}: {fault}")
            self.failure = fault
            if fault.cause != _SOURCE_NOT_READY:
                self.passed = False
            if failed(fault):
                self.failures += 1
            raise fault
        self.failure = None
        self.drawn += len(buf)

    def _fill(self, buf, wait):
        source = self.source
        if wait and hasattr(source, "filling"):
            yield from source.filling(buf)
        else:
            source.fill(buf)
        block = self.block
        for start in range(0, len(buf), block):
            self._test(memoryview(buf)[start : start + block])
            yield 0

    def _test(self, block):
        """One block: a word and nothing else, those before it, then each byte through both tests of section 4.4."""
        word = bytes(block[:4])
        if block == (word * len(block))[: len(block)]:
            what = _DEAD.get(word) or "each word equal to the last, " + " ".join(["%02X" % byte for byte in word])
            raise Fault(_DEAD_PATTERN, f"{self.source.name}: {what}")
        fingerprint = finish(sha256(block))[:_FINGERPRINT]
        if fingerprint in self._blocks:
            raise Fault(_DEAD_PATTERN, self.source.name + ": a block equal to the last or to one of the 15 before it")
        self._blocks = (self._blocks + fingerprint)[-_REMEMBERED:]
        last, repeats, first, count, seen = self._value, self._repeats, self._first, self._count, self._seen
        for value in block:
            if value == last:
                repeats += 1
                if repeats >= self.repetition_cutoff:
                    raise Fault(_REPETITION, self.source.name)
            else:
                last = value
                repeats = 1
            if seen == _WINDOW:
                first = value
                count = seen = 1
                continue
            seen += 1
            if value == first:
                count += 1
                if count >= self.proportion_cutoff:
                    raise Fault(_PROPORTION, self.source.name)
        self._value, self._repeats, self._first, self._count, self._seen = last, repeats, first, count, seen
