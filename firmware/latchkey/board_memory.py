"""Memory of a board that a deep sleep leaves alone, as places of a store (`stores.py`). Of no use to keep what must not be read: a reset
button and a debugger are enough to read it.
"""

import sys

import machine
import uctypes

from latchkey.stores import Memory

_LINE = const(32)  # of the cache
_CLEAN = const(0xE000EF68)  # DCCMVAC (ARMv7-M ARM B3.2.2)

# Where the backup SRAM lies, and (register, bit) in the order in which they open it.
_F4_F7 = (
    0x40024000,
    (0x40023840, 28),  # RCC_APB1ENR: PWREN (RM0090 section 7.3.13)
    (0x40023830, 18),  # RCC_AHB1ENR: BKPSRAMEN (section 7.3.10)
    (0x40007000, 8),  # PWR_CR: DBP (section 5.5.1)
    (0x40007004, 9),  # PWR_CSR: BRE (section 5.5.2)
)
_H7 = (
    0x38800000,
    (0x580244E0, 28),  # RCC_AHB4ENR: BKPRAMEN (RM0433 section 8.7.43)
    (0x58024800, 8),  # PWR_CR1: DBP (section 6.8.1)
    (0x58024808, 0),  # PWR_CR2: BREN (section 6.8.3)
)
_HAVE_IT = ("05", "07", "15", "17", "27", "29", "37", "39", "46", "69", "79")  # of the F4s
_SIZE = const(4096)


class RTCMemory:
    """An ESP32's `machine.RTC().memory()`, 2048 octets as firmware has it by default: `size` of them from `start` on, the rest is left
    alone. It is kept through a deep sleep and a reset, not through a power cut.
    """

    rest = 0

    def __init__(self, start=0, size=2048):
        self.size = size // 2
        self._start = start
        self._rtc = machine.RTC()

    def read(self, slot):
        start = self._start + slot * self.size
        return self._rtc.memory()[start : start + self.size]

    def write(self, slot, data):
        start = self._start + slot * self.size
        whole = bytearray(self._rtc.memory())
        if len(whole) < start + self.size:
            whole.extend(bytes(start + self.size - len(whole)))
        whole[start : start + self.size] = bytes(data) + bytes(self.size - len(data))
        self._rtc.memory(whole)


def backup_sram():
    """The 4 KB of an STM32F405 to F479 (F401, F410 to F413 and F423 have none), F7 or H7, kept through standby, and through a power cut
    where VBAT is supplied.
    """
    where, *opening = bank(sys.implementation._machine)
    for register, bit in opening:
        machine.mem32[register] = machine.mem32[register] | 1 << bit
    written = (lambda start, end: _clean(where + start, where + end)) if where == _H7[0] else None
    return Memory(uctypes.bytearray_at(where, _SIZE), written)


def bank(board):
    """The table of a board, by what `sys.implementation._machine` says; a ValueError where none is known."""
    core = board[board.rfind("STM32") + 5 :] if "STM32" in board else ""
    if core.startswith("F7") or (core.startswith("F4") and core[2:4] in _HAVE_IT):
        return _F4_F7
    if core.startswith(("H72", "H73", "H74", "H75")):
        return _H7
    raise ValueError("no backup SRAM is known of " + board)


def _clean(start, end):
    """What lies in the data cache to the memory behind it; the F7's backup SRAM is not cached."""
    for address in range(start, end, _LINE):
        machine.mem32[_CLEAN] = address
