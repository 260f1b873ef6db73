"""A source for tests: repeatable, worthless as a secret, and named so wherever sources are named. No product installs this file."""

import hashlib


class TestOnly:
    """SHA-256 of `seed` and a counter. The pool accepts it, and calls itself by its name."""

    name = "TEST ONLY, not random"
    trusted = False
    test_only = True
    conditioned = True
    min_entropy = 8

    def __init__(self, seed):
        self._seed = bytes(seed)
        self._count = 0

    def ready(self):
        """True."""
        return True

    def why_not(self):
        """Said in every report."""
        return "a repeatable sequence for tests"

    def fill(self, buf):
        """Fill `buf` with what follows from the seed and what was drawn before."""
        for at in range(0, len(buf), 32):
            self._count += 1
            block = hashlib.sha256(self._seed + self._count.to_bytes(4, "big")).digest()
            piece = min(32, len(buf) - at)
            buf[at : at + piece] = block[:piece]
