"""What crosses the chip's bus and what stays in the client's memory in a real mutual handshake, told by looking."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tools.laboratory.atecc_simulator import Atecc508a, Transfer
from tools.laboratory.atecc_simulator.packets import command
from tools.laboratory.chip_handshake import READ_KEY, ChipHandshake
from tools.laboratory.simulated_chip import bench

ECDH = 0x43
AGREEMENT = (
    "key agreement over I2C: who can change what is on the wires puts his own point in the server's place, and is the server,"
    " whether the secret is read encrypted or not"
)


@pytest.fixture(scope="module")
def chip(target):
    with bench(target) as made:
        yield made


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


def test_the_report_says_what_the_wires_hold(handshake):
    """As plainly of the agreement as of the verifier: whoever can change what is on them is the server, encrypted read or not."""
    wires = handshake.stages["connected"]["wires"]
    if handshake.ecdhe == "software":
        assert wires == []
        return
    (told,) = wires
    assert told.endswith(AGREEMENT)
    assert told.startswith("the pre-master secret crosses I2C in clear") == (handshake.ecdhe == "chip")


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


def attacked(chip: Atecc508a, theirs: ec.EllipticCurvePrivateKey) -> None:
    """Somebody in the wires: the point that ECDH is given is his."""
    execute = chip.execute

    def replace(packet: bytes) -> None:
        if packet[1] == ECDH:
            packet = command(ECDH, packet[2], packet[3] | packet[4] << 8, point(theirs))[1:]
        execute(packet)

    chip.execute = replace


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]


@pytest.mark.parametrize(
    ("options", "arguments"),
    [({}, "2"), ({"protect_ecdh": True}, f"2, {READ_KEY!r}"), ({"kind": "atecc608a"}, "")],
    ids=["in clear", "encrypted read", "TempKey of a 608"],
)
@pytest.mark.targets("unix")
def test_who_can_change_what_is_on_the_wires_knows_the_secret_encrypted_read_or_not(chip, options, arguments):
    """From the recorded bus and a key of his own; the driver can't tell. Why the report says so."""
    server, attacker = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    chip.reset(**options)
    attacked(chip.chip, attacker)
    ours, secret = chip.run(f"""
class Fixed:
    def fill(self, buf): pass
agreement = chip.key_agreement({arguments})
ours, secret = chip.wait(agreement.agree(23, bytes([4]) + {point(server)!r}, Fixed()))
bytes(ours), bytes(secret)""")
    answers = [transfer.data for transfer in chip.bus.recording if transfer.read and transfer.data[:1] == bytes([67])]
    assert answers[0][1:65] == ours[1:], "the chip's public key, GenKey's answer"
    chips = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), ours)
    assert attacker.exchange(ec.ECDH(), chips) == secret != server.exchange(ec.ECDH(), chips)
    assert AGREEMENT in chip.run("agreement.wires")


def test_randomness_that_comes_over_the_wires_alone_is_said_to(chip):
    """As long as nothing else gave to the seed; the report of a connection asks the pool that it used."""
    chip.reset()
    told = chip.run("""
from latchkey import trace
from latchkey.entropy.pool import Pool
from latchkey.entropy.sources import OSRandom
class Bare:
    def __getattr__(self, name): return None
    def version(self): pass
def wires(random):
    random.fill(bytearray(32))
    settings = Bare()
    settings.random = random
    return [sentence[:19] for sentence in trace.report(Bare(), Bare(), settings)["wires"]]
wires(Pool([chip.source()])), wires(chip.source()), wires(Pool([chip.source(), OSRandom("os")])), wires(Pool([OSRandom("os")]))""")
    assert told == (["randomness over I2C"], ["randomness over I2C"], [], [])


def test_the_chip_verifies_the_server_only_where_it_was_asked_to():
    verify = 0x45
    with ChipHandshake(verifier="chip") as made:
        assert made.stages["connected"]["answer"] == "yekhctal\n"
        assert made.stages["connected"]["verification"] == "ATECC508A, over I2C"
        assert made.stages["connected"]["wires"] == [
            "verification over I2C: who can change what is on the wires can make any signature pass, and is the server"
        ]
        # two certificates, the key exchange, and our own signature before it is sent
        assert _commands(made).count(verify) == 4
    with ChipHandshake() as made:
        assert verify not in _commands(made)
