"""Trust stores for boards: certificates in PEM into a compact file, which a board searches without loading it.

  latchkey trust make /etc/ssl/certs/ca-certificates.crt anchors.lk
  latchkey trust make bundle.pem anchors.lk --only "ISRG Root X1" --only GTS
  latchkey trust list anchors.lk

On the board: context.load_verify_locations("anchors.lk"). Anchors whose keys a board can not use (other curves, RSA below 2048 bits) are
left out, and named.
"""

import argparse
from pathlib import Path

from .. import truststore
from ..anchors import Anchor
from ..output import Output, Wrong


def arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="make | list")
    make = commands.add_parser("make", help="a compact file out of a PEM bundle")
    make.add_argument("bundle", type=Path, help="certificates in PEM")
    make.add_argument("file", type=Path, help="what to write")
    make.add_argument("--only", action="append", default=[], metavar="NAME", help="only anchors with this in their name (may be repeated)")
    make.add_argument("--except", action="append", default=[], metavar="NAME", dest="without", help="no anchors with this in their name")
    make.set_defaults(do=_make)
    show = commands.add_parser("list", help="what a compact file holds: subject's hash, bytes of the key, bounds, name")
    show.add_argument("file", type=Path)
    show.set_defaults(do=_list)


def run(options: argparse.Namespace, out: Output) -> int:
    options.do(options, out)
    return 0


def _make(options: argparse.Namespace, out: Output) -> None:
    data = options.bundle.read_bytes()
    anchors = truststore.anchors_of(data)
    for part in (*options.only, *options.without):
        if not any(part in anchor.name for anchor in anchors):
            raise Wrong(f"no anchor has {part!r} in its name")
    anchors = truststore.chosen(anchors, options.only, options.without)
    usable = [anchor for anchor in anchors if truststore.is_usable(anchor)]
    left_out = [anchor.name for anchor in anchors if anchor not in usable]
    for name in left_out:
        out.note(f"left out, its key can not be used: {name}")
    if not usable:
        raise Wrong("no anchor is left")
    packed = truststore.pack(usable)
    options.file.write_bytes(packed)
    count = len(truststore.unpack(packed))
    out.say(f"{options.file}: {count} anchors, {len(packed)} bytes (the bundle has {len(data)})")
    out.give(file=str(options.file), anchors=count, bytes=len(packed), left_out=left_out)


def _list(options: argparse.Namespace, out: Output) -> None:
    anchors = truststore.unpack(options.file.read_bytes())
    for anchor in anchors:
        constrained = "constrained  " if anchor.constraints else ""
        out.say(f"{anchor.subject.hex()[:16]}  {len(anchor.spki):4}  {constrained}{anchor.bounds}{anchor.name}")
    out.give(anchors=[_facts(anchor) for anchor in anchors])


def _facts(anchor: Anchor) -> dict[str, object]:
    bounds = anchor.bounds
    return {
        "name": anchor.name,
        "subject": anchor.subject.hex(),
        "key": len(anchor.spki),
        "constrained": bool(anchor.constraints),
        "issues": bounds.issues,
        "for_servers": bounds.for_servers,
        "path_length": bounds.path_length,
        "not_before": bounds.not_before,
        "not_after": bounds.not_after,
    }
