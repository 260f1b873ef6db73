"""What crosses the chip's bus and what stays in the client's memory in a real mutual handshake, told by looking."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tools.laboratory.atecc_simulator import Transfer
from tools.laboratory.chip_handshake import READ_KEY, ChipHandshake


@pytest.fixture(scope="module", params=["software", "chip", "protected"])
def handshake(request):
    with ChipHandshake(request.param) as made:
        yield made


def _both_ways(value: bytes) -> tuple[bytes, bytes]:
    return value, value[::-1]


def _commands(handshake: ChipHandshake) -> list[int]:
    """Opcodes in the order of the bus."""
    transfers: list[Transfer] = handshake.simulation.bus.recording.transfers
    return [transfer.data[2] for transfer in transfers if not transfer.read and transfer.data[:1] == b"\x03"]


def test_the_handshake_is_mutual_and_says_who_did_what(handshake):
    told = handshake.stages["connected"]
    agreement = {
        "software": "software",
        "chip": "ATECC508A slot 2, secret in clear over I2C",
        "protected": "ATECC508A slot 2, secret encrypted over I2C",
    }
    assert told["answer"] == "yekhctal\n" and told["client_certificate"]
    assert told["identity"] == "ATECC508A slot 0"
    assert told["randomness"] == "HMAC_DRBG over ATECC508A Random, os.urandom of linux"
    assert told["key_agreement"] == agreement[handshake.ecdhe]
    assert told["verification"] == "software"


def test_the_private_key_is_neither_on_the_bus_nor_in_memory(handshake):
    key = handshake.private_value.to_bytes(32, "big")
    memory = handshake.memory()
    assert not handshake.simulation.bus.recording.carries(key)
    for form in _both_ways(key):
        assert form not in memory
    # The same look finds what is there: the key's public half.
    public = handshake.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert public in memory and handshake.simulation.bus.recording.carries(public[1:])


def test_the_pre_master_secret_crosses_the_bus_only_where_it_was_said(handshake):
    assert handshake.simulation.bus.recording.carries(handshake.secret) == (handshake.ecdhe == "chip")
    if handshake.ecdhe == "protected":
        assert not handshake.simulation.bus.recording.carries(READ_KEY)


def test_the_pre_master_secret_does_not_stay_in_memory(handshake):
    memory = handshake.memory()
    for form in _both_ways(handshake.secret):
        assert form not in memory


def test_nothing_comes_between_nonce_and_sign(handshake):
    commands = _commands(handshake)
    at = commands.index(0x41)
    assert commands[at - 1] == 0x16 and commands.count(0x41) == 1


def test_the_chip_verifies_the_server_only_where_it_was_asked_to():
    verify = 0x45
    with ChipHandshake(verifier="chip") as made:
        assert made.stages["connected"]["answer"] == "yekhctal\n"
        assert made.stages["connected"]["verification"] == "ATECC508A, over I2C"
        # two certificates, the key exchange, and our own signature before it is sent
        assert _commands(made).count(verify) == 4
    with ChipHandshake() as made:
        assert verify not in _commands(made)
