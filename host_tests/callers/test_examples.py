"""The examples (firmware/examples), run unmodified against real servers: mosquitto, OpenSSL, Python's http server, a simulated modem on a
pseudo-terminal. Libraries that no registry has in a form that installs are stood in for (device/stand_ins.py)."""

import contextlib
import getpass
import os
import pty
import re
import socket
import subprocess
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from host_tests.callers import cases, services
from host_tests.callers.test_libraries import Broker
from host_tests.peers.reluctant import listening
from host_tests.peers.reversing import reversing
from tools.build.places import FIRMWARE, ROOT
from tools.laboratory import pki
from tools.laboratory.atecc_simulator import setups
from tools.laboratory.atecc_simulator.simulation import Simulation
from tools.laboratory.micropython_process import micropython_process
from tools.laboratory.peers.real import program

ROOT_CA, SERVER, DEVICE = pki.demo()
EXAMPLES = FIRMWARE / "examples"
SUPPORT = ROOT / "tools" / "laboratory" / "device"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for credential in (ROOT_CA, DEVICE, pki.root("other-root")):
        credential.write(tmp_path)
    return tmp_path


def run(case: str, port: int, files: Path, *more: object, timeout: float = 120) -> str:
    path = [*cases.support(), EXAMPLES, SUPPORT]
    done = micropython_process(cases.DEVICE / "example_cases.py", [case, port, files, *more], path=path, cwd=files, timeout=timeout)
    assert done.returncode == 0 and done.stdout.endswith("ok\n"), done.stdout + done.stderr
    return done.stdout


def test_mqtt_telemetry_with_the_key_in_a_chip(files: Path) -> None:
    assert isinstance(DEVICE.key, ec.EllipticCurvePrivateKey)
    (files / "ca.crt").write_bytes(ROOT_CA.pem)
    (files / "chain.pem").write_bytes(DEVICE.chain_pem)
    with Simulation() as simulation, Broker(SERVER, ROOT_CA) as broker:
        setups.set_private_key(simulation.chip.memory, 0, DEVICE.key.private_numbers().private_value)
        run("mqtt_telemetry", broker.port, files, simulation.port, int(time.time()))
        log = broker.log()
    assert log.count("Received PUBLISH from pump-7") == 3 and "u'device'" in log


RECIPES = (FIRMWARE / "manual" / "recipes.md").read_text()


class AtHome(Broker):
    """mosquitto as recipes.md sets it up, but for its port and for where it writes."""

    def __init__(self, files: Path) -> None:
        super().__init__(None)
        self.files_at_home = files

    def command(self) -> list[str]:
        [lines] = re.findall(r"^```\n(listener 8883\n.*?)^```$", RECIPES, re.DOTALL | re.MULTILINE)
        lines = (
            lines.replace("listener 8883", f"listener {self.port} 127.0.0.1") + f"log_dest stderr\nlog_type all\nuser {getpass.getuser()}\n"
        )
        (self.files_at_home / "mosquitto.conf").write_text(lines)
        return ["env", "-C", str(self.files_at_home), program("mosquitto", "mosquitto"), "-c", "mosquitto.conf"]


def test_home_broker_from_openssl_to_a_lamp_that_is_switched(files: Path) -> None:
    [commands] = re.findall(r"```sh\n(openssl req -x509.*?)```", RECIPES, re.DOTALL)
    subprocess.run(["bash", "-euc", commands], cwd=files, check=True, capture_output=True)
    with AtHome(files) as broker:
        run("home_broker", broker.port, files)
        log = broker.log()
    assert log.count("Received PUBLISH from lamp") == 12 and "u'lamp'" in log


def test_web_request_by_requests_is_verified(files: Path) -> None:
    with services.https(SERVER) as port:
        run("web_request", port, files)


def test_asyncio_sensor_feeds_its_watchdog_and_blinks_beside_a_handshake(files: Path) -> None:
    with reversing(SERVER) as port:
        run("asyncio_sensor", port, files)


def test_aws_iot_speaks_mqtt_by_alpn_with_an_rsa_key(files: Path) -> None:
    ROOT_CA.leaf("device", kind="rsa2048", usage="client").write(files)
    with Plain(None) as broker, by_alpn(broker.port) as port:
        run("aws_iot", port, files)
        assert "Received PUBLISH from pump-7" in broker.log()


class Plain(Broker):
    """mosquitto without TLS: behind a server that has it."""

    def command(self) -> list[str]:
        (self.folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nlog_dest stderr\nlog_type all\n"
        )
        return [program("mosquitto", "mosquitto"), "-c", "mosquitto.conf"]


@contextlib.contextmanager
def by_alpn(broker: int) -> Iterator[int]:
    """TLS with a client certificate and ALPN, in front of a broker."""
    context = services.context_of(SERVER, ROOT_CA)
    context.set_alpn_protocols(["x-amzn-mqtt-ca"])

    def serve(sock: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(sock, server_side=True) as tls:
            if tls.selected_alpn_protocol() == "x-amzn-mqtt-ca":
                with socket.create_connection(("127.0.0.1", broker)) as plain:
                    threading.Thread(target=pump, args=(plain, tls), daemon=True).start()
                    pump(tls, plain)

    with listening(serve) as port:
        yield port


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(4096):
            sink.sendall(data)


def test_starttls_mail_says_nothing_before_it_is_safe(files: Path) -> None:
    mails: list[bytes] = []
    with services.smtp(SERVER, mails) as port:
        run("starttls_mail", port, files)
    assert mails == [b"Subject: pressure\r\n", b"\r\n", b"9 bar\r\n", b"..\r\n", b"\r\n"]


def test_modem_carries_tls_over_a_serial_line(files: Path) -> None:
    with reversing(SERVER) as port, modem() as (terminal, commands):
        told = run("modem", port, files, terminal)
    assert "b'OK'" in told, "after the connection it takes commands again"
    assert commands[:4] == ["ATE0", "AT+CPIN?", "AT+CGATT=1", 'AT+CGDCONT=1,"IP","internet"'] and "AT+CIPCLOSE=0" in commands


@contextlib.contextmanager
def modem() -> Iterator[tuple[str, list[str]]]:
    """A cellular modem on a pseudo-terminal, by AT commands, in transparent mode: its terminal, and what it was told."""
    master, slave = pty.openpty()
    tty.setraw(master)
    tty.setraw(slave)
    commands: list[str] = []
    thread = threading.Thread(target=serve_modem, args=(master, commands), daemon=True)
    thread.start()
    try:
        yield os.ttyname(slave), commands
    finally:
        os.close(slave)
        thread.join()  # the line has ended
        os.close(master)


def serve_modem(line: int, commands: list[str]) -> None:
    with contextlib.suppress(OSError):
        said = b""
        while True:
            said += os.read(line, 1)
            if not said.endswith(b"\r"):
                continue
            commands.append(said.strip().decode())
            said = b""
            if not commands[-1].startswith("AT+CIPOPEN"):
                os.write(line, b"\r\n+CPIN: READY\r\n\r\nOK\r\n" if "CPIN" in commands[-1] else b"\r\nOK\r\n")
                continue
            host, port = commands[-1].split(",")[2:]
            with socket.create_connection((host.strip('"'), int(port))) as far:
                os.write(line, b"\r\nCONNECT 115200\r\n")
                threading.Thread(target=from_far, args=(far, line), daemon=True).start()
                while (data := os.read(line, 4096)) != b"+++":
                    far.sendall(data)
            os.write(line, b"\r\nOK\r\n")


def from_far(far: socket.socket, line: int) -> None:
    with contextlib.suppress(OSError):
        while data := far.recv(64):  # in small pieces, as a radio gives them
            os.write(line, data)


def test_deep_sleep_resumes_at_the_next_waking(files: Path) -> None:
    with reversing(SERVER) as port:
        assert [run("deep_sleep", port, files).splitlines()[0] for _ in range(3)] == ["resumed False", "resumed True", "resumed True"]


def test_root_replacement_is_never_without_a_root(files: Path) -> None:
    (files / "next.pem").write_bytes(ROOT_CA.pem)
    (files / "wrong.pem").write_bytes(pki.root("third").pem)
    with reversing(SERVER) as port:
        run("root_replacement", port, files)


def test_firmware_update_is_streamed_resumed_and_refused_unsigned(files: Path) -> None:
    maker = ec.generate_private_key(ec.SECP256R1())
    point = maker.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    (files / "maker.pub").write_bytes(point)
    image = os.urandom(1 << 19) * 3
    signature = maker.sign(image, ec.ECDSA(hashes.SHA256()))
    served = {"/image": image, "/image.sig": signature, "/forged": image[:-1] + bytes([image[-1] ^ 1]), "/forged.sig": signature}
    with services.https(SERVER, served, {"/image": [400_000, 500_000]}) as port:
        run("firmware_update", port, files, timeout=300)


def test_every_example_is_run_here() -> None:
    own = {path.stem for path in EXAMPLES.glob("*.py")}
    run_here = {name for name in own if f"def {name}()" in (cases.DEVICE / "example_cases.py").read_text()}
    assert own - run_here == {"first_connection"}, "which the README's test runs"
