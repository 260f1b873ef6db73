"""The I2C bus: bits and bytes on simulated wires, and the devices that listen to them.

A transaction is start, bytes, stop. `writeto` and `readfrom` make one from a list of bytes as a controller does: they stop at the first
byte that is not acknowledged. Every bit takes 1/hz of simulated time.
"""

from typing import Protocol

from .clock import SECOND, Clock
from .recording import Recording, Transfer

ENODEV = 19


class Device(Protocol):
    """What listens on the bus."""

    def addressed(self, address: int, read: bool) -> bool:
        """A START and an address. True: acknowledge, and take part in the bytes that follow."""
        ...

    def receive(self, byte: int) -> bool:
        """A byte from the host; True acknowledges it."""
        ...

    def transmit(self) -> int:
        """The next byte for the host."""
        ...

    def stop(self) -> None:
        """STOP after a transaction that this device acknowledged."""

    def sda_low(self, nanoseconds: int, general_call: bool) -> None:
        """SDA was low for so long; `general_call` when this was a transfer to address 0 (or a wake pulse)."""

    def expect(self, data: bytes) -> None:
        """The bytes that the host is about to write: lets faults choose their command. Not a thing of the bus."""


class AddressNack(OSError):
    """Nobody acknowledged the address."""

    def __init__(self, address: int) -> None:
        super().__init__(ENODEV, f"no acknowledge from address 0x{address:02x}")


class Bus:
    """One pair of wires. `hz` is the controller's present clock; `recording` keeps every transfer."""

    def __init__(self, clock: Clock | None = None, hz: int = 100_000) -> None:
        self.clock = clock or Clock()
        self.devices: list[Device] = []
        self.recording = Recording()
        self.hz = hz
        self._partner: Device | None = None
        self._address = 0
        self._read = False
        self._data = bytearray()
        self._acks = 0
        self._begun = 0
        self._open = False
        self._low_run = 0

    @property
    def bit(self) -> int:
        """Nanoseconds of a bit."""
        return SECOND // self.hz

    def attach(self, device: Device) -> None:
        self.devices.append(device)

    # Bytes

    def start(self, address: int, read: bool) -> bool:
        """START (or repeated START), address and direction; True when a device acknowledged."""
        if self._open:
            self._record()
        self._begun, self._address, self._read, self._open = self.clock.now, address, read, True
        self._data, self._acks, self._partner = bytearray(), 0, None
        self._pass(1)
        for device in self.devices:
            if device.addressed(address, read):
                self._partner = device
        self._byte_on_wire(address << 1 | read, self._partner is not None)
        return self._partner is not None

    def write(self, byte: int) -> bool:
        """One byte to the device; True when it acknowledged."""
        acknowledged = self._partner is not None and self._partner.receive(byte)
        self._data.append(byte)
        self._acks += acknowledged
        self._byte_on_wire(byte, acknowledged)
        return acknowledged

    def read(self, acknowledge: bool = True) -> int:
        """One byte from the device (0xFF when nobody drives the wire)."""
        byte = 0xFF if self._partner is None else self._partner.transmit()
        self._data.append(byte)
        self._acks += 1
        self._byte_on_wire(byte, acknowledge)
        return byte

    def stop(self) -> None:
        """STOP."""
        self._pass(1)
        self._end_of_low_run()
        self._record()
        self._open = False
        if self._partner is not None:
            self._partner.stop()
        self._partner = None

    # Transactions, as a controller's driver makes them

    def writeto(self, address: int, data: bytes, stop: bool = True) -> int:
        """Write and return how many bytes were acknowledged; the first that is not ends the transaction. AddressNack (an OSError)."""
        for device in self.devices:
            device.expect(data)
        if not self.start(address, False):
            self.stop()
            raise AddressNack(address)
        acks = 0
        for byte in data:
            if not self.write(byte):
                break
            acks += 1
        if stop or acks < len(data):
            self.stop()
        return acks

    def readfrom(self, address: int, count: int, stop: bool = True) -> bytes:
        """Read `count` bytes. AddressNack (an OSError)."""
        if not self.start(address, True):
            self.stop()
            raise AddressNack(address)
        data = bytes(self.read(acknowledge=n < count - 1) for n in range(count))
        if stop:
            self.stop()
        return data

    def scan(self) -> list[int]:
        """Addresses 0x08 to 0x77 that acknowledge an empty write, as MicroPython scans."""
        found = []
        for address in range(0x08, 0x78):
            try:
                self.writeto(address, b"")
                found.append(address)
            except AddressNack:
                pass
        return found

    def wake_pulse(self, nanoseconds: int = 80_000) -> None:
        """Hold SDA low as a GPIO would."""
        self.clock.advance(nanoseconds, "wake")
        for device in self.devices:
            device.sda_low(nanoseconds, True)

    # Wires

    def _pass(self, bits: int) -> None:
        self.clock.advance(bits * self.bit, "bus" if self._address else "wake")

    def _byte_on_wire(self, byte: int, acknowledged: bool) -> None:
        """Let nine bits pass, and follow how long SDA stays low: that is what wakes chips, whoever the byte is for."""
        for place in range(8, -1, -1):
            high = byte >> place - 1 & 1 if place else not acknowledged
            self._pass(1)
            if high:
                self._end_of_low_run()
            else:
                self._low_run += self.bit

    def _end_of_low_run(self) -> None:
        low, self._low_run = self._low_run, 0
        if low:
            for device in self.devices:
                device.sda_low(low, self._address == 0)

    def _record(self) -> None:
        acknowledged = self._partner is not None
        transfer = Transfer(self._begun, self.clock.now, self.hz, self._address, self._read, acknowledged, bytes(self._data), self._acks)
        self.recording.add(transfer)
