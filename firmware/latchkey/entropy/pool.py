"""The pool: one HMAC_DRBG over all sources, seeded from every healthy one, open only while a trusted one stands behind it.

A trusted source must pass its health tests and give 384 bits of stated min-entropy (256 and a nonce of 128) at the first seed and
256 at each reseed, and never fewer than 48 bytes. Untrusted sources are mixed in and never counted. A source that calls itself
`test_only` is counted so that tests can run, and its name stands in every report.

It has no lock, and on RP2 the interpreter has none either: two threads could be given the same numbers. So a pool serves the thread that
used it first, and refuses any other before it touches anything.
"""

import time

from latchkey.crypto.job import Turn, run
from latchkey.crypto.util import thread
from latchkey.entropy.health import Monitor, counts, test_only
from latchkey.errors import Fault, error_of

_POOL_BUSY = const(706)
_SEEDING_ENDED = const(707)
_ANOTHER_THREAD = const(708)

_AGE_MS = const(3600000)  # reseed after an hour


class Pool:
    """`Pool(sources)`. `fill(buf)` is the seam; `reseed()` is a job for whoever is about to begin a handshake."""

    trusted = True
    conditioned = True
    min_entropy = 8

    def __init__(self, sources):
        self.monitors = [Monitor(source) for source in sources]
        self.reseeds = 0
        self.drbg: Any = None
        self.seeded = 0  # ticks of the last seed,
        self.tried = 0  # and of the last attempt
        self.due_at = 0  # requests
        self._turn = Turn(_POOL_BUSY, _SEEDING_ENDED)
        self._thread = None  # whose it is

    @property
    def name(self):
        """Who stands behind it: "HMAC_DRBG over A, B", who gave to the seed and has not failed since; before it, who is to be asked."""
        used = [m.source.name for m in self.monitors if self.drbg is None or m.gave]
        return "HMAC_DRBG over " + (", ".join(used) or "nothing")

    @property
    def test_only(self):
        """True if a test-only source is among them."""
        return any(test_only(m.source) for m in self.monitors)

    def ready(self):
        """True if `fill` has a seed or a source that can give one."""
        return self.is_mine() and (self.drbg is not None or any(counts(m.source) and m.ready() for m in self.monitors))

    def why_not(self):
        """Each source with what is wrong with it and what to do; "" when ready."""
        if self.ready():
            return ""
        if not self.is_mine():
            return str(Fault(_ANOTHER_THREAD))
        from latchkey.entropy.reporting import complaints

        return complaints(self.monitors)

    def is_mine(self):
        """Whether the thread that calls may use it, which it keeps for this thread if no other came first."""
        if self._thread is None:
            self._thread = thread()
        return self._thread == thread()

    def _insist(self):
        if not self.is_mine():
            raise error_of(Fault(_ANOTHER_THREAD))

    def fill(self, buf):
        """Fill `buf` from the DRBG; a TLSError where no trusted source gave it a seed. Reseeds by count and age.

        It never waits for another task: where one is seeding, the old seed serves, and without any seed this is a TLSError.
        """
        self._insist()
        age = time.ticks_diff(time.ticks_ms(), self.tried)
        due = self.drbg is None or self.drbg.requests >= self.due_at or not 0 <= age < _AGE_MS
        if due and not (self.drbg and self._turn.taken()):
            try:
                run(self.reseed(False))
            except Fault as fault:
                raise error_of(fault)
        try:
            self.drbg.fill(buf)
        except BaseException:
            self.end()  # it stopped half-way, for want of memory or by Ctrl-C
            raise

    def reseed(self, wait=True):
        """Job: draw from every source that is ready and mix it in; without `wait` a device that another task is using is left out.

        One task at a time draws; who comes meanwhile waits, or without `wait` ends with a Fault, which a connection makes a TLSError of.
        Without a trusted source at hand a pool that has its seed goes on with it (a radio that was on at the start, a chip
        that another task is using); but a trusted source that fails its tests with none left beside it closes the pool.
        """
        if not self.is_mine():
            raise Fault(_ANOTHER_THREAD)
        from latchkey.entropy import seeding

        return self._turn.take(seeding.seed(self, wait), wait)

    def close(self):
        """Wipe the DRBG, and belong to nobody: whichever thread uses it next seeds it anew. For the thread whose it is."""
        self._insist()
        self.end()
        self._thread = None

    def end(self):
        """Wipe the DRBG. What another task is drawing is lost: it may be too little for a first seed."""
        self._turn.holder = None
        for monitor in self.monitors:
            monitor.gave = False
        if self.drbg:
            self.drbg.wipe()
            self.drbg = None
