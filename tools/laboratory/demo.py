"""The demo: a throw-away PKI, a real `openssl s_server` that requires a client certificate, and the firmware under MicroPython.

    CHIP=atecc508a|optiga|atsha204a   the chip, simulated on simulated I2C; an ATSHA204A proves the device by a pre-shared key
    KEY=chip|software                 where the device's private key lives: in that chip (default), or in a file
    ECDHE=software|chip               who makes the ephemeral key and the pre-master secret (chip needs KEY=chip)
    FAULT=expired|not-yet-valid|wrong-name|other-root   what is wrong with the server's certificate; the demo then fails and says so

Exits 0 if a line went both ways over a verified connection, 1 with the reason if not.
"""

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

if importlib.util.find_spec("tools") is None:  # run as a file, by a Python that has not the packages
    sys.exit(f"run `make setup`, then .venv/bin/python {' '.join(sys.argv)}")

from cryptography.hazmat.primitives.asymmetric import ec

from tools.build import interpreter
from tools.build.places import BUILD
from tools.build.plain import Plain, command
from tools.laboratory import pki
from tools.laboratory.atecc_simulator import MILLISECOND, setups
from tools.laboratory.atecc_simulator.simulation import Simulation
from tools.laboratory.chips import CHIPS
from tools.laboratory.micropython_process import start_micropython
from tools.laboratory.peers.real import OpenSSL
from tools.latchkey_tools.pre_shared_key import derive

FOLDER = BUILD / "demo"
DEVICE = Path(__file__).parent / "device" / "demo.py"
PATIENCE = 300  # seconds for the whole of the client's run
MODELS = {
    "atecc508a": "ATECC508A, simulated, at 100 kHz I2C: the device's key is in its slot 0",
    "optiga": "OPTIGA Trust M, simulated, at 100 kHz I2C: it holds the device's key and certificate",
    "atsha204a": "ATSHA204A, simulated, at 100 kHz I2C: its slot 5 holds 32 bytes that the server's operator has, too",
}
SLOT, SLOT_KEY = 5, bytes([5]) * 32  # as setups.atsha204a has it


def step(text: str) -> None:
    print(f"- {text}", flush=True)


def choice(variable: str, *values: str) -> str | None:
    """What an environment variable says: one of `values`, or None where it is not set."""
    value = os.environ.get(variable) or None
    if value is not None and value not in values:
        raise Plain(f"{variable}={value}: one of {', '.join(values)}")
    return value


def simulated_chip(model: str, device: pki.Credential) -> Simulation:
    """A chip that has what MODELS says."""
    assert isinstance(device.key, ec.EllipticCurvePrivateKey)
    memory = setups.tls_client()
    setups.set_private_key(memory, 0, device.key.private_numbers().private_value)
    simulation = Simulation(memory)
    if model == "atsha204a":
        simulation.controls.do_chip(kind=model, setup=model)
    elif model in CHIPS:
        simulation.controls.put(CHIPS[model](simulation.bus.clock, key=device.key, certificate=device.der))
        simulation.bus.clock.advance(20 * MILLISECOND)
    step(MODELS[model])
    return simulation


@contextmanager
def started(folder: Path, settings: dict[str, object]) -> Iterator[subprocess.Popen]:
    """The firmware with these settings; its output goes where ours goes."""
    step(f"device: {interpreter.find()}\n")
    path = folder / "device.txt"
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    with start_micropython(DEVICE, [path], path=[DEVICE.parent], stdout=None, stderr=None) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen, peer: OpenSSL) -> bool:
    """Whether it ended as it should, and the server saw its end."""
    try:
        code = process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        print(f"the device did not finish within {PATIENCE} s")
        code = 1
    if code:
        print(f"\nFAILED. The server said:\n{peer.log()}")
    else:
        peer.wait_for("SSL3 alert read:warning:close notify")
    return not code


def with_certificates(folder: Path, model: str, in_chip: bool, ecdhe: str, fault: str | None) -> bool:
    step("PKI: root, intermediate, server leaf, device leaf" + (f" (the server's certificate: {fault})" if fault else ""))
    root, server, device = pki.demo(fault)
    assert device.issuer is not None
    files, issuer = device.write(folder), device.issuer.write(folder).der
    settings = {
        "name": "localhost",
        "root": root.write(folder).chain,
        "chain": files.chain,
        "key": files.key,
        "issuer": issuer,
        "ecdhe": ecdhe,
    }
    with ExitStack() as stack:
        peer = stack.enter_context(OpenSSL(server, root, cipher="ECDHE-ECDSA-AES128-GCM-SHA256", options=["-rev", "-state"]))
        settings["port"] = peer.port
        step(f"openssl s_server on 127.0.0.1:{peer.port}: TLS 1.2, client certificate required")
        if in_chip:
            settings["model"] = model
            settings["chip"] = stack.enter_context(simulated_chip(model, device)).port
        return ended(stack.enter_context(started(folder, settings)), peer)


def with_shared_key(folder: Path, model: str) -> bool:
    """The device says which identity it will have; then a server can be started that has the key of it, and no other."""
    told, port = folder / "identity.txt", folder / "port.txt"
    for path in (told, port):
        path.unlink(missing_ok=True)
    with simulated_chip(model, pki.demo()[2]) as chip:
        settings = {"model": model, "chip": chip.port, "slot": SLOT, "identity": told, "port_file": port, "name": ""}
        with started(folder, settings) as process:
            while process.poll() is None and not told.exists():
                time.sleep(0.05)
            if process.poll() is not None:
                return False
            identity = told.read_text()
            key = derive(SLOT_KEY, SLOT, identity)
            step(f"latchkey psk slot.key {SLOT} {identity[:24]}...: the same key, computed from the slot's")
            with OpenSSL(None, cipher="PSK-AES128-GCM-SHA256", psk=key, options=["-rev", "-state"]) as peer:
                step(f"openssl s_server on 127.0.0.1:{peer.port}: TLS 1.2, this pre-shared key alone\n")
                (folder / "port").write_text(str(peer.port))
                (folder / "port").rename(port)
                return ended(process, peer)


def main() -> int:
    model = choice("CHIP", *MODELS) or "atecc508a"
    fault = choice("FAULT", *pki.FAULTS)
    in_chip = choice("KEY", "chip", "software") != "software"
    ecdhe = choice("ECDHE", "software", "chip") or "software"
    if ecdhe == "chip" and not in_chip:
        raise Plain("ECDHE=chip needs KEY=chip")
    if model == "atsha204a" and (fault or ecdhe == "chip" or not in_chip):
        raise Plain("CHIP=atsha204a: a pre-shared key needs no certificate, and the chip agrees on none: without FAULT, ECDHE and KEY")
    folder = FOLDER / model
    folder.mkdir(parents=True, exist_ok=True)
    shared = model == "atsha204a"
    if not (with_shared_key(folder, model) if shared else with_certificates(folder, model, in_chip, ecdhe, fault)):
        return 1
    how = "with both sides proven by a pre-shared key," if shared else "mutually authenticated,"
    print(f"\nOK: a verified TLS 1.2 connection, {how} carried data both ways and was closed with close_notify.")
    return 0


if __name__ == "__main__":
    sys.exit(command(main, "demo"))
