"""Look at the chip (ATECC508A, 608) that a board has, over the board's REPL. Nothing of it is changed.

  latchkey chip info --port /dev/ttyACM0           what it is, its address, its locks, which slots have keys
  latchkey chip report                             each slot's policy in words, and what is dangerous about it
  latchkey chip random 1024 -o random.bin          bytes of its generator (they cross the wires in clear: for tests, never for keys)
  latchkey chip compare pump.toml                  whether it has a product's configuration; exit status 1 where it has another
  latchkey chip compare provisioned/SERIAL-0.json  the same against another chip's record, or a file of 128 bytes

The chip is what latchkey_board.chip() on the board makes, or --chip EXPRESSION.
"""

import argparse
import json
from pathlib import Path

from .. import board, products
from ..chip import Chip
from ..output import Output, Wrong

_MOST = 1 << 20
_ZONE = 128


def arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="info | report | random | compare")
    info = commands.add_parser("info", help="what it is, its locks, its keys")
    info.set_defaults(do=_info)
    report = commands.add_parser("report", help="each slot's policy in words")
    report.set_defaults(do=_report)
    random = commands.add_parser("random", help="bytes of its generator, into a file")
    random.add_argument("bytes", type=int)
    random.add_argument("-o", "--output", type=Path, required=True)
    random.set_defaults(do=_random)
    compare = commands.add_parser("compare", help="its configuration with a product's, a record's, or a file of 128 bytes")
    compare.add_argument("file", type=Path)
    compare.set_defaults(do=_compare)
    for command in (info, report, random, compare):
        board.arguments(command)
        board.chip_argument(command)


def run(options: argparse.Namespace, out: Output) -> int:
    with board.connected(options) as there:
        chip = Chip(there)
        chip.begin(options.chip)
        return int(options.do(chip, options, out))


def _info(chip: Chip, _: argparse.Namespace, out: Output) -> int:
    told = chip.ask("info()")
    locks = [("locked" if is_locked else "open") for is_locked in (chip.config_locked, chip.data_locked)]
    out.say(f"{told['model']}, revision {told['revision'].upper()}, serial number {chip.serial}, address {told['address']:#04x}")
    out.say(f"configuration zone {locks[0]}, data and OTP zones {locks[1]}")
    out.say("private keys in slots: " + (", ".join(map(str, chip.keys)) or "none"))
    out.say(f"counters: {told['counters'][0]} and {told['counters'][1]}")
    out.give(**told, serial=chip.serial, keys=chip.keys, locked={"config": chip.config_locked, "data": chip.data_locked})
    return 0


def _report(chip: Chip, _: argparse.Namespace, out: Output) -> int:
    lines: list[str] = []
    chip.board.call("report()", lines.append)
    for line in lines:
        out.say(line)
    out.give(report=lines)
    return 0


def _random(chip: Chip, options: argparse.Namespace, out: Output) -> int:
    if not 0 < options.bytes <= _MOST:
        raise Wrong(f"1 to {_MOST} bytes can be had, not {options.bytes}")
    data = bytearray()
    with out.progress(f"{chip.model} Random", options.bytes) as bar:

        def take(line: str) -> None:
            data.extend(bytes.fromhex(line))
            bar.advance(len(line) // 2)

        chip.board.call(f"random({options.bytes})", take)
    options.output.write_bytes(data)
    out.say(f"{options.output}: {len(data)} bytes")
    out.give(file=str(options.output), bytes=len(data))
    return 0


def _compare(chip: Chip, options: argparse.Namespace, out: Output) -> int:
    wanted = _configuration(options.file, chip.config)
    rows = [row for row in products.table(chip.config, wanted) if "->" in row[1]]
    for where, which, what in rows:
        out.say(f"  {where}  {which}  {what}")
    out.say(f"{options.file}: {'another configuration, see above' if rows else 'the chip has this configuration'}")
    out.give(same=not rows, differences=[dict(zip(("bytes", "values", "meaning"), row, strict=True)) for row in rows])
    return 1 if rows else 0


def _configuration(path: Path, own: bytes) -> bytes:
    """What a file says of policies and address; the rest is the chip's own, or changes in use."""
    if path.suffix == ".toml":
        return products.load(path, {}).configured(own)
    data = path.read_bytes()
    if path.suffix == ".json":
        try:
            data = bytes.fromhex(json.loads(data)["config"])
        except (ValueError, KeyError, TypeError):
            raise Wrong(f"{path}: no record of `latchkey provision`, nor of `latchkey chip info --json`") from None
    if len(data) != _ZONE:
        raise Wrong(f"{path}: a configuration has 128 bytes, this has {len(data)}")
    return own[:16] + data[16:52] + own[52:88] + data[88:]
