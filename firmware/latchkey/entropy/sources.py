"""Sources of randomness, as the seam has them: `fill(buf)`, `ready()`, `why_not()`, `name`, `trusted`, `min_entropy` (bits per byte).

`conditioned` says that what comes out was hashed or whitened on the way, which shortens the start-up test and is said in the report.
`block` is how many bytes it makes at a time, or a multiple of that of 16 bytes or more; 32 if it isn't there. Draws are whole blocks, and
none may be as one of the 16 before it.
A source that has to wait for a device may add `filling(buf)`, the same as a job, and `broken`, the causes of its Faults that say
that its numbers are not to be used. `test_only` marks one that must never serve a product.
"""

import os

from latchkey.crypto.util import wipe


class OSRandom:
    """`os.urandom` of a port whose own generator is trusted (`why_not` None), or of one that isn't, with the reason."""

    conditioned = True

    def __init__(self, name, min_entropy=8, distrust=""):
        self.name = name
        self.min_entropy = min_entropy
        self.trusted = not distrust
        self._distrust = distrust

    def ready(self):
        """True: it always answers."""
        return True

    def why_not(self):
        """Why it is not trusted, and what to do; "" for one that is."""
        return self._distrust

    def fill(self, buf):
        """Fill `buf`; OSError where the port reports a broken generator."""
        data = os.urandom(len(buf))
        buf[:] = data
        wipe(data)
