"""Health tests over a source: SP 800-90B section 4.4 and what a dead source gives, at start-up and on every byte drawn.

The samples are bytes. Cut-offs are for a false alarm in 2^40 samples (repetition) or windows of 512 (proportion), from the
min-entropy that the source states. On conditioned output (a chip's Random, most microcontrollers' generators) such tests
see total failure only: a generator that is predictable yet looks random passes them.

A generator that is stuck repeats what it makes at a time: the same block again and again, or a few in turn. So blocks are cut as the source
makes them, for in pieces of another length the same block does not come again before as many of them as fit their common multiple;
and each is compared with the 16 before it, also with those from before the source was put out.

What is here is what stays of a source under test; the tests themselves are in seeding.py.
"""

_SOURCE_NOT_READY = const(701)
_DEAD_PATTERN = const(705)

_BLOCK = const(32)  # of a source that does not say
_LEAST_BLOCK = const(16)  # shorter ones would come again by chance
_WINDOW = const(512)

# (bits of min-entropy per byte, repetition cut-off, proportion cut-off): 1 + ceil(40 / H), 1 + CRITBINOM(512, 2^-H, 1 - 2^-40)
_CUTOFFS = ((8, 6, 19), (7, 7, 26), (6, 8, 35), (4, 11, 78), (2, 21, 201), (1, 41, 336))


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
        self.failure: Any = None  # the Fault that put it out
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
