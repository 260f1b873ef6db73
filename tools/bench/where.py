"""Where a handshake's instructions go on the emulated Cortex-M7: by function of the package, and by function of the firmware in C.

    .venv/bin/python -m tools.bench.where ecdsa | mutual | rsa | resumed | psk | cold | send | receive [--rows 60]

What a function calls in C counts for it, too. What is told apart is what is still loaded in the end: functions that modules and classes
hold; "others" are modules' own lines, functions within functions, and what was dropped. `send`, `receive`: 64 KB in
records of 4 KB. How it is counted: where.c. What is counted is what the bench counts.
"""

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from array import array
from bisect import bisect_right
from collections import Counter
from pathlib import Path
from typing import NamedTuple

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from tools.bench.address_trace import plugin
from tools.bench.groups import _board, _brief
from tools.build import firmware
from tools.build.plain import command
from tools.laboratory.peers.real import OpenSSL
from tools.laboratory.pki import Credential

SOURCE = Path(__file__).with_suffix(".c")
HEAP, TOLD_APART = 0x20000000, 1 << 20  # as in where.c
LONGEST = 4096  # octets of a function
OTHERS = "others"
WAITING = "hw_halt"  # the bench takes off what passes there
# What is asked of the board before, and what is counted, at the end.
CALLS = {
    "cold": ("cold('/host')",),
    "ecdsa": ("warm('/host')", "again()"),
    "rsa": ("warm('/host')", "again()"),
    "mutual": ("warm('/host', mutual=True)", "again()"),
    "resumed": ("warm('/host')", "again()", "again()"),
    "psk": (f"warm('/host', psk={_brief.KEY})", "again()"),
    "send": ("warm('/host')", "bulk(['up'])"),
    "receive": ("warm('/host')", "bulk(['down'])"),
}


class Symbol(NamedTuple):
    start: int
    end: int
    name: str


def symbols(elf: Path) -> list[Symbol]:
    listed = subprocess.run(["arm-none-eabi-nm", "-S", "--defined-only", str(elf)], capture_output=True, text=True, check=True)
    rows = (line.split() for line in listed.stdout.splitlines())
    return sorted(Symbol(int(row[0], 16), int(row[0], 16) + int(row[1], 16), row[3]) for row in rows if len(row) == 4)


def by_symbol(counts: array, known: list[Symbol]) -> Counter:
    starts = [symbol.start for symbol in known]
    found: Counter = Counter()
    for address, count in enumerate(counts):
        if count:
            symbol = known[bisect_right(starts, address) - 1]
            found[symbol.name if symbol.start <= address < symbol.end else OTHERS] += count
    return found


def loaded(printed: str, size: int) -> list[Symbol]:
    """The functions in the heap, each to the next one's beginning, at the places that where.c gives them."""
    rows = sorted((int(address), name) for address, name in (line.split() for line in printed.splitlines()))
    ends = [address for address, _ in rows[1:]] + [rows[-1][0] + 1024]
    known = [Symbol(address - HEAP + size, end - HEAP + size, name) for (address, name), end in zip(rows, ends, strict=True)]
    return [symbol._replace(end=min(symbol.end, symbol.start + LONGEST)) for symbol in known]


def peer_of(what: str, credential: Credential, trusted: Credential) -> OpenSSL:
    if what == "psk":
        return OpenSSL(None, **_brief.PSK)
    if what == "resumed":
        return _brief.resuming(credential)
    return OpenSSL(credential, trusted if what == "mutual" else None, groups="P-256", options=["-rev"])


def measure(what: str) -> tuple[Counter, Counter, Counter]:
    """Instructions by name of C function, and on behalf of functions of the package; and allocations on behalf of these."""
    elf = firmware.build(_board.BOARD, install=True)
    known = symbols(elf)
    named = {symbol.name: symbol for symbol in known}
    size = max(symbol.end for symbol in known if symbol.end < 1 << 24)
    length = size + TOLD_APART + 1
    loop = named["mp_execute_bytecode"]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        trusted, servers = _board.prepare(folder)
        sums = folder / "sums"
        sums.write_bytes(bytes(24 * length))
        where = f"heap={HEAP},marker={named['emulator_instructions'].start},alloc={named['gc_alloc'].start},from={loop.start},to={loop.end}"
        credential = servers[{"mutual": "two", "rsa": "rsa2048"}.get(what, "p256")]
        with (
            peer_of(what, credential, trusted) as peer,
            _board.session(folder, peer, plugin=f"file={plugin(SOURCE)},out={sums},size={size},{where}") as board,
        ):
            for before in CALLS[what][:-1]:
                board.call(before)
            earlier = array("Q", sums.read_bytes())
            print(what, board.call(CALLS[what][-1]))
            counts = array("Q", (now - then for now, then in zip(array("Q", sums.read_bytes()), earlier, strict=True)))
            places = loaded(board.repl.exec("import code\ncode.print_places()").decode(), size)
    return (
        by_symbol(counts[:length], known + places),
        by_symbol(counts[length : 2 * length], places),
        by_symbol(counts[2 * length :], places),
    )


def table(title: str, counted: Counter, rows: int, allocated: Counter | None = None) -> str:
    """The functions that take most, and, where that is known, how often they allocated."""
    counted.pop(WAITING, None)
    lines = [f"{title}: {sum(counted.values()):,}" + (f"; {sum(allocated.values()):,} allocations" if allocated else "")]
    lines += [f"{n:>14,}" + (f"{allocated[name]:>8,}" if allocated else "") + f"  {name}" for name, n in counted.most_common(rows)]
    return "\n".join(lines)


def modules(counted: Counter) -> Counter:
    """By module of the package."""
    summed: Counter = Counter()
    for name, count in counted.items():
        module = [part for part in name.split(".")[:-1] if not part[:1].isupper()]  # else a class
        summed[".".join(module) or name] += count
    return summed


def main() -> int:
    parser = argparse.ArgumentParser(description="Where instructions go on the emulated Cortex-M7.")
    parser.add_argument("what", choices=CALLS)
    parser.add_argument("--rows", type=int, default=60, help="how many functions are named (60)")
    arguments = parser.parse_args()
    in_c, in_python, allocated = measure(arguments.what)
    print(table("on behalf of a function of the package", in_python, arguments.rows, allocated))
    print(table("of a module", modules(in_python), arguments.rows, modules(allocated)))
    print(table("in a function of the firmware, or in machine code", in_c, arguments.rows))
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "where"))
