"""Give a chip (ATECC508A, 608) its configuration, its key and its certificate, over the REPL of the board that it is on.

  latchkey provision --port /dev/ttyACM0                          a dry run: what would be done, and nothing is
  latchkey provision pump.toml --commit --ca plant-ca             all of it, signed by a CA of `latchkey ca init`
  latchkey provision pump.toml --commit --ca-certificate ca.pem --ca-key "pkcs11:token=plant;object=ca?module-path=/usr/lib/libhsm.so"
  latchkey provision pump.toml --commit --est https://est.plant --est-ca root.pem --est-user line1    signed by an EST server (RFC 7030)
  latchkey provision pump.toml --commit                           stops at the request (exit status 3) for a CA elsewhere ...
  latchkey provision pump.toml --commit --certificate pump.pem    ... and goes on with what it gave
  latchkey provision pump.toml --commit --ca plant-ca --all-ports all boards on USB at once

An existing CA's key (on P-256) is a file in PEM, or in a PKCS#11 module, by its URI (RFC 7512). Passwords are asked for, or taken from the
environment: LATCHKEY_CA_PASSWORD, LATCHKEY_PIN, LATCHKEY_EST_PASSWORD.

LOCKS ARE FOR GOOD: read the dry run. Interrupted anywhere, by power, cable or Ctrl-C, the same line goes on from what the chip says. A
key that is there is never made anew, but by --new-key. What would end a chip is refused; so is a chip that is locked to anything else.

A product is a TOML file (name, subject, key_slot, certificate, certificate_slot, issuer_slot, years, address, layout, slots, keys), or the
name of a layout that a vendor's library gives a chip: sparkfun, arduino, nerveskey (its auxiliary slots); such a chip may be locked
already. Without a product a chip becomes a TLS client: keys that sign in slots 0 and 1, certificates in 10 to 12.

Of each key SERIAL-SLOT.json, .csr, .pem (the certificate and its issuer's) and .lkc (the template by which the board makes the certificate
whole) go into the folder of records, and a row for it into devices.csv there:

  chip.certificate(open("SERIAL-0.lkc", "rb").read(), 10, 0, 11)
"""

import argparse
from pathlib import Path

from .. import authority, board, est, fleet, products
from ..chip import Chip
from ..output import Output, Wrong
from ..products import Product
from ..provisioning import Issue, Provisioning, Records, Waiting

WAITING = 3  # exit status: a certificate is somebody else's to give


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("product", nargs="?", type=Path, help="a TOML file, or sparkfun, arduino, nerveskey")
    board.arguments(parser)
    board.chip_argument(parser)
    parser.add_argument("--all-ports", action="store_true", help="each board on USB, all at once")
    parser.add_argument("--commit", action="store_true", help="do it; without this nothing is written")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--ca", type=Path, metavar="FOLDER", help="a CA of `latchkey ca init` signs the request")
    source.add_argument("--certificate", type=Path, metavar="FILE", help="what a CA elsewhere gave, its own certificate behind it")
    source.add_argument("--ca-certificate", type=Path, metavar="FILE", help="an existing CA's certificate, with --ca-key")
    source.add_argument("--est", metavar="URL", help="an EST server signs it: https://HOST[:PORT]")
    parser.add_argument("--ca-key", metavar="FILE|URI", help="that CA's key")
    parser.add_argument("--est-ca", type=Path, metavar="FILE", help="the root of the EST server's certificate (default: the system's)")
    parser.add_argument("--est-user", default="", metavar="NAME", help="who we are there, by HTTP")
    parser.add_argument("--est-certificate", type=Path, metavar="FILE", help="who we are there, by a client's certificate ...")
    parser.add_argument("--est-key", type=Path, metavar="FILE", help="... and its key")
    parser.add_argument("--records", type=Path, default=Path("provisioned"), metavar="FOLDER", help="(default: %(default)s)")
    parser.add_argument("--key-slot", type=int, help="another than the product's, for a second key")
    parser.add_argument("--certificate-slot", type=int, help="where that key's certificate goes")
    parser.add_argument("--new-key", action="store_true", help="a new key in the place of the one that is there, which is gone then")


def run(options: argparse.Namespace, out: Output) -> int:
    product = products.load(options.product, {"key_slot": options.key_slot, "certificate_slot": options.certificate_slot})
    return _all(options, product, out) if options.all_ports else _one(options, product, out)


def _all(options: argparse.Namespace, product: Product, out: Output) -> int:
    """The boards on USB. The worst of their exit statuses: 1 before 3."""
    if options.port or options.certificate:
        raise Wrong(f"--all-ports: without {'--port' if options.port else '--certificate, which is for one key'}")
    ports = board.usb_ports()
    if not ports:
        raise Wrong("--all-ports: there is no board on USB")
    found = fleet.run(ports, lambda port, line: _one(argparse.Namespace(**{**vars(options), "port": port}), product, line))
    for one in found:
        for text in one.said:
            out.say(f"{one.port}: {text}")
        if one.error:
            out.note(f"{one.port}: {one.error}")
    failed = [one.port for one in found if one.error]
    out.say(f"{len(found) - len(failed)} of {len(found)} boards done" + (f"; not: {', '.join(failed)}" if failed else ""))
    out.give(boards=[{"port": one.port, **one.facts, **({"error": one.error} if one.error else {})} for one in found])
    return min((one.status for one in found if one.status), default=0)


def _one(options: argparse.Namespace, product: Product, out: Output) -> int:
    with board.connected(options) as there:
        chip = Chip(there)
        chip.begin(options.chip)
        records = Records(options.records)
        work = Provisioning(chip, product, records, out, _issuer(options), options.certificate, new_key=options.new_key)
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


def _issuer(options: argparse.Namespace) -> Issue | None:
    """Who signs requests; asked for a password when there is one to sign."""
    if bool(options.ca_certificate) != bool(options.ca_key):
        raise Wrong("--ca-certificate and --ca-key go together")
    if bool(options.est_certificate) != bool(options.est_key):
        raise Wrong("--est-certificate and --est-key go together")
    if not options.est and (options.est_ca or options.est_user or options.est_key):
        raise Wrong("--est-ca, --est-user, --est-certificate: for which server? --est URL")
    if options.est:
        identity = (options.est_certificate, options.est_key) if options.est_key else None
        server = est.Enrollment(options.est, options.est_ca, identity, options.est_user)
        return lambda request, _: server.issue(request)
    if options.ca:
        certificate, key = options.ca / authority.CERTIFICATE, str(options.ca / authority.KEY)
    elif options.ca_key:
        certificate, key = options.ca_certificate, options.ca_key
    else:
        return None
    return authority.Issuing(certificate, key)


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
