"""An emulated board: QEMU running our firmware, with its console and its serial ports at hand.

    .venv/bin/python -m tools.laboratory.emulator run FILE.py [--core m7] [--heap BYTES] [--frozen | --romfs]

boots a board with the built package on its path, runs the file there and prints what it prints.

    .venv/bin/python -m tools.laboratory.emulator hold [--core m7] [--disk /] [--uart HOST:PORT]

starts a board as it comes out of its box, to be held like one: its file system and its ROMFS partition are empty, its serial line is a
terminal that it names, for `mpremote connect` and `--port`, and it lives until Ctrl-C. machine.UART(2) leads to a TCP address, as a modem
would.

As a library: `Emulator(board, root)` starts one. The console is a real serial REPL (`repl()` gives mpremote's transport); the
board sees the host folder `root` as /host, and takes modules from /host/lib and /host. `uart(n)` is the host's end of
machine.UART(n); `connect(n, address)` leads it to a TCP server. Times and instruction counts: boards/qemu_common/support/clock.c.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import select
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty
from pathlib import Path
from typing import Self

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from mpremote.transport import TransportError

from tools.build import firmware, mpy
from tools.build.firmware import CORES, Board
from tools.build.plain import Plain, command
from tools.laboratory.console import Console

UARTS = (1, 2, 3, 4)
# Where the ROMFS partition lies, on the Cortex-M boards: in their PSRAM (BOARD_ROM_START).
ROMFS = {"mps2-an500": 0x60000000, "mps2-an386": 0x21000000, "mps2-an385": 0x21000000}


class Emulator:
    """A running board. `root`: host folder it sees as /host. `heap`: bytes, the firmware's default (192 KB) if None.
    `disk`: where it mounts a RAM disk, which is empty: "/" or "/flash". `frozen`: with the package in the firmware, with `small` the
    bundle. `romfs`: what its ROMFS partition holds. `seed` changes what os.urandom gives. `plugin`: QEMU's argument of that name."""

    def __init__(
        self,
        board: Board,
        root: Path,
        *,
        heap: int | None = None,
        disk: str | None = None,
        frozen: bool = False,
        small: bool = False,
        romfs: bytes = b"",
        seed: int = 0,
        plugin: str | None = None,
    ) -> None:
        self._links: list[Link] = []
        self._terminals: list[Terminal] = []
        options = {"root": root.resolve(), "heap": heap, "disk": disk, "seed": seed or None}
        elf = firmware.build(board, frozen, small=small)
        self._rom = tempfile.NamedTemporaryFile()  # noqa: SIM115  (closed with the emulator)
        self._rom.write(romfs)
        self._rom.flush()
        listener = socket.create_server(("127.0.0.1", 0))
        self.address = listener.getsockname()
        self.console = f"socket://127.0.0.1:{self.address[1]}"
        pairs = {n: socket.socketpair() for n in UARTS}
        self._uarts = {n: pair[0] for n, pair in pairs.items()}
        ends = [listener, *(pair[1] for pair in pairs.values())]
        if board.machine == "microbit":
            self._terminals = [Terminal(end) for end in ends[1:]]
            options |= {f"uart{n}": terminal.path for n, terminal in zip(UARTS, self._terminals, strict=True)}
            del ends[1:]
        fds = [end.fileno() for end in ends]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        command = ["setpriv", "--pdeathsig", "KILL", *_command(board, elf, options, fds)]
        if plugin is not None:
            command += ["-plugin", plugin]
        if romfs:
            command += ["-device", f"loader,file={self._rom.name},addr={ROMFS[board.machine]:#x},force-raw=on"]
        self._process = subprocess.Popen(
            command,
            pass_fds=fds,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        for end in ends:
            end.close()

    def repl(self) -> Console:
        """The console's raw REPL, as mpremote speaks it, after a soft reset."""
        console = Console(self.console)
        console.enter_raw_repl()
        return console

    def uart(self, n: int) -> socket.socket:
        """The host's end of machine.UART(n)."""
        return self._uarts[n]

    def connect(self, n: int, address: tuple[str, int]) -> Link:
        """Lead machine.UART(n) to the TCP server at `address`, until the link is closed."""
        if self._terminals:
            self._settle(n)
        link = Link(self._uarts[n], address)
        self._links.append(link)
        return link

    def keep_connected(self, n: int, address: tuple[str, int]) -> None:
        """The same, and anew when the server has ended a connection. OSError: it can't be reached now."""
        first = self.connect(n, address)
        threading.Thread(target=self._reconnect, args=(n, address, first), daemon=True).start()

    def _reconnect(self, n: int, address: tuple[str, int], link: Link) -> None:
        while self._process.poll() is None:
            link.wait()
            link.close()
            self._links.remove(link)
            while link not in self._links and self._process.poll() is None:
                time.sleep(1)
                with contextlib.suppress(OSError):
                    link = self.connect(n, address)

    def _settle(self, n: int) -> None:
        """Nothing from before is to come later: a second at most, for the board may have stopped reading."""
        quiet, end = 0, time.monotonic() + 1
        while quiet < 5 and time.monotonic() < end:
            quiet = 0 if self._terminals[UARTS.index(n)].busy() else quiet + 1
            discard(self._uarts[n])
            time.sleep(0.001)

    def wait(self) -> None:
        """Until the emulator ends by itself."""
        self._process.wait()

    def close(self) -> None:
        for link in tuple(self._links):
            link.close()
        self._process.kill()
        self._process.wait()
        for end in (*self._uarts.values(), *self._terminals):
            end.close()
        self._log.close()
        self._rom.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _command(board: Board, elf: Path, options: dict[str, object], fds: list[int]) -> list[str]:
    """QEMU's command line; `fds`: the listening socket of the console, and an end of a pair for each serial port."""
    if board.machine == "sim":  # its serial ports are descriptors that it reads and writes itself; it is told the time
        options = {**options, "epoch": int(time.time()), **{f"uart{n}": fd for n, fd in zip(UARTS, fds[1:], strict=True)}}
    given = "".join(f",arg={name}={value}" for name, value in options.items() if value is not None)
    command = [
        *(board.emulator, "-machine", board.machine, "-nodefaults", "-display", "none", "-kernel", str(elf)),
        *("-icount", "shift=7,align=off,sleep=on"),
        *("-semihosting-config", f"enable=on,target=native,arg=latchkey{given}"),
        *("-chardev", f"socket,id=console,fd={fds[0]},server=on,wait=off,nodelay=on", "-serial", "chardev:console"),
    ]
    if board.machine == "sim":
        return [*command, "-cpu", "de212"]
    if board.machine == "microbit":  # boards/qemu_common/nrf51.ld, support/hw_nrf51.c
        return [*command, "-global", f"nrf51-soc.flash-size={4 << 20}", "-global", f"nrf51-soc.sram-size={5 << 20}"]
    command += ["-bios", "none"]
    for n, fd in zip(UARTS, fds[1:], strict=True):
        command += ["-chardev", f"socket,id=uart{n},fd={fd}"]
    if board.machine == "virt":  # it has one serial port; the others are a PCI card
        return [*command, "-device", "pci-serial-4x,addr=1," + ",".join(f"chardev{n}=uart{n}" for n in UARTS)]
    for n in UARTS:
        command += ["-serial", f"chardev:uart{n}"]
    return command


class Terminal:
    """A serial port of a board that opens it as a file: a terminal, joined to a socket by two threads."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        mode = termios.tcgetattr(self._far)
        mode[6][termios.VMIN] = mode[6][termios.VTIME] = 0  # a read that finds nothing returns
        termios.tcsetattr(self._far, termios.TCSANOW, mode)
        self.path = os.ttyname(self._far)
        self._ways: dict[socket.socket | int, threading.Lock] = {end: threading.Lock(), self._near: threading.Lock()}  # held on the way
        for pump in (self._to_board, self._from_board):
            threading.Thread(target=pump, daemon=True).start()

    def _to_board(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while select.select([self._end], [], []):
                with self._ways[self._end]:
                    data = self._end.recv(4096)
                    if not data:
                        return
                    while data:
                        data = data[os.write(self._near, data) :]

    def _from_board(self) -> None:
        with contextlib.suppress(OSError):  # nobody has the far side open any more
            while select.select([self._near], [], []):
                with self._ways[self._near]:
                    self._end.sendall(os.read(self._near, 4096))
        self._end.close()

    def busy(self) -> bool:
        """Whether something is under way in here."""
        return any(lock.locked() or select.select([source], [], [], 0)[0] for source, lock in self._ways.items())

    def close(self) -> None:
        """After the board has ended."""
        os.close(self._far)


def discard(uart: socket.socket) -> None:
    """What a serial port holds."""
    with contextlib.suppress(BlockingIOError):
        while uart.recv(65536, socket.MSG_DONTWAIT):
            pass


class Link:
    """A serial port's host end and a TCP connection, joined by a thread. What the port holds from before is discarded."""

    _QUIET = 0.002  # seconds: the board's bytes come one by one, what belongs together is sent on together

    def __init__(self, uart: socket.socket, address: tuple[str, int]) -> None:
        self._uart = uart
        discard(uart)
        self._tcp = socket.create_connection(address, timeout=60)
        self._tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ready, _, _ = select.select([self._uart, self._tcp, self._stopped], [], [])
                if self._uart in ready:  # the board's last words, too, when it is to stop
                    burst = self._burst()
                    if not burst:  # the emulator has ended
                        return
                    self._tcp.sendall(burst)
                if self._stopped in ready:
                    return
                if self._tcp in ready:
                    data = self._tcp.recv(65536)
                    if not data:
                        return
                    self._deliver(data)

    def _deliver(self, data: bytes) -> None:
        """Send to the board as fast as it reads, or, if it has stopped reading, until the link is closed."""
        while data and self._stopped not in select.select([self._stopped], [self._uart], [])[0]:
            data = data[self._uart.send(data, socket.MSG_DONTWAIT) :]

    def _burst(self) -> bytes:
        data = bytearray()
        while len(data) < 65536 and select.select([self._uart], [], [], self._QUIET)[0]:
            piece = self._uart.recv(4096)
            if not piece:
                break
            data += piece
        return bytes(data)

    def wait(self) -> None:
        """Until the server has ended the connection."""
        self._thread.join()

    def close(self) -> None:
        self._stop.close()
        self._thread.join()
        self._stopped.close()
        self._tcp.close()


def run(arguments: argparse.Namespace) -> int:
    """Boot, run one file, print its output; the exit status says whether it ended without an exception."""
    board = CORES[arguments.core]
    image = mpy.romfs(board.arch) if arguments.romfs else b""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        mpy.compile_file(arguments.file, root / "_script.mpy", arguments.file.name, board.arch, mpy.CHECKED)
        if not (arguments.frozen or arguments.romfs):
            (root / "lib").symlink_to(mpy.package(board.arch))
        with Emulator(board, root, heap=arguments.heap, frozen=arguments.frozen, romfs=image) as emulator:
            try:
                _, failed = emulator.repl().exec_raw("import _script", timeout=None, data_consumer=_print)
            except (TransportError, OSError) as lost:
                raise Plain(f"the board died: {lost}") from None
            if failed:
                print(failed.decode().replace("\r", ""), end="", file=sys.stderr)
    return 1 if failed else 0


def hold(arguments: argparse.Namespace) -> int:
    """A board to work with, until Ctrl-C."""
    with tempfile.TemporaryDirectory() as folder, Emulator(CORES[arguments.core], Path(folder), disk=arguments.disk) as emulator:
        if arguments.uart:
            host, _, port = arguments.uart.rpartition(":")
            try:
                emulator.keep_connected(2, (host, int(port)))
            except (OSError, ValueError, OverflowError) as reason:
                raise Plain(f"--uart {arguments.uart}: {reason}") from None
        line = Terminal(socket.create_connection(emulator.address))
        print(f"{line.path}   an emulated board, with an empty file system at {arguments.disk}; Ctrl-C ends it", flush=True)
        with contextlib.closing(line), contextlib.suppress(KeyboardInterrupt):
            emulator.wait()
            raise Plain("the board died")
    return 0


def _print(data: bytes) -> None:
    sys.stdout.buffer.write(data.replace(b"\r", b"").replace(b"\x04", b""))
    sys.stdout.buffer.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a file on an emulated board.")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("run", help="run a file on an emulated board")
    command.add_argument("file", type=Path)
    command.add_argument("--core", choices=CORES, default="m7")
    command.add_argument("--heap", type=int, help="bytes of heap")
    installed = command.add_mutually_exclusive_group()
    installed.add_argument("--frozen", action="store_true", help="with the package frozen into the firmware")
    installed.add_argument("--romfs", action="store_true", help="with the package in a ROMFS (Cortex-M)")
    command.set_defaults(handler=run)
    holding = commands.add_parser("hold", help="a board to work with, over its serial line")
    holding.add_argument("--core", choices=CORES, default="m7")
    holding.add_argument("--disk", choices=("/", "/flash"), default="/", help="where its file system is")
    holding.add_argument("--uart", metavar="HOST:PORT", help="where machine.UART(2) leads")
    holding.set_defaults(handler=hold)
    arguments = parser.parse_args()
    if arguments.handler is run and arguments.romfs and CORES[arguments.core].machine not in ROMFS:
        parser.error(f"--romfs: {arguments.core} has no partition for one")
    return int(arguments.handler(arguments))


if __name__ == "__main__":
    sys.exit(command(main, "emulator"))
