"""Give a chip (ATECC508A, 608) its configuration, its key and its certificate, over the REPL of the board that it is on.

  latchkey provision --port /dev/ttyACM0                          a dry run: what would be done, and nothing is
  latchkey provision pump.toml --commit --ca plant-ca             all of it, signed by a CA of `latchkey ca init`
  latchkey provision pump.toml --commit                           stops at the request (exit status 3) for a CA elsewhere ...
  latchkey provision pump.toml --commit --certificate pump.pem    ... and goes on with what it gave

LOCKS ARE FOR GOOD: read the dry run. Interrupted anywhere, by power, cable or Ctrl-C, the same line goes on from what the chip says. A
key that is there is never made anew, but by --new-key. What would end a chip is refused; so is a chip that is locked to anything else.

A product is a TOML file (name, subject, key_slot, certificate, certificate_slot, issuer_slot, years, address, slots, keys); without one a
chip becomes a TLS client: keys that sign in slots 0 and 1, certificates in 10 to 12. Of each key SERIAL-SLOT.json, .csr, .pem (the
certificate and its issuer's) and .lkc (the template by which the board makes the certificate whole) go into the folder of records:

  chip.certificate(open("SERIAL-0.lkc", "rb").read(), 10, 0, 11)
"""

import argparse
from pathlib import Path

from .. import board, products
from ..chip import Chip
from ..output import Output
from ..provisioning import Provisioning, Records, Waiting

WAITING = 3  # exit status: a certificate is somebody else's to give


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("product", nargs="?", type=Path, help="a TOML file")
    board.arguments(parser)
    board.chip_argument(parser)
    parser.add_argument("--commit", action="store_true", help="do it; without this nothing is written")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--ca", type=Path, metavar="FOLDER", help="a CA of `latchkey ca init` signs the request")
    source.add_argument("--certificate", type=Path, metavar="FILE", help="what a CA elsewhere gave, its own certificate behind it")
    parser.add_argument("--records", type=Path, default=Path("provisioned"), metavar="FOLDER", help="(default: %(default)s)")
    parser.add_argument("--key-slot", type=int, help="another than the product's, for a second key")
    parser.add_argument("--certificate-slot", type=int, help="where that key's certificate goes")
    parser.add_argument("--new-key", action="store_true", help="a new key in the place of the one that is there, which is gone then")


def run(options: argparse.Namespace, out: Output) -> int:
    product = products.load(options.product, {"key_slot": options.key_slot, "certificate_slot": options.certificate_slot})
    with board.connected(options) as there:
        chip = Chip(there)
        chip.begin(options.chip)
        work = Provisioning(chip, product, Records(options.records), out, options.ca, options.certificate, new_key=options.new_key)
        wanted = work.check()
        if not options.commit:
            _show(work, wanted, out)
            return 0
        try:
            record = work.commit()
        except Waiting as reason:
            out.say(f"{chip.serial}: {reason}")
            out.give(waiting=str(reason), serial=chip.serial)
            return WAITING
    out.say(f"{chip.serial}: provisioned")
    out.give(**record)
    return 0


def _show(work: Provisioning, wanted: bytes, out: Output) -> None:
    """The dry run."""
    chip = work.chip
    rows = list(products.table(chip.config, wanted))
    out.say(f"{chip.model} {chip.serial}: configuration zone {_lock(chip.config_locked)}, data zone {_lock(chip.data_locked)}")
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for where, which, what in rows:
        out.say(f"  {where:{widths[0]}}  {which:{widths[1]}}  {what}")
    for warning in products.warnings(wanted):
        out.say(f"  WARNING: {warning}")
    out.say("--commit would:")
    for step in work.todo():
        out.say(f"  - {step}")
    out.say("A dry run: nothing was written.")
    out.give(
        serial=chip.serial,
        model=chip.model,
        config=chip.config.hex(),
        wanted=wanted.hex(),
        table=[dict(zip(("bytes", "values", "meaning"), row, strict=True)) for row in rows],
        steps=work.todo(),
    )


def _lock(is_locked: bool) -> str:
    return "locked" if is_locked else "open"
