"""The demo: a throw-away PKI, a real `openssl s_server` that requires a client certificate, and the firmware under MicroPython.

    FAULT=expired|not-yet-valid|wrong-name|other-root   what is wrong with the server's certificate; the demo then fails and says so

Exits 0 if a line went both ways over a verified connection, 1 with the reason if not.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from tools import interpreter, pki
from tools.micropython_process import start_micropython

FOLDER = interpreter.ROOT / "build" / "demo"
DEVICE = Path(__file__).parent / "device" / "demo.py"
PATIENCE = 60  # seconds for the whole of the client's run


def step(text: str) -> None:
    print(f"- {text}", flush=True)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextmanager
def server(files: dict[str, Path], port: int):
    """`openssl s_server`, TLS 1.2 alone, that requires a client certificate and sends every line back reversed."""
    log = FOLDER / "s_server.log"
    line = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_2", "-rev"]
    line += ["-cert", files["server"], "-cert_chain", files["server"], "-key", files["server_key"]]
    line += ["-Verify", "3", "-verify_return_error", "-CAfile", files["root"], "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]
    with log.open("wb") as out:
        process = subprocess.Popen(list(map(str, line)), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_for(process, port, log)
            yield log
        finally:
            process.terminate()
            process.wait()


def wait_for(process: subprocess.Popen, port: int, log: Path) -> None:
    """Until something listens on `port`, seen in the kernel's table so that the server is not given an empty connection."""
    mark = f":{port:04X} 00000000:0000 0A"
    for _ in range(200):
        if process.poll() is not None:
            sys.exit(f"openssl s_server did not start: {log.read_text(errors='replace').strip()}")
        if mark in Path("/proc/net/tcp").read_text():
            return
        time.sleep(0.05)
    sys.exit("openssl s_server does not listen")


def main() -> int:
    fault = os.environ.get("FAULT") or None
    if fault and fault not in pki.FAULTS:
        sys.exit(f"FAULT={fault}: one of {', '.join(pki.FAULTS)}")
    if shutil.which("openssl") is None:
        sys.exit("openssl is missing: apt-get install openssl")
    step("PKI: root, intermediate, server leaf, device leaf" + (f" (server's certificate: {fault})" if fault else ""))
    files = pki.write_demo(FOLDER, fault)
    port = free_port()
    step(f"openssl s_server on 127.0.0.1:{port}, TLS 1.2, client certificate required")
    with server(files, port) as log:
        step(f"device: {interpreter.find()}\n")
        settings = {"port": port, "name": "localhost", "root": files["root"], "chain": files["device"], "key": files["device_key"]}
        path = FOLDER / "device.txt"
        path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        with start_micropython(DEVICE, [path], stdout=None, stderr=None) as device:
            try:
                code = device.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                device.kill()
                print(f"the device did not finish within {PATIENCE} s")
                code = 1
    if code:
        print(f"\nFAILED. The server's log is in {log}")
        return 1
    print("\nOK: a verified, mutually authenticated TLS 1.2 connection carried data both ways and was closed with close_notify.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
