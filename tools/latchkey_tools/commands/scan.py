"""Look at a server before a board is connected to it: from this computer, by ClientHellos alone, no handshake is finished.

  latchkey scan example.org
  latchkey scan broker.plant.example:8883 --roots plant-ca.pem

What it offers that latchkey can do, its chain with each check, which root a board has to load, whether it wants a client certificate. Exit
status 1 where no board could connect: no suite or group in common, no path to a root, a certificate that does not hold.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from .. import path, roots, scan
from ..output import Output
from .inspect import target


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("host", metavar="HOST[:PORT]", help="the server (port 443 where none is named)")
    parser.add_argument("--name", help="the server's name, where it is not HOST")
    parser.add_argument("--roots", type=Path, metavar="FILE", help="roots in PEM (default: this computer's)")


def run(options: argparse.Namespace, out: Output) -> int:
    host, port = target(options.host)
    name = options.name or host
    file, known = roots.bundle(options.roots)
    found = scan.scan(host, port, name)
    names = scan.suites()
    out.say(f"{host}:{port} speaks TLS 1.2")
    out.say("suites that latchkey can do, as the server picks them: " + ", ".join(names[suite] for suite in found.suites))
    groups = [scan.GROUPS[group] for group in found.groups]
    out.say("groups: " + (", ".join(groups) or "none of latchkey's"))
    chains = [path.links(chain, name, known, datetime.now(UTC).timestamp()) for chain in found.chains]
    needed = [roots.needed(chain, known) for chain in found.chains]
    for links, (root, last) in zip(chains, needed, strict=True):
        for line in ["", *path.lines(links), ""]:
            out.say(line)
        out.say(
            f"root to load: {path.name_of(root)}" if root else f"its root is not in {file}; the board needs: {last.issuer.rfc4514_string()}"
        )
    asked = found.first.asked
    out.say("client certificate: " + ("asked for" if asked else "not asked for in the handshake"))
    for authority in scan.authorities(found.first):
        out.say(f"  of {authority}")
    for line in scan.advice(found):
        out.say(f"note: {line}")
    good = (
        bool(groups) and all(root for root, _ in needed) and all(check.good for links in chains for link in links for check in link.checks)
    )
    out.give(
        host=host,
        port=port,
        suites=[names[suite] for suite in found.suites],
        groups=groups,
        chains=[[link.facts for link in links] for links in chains],
        roots=[path.name_of(root) if root else None for root, _ in needed],
        client_certificate=asked is not None,
        authorities=scan.authorities(found.first),
        notes=list(scan.advice(found)),
        good=good,
    )
    if not good:
        out.note(f"{host}:{port}: a board would not connect as it is: see what is marked NO, and the root")
    return 0 if good else 1
