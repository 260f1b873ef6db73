"""Which sources a port has of its own, by `sys.platform`. Nothing outside this package asks for the platform on behalf of randomness."""

import os
import sys

from latchkey.entropy.sources import OSRandom

_ATTACH = "attach a chip with a random generator and name its source() in latchkey_board.entropy_sources()"


def sources():
    """The port's own sources, trusted or not, as a list."""
    platform = sys.platform
    if platform in ("linux", "darwin"):
        return [OSRandom("os.urandom of " + platform)]
    if not hasattr(os, "urandom"):
        return []
    return [OSRandom("os.urandom of " + platform, 1, "nothing is known of the generator behind it; " + _ATTACH)]
