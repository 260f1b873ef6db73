"""A pre-shared key out of a chip's slot: what the chip gives, what the operator of the server computes, and a handshake with both."""

import json
from pathlib import Path

import pytest

from tools.laboratory.atecc_simulator.simulation import Simulation
from tools.laboratory.micropython_process import micropython_process
from tools.laboratory.peers.real import OpenSSL
from tools.laboratory.simulated_chip import bench
from tools.latchkey_tools import cli
from tools.latchkey_tools.pre_shared_key import derive

KEY = bytes([5]) * 32  # in slot 5 of both set-ups
NUMBER = bytes(range(32))
IDENTITY = "01230a0b0c0d0e0fee." + NUMBER.hex()
CHIPS = {"ATSHA204A": {"kind": "atsha204a", "setup": "atsha204a"}, "ATECC": {"setup": "tls_client"}}

DEVICE = """
import json, socket
import simulated_i2c
link = simulated_i2c.connect("127.0.0.1", {chip})
link.install_time()
import latchkey
from latchkey.secure_element import ATSHA204A
chip = ATSHA204A(simulated_i2c.I2C(link, freq=100000))
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
context.set_psk_client_callback(chip.pre_shared_key(5))
sock = socket.socket()
sock.connect(socket.getaddrinfo("127.0.0.1", {port})[0][-1])
try:
    tls = context.wrap_socket(sock)
except latchkey.TLSError as error:
    print(json.dumps([str(error)]))
else:
    tls.write(b"latchkey\\n")
    report = tls.report()
    print(json.dumps([tls.readline().decode(), report["peer"], list(report["wires"])]))
"""


@pytest.fixture(scope="module", params=CHIPS)
def module_bench(target, request):
    target.reset()  # of the simulated time, which is that of the chip before
    with bench(target, request.param) as made:
        yield made


@pytest.fixture
def chip(module_bench):
    module_bench.reset(**CHIPS[module_bench.driver])
    return module_bench


@pytest.mark.parametrize("hint", [None, "plant 7"])
def test_is_what_the_holder_of_the_slots_key_computes_from_the_identity(chip, hint):
    identity, key = chip.run(f"chip.pre_shared_key(5)({hint!r})")
    assert key == derive(KEY, 5, identity, hint or "")
    assert key != derive(KEY, 5, identity, "another hint")
    assert identity.split(".")[0] == chip.chip.memory.serial_number.hex()


def test_is_another_one_each_time(chip):
    assert chip.run("ask = chip.pre_shared_key(5)\nlen({ask(None) for _ in range(4)})") == 4


def test_a_number_that_is_no_slot_is_refused_when_it_is_given(chip):
    assert chip.run("try:\n    chip.pre_shared_key(16)\nexcept ValueError as error:\n    print(repr(str(error)))").startswith("slot 16")


def test_none_comes_of_a_chip_whose_random_is_a_pattern(chip):
    chip.reset(**CHIPS[chip.driver] | ({"lock": False} if chip.driver == "ATSHA204A" else {"setup": "blank"}))
    assert chip.run("outcome(lambda: chip.pre_shared_key(5)(None))")[1] == "CHIP_RANDOM_UNLOCKED"


def handshake(simulation: Simulation, key: bytes) -> list:
    with OpenSSL(None, cipher="PSK-AES128-GCM-SHA256", psk=key, hint="plant", options=["-rev"]) as peer:
        code = DEVICE.format(chip=simulation.port, port=peer.port)
        done = micropython_process(code, path=[Path("tools/laboratory/device").resolve()], timeout=300, heapsize="2m")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def simulation():
    """A chip whose next random number is known: s_server takes one key, for whatever identity."""
    with Simulation() as made:
        made.controls.do_chip(kind="atsha204a", setup="atsha204a")
        made.chip.random = lambda length: NUMBER[:length]
        yield made


@pytest.mark.targets("unix")
def test_openssl_talks_to_a_device_whose_key_is_in_an_atsha204a(simulation):
    answer, peer, wires = handshake(simulation, derive(KEY, 5, IDENTITY, "plant"))
    assert (answer, peer) == ("yekhctal\n", f"PSK {IDENTITY}")
    assert any("a key made of it is known to who listens" in sentence for sentence in wires)


@pytest.mark.targets("unix")
def test_a_server_with_another_key_or_a_chip_that_is_gone_ends_the_handshake_with_a_sentence(simulation):
    (told,) = handshake(simulation, derive(KEY, 6, IDENTITY, "plant"))
    assert "alert" in told
    simulation.bus.devices.remove(simulation.chip)
    (told,) = handshake(simulation, KEY)
    assert "the chip" in told


@pytest.mark.targets("unix")
@pytest.mark.parametrize("content", [KEY, KEY.hex().encode() + b"\n"], ids=["32 bytes", "hex"])
def test_the_command_prints_the_key_of_an_identity(content, tmp_path, capsys):
    path = tmp_path / "slot.key"
    path.write_bytes(content)
    assert cli.main(["psk", str(path), "5", IDENTITY, "--hint", "plant"]) == 0
    assert capsys.readouterr().out.strip() == derive(KEY, 5, IDENTITY, "plant").hex()


@pytest.mark.targets("unix")
def test_the_command_says_what_is_wrong_with_a_file_or_an_identity(tmp_path, capsys):
    path = tmp_path / "slot.key"
    path.write_bytes(KEY)
    assert cli.main(["psk", str(path), "5", "pump 7"]) == 1
    assert "'pump 7' is no identity of a chip" in capsys.readouterr().err
    path.write_bytes(b"secret")
    assert cli.main(["psk", str(path), "5", IDENTITY]) == 1
    assert "neither 32 bytes nor 64 digits of hex" in capsys.readouterr().err
