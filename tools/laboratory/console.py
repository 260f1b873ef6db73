"""The raw REPL of a board, emulated or real, and of the Unix port: mpremote's transport, with time limits that hold."""

import math
import os
import select
import time
from typing import Any

from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

# Seconds for what the protocol has due, such as the prompt: a machine may be slow, or busy with much else.
_PATIENCE = 120.0


class TargetLost(TransportError):
    """The target hung or died; `output` is what it printed before. The next use starts it afresh."""

    def __init__(self, reason: str, output: str = "") -> None:
        super().__init__(reason)
        self.output = output


class Console(SerialTransport):
    """mpremote's transport on a device, or a pyserial URL such as socket://host:port, with time limits that hold.

    mpremote's own reads, of one or two bytes that are due, are patient: a busy machine may take seconds over them.
    """

    serial: Any

    def __init__(self, device: str, baudrate: int = 115200) -> None:
        super().__init__(device, baudrate=baudrate, timeout=_PATIENCE)
        self._ahead = b""  # read but not yet asked for: the prompt after the last output

    def read_until(self, min_num_bytes, ending, timeout=10, data_consumer=None, timeout_overall=None):
        """As mpremote has it, but when the time is up it raises TargetLost instead of returning what there is. timeout=None: for ever."""
        limit = math.inf if timeout is None else max(_PATIENCE, timeout, timeout_overall or 0)
        deadline = time.monotonic() + limit
        data = bytearray()
        while not data.endswith(ending):
            if self._ahead:
                new, self._ahead = self._ahead[:1], self._ahead[1:]
            elif self._wait(deadline):
                new = self.serial.read(1)
            else:
                raise TargetLost(f"no {ending!r} from the target within {limit:g} s", text_of(data))
            if data_consumer:
                data_consumer(new)
            data += new
        return bytes(data)

    def exec_raw(self, command, timeout: float | None = 10, data_consumer=None):
        """As mpremote has it; timeout=None: as long as the code takes."""
        self.exec_raw_no_follow(command)
        return self.follow(timeout, data_consumer)

    def output(self, timeout: float) -> tuple[str, str]:
        """What the code sent by `exec_raw_no_follow` prints, and its traceback or ""."""
        deadline = time.monotonic() + timeout
        data, self._ahead = bytearray(self._ahead), b""
        while data.count(b"\x04") < 2:
            if not self._wait(deadline):
                raise TargetLost(f"the target hung: no end within {timeout:g} s", text_of(data))
            try:
                data += self._read()
            except OSError as reason:
                raise TargetLost(f"the target died: {reason}", text_of(data)) from None
        printed, traceback, self._ahead = bytes(data).split(b"\x04", 2)
        return text_of(printed), text_of(traceback)

    def _read(self) -> bytes:
        """What there is to read, at once: pyserial gives a socket's octets one by one."""
        data = os.read(self.serial.fileno(), 4096)
        if not data:
            raise OSError("its line was closed")
        return data

    def _wait(self, deadline: float) -> bool:
        """Whether there is something to read before the deadline."""
        remaining = deadline - time.monotonic()
        return remaining > 0 and bool(select.select([self.serial], [], [], None if remaining == math.inf else remaining)[0])


def text_of(data: bytes | bytearray) -> str:
    return data.replace(b"\r\n", b"\n").decode(errors="replace")
