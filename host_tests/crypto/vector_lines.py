"""Vectors go to the target as lines of hexadecimal fields, "-" for an empty one, and come back as one word a line."""

from collections.abc import Iterable, Iterator

from host_tests.targets import Target

_BATCH = 32_000  # octets of a file on the target

_RUN = """
from latchkey.crypto.job import run
from latchkey.errors import Fault
def h(field):
    return bytes.fromhex(field) if field != "-" else b""
def each(name, work):
    with open(name) as f:
        for line in f:
            try:
                result = work(*line.split())
            except Fault as fault:
                result = "fault{}".format(fault.cause)
            print(result.hex() if isinstance(result, (bytes, bytearray)) else result)
"""


def on_target(target: Target, lines: Iterable[str], work: str, module: str) -> list[str]:
    """What `work`, a lambda over a line's fields, says to each line; `m` is the module latchkey.crypto.`module`, `h` reads a field."""
    target.exec(_RUN + f"from latchkey.crypto import {module} as m")
    words = []
    for batch in _batches(lines):
        target.put("vectors.txt", batch)
        words += target.exec(f"each('vectors.txt', {work})", timeout=120).split()
    return words


def _batches(lines: Iterable[str]) -> Iterator[str]:
    batch = ""
    for line in lines:
        if batch and len(batch) + len(line) >= _BATCH:
            yield batch
            batch = ""
        batch += line + "\n"
    yield batch
