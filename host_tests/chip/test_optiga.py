"""OPTIGA Trust M: its driver against the simulated chip."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from host_tests.chip.test_finding import Other
from tools.laboratory import chip_faults, pki
from tools.laboratory.chips.optiga import encoded
from tools.laboratory.simulated_chip import ChipBench, bench

DIGEST = bytes(range(32))
PEER = ec.generate_private_key(ec.SECP256R1())
FIXED = "class Fixed:\n    def fill(self, buf): pass\n"
AGREE = f"[bytes(part) for part in run(chip.key_agreement().agree(23, {encoded(PEER.public_key())!r}, Fixed()))]"


def device() -> dict[str, Any]:
    """A key and its certificate, as options of a simulated chip."""
    credential = pki.demo()[2]
    return {"key": credential.key, "certificate": credential.der}


DEVICE = device()
KIND = {"kind": "optiga", **DEVICE}


@pytest.fixture(scope="module")
def module_bench(target):
    with bench(target, "OPTIGA") as made:
        made.exec(FIXED)
        yield made


@pytest.fixture
def chip(module_bench) -> ChipBench:
    module_bench.reset(**KIND)
    return module_bench


def signed(signature: bytes) -> bool:
    DEVICE["key"].public_key().verify(signature, DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))
    return True


def agreed(result: tuple[bytes, bytes]) -> bool:
    ours, secret = result
    return PEER.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes(ours))) == secret


def test_is_found_and_known(chip):
    assert chip.run("chip.ready(), chip.revision") == (True, bytes.fromhex("2440"))


def test_speaks_as_the_published_log_of_the_bus_does(chip):
    """OPTIGA Trust M datasheet, A.2: OpenApp, reading the unique identifier, and what acknowledges each."""
    chip.exec("chip.ready()")
    writes = [transfer.data.hex() for transfer in chip.bus.recording if not transfer.read and transfer.acknowledged]
    opened = bytes.fromhex("80 03 0015 00 F0000010 D2760000 04 47656E417574684170706C")
    assert any(write.startswith(opened.hex()) for write in writes)
    assert "8080000" + "00cec" in writes and "8081000" + "05630" in writes


@pytest.mark.parametrize("options", [{}, {"frame_size": 64}, {"frame_size": 32, "tls_identity": True}])
def test_its_certificate_key_and_signature_belong_together(chip, options):
    chip.reset(**KIND, **options)
    assert chip.run("chip.certificate()") == DEVICE["certificate"]
    assert chip.run("chip.private_key().public_key") == (23, encoded(DEVICE["key"].public_key()))
    assert signed(chip.run(f"run(chip.private_key().sign(0x0403, {DIGEST!r}))"))


def test_the_pool_seeds_from_it(chip):
    code = (
        "from latchkey.entropy.pool import Pool\npool = Pool([chip.source()])\npool.fill(bytearray(8))\npool.name, pool.monitors[0].drawn"
    )
    assert chip.run(code) == ("HMAC_DRBG over OPTIGA Trust Random", 96)


def test_agrees_on_a_key_and_says_that_the_secret_crosses_the_wires(chip):
    ours, secret = chip.run(AGREE)
    assert agreed((ours, secret))
    assert chip.controls.do_carried(secret.hex())
    assert "crosses I2C in clear" in chip.run("chip.key_agreement().wires")
    assert chip.run("any(chip.link.rx), any(chip.link.tx)") == (False, False), "the secret stays in the driver's buffers"


def test_a_trust_e_gives_randomness_and_says_why_it_does_not_sign(chip):
    chip.reset(**KIND, trust_e=True)
    assert chip.run("buf = bytearray(64)\nchip.source().fill(buf)\nany(buf)") is True
    kind, name, detail = chip.run(f"outcome(lambda: run(chip.private_key().sign(0x0403, {DIGEST!r})))")
    assert (kind, name) == ("fault", "CHIP_UNSUPPORTED") and "Trust M does" in detail


def test_a_refusal_gives_the_chips_own_error_code(chip):
    _, name, detail = chip.run(f"outcome(lambda: run(chip.private_key(0xE0F1).sign(0x0403, {DIGEST!r})))")
    assert (name, detail) == ("CHIP_REFUSED", "error 01 (command 31)")


@pytest.mark.targets("unix")  # the report's modules would stay in a board's heap for the tests to come
def test_its_report_says_what_it_is_and_what_its_wires_hold(chip):
    told = chip.exec("chip.report()").splitlines()
    assert told[0] == "OPTIGA Trust, revision 24 40, I2C address 0x30"
    assert told[1].startswith("unique identifier CD 16 33") and told[2] == "life cycle operational"
    assert told[4].startswith("NOTE: randomness over I2C") and told[5].startswith("NOTE: the pre-master secret crosses I2C in clear")


@pytest.mark.targets("unix")
def test_absent_and_foreign_chips_have_their_own_sentences(chip):
    chip.bus.devices.clear()
    other = Other(0x30, 0x5A)
    try:
        assert chip.run("chip.why_not()").startswith("the chip was not found: OPTIGA Trust: no answer within 200 ms, looked at 0x30")
        chip.bus.attach(other)
        told = chip.run("chip.why_not()")
    finally:
        chip.bus.devices[:] = [chip.chip]
    assert told.startswith(
        "something acknowledges the chip's address and does not answer as one: OPTIGA Trust: its frames have 23130 bytes"
    )


@pytest.mark.targets("unix")  # hundreds of cases
@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("drawn()", lambda r: len(r) == 32),
        (f"run(chip.private_key().sign(0x0403, {DIGEST!r}))", signed),
        (AGREE, agreed),
        ("chip.certificate()", lambda r: r == DEVICE["certificate"]),
    ],
    ids=["random", "sign", "agree", "certificate"],
)
def test_no_fault_hangs_the_driver_or_makes_it_give_a_wrong_result(chip, code, right, record_property):
    record_property("table", chip_faults.strike_all(chip, KIND, code, right, chip_faults.ANY))
