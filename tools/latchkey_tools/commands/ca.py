"""A certification authority of one's own, for `latchkey provision --ca`: a key on P-256 and its certificate, in a folder.

  latchkey ca init plant-ca --name "CN=Plant CA,O=Plant"

The server gets ca.crt, to accept the devices by. Who has ca.key can make devices: keep it off the network, and make a copy.
"""

import argparse
from pathlib import Path

from cryptography import x509

from .. import authority
from ..output import Output, Wrong


def arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="init")
    init = commands.add_parser("init", help="a new key and its certificate")
    init.add_argument("folder", type=Path)
    init.add_argument("--name", default="CN=Device CA", help='its subject, as in "CN=Plant CA,O=Plant" (default: %(default)s)')
    init.add_argument("--years", type=int, default=30, help="how long it is good for; 0 without an end (default: %(default)s)")


def run(options: argparse.Namespace, out: Output) -> int:
    if not 0 <= options.years <= 127:
        raise Wrong("--years: 0 (without an end) to 127")
    try:
        name = x509.Name(reversed(list(x509.Name.from_rfc4514_string(options.name))))
    except ValueError:
        raise Wrong(f"--name: {options.name!r} is no subject, as CN=Plant CA,O=Plant is") from None
    made = authority.init(options.folder, name, options.years)
    out.say(f"{options.folder / authority.CERTIFICATE}: {options.name}, good until {made.not_valid_after_utc:%Y-%m-%d}")
    out.give(folder=str(options.folder), until=f"{made.not_valid_after_utc:%Y-%m-%d}")
    return 0
