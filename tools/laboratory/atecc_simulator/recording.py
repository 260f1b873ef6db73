"""Everything that crossed the bus, and how to read it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .clock import MILLISECOND


@dataclass(frozen=True)
class Transfer:
    """One address phase and the bytes after it. `data` holds the bytes that were really clocked; `acks` counts written bytes that
    were acknowledged (read bytes are acknowledged by the host and count in full)."""

    start: int
    end: int
    hz: int
    address: int
    read: bool
    acknowledged: bool
    data: bytes
    acks: int

    @property
    def size(self) -> int:
        """Bytes on the wire, the address byte included."""
        return 1 + len(self.data)

    def __str__(self) -> str:
        head = f"{self.start / MILLISECOND:10.3f} ms  {'R' if self.read else 'W'} {self.address:02x}"
        if not self.acknowledged:
            return head + " NACK"
        short = "" if self.read or self.acks == len(self.data) else f"  ({self.acks} of {len(self.data)} acknowledged)"
        return f"{head} {self.data.hex(' ')}{short}"


class Recording:
    """The transfers of a bus in order. `listeners` are told of each as it ends."""

    def __init__(self) -> None:
        self.transfers: list[Transfer] = []
        self.listeners: list[Callable[[Transfer], None]] = []

    def add(self, transfer: Transfer) -> None:
        self.transfers.append(transfer)
        for listener in self.listeners:
            listener(transfer)

    def clear(self) -> None:
        self.transfers.clear()

    def __iter__(self) -> Iterator[Transfer]:
        return iter(self.transfers)

    @property
    def size(self) -> int:
        """Bytes on the wire, address bytes included."""
        return sum(transfer.size for transfer in self.transfers)

    def payload(self) -> bytes:
        """All written and read bytes as one string, for searching. A response that was read in pieces is whole in it."""
        return b"".join(transfer.data for transfer in self.transfers)

    def carries(self, secret: bytes) -> bool:
        """Whether these bytes crossed the bus, in this order, in one or several transfers, most or least significant byte first."""
        payload = self.payload()
        return secret in payload or secret[::-1] in payload
