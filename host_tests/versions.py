"""What of this machine a run meets, for its header: no verdict depends on these versions, but who reads a failure wants to know them."""

import re
import ssl
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from cryptography.hazmat.backends.openssl.backend import backend

from tools.build import firmware
from tools.build.kernels import assemble
from tools.laboratory.peers import PEERS
from tools.laboratory.peers.real import Missing, program

# Of the table of peers, those that tests start. They say their versions themselves.
PEERS_MET = ("openssl", "gnutls", "mbedtls", "tlslite", "node", "nginx", "mosquitto", "haproxy", "stunnel")
_BUILDERS = {
    *(tool for board in firmware.CORES.values() for tool in (board.emulator, board.compiler)),
    *(tools.prefix + "as" for tools in assemble.TOOLS.values()),
}
PROGRAMS = ("tshark", "softhsm2-util", "bash", "make", "cc", *sorted(_BUILDERS))
LIBRARIES = {"Python's ssl": ssl.OPENSSL_VERSION, "cryptography's (pinned)": backend.openssl_version_text()}


def of(name: str) -> str:
    """A program's version, which ends the first line that has one: a packager's own may come before it, in brackets."""
    told = subprocess.run([program(name, name), "--version"], capture_output=True, text=True).stdout
    [*_, last] = re.findall(r"\d+\.\d[\w.]*", re.sub(r"\(.*?\)", "", told.partition("\n")[0]))
    return last


def answer(asked: Callable[[], str]) -> str:
    """What is said; "none" where it is not installed, "?" where nothing of it is a version."""
    try:
        return asked()
    except Missing:
        return "none"
    except (ValueError, IndexError):
        return "?"


def all_met() -> dict[str, str]:
    """Name -> version."""
    asked: dict[str, Callable[[], str]] = {name: PEERS[name]().version for name in PEERS_MET}
    asked |= {name: lambda name=name: of(name) for name in PROGRAMS}
    with ThreadPoolExecutor() as pool:
        told = pool.map(answer, asked.values())
    return {**dict(zip(asked, told, strict=True)), **{name: text.split()[1] for name, text in LIBRARIES.items()}}


def shown(met: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in met.items())
