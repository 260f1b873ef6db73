"""Randomness: sources, their health tests, the DRBG over them. `fill`, `ready` and `why_not` are asked of `default()`."""

import sys

_pool = None


def default():
    """The pool over the board's sources: those of `latchkey_board.entropy_sources()`, else the port's own."""
    global _pool
    if _pool is None:
        from latchkey.entropy.pool import Pool

        _pool = Pool(_sources())
    return _pool


def report(pool=None):
    """Print the sources of a pool (the default one, or a context's `random`), their state, the bytes drawn and the health counts."""
    from latchkey.entropy.reporting import print_report

    print_report(pool or default())


def _sources():
    try:
        import latchkey_board
    except ImportError as error:
        if "latchkey_board" not in str(error):
            raise  # the file is there; something it imports is not
    else:
        if hasattr(latchkey_board, "entropy_sources"):
            return latchkey_board.entropy_sources()
    from latchkey.entropy.port import sources

    found = sources()
    sys.modules.pop("latchkey.entropy.port", None)  # asked once, and never again; in the bundle it is no module of its own
    globals().pop("port", None)
    return found
