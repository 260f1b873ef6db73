"""Execution times, and the limits of the wake pulse and of the watchdog.

508A: (typical, maximum) of Table 9-4, the maximum raised to cryptoauthlib's fixed delay where that is longer. The datasheet gives no
times for refusals (a status instead of a result); they are taken as short as Info. 608A: only maxima are public (cryptoauthlib,
clock divider M0); they serve as typical times too.
"""

from dataclasses import dataclass

from .clock import MICROSECOND, MILLISECOND, SECOND

Times = dict[str, tuple[float, float]]

WAKE_LOW = 60 * MICROSECOND  # tWLO, Table 8-2
WAKE_HIGH = 1500 * MICROSECOND  # tWHI
POWER_UP = 100 * MICROSECOND  # tPU
WATCHDOG = {"minimum": 700 * MILLISECOND, "typical": 1300 * MILLISECOND, "maximum": 1700 * MILLISECOND}
LONG_WATCHDOG = 10 * SECOND  # ChipMode bit 2; cryptoauthlib's comments say 13 s

ATECC508A: Times = {
    "CheckMac": (5, 13),
    "Counter": (5, 20),
    "DeriveKey": (2, 50),
    "ECDH": (38, 58),
    "GenDig": (5, 11),
    "GenKey": (11, 115),
    "HMAC": (13, 23),
    "Info": (0.1, 2),
    "Lock": (8, 32),
    "MAC": (5, 14),
    "Nonce": (0.1, 29),
    "Pause": (0.1, 3),
    "PrivWrite": (0.8, 48),
    "Random": (1, 23),
    "Read": (0.1, 5),
    "SHA": (7, 9),
    "Sign": (42, 60),
    "UpdateExtra": (8, 10),
    "Verify": (38, 72),
    "Write": (7, 26),
}
ATECC608A: Times = {
    "CheckMac": (40, 40),
    "Counter": (25, 25),
    "DeriveKey": (50, 50),
    "ECDH": (75, 75),
    "GenDig": (25, 25),
    "GenKey": (115, 115),
    "Info": (5, 5),
    "Lock": (35, 35),
    "MAC": (55, 55),
    "Nonce": (20, 20),
    "PrivWrite": (50, 50),
    "Random": (23, 23),
    "Read": (5, 5),
    "SHA": (36, 36),
    "SelfTest": (250, 250),
    "Sign": (115, 115),
    "UpdateExtra": (10, 10),
    "Verify": (105, 105),
    "Write": (45, 45),
}
ATSHA204A: Times = {
    "CheckMac": (12, 38),
    "DeriveKey": (14, 62),
    "GenDig": (11, 43),
    "HMAC": (27, 69),
    "Info": (0.4, 2),
    "Lock": (5, 24),
    "MAC": (12, 35),
    "Nonce": (22, 60),
    "Random": (11, 50),
    "Read": (0.4, 4),
    "UpdateExtra": (8, 12),
    "Write": (4, 42),
}
REFUSAL = (0.1, 2)
LIMITED_USE = (5, 50)  # "keys with limited use can add up to 50 ms"; typical as the Counter command


@dataclass
class Timing:
    """Which times the chip takes: `speed` "typical" or "maximum"; `watchdog` "minimum", "typical" or "maximum"."""

    table: Times
    speed: str = "typical"
    watchdog: str = "typical"

    def _pick(self, pair: tuple[float, float]) -> int:
        return round(pair[self.speed == "maximum"] * MILLISECOND)

    def execution(self, name: str) -> int:
        """Nanoseconds that a command takes when it succeeds."""
        return self._pick(self.table.get(name, REFUSAL))

    def refusal(self) -> int:
        """Nanoseconds until a refusal is there to be read."""
        return self._pick(REFUSAL)

    def limited_use(self) -> int:
        """Nanoseconds more for a key whose uses are counted."""
        return self._pick(LIMITED_USE)

    def reserve(self, name: str) -> int:
        """Nanoseconds that must be left on the watchdog for the chip to begin: the maximum, whatever `speed` says.

        The datasheet says "insufficient time"; which figure the chip compares with is not said.
        """
        return round(self.table.get(name, REFUSAL)[1] * MILLISECOND)

    def watchdog_span(self, long: bool) -> int:
        return LONG_WATCHDOG if long else WATCHDOG[self.watchdog]
