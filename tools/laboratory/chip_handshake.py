"""A real handshake of the firmware, under MicroPython, with `openssl s_server`, the device's key in a simulated ATECC508A.

with ChipHandshake(ecdhe="software") as run:
    run.stages["handshake"], run.secret, run.bus.recording, run.memory() ...
"""

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric import ec

from tools.laboratory import pki
from tools.laboratory.atecc_simulator import setups
from tools.laboratory.atecc_simulator.simulation import Simulation
from tools.laboratory.micropython_process import start_micropython
from tools.laboratory.peers.real import OpenSSL

DEVICE = Path(__file__).parent / "device" / "chip_handshake.py"
READ_KEY = bytes([4]) * 32  # what setups.tls_client puts into slot 4


class ChipHandshake:
    """One mutual handshake with application data both ways; afterwards the client is still there, and is ended with the context.

    `ecdhe`: "software", "chip" (secret in clear), or "protected" (written to the next slot and read encrypted).
    `verifier`: "software", or "chip", which then verifies the server's signatures.
    stages      what the device told, by stage; "begun", "cold start" and "handshake" have `ms` and `bytes` of the simulated bus
    secret      the pre-master secret
    """

    def __init__(self, ecdhe: str = "software", verifier: str = "software") -> None:
        self.ecdhe = ecdhe
        self.verifier = verifier
        self.stages: dict[str, dict] = {}
        self.root, self.server, device = pki.demo()
        assert isinstance(device.key, ec.EllipticCurvePrivateKey)
        self.device = device
        self.key = device.key
        self._stack = ExitStack()

    @property
    def secret(self) -> bytes:
        return bytes.fromhex(self.stages["agreed"]["secret"])

    @property
    def private_value(self) -> int:
        return self.key.private_numbers().private_value

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            memory = setups.tls_client(protect_ecdh=self.ecdhe == "protected")
            setups.set_private_key(memory, 0, self.private_value)
            self.simulation = stack.enter_context(Simulation(memory))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            options = {"cipher": "ECDHE-ECDSA-AES128-GCM-SHA256", "options": ["-rev"]}
            peer = stack.enter_context(OpenSSL(self.server, self.root, **options))
            settings = {
                "port": peer.port,
                "chip": self.simulation.port,
                "ecdhe": self.ecdhe,
                "verifier": self.verifier,
                "root": folder / "root.pem",
                "chain": folder / "chain.pem",
            }
            if self.ecdhe == "protected":
                settings["read_key"] = READ_KEY.hex()
            (folder / "root.pem").write_bytes(self.root.pem)
            (folder / "chain.pem").write_bytes(self.device.chain_pem)
            (folder / "settings").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
            self.process = stack.enter_context(start_micropython(DEVICE, [folder / "settings"], path=[DEVICE.parent], heapsize="1m"))
            stack.callback(self.process.kill)
            self._listen(peer)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def _listen(self, peer: OpenSSL) -> None:
        assert self.process.stdout is not None and self.process.stderr is not None
        for line in self.process.stdout:
            told = json.loads(line)
            self.stages[told.pop("stage")] = told
            if "answer" in told:
                return
        raise RuntimeError(f"no handshake:\n{self.process.stderr.read()}\nThe server said:\n{peer.log()}")

    def memory(self) -> bytes:
        """All that the client's process can write to: its heap, its stack, the interpreter's own data."""
        found = bytearray()
        with open(f"/proc/{self.process.pid}/maps") as maps, open(f"/proc/{self.process.pid}/mem", "rb") as mem:
            for line in maps:
                place, rights, *rest = line.split()
                if rights.startswith("rw") and not rest[-1].startswith("[v"):  # the kernel's vvar and vdso can't be read
                    start, end = (int(bound, 16) for bound in place.split("-"))
                    mem.seek(start)
                    found += mem.read(end - start)
        return bytes(found)
