"""Opcode -> command (Table 9-4)."""

from . import Command
from .authentication import checkmac, hmac, mac
from .counters import counter, pause, updateextra
from .digests import gendig, sha
from .generator import info, nonce, random
from .keys import ecdh, genkey
from .signatures import sign, verify
from .transfer import derivekey, privwrite
from .zones import lock, read, write

ATECC508A = {
    0x01: Command("Pause", pause),
    0x02: Command("Read", read),
    0x08: Command("MAC", mac),
    0x11: Command("HMAC", hmac),
    0x12: Command("Write", write),
    0x15: Command("GenDig", gendig, "made"),
    0x16: Command("Nonce", nonce, "made"),
    0x17: Command("Lock", lock),
    0x1B: Command("Random", random),
    0x1C: Command("DeriveKey", derivekey),
    0x20: Command("UpdateExtra", updateextra),
    0x24: Command("Counter", counter),
    0x28: Command("CheckMac", checkmac, "own"),
    0x30: Command("Info", info, "kept"),
    0x40: Command("GenKey", genkey, "made"),
    0x41: Command("Sign", sign),
    0x43: Command("ECDH", ecdh),
    0x45: Command("Verify", verify),
    0x46: Command("PrivWrite", privwrite),
    0x47: Command("SHA", sha, "own"),
}
