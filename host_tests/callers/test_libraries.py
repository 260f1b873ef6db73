"""Libraries over latchkey, unmodified, against real servers: requests, mip and asyncio as the Unix port has them frozen in; umqtt.simple,
umqtt.robust, umqtt.simple2, mqtt_as, aiohttp, a WebSocket client and uMail by stand-ins (device/stand_ins.py) that make the same calls."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.callers import cases, services
from tools.laboratory import pki
from tools.laboratory.micropython_process import start_micropython
from tools.laboratory.peers.real import Mosquitto, free_port

ROOT, SERVER, DEVICE = pki.demo()
THING = b"INSTALLED = True\n"
HASH = hashlib.sha256(THING).hexdigest()[:8]
FILES = {
    "/pattern": bytes(range(256)) * (5 << 12),
    "/package/6/thing/latest.json": json.dumps({"v": 1, "version": "1", "hashes": [["thing.py", HASH]]}).encode(),
    f"/file/{HASH[:2]}/{HASH}": THING,
}


class Broker(Mosquitto):
    """mosquitto that comes back at its port."""

    def choose_port(self) -> int:
        return self.port or free_port()

    def die(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def come_back(self) -> None:
        while not self._start():
            pass


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("libraries")
    for credential in (ROOT, DEVICE, pki.root("other-root")):
        credential.write(path)
    return path


@pytest.fixture(scope="module")
def web() -> Iterator[int]:
    with services.https(SERVER, FILES) as port:
        yield port


@pytest.mark.parametrize(
    "case",
    [
        "umqtt_simple_by_a_context_or_by_its_parameters",
        "umqtt_simple2_sets_modes_on_the_raw_socket",
        "mqtt_as_asks_a_non_blocking_socket_over_and_over",
    ],
)
def test_mqtt(case: str, files: Path) -> None:
    with Mosquitto(SERVER, ROOT) as broker:
        cases.run("library_cases", case, broker.port, files)
        assert "u'device'" in broker.log()


def test_umqtt_robust_goes_on_when_the_broker_comes_back(files: Path) -> None:
    script = cases.DEVICE / "library_cases.py"
    with Broker(SERVER, ROOT) as broker:
        arguments = ["umqtt_robust_goes_on_when_the_broker_comes_back", broker.port, files]
        with start_micropython(script, arguments, path=cases.support(), stdin=-1) as client:
            assert client.stdin and client.stdout and client.stderr
            try:
                for i in range(8):
                    if client.stdout.readline() != f"{i}\n":
                        pytest.fail(client.stderr.read())
                    if i in (2, 5):
                        broker.die()
                        broker.come_back()
                    client.stdin.write("\n")
                    client.stdin.flush()
                assert client.stdout.read() == "ok\n", client.stderr.read()
            finally:
                client.kill()
        assert broker.log().count("Received PUBLISH from board") == 2  # 6 and 7, each once
        assert "u'device'" in broker.log()


@pytest.mark.parametrize(
    "case",
    [
        "requests_gets_posts_and_follows",
        "requests_streams_5_mb_both_ways",
        "requests_is_refused_where_the_root_is_another",
        "mip_installs_from_an_index_over_https",
        "aiohttp_has_several_connections_at_once",
        "a_websocket_client_sends_and_hears",
    ],
)
def test_web(case: str, web: int, files: Path) -> None:
    cases.run("library_cases", case, web, files)


def test_smtp_goes_on_by_starttls(files: Path) -> None:
    mails: list[bytes] = []
    with services.smtp(SERVER, mails) as port:
        cases.run("library_cases", "smtp_goes_on_by_starttls", port, files)
    assert mails == [b"Subject: doors\r\n", b"\r\n", b"open\r\n"]
