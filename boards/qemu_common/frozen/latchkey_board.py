"""An emulated board for latchkey: it has no physical source, so tests' own stands in, which every report names."""

import os


def entropy_sources():
    from latchkey.entropy.test_only import TestOnly

    return (TestOnly(os.urandom(32)),)
