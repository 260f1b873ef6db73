"""Opcode -> command (Table 9-4)."""

from . import Command
from .generator import info, nonce, random
from .keys import ecdh, genkey
from .signatures import sign, verify
from .zones import lock, read, write

ATECC508A = {
    0x02: Command("Read", read),
    0x12: Command("Write", write),
    0x16: Command("Nonce", nonce, "made"),
    0x17: Command("Lock", lock),
    0x1B: Command("Random", random),
    0x30: Command("Info", info, "kept"),
    0x40: Command("GenKey", genkey, "made"),
    0x41: Command("Sign", sign),
    0x43: Command("ECDH", ecdh),
    0x45: Command("Verify", verify),
}
