"""The traffic in words, a line for each transfer."""

from typing import TextIO

from .controls import Controls
from .packets import Packet, Status, Word, unframe
from .recording import Transfer


class Monitor:
    """Prints transfers to the chip with what they say. Polls that a busy chip refuses are counted, not printed one by one."""

    def __init__(self, controls: Controls, out: TextIO) -> None:
        self.controls = controls
        self.out = out
        self._refused = 0

    def show(self, transfer: Transfer) -> None:
        if not transfer.acknowledged and transfer.address:
            self._refused += 1
            return
        if self._refused:
            print(f"{'':14} {self._refused} not acknowledged", file=self.out)
            self._refused = 0
        print(f"{transfer}   {self.meaning(transfer)}", file=self.out, flush=True)

    def meaning(self, transfer: Transfer) -> str:
        """What a transfer says to the chip, or the chip to the host."""
        if not transfer.acknowledged:
            return "wake pulse" if transfer.address == 0 else ""
        if not transfer.data:
            return "probe"
        if transfer.read:
            return self._response(transfer.data)
        if transfer.data[0] != Word.COMMAND:
            return Word(transfer.data[0]).name.lower() if transfer.data[0] in Word._value2member_map_ else "reserved word address"
        return self._command(transfer.data[1:])

    def _command(self, packet: bytes) -> str:
        try:
            parsed = Packet.parse(packet)
        except ValueError as error:
            return str(error)
        if parsed is None:
            return "too short for a command"
        name = self.controls.chip.command_name(parsed.opcode) or f"opcode {parsed.opcode:02x}"
        return f"{name} P1={parsed.p1:02x} P2={parsed.p2:04x}" + (f" with {len(parsed.data)} bytes" if parsed.data else "")

    def _response(self, data: bytes) -> str:
        try:
            body = unframe(data)
        except ValueError:
            return ""
        if len(body) > 1:
            return f"{len(body)} bytes"
        status = Status(body[0]).name.lower() if body[0] in Status._value2member_map_ else "unknown status"
        refusal = self.controls.chip.refusal
        return f"{status}: {refusal}" if refusal and body[0] in (Status.PARSE, Status.EXECUTION) else status
