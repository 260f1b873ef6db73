"""`make interop`: the client against every server that is installed or can be, as a table.

PEERS=openssl,go    these alone        SUITES=CCM    suites with this in their names alone
"""

import importlib.util
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from rich.console import Console

from tools.build import debian_source
from tools.build.places import BUILD
from tools.build.plain import Missing, Plain, command
from tools.build.watched import Teller
from tools.laboratory.interop import matrix
from tools.laboratory.interop.client import Client
from tools.laboratory.interop.matrix import Result
from tools.laboratory.interop.table import Report
from tools.laboratory.peers import PEERS
from tools.laboratory.peers.wish import Peer, Suite

TABLE = BUILD / "tables" / "interop.txt"


def chosen() -> list[type[Peer]]:
    wanted = [word for word in os.environ.get("PEERS", "").lower().replace(",", " ").split() if word]
    if unknown := [word for word in wanted if word not in PEERS]:
        raise Plain(f"PEERS={','.join(unknown)}: there are {', '.join(PEERS)}")
    return [load() for name, load in PEERS.items() if not wanted or name in wanted]


def version_of(peer: type[Peer]) -> str:
    """Install what it needs where it is missing and may be."""
    try:
        return peer.version()
    except Missing:
        if not peer.packages:
            raise
        debian_source.install(list(peer.packages))
        return peer.version()


_interrupted = threading.Event()


def rows_of(peer: type[Peer], suites: list[Suite], teller: Teller) -> list[tuple[Suite, list[Result]]]:
    """What came of each suite with a peer, by clients of its own."""
    rows = []
    with matrix.Clients() as clients:
        for suite in suites:
            if _interrupted.is_set():
                break
            teller.tell(f"{peer.name}, {suite.name}")
            rows.append((suite, list(matrix.run(peer, suite, clients))))
    return rows


def spoken() -> list[Suite]:
    with Client() as client:
        return [Suite(name) for name in client.suites() if os.environ.get("SUITES", "") in name]


def main() -> int:
    titles, present = {}, []
    for peer in chosen():
        try:
            titles[peer] = f"{peer.name} {version_of(peer)}", ""
            present.append(peer)
        except Missing as missing:
            titles[peer] = peer.name, str(missing)
    suites, report, teller = spoken(), Report(), Teller("interop")
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # several peers at a time
        try:
            found = dict(zip(present, pool.map(lambda peer: rows_of(peer, suites, teller), present), strict=True))
        except BaseException:
            _interrupted.set()
            raise
    teller.done()
    for peer, title in titles.items():
        report.peer(*title)
        for suite, results in found.get(peer, ()):
            report.suite(suite, results)
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    with TABLE.open("w") as file:
        report.show(Console(file=file, width=140))
    report.show(Console(width=None if sys.stdout.isatty() else 140))
    return int(bool(report.failures))


if __name__ == "__main__":
    sys.exit(command(main, "interop"))
