"""Trust&GO: a chip at 0x35 whose certificates name an EUI-48 that stands in a slot. Microchip's own library says what they are."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptoauthlib.library import AtcaReference
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from tools.laboratory import trust_and_go
from tools.laboratory.atecc_simulator import MILLISECOND, Atecc608a, Bus, setups
from tools.laboratory.atecc_simulator.cryptoauthlib_hal import Cryptoauthlib
from tools.laboratory.simulated_chip import ChipBench, bench
from tools.latchkey_tools import atecc_template, cli

pytestmark = pytest.mark.targets("unix")
OTHER = trust_and_go.Identity(
    ec.generate_private_key(ec.SECP256R1()), bytes.fromhex("0123a1b2c3d4e5f601"), eui48="FEDCBA987654", signer_id="9F9F"
)


@pytest.fixture(scope="module")
def module_bench(target):
    with bench(target) as made:
        made.exec("from latchkey.secure_element.certificates import CertificateChain")
        yield made


@pytest.fixture
def chip(module_bench) -> ChipBench:
    module_bench.reset(kind="atecc608a", setup="trust_and_go")
    return module_bench


@pytest.fixture
def identity(chip) -> trust_and_go.Identity:
    key = ec.derive_private_key(int(chip.controls.do_private_key(0), 16), ec.SECP256R1())
    made = trust_and_go.Identity(key, chip.chip.memory.serial_number, eui48="0004A3123456", signer_id="1A2B")
    made.store(chip.chip.memory)
    return made


def device_template(**options) -> bytes:
    """From another device's certificate."""
    return atecc_template.template(OTHER.device, OTHER.signer_id, **options)


def signer_template() -> bytes:
    return atecc_template.template(OTHER.signer, OTHER.signer_id, issuer=trust_and_go.root())


@contextmanager
def by_the_library(identity: trust_and_go.Identity) -> Iterator[Cryptoauthlib]:
    """cryptoauthlib on a chip with this identity."""
    bus = Bus()
    memory = setups.trust_and_go(identity.serial_number)
    setups.set_private_key(memory, 0, identity.key.private_numbers().private_value)
    identity.store(memory)
    bus.attach(Atecc608a(bus.clock, memory))
    bus.clock.advance(MILLISECOND)
    with Cryptoauthlib(bus, device="ATECC608B", address=0x35) as lib:
        yield lib


def read(function) -> bytes:
    certificate, size = bytearray(1024), AtcaReference(1024)
    assert function(certificate, size) == 0
    return bytes(certificate[: size.value])


def test_the_tool_finds_the_places_that_microchips_definition_names() -> None:
    t = atecc_template
    rows = t.fields(trust_and_go.sample(trust_and_go.DEVICE), "FFFF", None, {})
    assert rows == [
        ((t.SERIAL_NUMBER, 15, 16),),
        ((t.SIGNER_ID, 120, 4),),
        ((t.ISSUED, 128, 13),),
        ((t.EXPIRES, 143, 15),),
        ((t.CHIP_SERIAL, 208, 18),),
        ((t.PUBLIC_KEY, 253, 64),),
        ((t.SLOT_BYTES, 355, 12), (5, 0, 12)),
        ((t.SUBJECT_KEY_ID, 408, 20),),
        ((t.AUTHORITY_KEY_ID, 441, 20),),
        ((t.SIGNATURE, 473, 73),),
    ]


def test_rebuilds_a_devices_certificate_from_another_ones_as_microchips_library_does(chip, identity) -> None:
    made = chip.run(f"chip.certificate({device_template()!r}, 10, 0, 11)")
    with by_the_library(identity) as lib:
        assert made == identity.device == read(lib.tng_atcacert_read_device_cert)
    assert b"eui48_0004A3123456" in made and b"sn01230A0B0C0D0E0FEE" in made
    assert chip.run("chip.link.address") == 0x35


def test_rebuilds_the_signers_certificate_and_checks_it_with_the_key_in_its_template(chip, identity) -> None:
    made = chip.run(f"chip.certificate({signer_template()!r}, 12, 11)")
    assert made == identity.signer
    with by_the_library(identity) as lib:
        theirs = bytearray(read(lib.tng_atcacert_read_signer_cert))
    theirs[414:434] = made[414:434]  # where the library has the key identifier of Microchip's own root
    assert made == theirs


def test_its_identity_signs_for_the_library_and_for_us_and_agrees(chip, identity) -> None:
    """Its keys ask for a random nonce (ReqRandom), which does not hold for these."""
    digest, peer = bytes(range(32)), ec.generate_private_key(ec.SECP256R1())
    ours = chip.run(f"chip.wait(chip.private_key(0).sign(0x0403, {digest!r}))")
    theirs = bytearray(64)
    with by_the_library(identity) as lib:
        assert lib.atcab_sign(0, bytearray(digest), theirs) == 0
    r, s = int.from_bytes(theirs[:32], "big"), int.from_bytes(theirs[32:], "big")
    for signature in (ours, encode_dss_signature(r, s)):
        identity.key.public_key().verify(signature, digest, ec.ECDSA(Prehashed(SHA256())))
    point = b"\x04" + trust_and_go.point(peer)
    made, secret = chip.run(f"""
class Fixed:
    def fill(self, buf): pass
made, secret = chip.wait(chip.key_agreement(2, signing_key=True).agree(23, {point!r}, Fixed()))
bytes(made), bytes(secret)""")
    assert peer.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), made)) == secret


def test_a_template_without_the_field_of_a_slot_is_found_out(chip, identity) -> None:
    """What tools did that knew no such field: another device's EUI-48 stays."""
    template = device_template()
    at = next(at for at in range(5, 5 + 4 * template[4], 4) if template[at] == atecc_template.SLOT_BYTES)
    old = template[:4] + bytes([template[4] - 2]) + template[5:at] + template[at + 8 :]
    _, cause, detail = chip.run(f"outcome(lambda: chip.certificate({old!r}, 10, 0, 11))")
    assert cause == "BAD_COMPRESSED_CERTIFICATE" and "does not bear the signature" in detail
    assert b"FEDCBA987654" in chip.run(f"chip.certificate({old!r})"), "and is not seen where the issuer's key is not named"


@pytest.mark.parametrize("slot", [5, 10, 11])
def test_a_chip_in_which_something_else_stands_is_found_out(chip, identity, slot) -> None:
    chip.controls.do_poke("slot", 5, f"{chip.chip.memory.slots[slot][5] ^ 1:02x}", slot=slot)
    assert chip.run(f"outcome(lambda: chip.certificate({device_template()!r}, 10, 0, 11))")[1] == "BAD_COMPRESSED_CERTIFICATE"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda t, at: t[: at + 4] + b"\x10" + t[at + 5 :], "from which slot"),
        (lambda t, at: t[: at + 5] + b"\x00\x20" + t[at + 7 :], "so many bytes"),
        (lambda t, at: t[: at + 7] + b"\x0b" + t[at + 8 :], "has 12 bytes, not 11"),
        (lambda t, at: t[:at] + b"\x63" + t[at + 1 :], "kind 99 is not known"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused(chip, identity, spoil, reason) -> None:
    template = device_template()
    at = next(at for at in range(5, 5 + 4 * template[4], 4) if template[at] == atecc_template.SLOT_BYTES)
    _, cause, detail = chip.run(f"outcome(lambda: chip.certificate({spoil(template, at)!r}, 10, 0, 11))")
    assert cause == "BAD_TEMPLATE" and reason in detail


def test_the_report_says_of_each_certificate_whether_its_signature_is_right(chip, identity) -> None:
    chip.exec(f"device = ({device_template()!r}, 10, 0, 11)\nsigner = ({signer_template()!r}, 12, 11)")
    lines = chip.exec("chip.report(device, signer, device[:1])").splitlines()
    told = [line.strip() for line in lines if line.startswith("certificate")]
    assert told == [
        f"certificate in slot 10: {len(identity.device)} bytes, its issuer's signature is right",
        f"certificate in slot 12: {len(identity.signer)} bytes, its issuer's signature is right",
        f"certificate in slot 10: {len(identity.device)} bytes, not checked: its issuer's key is not known",
    ]
    chip.controls.do_poke("slot", 0, f"{chip.chip.memory.slots[5][0] ^ 1:02x}", slot=5)
    (line,) = [line for line in chip.exec("chip.report(device)").splitlines() if line.startswith("certificate")]
    assert line.startswith("certificate in slot 10: the compressed certificate in the chip does not fit: what slot 10")


def test_text_that_stands_in_another_slot_can_be_named() -> None:
    t = atecc_template
    rows = t.fields(OTHER.device, None, None, {8: "Microchip Technology Inc"})
    assert [row for row in rows if row[1:] == ((8, 0, 24),)] == [((t.SLOT_BYTES, at, 24), (8, 0, 24)) for at in (56, 171)]


def test_an_issuer_that_did_not_sign_the_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="does not bear the signature of its issuer's key"):
        atecc_template.template(OTHER.device, issuer=trust_and_go.root())


def test_the_tool_takes_slots_and_the_issuer(tmp_path, capsys, monkeypatch) -> None:
    (tmp_path / "signer.der").write_bytes(OTHER.signer)
    (tmp_path / "root.pem").write_bytes(trust_and_go.root().public_bytes(Encoding.PEM))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["template", "make", "signer.der", "--signer-id", "9F9F", "--issuer", "root.pem", "-o", "t"]) == 0
    assert (tmp_path / "t").read_bytes() == signer_template()
    for wrong in ("16=a", "5", "x=a", "5="):
        with pytest.raises(SystemExit):
            cli.main(["template", "make", "signer.der", "--slot", wrong, "-o", "t"])
        assert "SLOT=TEXT wanted" in capsys.readouterr().err
