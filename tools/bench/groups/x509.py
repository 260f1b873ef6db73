"""Validation of chains: the peak of the heap on the Unix port and on the emulated Cortex-M7, and instructions on the latter.

Modules and trust store are loaded before; what counts is what the certificates and the arithmetic of their signatures take, at the worst
moment. Certificates come in pieces of 256 bytes.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from cryptography import x509

from tools.build import firmware, mpy
from tools.laboratory import pki
from tools.laboratory.emulator import Emulator
from tools.laboratory.micropython_process import micropython_process

DEVICE = Path(__file__).parents[1] / "device" / "x509_bench.py"
BOARD = firmware.BY_NAME["QEMU_CORTEX_M7"]
HOST = "host.example.com"


def padding(size: int) -> tuple[x509.UnrecognizedExtension, bool]:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), bytes(size)), False


def chain_of_4() -> pki.Credential:
    """A leaf and three CAs, RSA-2048 all, below a root of the same."""
    above = pki.root("x509-root", kind="rsa2048")
    for i in range(3):
        above = above.authority(f"x509-ca-{i}", kind="rsa2048")
    return above.leaf("x509-leaf", kind="rsa2048", dns=[HOST])


def chain_of_8() -> pki.Credential:
    """A leaf with as many names as make 4 KB, and seven CAs with long extensions, RSA-2048 all."""
    above = pki.root("x509-root", kind="rsa2048")
    for i in range(7):
        above = above.authority(f"x509-big-{i}", kind="rsa2048", extra=[padding(3250)])
    return above.leaf("x509-big-leaf", kind="rsa2048", dns=[HOST, *(f"name-{i:03}.example.com" for i in range(150))])


def write(credential: pki.Credential, folder: Path) -> None:
    """The chain's files, as the device reads them."""
    folder.mkdir()
    for i, der in enumerate(credential.chain):
        (folder / f"{i}.der").write_bytes(der)
    (folder / "root.der").write_bytes(credential.root.der)
    now = int((credential.certificate.not_valid_before_utc.timestamp() + credential.certificate.not_valid_after_utc.timestamp()) / 2)
    (folder / "chain.json").write_text(json.dumps({"sizes": [len(der) for der in credential.chain], "now": now}))


def on_unix(folder: Path) -> dict[str, Any]:
    done = micropython_process(DEVICE, [folder])
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def on_board(folder: Path, chain: str) -> dict[str, Any]:
    """The same on the board, whose files are those of `folder`."""
    emulator = Emulator(BOARD, folder)
    try:
        told, failed = emulator.repl().exec_raw(f"import x509_bench\nx509_bench.measure('/host/{chain}')", timeout=300)
    finally:
        emulator.close()
    if failed:
        raise RuntimeError(failed.decode())
    return json.loads(told)


def metrics() -> list[dict]:
    firmware.build(BOARD, install=True)
    chains = {"chain4_rsa2048": chain_of_4(), "chain8_4kb": chain_of_8()}
    rows: list[dict] = []

    def add(name: str, value: int, unit: str, how: str) -> None:
        rows.append({"name": f"x509.{name}", "value": value, "unit": unit, "how": how})

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        mpy.compile_file(DEVICE, folder / "x509_bench.mpy", DEVICE.name, BOARD.arch, mpy.SHIPPED)
        (folder / "lib").symlink_to(mpy.package(BOARD.arch))
        for name, credential in chains.items():
            write(credential, folder / name)
            sent = f"{len(credential.chain)} certificates of {sum(map(len, credential.chain))} bytes in all"
            add(f"{name}.heap_peak_bytes", on_unix(folder / name)["heap"], "bytes", f"{sent}, Unix port (64 bits), without modules")
            board = on_board(folder, name)
            add(f"{name}.heap_peak_bytes_32bit", board["heap"], "bytes", "the same on an emulated Cortex-M7")
            add(f"{name}.instructions", board["instructions"], "instructions", "reading, path and signatures on an emulated Cortex-M7")
    return rows
