"""latchkey on the Unix port, told where to connect: the host's end of ../device/told_client.py."""

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from tools.laboratory.atecc_simulator import setups
from tools.laboratory.atecc_simulator.simulation import Simulation
from tools.laboratory.micropython_process import start_micropython
from tools.laboratory.pki import Credential

_SCRIPT = Path(__file__).parents[1] / "device" / "told_client.py"
_PATIENCE = 60.0  # seconds for a connection, its own limits included


class Client:
    """A context manager. `chip`: a credential whose key a simulated ATECC508A has, for this client's one identity."""

    def __init__(self, chip: Credential | None = None):
        self.chip = chip
        self._stack = ExitStack()

    def __enter__(self) -> "Client":
        with ExitStack() as stack:
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            arguments = [stack.enter_context(_simulation(self.chip)).port] if self.chip else []
            # From a folder of its own: the interpreter would import the script's neighbours before the package's.
            self._process = stack.enter_context(start_micropython(_SCRIPT, arguments, path=[_SCRIPT.parent], heapsize="16m", stdin=-1))
            stack.callback(self._process.kill)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def suites(self) -> list[str]:
        """IANA's names of all that the client speaks where a caller names it."""
        return self._ask("suites")

    def connect(self, port: int, root: Credential | None, device: Credential | None = None, **options: Any) -> dict[str, Any]:
        """One connection to 127.0.0.1:`port`; `options` are the script's. The outcome is client_driver's."""
        told: dict[str, Any] = {"port": port, "root": self._file("root.pem", root.pem) if root else None, **options}
        if device:
            told["chain"] = self._file(f"{device.label}.pem", device.chain_pem)
            told["key"] = True if self.chip else self._file(f"{device.label}.key", device.key_pem)
        return self._ask(repr(told))

    def _file(self, name: str, data: bytes) -> str:
        (self._folder / name).write_bytes(data)
        return str(self._folder / name)

    def _ask(self, line: str) -> Any:
        process = self._process
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(line + "\n")
        process.stdin.flush()
        guard = threading.Timer(_PATIENCE, process.kill)
        guard.start()
        try:
            answer = process.stdout.readline()
        finally:
            guard.cancel()
        if not answer:
            raise RuntimeError(f"the client ended at {line}\n{process.stderr.read()}")
        return json.loads(answer)


@contextmanager
def _simulation(credential: Credential) -> Iterator[Simulation]:
    assert isinstance(credential.key, ec.EllipticCurvePrivateKey)
    memory = setups.tls_client()
    setups.set_private_key(memory, 0, credential.key.private_numbers().private_value)
    with Simulation(memory) as simulation:
        yield simulation
