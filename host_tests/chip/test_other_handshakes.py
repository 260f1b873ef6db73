"""Handshakes with `openssl s_server` and each chip beside the ATECC508A: mutual by its key and certificate, or with its randomness."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.laboratory import pki
from tools.laboratory.atecc_simulator import MILLISECOND
from tools.laboratory.atecc_simulator.simulation import Simulation
from tools.laboratory.chips import CHIPS
from tools.laboratory.micropython_process import micropython_process
from tools.laboratory.peers.real import OpenSSL

pytestmark = pytest.mark.targets("unix")

DEVICE = """
import json, socket, sys
import simulated_i2c
link = simulated_i2c.connect("127.0.0.1", {chip})
link.install_time()
import latchkey
from latchkey import secure_element
from latchkey.entropy.pool import Pool
chip = getattr(secure_element, {driver!r})(simulated_i2c.I2C(link, freq=100000))
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(cafile={root!r})
context.random = Pool([chip.source()])
if {mutual}:
    from latchkey.secure_element.certificates import CertificateChain
    context.load_cert_chain(CertificateChain(chip.certificate(), {issuer!r}), chip.private_key())
else:
    context.load_cert_chain({chain!r}, {key!r})
if {agree}:
    context.key_agreement = chip.key_agreement()
sock = socket.socket()
sock.connect(socket.getaddrinfo("127.0.0.1", {port})[0][-1])
tls = context.wrap_socket(sock, server_hostname="localhost")
tls.write(b"latchkey\\n")
report = tls.report()
told = [report[name] for name in ("randomness", "identity", "key_agreement", "client_certificate")]
print(json.dumps([tls.readline().decode()] + told + [list(report["wires"])]))
"""


@pytest.mark.parametrize(
    ("kind", "driver", "mutual", "agree"),
    [("atsha204a", "ATSHA204A", False, False), ("optiga", "OPTIGA", True, False), ("optiga", "OPTIGA", True, True)],
    ids=["ATSHA204A's randomness", "OPTIGA", "OPTIGA agrees, too"],
)
def test_a_handshake_with(tmp_path: Path, kind: str, driver: str, mutual: bool, agree: bool) -> None:
    root, server, device = pki.demo()
    files = device.write(tmp_path)
    assert device.issuer is not None
    options: dict[str, Any] = {
        "issuer": device.issuer.der,
        "root": str(root.write(tmp_path).chain),
        "chain": str(files.chain),
        "key": str(files.key),
    }
    with Simulation() as simulation, OpenSSL(server, root, cipher="ECDHE-ECDSA-AES128-GCM-SHA256", options=["-rev"]) as peer:
        if kind in CHIPS:
            simulation.controls.put(CHIPS[kind](simulation.bus.clock, key=device.key, certificate=device.der))
            simulation.bus.clock.advance(20 * MILLISECOND)
        else:
            simulation.controls.do_chip(kind=kind, setup=kind)
        code = DEVICE.format(chip=simulation.port, port=peer.port, driver=driver, mutual=mutual, agree=agree, **options)
        done = micropython_process(code, path=[Path("tools/laboratory/device").resolve()], timeout=300, heapsize="2m")
    assert done.returncode == 0, done.stderr + peer.log()
    answer, randomness, identity, agreement, certificate, wires = json.loads(done.stdout.splitlines()[-1])
    assert answer == "yekhctal\n" and certificate is True
    assert (driver[:6] in randomness) and (not mutual or identity == "OPTIGA Trust object E0F0")
    assert ("in clear over I2C" in agreement) == agree
    assert any("randomness over I2C" in told for told in wires)
    assert any("pre-master secret crosses I2C in clear" in told for told in wires) == agree
