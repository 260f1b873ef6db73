"""Trust stores for boards: certificates in PEM into a compact file, which a board searches without loading it.

  latchkey trust make /etc/ssl/certs/ca-certificates.crt anchors.lk
  latchkey trust make bundle.pem anchors.lk --only "ISRG Root X1" --only GTS
  latchkey trust list anchors.lk
  latchkey trust example.org -o root.pem        the root that a server needs; -o anchors.lk writes it compact

On the board: context.load_verify_locations("anchors.lk"). Anchors whose keys a board can not use (other curves, RSA below 2048 bits) are
left out, and named.
"""

import argparse
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from .. import roots, scan, truststore
from ..anchors import Anchor
from ..output import Output, Wrong
from .inspect import target


def arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="make | list | find")
    make = commands.add_parser("make", help="a compact file out of a PEM bundle")
    make.add_argument("bundle", type=Path, help="certificates in PEM")
    make.add_argument("file", type=Path, help="what to write")
    make.add_argument("--only", action="append", default=[], metavar="NAME", help="only anchors with this in their name (may be repeated)")
    make.add_argument("--except", action="append", default=[], metavar="NAME", dest="without", help="no anchors with this in their name")
    make.set_defaults(do=_make)
    show = commands.add_parser("list", help="what a compact file holds: subject's hash, bytes of the key, bounds, name")
    show.add_argument("file", type=Path)
    show.set_defaults(do=_list)

    find = commands.add_parser("find", help="the root that a server needs (`latchkey trust HOST`)")
    find.add_argument("host", metavar="HOST[:PORT]")
    find.add_argument("--name", help="the server's name, where it is not HOST")
    find.add_argument("--roots", type=Path, metavar="FILE", help="roots in PEM to look among (default: this computer's)")
    find.add_argument("-o", "--output", type=Path, help="write it: .pem, or .lk for a compact file")
    find.set_defaults(do=_find)


def meant(line: list[str]) -> list[str]:
    """`latchkey trust HOST` is `latchkey trust find HOST`, where HOST has a dot or a colon: else it may be a slip."""
    named = line and not line[0].startswith("-") and any(mark in line[0] for mark in ".:")
    return ["find", *line] if named else line


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


def _find(options: argparse.Namespace, out: Output) -> None:
    if options.output and options.output.suffix not in (".pem", ".lk"):
        raise Wrong("-o: a name that ends in .pem or .lk")
    host, port = target(options.host)
    file, known = roots.bundle(options.roots)
    found = scan.scan(host, port, options.name or host)
    certificates = {}
    for chain in found.chains:
        root, last = roots.needed(chain, known)
        if root is None:
            raise Wrong(f"no root of {file} is this server's; a board needs the certificate of: {last.issuer.rfc4514_string()}")
        certificates[root.public_bytes(Encoding.DER)] = root
    pem = b"".join(root.public_bytes(Encoding.PEM) for root in certificates.values())
    anchors = truststore.anchors_of(pem)
    for anchor in anchors:
        if not truststore.is_usable(anchor):
            raise Wrong(f"the server's root has a key that boards can not use: {anchor.name}")
        out.say(f"{host}:{port} needs {anchor.name}  {anchor.bounds}(SHA-256 of its certificate: {anchor.bounds.certificate.hex()})")
    if options.output:
        options.output.write_bytes(truststore.pack(anchors) if options.output.suffix == ".lk" else pem)
        out.say(f"{options.output}: written; on the board: context.load_verify_locations({options.output.name!r})")
    out.give(host=host, port=port, anchors=[_facts(anchor) for anchor in anchors], file=str(options.output) if options.output else None)


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
