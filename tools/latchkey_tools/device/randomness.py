"""What ../randomness.py runs where latchkey is installed: the board's sources, and bytes as they come from one, before any mixing."""

import binascii
import json

from latchkey import entropy
from latchkey.crypto.job import run
from latchkey.entropy.health import test_only
from latchkey.errors import Fault, describe

_LINE = 64  # bytes


def sources():
    """Print each source of the default pool as a line of JSON; a chip draws no number for that."""
    for monitor in entropy.default().monitors:
        source = monitor.source
        print(
            json.dumps(
                {
                    "name": source.name,
                    "standing": "test only" if test_only(source) else "trusted" if source.trusted else "not trusted",
                    "claim": source.min_entropy,
                    "repetition_cutoff": monitor.repetition_cutoff,
                    "proportion_cutoff": monitor.proportion_cutoff,
                }
            )
        )


def draw(index, length):
    """Print `length` bytes of a source in hexadecimal, a line at a time, or a line with "!" and why there are no more."""
    source = entropy.default().monitors[index].source
    buf = bytearray(_LINE)
    try:
        for _ in range(0, length, _LINE):
            if hasattr(source, "filling"):
                run(source.filling(buf))
            elif source.ready():
                source.fill(buf)
            else:
                print("! " + source.why_not())
                return
            print(binascii.hexlify(bytes(buf)).decode())
    except Fault as fault:
        print("! " + describe(fault.cause, fault.detail)[1])
    except OSError as error:
        print("! OSError: " + str(error))
