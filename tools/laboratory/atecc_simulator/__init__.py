"""An ATECC508A on a simulated I2C bus. README.md beside this file says what it models and how to use it."""

from .atecc608 import Atecc608a
from .atsha204a import Atsha204a
from .bus import AddressNack, Bus
from .clock import MILLISECOND, Account, Clock
from .device import Atecc508a
from .faults import Fault, Faults
from .memory import Memory
from .packets import Packet, Status, Word, command, crc16, response, unframe
from .recording import Recording, Transfer
from .simulation import Simulation
from .timing import Timing

__all__ = [
    "MILLISECOND",
    "Account",
    "AddressNack",
    "Atecc508a",
    "Atecc608a",
    "Atsha204a",
    "Bus",
    "Clock",
    "Fault",
    "Faults",
    "Memory",
    "Packet",
    "Recording",
    "Simulation",
    "Status",
    "Timing",
    "Transfer",
    "Word",
    "command",
    "crc16",
    "response",
    "unframe",
]
