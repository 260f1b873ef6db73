"""Templates of certificates that a chip keeps compressed in 72 bytes, and these bytes (Microchip's format, versions 0 and 1).

  latchkey template make SAMPLE -o device.lkc [--signer-id 1A2B] [--issuer CA]
  latchkey template compress CERTIFICATE -o slot10.bin [--signer-id 1A2B] [--serial-source 0]

SAMPLE is any certificate (PEM or DER) that the same authority issued in the same way. A chip's serial number and Trust&GO's "eui48_" and
12 digits (slot 5) are found by themselves; --slot SLOT=TEXT says of any other text in the sample that it stands at the beginning of that
slot. --issuer is for a certificate whose issuer's key is in no slot: the template then carries it, so that the board can check what it
makes.
"""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from .. import atecc_template
from ..output import Output, Wrong


def arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="do", required=True, metavar="make | compress")
    make = commands.add_parser("make", help="from a sample certificate")
    make.add_argument("--chip-serial", type=digits(18), help="the 18 digits of the chip's serial number, where they do not look like one")
    make.add_argument(
        "--slot", type=slot_text, action="append", default=[], metavar="SLOT=TEXT", help="what of the sample stands in a slot"
    )
    make.add_argument("--issuer", type=Path, help="the certificate of the sample's issuer, where its key is in no slot")
    squeeze = commands.add_parser("compress", help="a certificate into 72 bytes")
    squeeze.add_argument("--serial-source", type=digits(1), default="0", help="a hexadecimal digit (default 0: the template's)")
    for command in (make, squeeze):
        command.add_argument("certificate", type=Path)
        command.add_argument("--signer-id", type=digits(4), help="4 hexadecimal digits")
        command.add_argument("-o", "--output", type=Path, required=True)


def run(options: argparse.Namespace, out: Output) -> int:
    try:
        certificate = atecc_template.load(options.certificate)
        if options.do == "make":
            der = certificate.public_bytes(Encoding.DER)
            issuer = atecc_template.load_any(options.issuer) if options.issuer else None
            made = atecc_template.template(der, options.signer_id, options.chip_serial, in_slots=dict(options.slot), issuer=issuer)
        else:
            made = atecc_template.compress(certificate, options.signer_id or "0000", int(options.serial_source, 16))
    except ValueError as reason:
        raise Wrong(f"{options.certificate}: {reason}") from None
    options.output.write_bytes(made)
    out.say(f"{options.output}: {len(made)} bytes")
    out.give(file=str(options.output), bytes=len(made))
    return 0


def digits(count: int) -> Callable[[str], str]:
    """What an argument of `count` hexadecimal digits is parsed by."""

    def parse(text: str) -> str:
        if not re.fullmatch(f"[0-9a-fA-F]{{{count}}}", text):
            raise argparse.ArgumentTypeError(f"{text!r} (hexadecimal digits wanted: {count})")
        return text

    return parse


def slot_text(text: str) -> tuple[int, str]:
    """What --slot is parsed by."""
    slot, _, value = text.partition("=")
    if not (slot.isdigit() and int(slot) <= 15 and value):
        raise argparse.ArgumentTypeError(f"{text!r} (SLOT=TEXT wanted, SLOT 0 to 15)")
    return int(slot), value
