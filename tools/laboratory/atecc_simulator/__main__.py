"""python -m atecc_simulator: run a chip by hand, for a program on the other side of TCP, a pseudo-terminal or a serial line."""

import argparse
import importlib.util
import sys
import threading
from pathlib import Path

if importlib.util.find_spec("cryptography") is None:
    line = " ".join(sys.orig_argv[1:])
    sys.exit(f"{sys.executable} lacks cryptography: in latchkey's clone run `make setup`, then .venv/bin/python {line}")

from . import storage
from .bus import Bus
from .controls import CHIPS, SETUPS, Controls
from .monitor import Monitor
from .server import DescriptorStream, Server
from .timing import Timing


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m atecc_simulator", description=__doc__)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--tcp", metavar="HOST:PORT", type=address, default="127.0.0.1:4080", help="listen here (default: %(default)s)")
    where.add_argument("--pty", action="store_true", help="open a pseudo-terminal")
    where.add_argument("--serial", metavar="DEVICE", help="talk over this serial line, as it is set up")
    parser.add_argument("--chip", choices=CHIPS, default="atecc508a")
    parser.add_argument("--setup", choices=SETUPS, default="tls_client", help="what a new chip holds (default: %(default)s)")
    parser.add_argument("--memory", metavar="FILE", type=Path, help="keep the EEPROM here; an existing file is continued")
    parser.add_argument("--speed", choices=("typical", "maximum"), default="typical", help="execution times of the datasheet")
    parser.add_argument("--quiet", action="store_true", help="do not print the traffic")
    return parser


def address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 0xFFFF:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host, int(port)


def main() -> int:
    options = arguments().parse_args()
    try:
        serve(options)
    except KeyboardInterrupt:
        pass
    except storage.DamagedFile as error:
        sys.exit(f"{options.memory}: {error}")
    except OSError as error:  # a port in use, a device or a folder that is not there
        sys.exit(str(error))
    return 0


def serve(options: argparse.Namespace) -> None:
    """Until the serial line ends, or for ever."""
    if options.memory and options.memory.exists():
        memory = storage.load(options.memory)
    else:
        memory = SETUPS[options.setup]()
        if options.memory:
            storage.save(options.memory, memory)  # now, while somebody reads what is wrong with the name
    bus, kind = Bus(), CHIPS[options.chip]
    chip = kind(bus.clock, memory, path=options.memory, times=Timing(kind.times, options.speed))
    controls = Controls(bus, chip)
    if not options.quiet:
        bus.recording.listeners.append(Monitor(controls, sys.stdout).show)
    with Server(bus, controls) as server:
        if options.serial:
            with open(options.serial, "r+b", buffering=0) as line:
                server.serve(DescriptorStream(line.fileno()))
            return
        if options.pty:
            print(f"listening on {server.pseudo_terminal()}", flush=True)
        else:
            print("listening on {}:{}".format(*server.listen(*options.tcp)), flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
