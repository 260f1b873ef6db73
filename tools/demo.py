"""The demo: a throw-away PKI, a real `openssl s_server` that requires a client certificate, and the firmware under MicroPython.

    FAULT=expired|not-yet-valid|wrong-name|other-root   what is wrong with the server's certificate; the demo then fails and says so

Exits 0 if a line went both ways over a verified connection, 1 with the reason if not.
"""

import os
import subprocess
import sys

from host_tests.peers.real import Missing, OpenSSL
from tools import interpreter, pki
from tools.micropython_process import start_micropython

FOLDER = interpreter.ROOT / "build" / "demo"
DEVICE = interpreter.ROOT / "tools" / "device" / "demo.py"
PATIENCE = 60  # seconds for the whole of the client's run


def step(text: str) -> None:
    print(f"- {text}", flush=True)


def run_device(port: int, root: pki.Files, device: pki.Files) -> int:
    """The firmware's exit code; its output goes where ours goes."""
    settings = {"port": port, "name": "localhost", "root": root.chain, "chain": device.chain, "key": device.key}
    path = FOLDER / "device.txt"
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    with start_micropython(DEVICE, [path], stdout=None, stderr=None) as process:
        try:
            return process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            print(f"the device did not finish within {PATIENCE} s")
            return 1


def main() -> int:
    fault = os.environ.get("FAULT") or None
    if fault and fault not in pki.FAULTS:
        sys.exit(f"FAULT={fault}: one of {', '.join(pki.FAULTS)}")
    step("PKI: root, intermediate, server leaf, device leaf" + (f" (the server's certificate: {fault})" if fault else ""))
    FOLDER.mkdir(parents=True, exist_ok=True)
    root, server, device = pki.demo(fault)
    try:
        with OpenSSL(server, root, cipher="ECDHE-ECDSA-AES128-GCM-SHA256", options=["-rev"]) as peer:
            step(f"openssl s_server on 127.0.0.1:{peer.port}: TLS 1.2, client certificate required")
            step(f"device: {interpreter.find()}\n")
            code = run_device(peer.port, root.write(FOLDER), device.write(FOLDER))
            said = peer.log()
    except Missing as missing:
        sys.exit(str(missing))
    if code:
        print(f"\nFAILED. The server said:\n{said}")
        return 1
    print("\nOK: a verified, mutually authenticated TLS 1.2 connection carried data both ways and was closed with close_notify.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
