"""What of this machine a run meets, for its header: no verdict depends on these versions, but who reads a failure wants to know them."""

import re
import ssl
import subprocess

from cryptography.hazmat.backends.openssl.backend import backend

from tools.laboratory.peers.real import Missing, program

# Program -> the argument that makes it say its version. mosquitto has none that ends well; it says so above its usage.
PROGRAMS = {
    "openssl": "version",
    "gnutls-serv": "--version",
    "nginx": "-v",
    "mosquitto": "-h",
    "qemu-system-arm": "--version",
    "arm-none-eabi-gcc": "--version",
}


def of(name: str) -> str:
    """A program's version; "none" where it is not installed."""
    try:
        told = subprocess.run([program(name, name), PROGRAMS[name]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except Missing:
        return "none"
    found = re.search(r"\d+\.\d[\w.]*", told.stdout)
    return found[0] if found else "?"


def met() -> str:
    libraries = {"Python's ssl": ssl.OPENSSL_VERSION, "cryptography's (pinned)": backend.openssl_version_text()}
    told = [f"{name} {of(name)}" for name in PROGRAMS] + [f"{name} {text.split()[1]}" for name, text in libraries.items()]
    return ", ".join(told)
