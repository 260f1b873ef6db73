"""The RP2350's TRNG, read from its registers (RP2350 datasheet 12.12), because `os.urandom` passes it through a generator that is not a
cryptographic one.

The block's own checks stay on: von Neumann balancer, continuous test and autocorrelation test. A batch is 192 bits. Firmware uses the
block for `os.urandom`, whoever calls that (an interrupt handler, the other core), and leaves the checks bypassed: so each batch begins
with a reset of the block, and one that ends with the checks bypassed is not used.
Min-entropy: no assessment was published; a quarter of each byte is counted.
"""

import struct
import time

import uctypes

from latchkey.crypto.util import wipe
from latchkey.errors import Fault

_SOURCE_BROKEN = const(702)

_TRNG = const(0x400F0000)
_EHR_VALID = const(1)
_ERRORS = const(0x0E)  # VN_ERR, CRNGT_ERR, AUTOCORR_ERR
_SAMPLE_CLOCKS = const(500)  # between two samples of the oscillator: shorter fails the block's own tests on some parts
_BATCH = const(24)
_BATCH_MS = const(50)
_TRIES = const(4)

_LAYOUT = {
    "rng_isr": 0x104 | uctypes.UINT32,
    "rng_icr": 0x108 | uctypes.UINT32,
    "ehr_data": (0x114 | uctypes.ARRAY, 6 | uctypes.UINT32),
    "rnd_source_enable": 0x12C | uctypes.UINT32,
    "sample_cnt1": 0x130 | uctypes.UINT32,
    "trng_debug_control": 0x138 | uctypes.UINT32,
    "trng_sw_reset": 0x140 | uctypes.UINT32,
}


class RP2350:
    """The TRNG as a source; `registers` has the fields of `_LAYOUT` and is the hardware by default."""

    name = "RP2350 TRNG"
    trusted = True
    conditioned = False
    min_entropy = 2
    block = _BATCH

    def __init__(self, registers=None):
        self._registers = registers or uctypes.struct(_TRNG, _LAYOUT)

    def ready(self):
        """True: what it gives is judged when it is drawn."""
        return True

    def why_not(self):
        """Nothing known in advance."""
        return ""

    def fill(self, buf):
        """Fill `buf`, up to some milliseconds for each 24 bytes."""
        batch = bytearray(_BATCH)
        try:
            for at in range(0, len(buf), _BATCH):
                self._draw(batch)
                piece = min(_BATCH, len(buf) - at)
                buf[at : at + piece] = memoryview(batch)[:piece]
        finally:
            self._registers.rnd_source_enable = 0  # the oscillator draws current
            wipe(batch)

    def _draw(self, batch):
        r = self._registers
        for _ in range(_TRIES):
            if self._collect():
                for i in range(_BATCH // 4):
                    struct.pack_into("<I", batch, 4 * i, r.ehr_data[i])
                if not (r.rng_isr & _ERRORS or r.trng_debug_control):  # nor while it was read, by tests that were on to the end
                    return
        raise Fault(_SOURCE_BROKEN, self.name + f": its own tests failed {_TRIES} times in a row")

    def _collect(self):
        """One batch into EHR_DATA; False if the block's own tests failed (AUTOCORR_ERR ends only with a reset)."""
        r = self._registers
        r.trng_sw_reset = 1
        r.sample_cnt1 = _SAMPLE_CLOCKS
        r.trng_debug_control = 0
        r.rng_icr = 0x0F
        r.rnd_source_enable = 1
        start = time.ticks_ms()
        while True:
            status = r.rng_isr
            if status & _ERRORS:
                return False
            if status & _EHR_VALID:
                return True
            if time.ticks_diff(time.ticks_ms(), start) > _BATCH_MS:
                raise Fault(_SOURCE_BROKEN, self.name + f": no batch within {_BATCH_MS} ms")
