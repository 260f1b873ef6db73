"""TempKey and what else the chip keeps in SRAM (Table 2-16)."""

from typing import Any


class TempKey:
    """The 32-byte register (64 on a 608) and its flags.

    KeyID, SourceFlag, GenDigData, GenKeyData, NoMacFlag and Valid are the datasheet's. Two more things are remembered that the datasheet
    implies and no command shows: `internal` (made by GenDig of any zone or by GenKey: what Sign(internal) asks for) and
    `origin` (None, or what else than Nonce, GenKey and GenDig left it: the context of SHA(End), which Verify(ValidateExternal) looks at).
    On a 608 it may hold a private key instead: `scalar`.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Valid = 0, and the value is gone."""
        self.value = bytes(32)
        self.key_id = 0
        self.source_input = self.gen_dig = self.gen_key = self.no_mac = self.valid = False
        self.internal = False
        self.origin: Any = None
        self.scalar: int | None = None

    def load(self, value: bytes, *, source_input: bool, origin: Any = None) -> None:
        """A new value that owes nothing to the old one."""
        self.clear()
        self.value, self.source_input, self.valid, self.origin = value, source_input, True, origin

    @property
    def plain_input(self) -> bool:
        """As Nonce(pass-through) left it."""
        return self.valid and self.source_input and not self.internal and self.origin is None

    @property
    def flags(self) -> int:
        """The byte that Info(State) shows and Sign(internal) signs. SourceFlag is 0 for random, 1 for input."""
        return self.no_mac << 7 | self.gen_key << 6 | self.gen_dig << 5 | self.source_input << 4 | self.key_id

    @property
    def from_random(self) -> bool:
        """What ReqRandom and encrypted reads ask for: made by the chip's generator."""
        return self.valid and not self.source_input


class Sram:
    """All volatile state: lost in sleep and at brown-out, kept in idle."""

    def __init__(self) -> None:
        self.tempkey = TempKey()
        self.sha: Any = None  # the Context of an unfinished hash
        self.msg_dig_buf: bytes | None = None  # 608
        self.authorised_by: int | None = None  # AuthValid and AuthKeyID
        self.seed_updated = False
