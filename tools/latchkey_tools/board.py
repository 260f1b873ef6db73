"""A board, over its REPL: mpremote's transport on a serial port, or on a pyserial URL such as socket://HOST:PORT.

with connected(options) as board:          # --port, --resume
    board.load("randomness.py")            # of device/
    board.call("sources()", print)         # each line as it comes
    board.value("latchkey.__name__")
"""

import argparse
import ast
import contextlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mpremote import transport_serial
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport
from serial.tools import list_ports

from . import sources
from .output import Wrong

parts = sources.Later("latchkey.errors_text.parts")

DEVICE = Path(__file__).parent / "device"
PATIENCE = 600  # seconds for one call
_READ = 60  # seconds for bytes that are due

# mpremote prints what it read in the place of a raw REPL. (Not redirect_stdout: that is every thread's.)
transport_serial.print = lambda *_: None  # pyright: ignore[reportAttributeAccessIssue]: a module's own name goes before the builtin's

Call = Callable[[str, Callable[[str], None]], None]
"""Run code on a board and hand on each line that it prints."""

_NO_LATCHKEY = "the board has no latchkey: latchkey flash"
_NO_PART = "the board's latchkey lacks its part {0}, or is another than this tool's: latchkey flash --parts core,{0}"
_OTHER_LATCHKEY = "the board's latchkey is another than this tool's ({}): copy it there anew"
_NO_BOARD = "the board has no latchkey_board.py: install its board.py out of boards/, or name the chip (--chip EXPRESSION)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """How a board is found."""
    parser.add_argument("--port", help="serial port or pyserial URL (default: the one USB serial port that there is)")
    parser.add_argument("--resume", action="store_true", help="no soft reset first: what the REPL has defined stays, its radio stays on")


def chip_argument(parser: argparse.ArgumentParser) -> None:
    """Which chip is meant."""
    parser.add_argument(
        "--chip",
        default='__import__("latchkey_board").chip()',
        metavar="EXPRESSION",
        help="what makes the chip on the board, as ATECC(...) (default: latchkey_board.chip())",
    )


@contextmanager
def connected(options: argparse.Namespace) -> Iterator["Board"]:
    """The board at --port; Wrong says why there is none."""
    port = options.port or _only_port()
    transport = _opened(port)
    try:
        _enter(transport, port, soft_reset=not options.resume)
        try:
            yield Board(transport, port)
        except KeyboardInterrupt:
            transport.serial.write(b"\x03")  # what runs there ends, too
            raise
        transport.exit_raw_repl()
    except (OSError, TransportError) as reason:
        raise Wrong(f"{port}: the board was lost: {reason}") from None
    finally:
        with contextlib.suppress(OSError):
            transport.close()


class Board:
    """Its raw REPL. Wrong where the code ends with an exception: the sentence of a TLSError, else the last line of the traceback."""

    def __init__(self, transport: SerialTransport, port: str) -> None:
        self.transport, self.port = transport, port

    def load(self, script: str) -> None:
        """Run a file of device/, whose functions are then there."""
        self.call((DEVICE / script).read_text(), lambda line: None)

    def call(self, code: str, take: Callable[[str], None]) -> None:
        """Run code; `take` is given each line that it prints."""
        rest = bytearray()

        def consume(data: bytes) -> None:
            rest.extend(data.replace(b"\x04", b""))
            while b"\n" in rest:
                line, _, left = rest.partition(b"\n")
                rest[:] = left
                take(line.decode(errors="replace").strip())

        _, failed = self.transport.exec_raw(code, timeout=PATIENCE, data_consumer=consume)
        if failed:
            raise Wrong(told(failed.decode(errors="replace")))

    def value(self, expression: str) -> Any:
        """What an expression is, as a literal."""
        lines: list[str] = []
        self.call(f"print(repr({expression}))", lines.append)
        return ast.literal_eval("".join(lines))


def told(traceback: str) -> str:
    """A line out of a board's traceback."""
    last = traceback.strip().splitlines()[-1]
    if "ImportError" in last and "'latchkey_board'" in last:
        return _NO_BOARD
    if "ImportError" in last and "'latchkey" in last:
        if "'latchkey'" in last:
            return _NO_LATCHKEY
        found = re.search(r"'latchkey\.([\w.]+)'", last)
        part = parts.part_of(found[1]) if found else "core"
        return _NO_PART.format(part) if part != "core" else _OTHER_LATCHKEY.format(last)
    found = re.match(r"TLSError: \(-(\d+), (.*)\)$", last)
    if found:
        return f"{ast.literal_eval(found[2])} (latchkey explain {found[1]})"
    return f"on the board: {last}"


def usb_ports() -> list[str]:
    """The ports where a board may be; others than those on USB have no vendor's number."""
    return [str(port.device) for port in list_ports.comports() if port.vid is not None]


def _only_port() -> str:
    ports = usb_ports()
    if len(ports) == 1:
        return ports[0]
    there = "there is no board on USB" if not ports else "there are several ports: " + ", ".join(ports)
    raise Wrong(f"{there}; name one by --port")


def _opened(port: str) -> SerialTransport:
    try:
        return SerialTransport(port, timeout=_READ)
    except (TransportError, OSError, ValueError):
        pass
    if "://" in port:
        raise Wrong(f"{port}: nothing answers there")
    if Path(port).exists():
        raise Wrong(f"{port} is not to be opened: another program has it, or you may not (on Linux: the group dialout), or it is no port")
    ports = ", ".join(found.device for found in list_ports.comports()) or "none at all"
    raise Wrong(f"there is no serial port {port}; there are: {ports}")


def _enter(transport: SerialTransport, port: str, soft_reset: bool) -> None:
    """The raw REPL."""
    try:
        transport.enter_raw_repl(soft_reset=soft_reset, timeout_overall=_READ)
    except TransportError:
        raise Wrong(f"{port}: no MicroPython answers: is it the right port, and is MicroPython on the board?") from None
