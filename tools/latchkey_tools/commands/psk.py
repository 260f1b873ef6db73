"""The pre-shared key of a chip's identity: what its server has to know.

  latchkey psk slot.key 5 0123a1b2c3d4e5f6ee.5d1c...
  latchkey psk slot.key 5 IDENTITY --hint plant-7

The device's identity names its chip and a number that is new for each handshake; the key is a MAC under the 32 bytes that were written to
the chip's slot, and that the file has: as they are, or in hex. A server in Python calls latchkey_tools.pre_shared_key.derive(), and
takes no number a second time.
"""

import argparse
from pathlib import Path

from ..output import Output, Wrong
from ..pre_shared_key import derive


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("key", type=Path, help="the file of the slot's key: 32 bytes, or 64 digits of hex")
    parser.add_argument("slot", type=int, choices=range(16), metavar="slot", help="the slot's number, 0 to 15")
    parser.add_argument("identity", help="as the device sent it")
    parser.add_argument("--hint", default="", help="the identity hint that the server sent, if it sends one")


def run(options: argparse.Namespace, out: Output) -> int:
    key = options.key.read_bytes()
    if len(key) != 32:
        try:
            key = bytes.fromhex(key.decode())
        except ValueError:
            raise Wrong(f"{options.key}: neither 32 bytes nor 64 digits of hex") from None
    found = derive(key, options.slot, options.identity, options.hint)
    out.say(found.hex())
    out.give(identity=options.identity, key=found.hex())
    return 0
