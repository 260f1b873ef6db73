"""Loading modules into a short heap: the collector runs often meanwhile.

Otherwise garbage would come to stand between what stays, and its gaps would be too small for anything: that takes a sixth more heap. What
anchors and identity were read with is dropped; so is, where that was asked for, what protected the records of the connection before.
"""

import gc
import sys

_SHORT = 262144 if sys.maxsize >> 32 else 163840  # bytes of free heap in which a first handshake may not find its way otherwise
_OFTEN = const(32)  # collections while what was free is used once


_threshold = -1  # that was set here last


def begin(frugal, alone=False):
    """True if the heap is short, or to be treated so; `end()` is due then. False where somebody has set the collector's threshold.

    `alone`: no other connection of the context is open.
    """
    global _threshold
    if gc.threshold() not in (-1, _threshold) or (not frugal and gc.mem_free() >= _SHORT):
        return False
    from latchkey.release import after

    after("loading")
    if frugal and alone:
        after("records")
    gc.collect()
    gc.threshold(gc.mem_free() // _OFTEN)
    _threshold = gc.threshold()  # where a handshake was left half-way, the next one ends it
    return True


def end():
    """Leave the collector to itself again."""
    gc.threshold(-1)
