"""The demo: a throw-away PKI, a real `openssl s_server` that requires a client certificate, and the firmware under MicroPython.

    KEY=chip|software     where the device's private key lives: in a simulated ATECC508A on simulated I2C (default), or in a file
    ECDHE=software|chip   who makes the ephemeral key and the pre-master secret (chip needs KEY=chip)
    FAULT=expired|not-yet-valid|wrong-name|other-root   what is wrong with the server's certificate; the demo then fails and says so

Exits 0 if a line went both ways over a verified connection, 1 with the reason if not.
"""

import importlib.util
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from cryptography.hazmat.primitives.asymmetric import ec

from tools.build import interpreter
from tools.build.places import BUILD
from tools.build.plain import Plain, command
from tools.laboratory import pki
from tools.laboratory.atecc_simulator import setups
from tools.laboratory.atecc_simulator.simulation import Simulation
from tools.laboratory.micropython_process import start_micropython
from tools.laboratory.peers.real import OpenSSL

FOLDER = BUILD / "demo"
DEVICE = Path(__file__).parent / "device" / "demo.py"
PATIENCE = 300  # seconds for the whole of the client's run


def step(text: str) -> None:
    print(f"- {text}", flush=True)


def choice(variable: str, *values: str) -> str | None:
    """What an environment variable says: one of `values`, or None where it is not set."""
    value = os.environ.get(variable) or None
    if value is not None and value not in values:
        raise Plain(f"{variable}={value}: one of {', '.join(values)}")
    return value


def simulated_chip(device: pki.Credential) -> Simulation:
    """An ATECC508A whose slot 0 holds the device's key."""
    assert isinstance(device.key, ec.EllipticCurvePrivateKey)
    memory = setups.tls_client()
    setups.set_private_key(memory, 0, device.key.private_numbers().private_value)
    return Simulation(memory)


def run_device(settings: dict[str, object]) -> int:
    """The firmware's exit code; its output goes where ours goes."""
    path = FOLDER / "device.txt"
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    with start_micropython(DEVICE, [path], path=[DEVICE.parent], stdout=None, stderr=None) as process:
        try:
            return process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            print(f"the device did not finish within {PATIENCE} s")
            return 1


def main() -> int:
    fault = choice("FAULT", *pki.FAULTS)
    in_chip = choice("KEY", "chip", "software") != "software"
    ecdhe = choice("ECDHE", "software", "chip") or "software"
    if ecdhe == "chip" and not in_chip:
        raise Plain("ECDHE=chip needs KEY=chip")
    FOLDER.mkdir(parents=True, exist_ok=True)
    step("PKI: root, intermediate, server leaf, device leaf" + (f" (the server's certificate: {fault})" if fault else ""))
    root, server, device = pki.demo(fault)
    files = device.write(FOLDER)
    settings = {"name": "localhost", "root": root.write(FOLDER).chain, "chain": files.chain, "key": files.key, "ecdhe": ecdhe}
    with ExitStack() as stack:
        peer = stack.enter_context(OpenSSL(server, root, cipher="ECDHE-ECDSA-AES128-GCM-SHA256", options=["-rev", "-state"]))
        settings["port"] = peer.port
        step(f"openssl s_server on 127.0.0.1:{peer.port}: TLS 1.2, client certificate required")
        if in_chip:
            settings["chip"] = stack.enter_context(simulated_chip(device)).port
            step("ATECC508A, simulated, at 100 kHz I2C: the device's key is in its slot 0")
        step(f"device: {interpreter.find()}\n")
        code = run_device(settings)
        said = peer.log() if code else peer.wait_for("SSL3 alert read:warning:close notify")
    if code:
        print(f"\nFAILED. The server said:\n{said}")
        return 1
    print("\nOK: a verified, mutually authenticated TLS 1.2 connection carried data both ways and was closed with close_notify.")
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "demo"))
