"""Certificates that the chip keeps compressed: what the driver rebuilds is, byte for byte, what the authority issued."""

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from tools.build.places import ROOT
from tools.laboratory.simulated_chip import ChipBench, bench
from tools.latchkey_tools import atecc_template, cli

pytestmark = pytest.mark.targets("unix")
AUTHORITY = ec.generate_private_key(ec.SECP256R1())
ISSUED = datetime(2026, 11, 22, 12)
FOREVER = datetime(9999, 12, 31, 23, 59, 59)


@pytest.fixture(scope="module")
def module_bench(target):
    with bench(target) as made:
        made.exec("from latchkey.secure_element.certificates import CertificateChain")
        yield made


@pytest.fixture
def chip(module_bench) -> ChipBench:
    module_bench.reset()
    return module_bench


def point(key) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def issue(
    key,
    *,
    signer="1A2B",
    chip_serial="01230A0B0C0D0E0FEE",
    issued=ISSUED,
    expires=None,
    serial: bytes = b"\x51" * 16,
    digest: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None = None,
) -> x509.Certificate:
    """A device's certificate as the one authority of these tests makes them."""
    builder = x509.CertificateBuilder(
        issuer_name=name(f"Example Signer {signer}"),
        subject_name=name(f"sn{chip_serial}"),
        public_key=key,
        serial_number=int.from_bytes(serial, "big"),
        not_valid_before=issued,
        not_valid_after=expires or issued.replace(year=issued.year + 10),
    )
    builder = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(AUTHORITY.public_key()), critical=False)
    return builder.sign(AUTHORITY, digest or hashes.SHA256())


def key_in(chip: ChipBench, slot: int = 0):
    return ec.derive_private_key(int(chip.controls.do_private_key(slot), 16), ec.SECP256R1()).public_key()


def sample(**options) -> x509.Certificate:
    """Another device's certificate, from which the template is made."""
    options = {"signer": "9F9F", "chip_serial": "0123FFFFFFFFFFFFEE", "issued": datetime(2025, 2, 3, 4), **options}
    return issue(ec.generate_private_key(ec.SECP256R1()).public_key(), **options)


def template(**options) -> bytes:
    return atecc_template.template(sample(**options).public_bytes(Encoding.DER), "9F9F", "0123FFFFFFFFFFFFEE")


def store(chip: ChipBench, slot: int, data: bytes) -> None:
    chip.controls.do_poke("slot", 0, data.hex(), slot=slot)


def rebuilt(chip: ChipBench, certificate: x509.Certificate, made: bytes, serial_source: int = 0, arguments: str = "10, 0, 11") -> bytes:
    """What the driver makes of the certificate after it went through the chip."""
    store(chip, 10, atecc_template.compress(certificate, "1A2B", serial_source))
    authority = point(AUTHORITY.public_key())
    store(chip, 11, bytes(4) + authority[1:33] + bytes(4) + authority[33:])
    return chip.run(f"chip.certificate({made!r}, {arguments})")


@pytest.mark.parametrize("attempt", range(6))
def test_rebuilds_the_certificate_that_was_issued(chip, attempt):
    """Several, because the signature has 70 to 72 bytes (rarely fewer)."""
    certificate = issue(key_in(chip))
    assert rebuilt(chip, certificate, template()) == certificate.public_bytes(Encoding.DER)


@pytest.mark.parametrize("digest", [hashes.SHA384(), hashes.SHA512()], ids=lambda digest: digest.name)
def test_its_signature_is_checked_by_the_digest_that_it_names(chip, digest):
    certificate = issue(key_in(chip), digest=digest)
    assert rebuilt(chip, certificate, template(digest=digest)) == certificate.public_bytes(Encoding.DER)
    store(chip, 10, atecc_template.compress(issue(key_in(chip)), "1A2B"))
    assert chip.run(f"outcome(lambda: chip.certificate({template(digest=digest)!r}, 10, 0, 11))")[1] == "BAD_COMPRESSED_CERTIFICATE"


def test_a_signers_slot_without_a_key_is_told_so(chip):
    store(chip, 10, atecc_template.compress(issue(key_in(chip)), "1A2B"))
    store(chip, 11, b"\xff" * 72)
    _, cause, detail = chip.run(f"outcome(lambda: chip.certificate({template()!r}, 10, 0, 11))")
    assert cause == "BAD_COMPRESSED_CERTIFICATE" and "its issuer's key" in detail


def test_rebuilds_it_on_firmware_without_sha1(chip):
    """STM32 builds without `ssl` have none, and the key identifiers are made with it."""
    certificate = issue(key_in(chip))
    chip.exec("import hashlib, sys\nclass Without: sha256 = hashlib.sha256\nsys.modules['hashlib'] = Without")
    try:
        assert rebuilt(chip, certificate, template()) == certificate.public_bytes(Encoding.DER)
    finally:
        chip.exec("sys.modules['hashlib'] = hashlib")


@pytest.mark.parametrize(
    ("issued", "expires"),
    [
        (datetime(2026, 11, 22, 12), FOREVER),
        (datetime(2018, 11, 8, 19), datetime(2046, 11, 8, 19)),
        (datetime(2024, 2, 29, 23), datetime(2036, 2, 29, 23)),
        (datetime(2040, 6, 1, 0), datetime(2080, 6, 1, 0)),
        (datetime(2099, 12, 31, 1), datetime(2199, 12, 31, 1)),
    ],
)
def test_dates_come_back_in_the_form_of_the_template(chip, issued, expires):
    certificate = issue(key_in(chip), issued=issued, expires=expires)
    made = template(issued=issued - timedelta(hours=5), expires=expires - timedelta(hours=5))
    assert rebuilt(chip, certificate, made) == certificate.public_bytes(Encoding.DER)


def test_format_version_0_has_no_date_bits_in_its_last_byte(chip):
    certificate = issue(key_in(chip))
    compressed = bytearray(atecc_template.compress(certificate, "1A2B"))
    compressed[70:72] = b"\x00\xf0"
    store(chip, 10, bytes(compressed))
    authority = point(AUTHORITY.public_key())
    store(chip, 11, bytes(4) + authority[1:33] + bytes(4) + authority[33:])
    assert chip.run(f"chip.certificate({template()!r}, 10, 0, 11)") == certificate.public_bytes(Encoding.DER)


def test_a_year_that_utctime_cannot_say_is_refused(chip):
    store(chip, 10, atecc_template.compress(issue(key_in(chip), issued=datetime(2040, 6, 1), expires=datetime(2060, 6, 1))))
    _, cause, detail = chip.run(f"outcome(lambda: chip.certificate({template()!r}))")
    assert cause == "BAD_COMPRESSED_CERTIFICATE" and "2060" in detail


@pytest.mark.parametrize("source", [0x8, 0xA, 0xB, 0xC, 0xD])
def test_serial_numbers_come_from_their_source(chip, source):
    key, date = key_in(chip), atecc_template.dates(ISSUED, ISSUED.replace(year=2036))
    serial = atecc_template.serial_number(source, point(key)[1:], chip.chip.memory.serial_number, date)
    while source >= 0xC and not serial[0] & 0x7F:  # would be shorter in DER
        return
    certificate = issue(key, serial=serial)
    made = template(serial=b"\x51" * len(serial))
    if len(certificate.public_bytes(Encoding.DER)) - len(certificate.signature) != len(made) - len(sample().signature):
        serial_length = (certificate.serial_number.bit_length() + 8) // 8
        made = template(serial=b"\x51" * serial_length)
    assert rebuilt(chip, certificate, made, source) == certificate.public_bytes(Encoding.DER)


def test_an_unknown_source_of_serial_numbers_is_refused(chip):
    store(chip, 10, atecc_template.compress(issue(key_in(chip)), serial_source=0xF))
    assert chip.run(f"outcome(lambda: chip.certificate({template()!r}))")[1] == "BAD_COMPRESSED_CERTIFICATE"


def test_an_empty_slot_is_no_certificate(chip):
    store(chip, 10, b"\xff" * 72)
    assert chip.run(f"outcome(lambda: chip.certificate({template()!r}))")[1] == "BAD_COMPRESSED_CERTIFICATE"


@pytest.mark.parametrize(
    "spoil", [lambda t: b"LKC2" + t[4:], lambda t: t[:200], lambda t: t[:5] + b"\x01\xff\xff\x40" + t[9:], lambda t: b""]
)
def test_a_template_that_is_not_one_is_refused(chip, spoil):
    made = spoil(template())
    assert chip.run(f"outcome(lambda: chip.certificate({made!r}))")[1] == "BAD_TEMPLATE"


def test_every_prefix_of_a_template_is_refused(chip):
    store(chip, 10, atecc_template.compress(issue(key_in(chip)), "1A2B", 0xA))
    made = template()
    causes = chip.run(f"""made = {made!r}
def cause(length): return outcome(lambda: chip.certificate(made[:length]))[1]
{{cause(length) for length in range(len(made))}}""")
    assert causes == {"BAD_TEMPLATE"}
    empty = made[:5] + bytes(field for at in range(5, 5 + 4 * made[4], 4) for field in (*made[at : at + 3], 0)) + made[5 + 4 * made[4] :]
    assert chip.run(f"outcome(lambda: chip.certificate({empty!r}))")[1] == "BAD_TEMPLATE"


def test_a_public_key_may_stand_in_a_slot_too(chip):
    """The signer's certificate: its key is the public key in slot 11."""
    signer = ec.generate_private_key(ec.SECP256R1()).public_key()
    store(chip, 11, bytes(4) + point(signer)[1:33] + bytes(4) + point(signer)[33:])
    certificate = issue(signer)
    store(chip, 12, atecc_template.compress(certificate, "1A2B"))
    assert chip.run(f"chip.certificate({template()!r}, 12, 11)") == certificate.public_bytes(Encoding.DER)


def test_a_plain_certificate_is_read_from_slot_8(chip):
    der = issue(key_in(chip)).public_bytes(Encoding.DER)
    key = ec.generate_private_key(ec.SECP256R1())
    short = (
        x509.CertificateBuilder(name("a"), name("b"), key.public_key(), 1, ISSUED, FOREVER)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    assert len(der) > 416 >= len(short)
    store(chip, 8, short)
    assert chip.run("chip.stored_certificate()") == short
    store(chip, 8, b"\x30\x82\x02\x00")
    assert chip.run("outcome(lambda: chip.stored_certificate())")[1] == "BAD_COMPRESSED_CERTIFICATE"


def test_a_chain_and_a_key_in_the_chip_make_an_identity(chip):
    leaf = issue(key_in(chip)).public_bytes(Encoding.DER)
    made = chip.run(
        f"chain = CertificateChain({leaf!r}, {leaf!r})\n"
        "from latchkey.identity_files import load\n"
        "identity = run(load(chain, chip.private_key(0), None))\n"
        "identity.chain_length, list(identity.chain()), identity.name, identity.schemes"
    )
    assert made == (2 * (len(leaf) + 3), [leaf, leaf], "ATECC508A slot 0", (0x0403,))


def test_the_key_of_another_slot_is_not_the_leafs(chip):
    leaf = issue(key_in(chip)).public_bytes(Encoding.DER)
    chip.exec("from latchkey.identity_files import load")
    assert chip.run(f"outcome(lambda: run(load(CertificateChain({leaf!r}), chip.private_key(1), None)))")[0] == "fault"


def test_the_tool_makes_templates_and_compresses(tmp_path):
    certificate = sample()
    (tmp_path / "sample.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    run = [sys.executable, "-m", "tools.latchkey_tools", "template"]
    ids = ["--signer-id", "9F9F"]
    subprocess.run([*run, "make", "sample.pem", *ids, "--chip-serial", "0123FFFFFFFFFFFFEE", "-o", "t"], cwd=_linked(tmp_path), check=True)
    subprocess.run([*run, "compress", "sample.pem", *ids, "-o", "c"], cwd=tmp_path, check=True)
    assert (tmp_path / "t").read_bytes() == atecc_template.template(certificate.public_bytes(Encoding.DER), "9F9F", "0123FFFFFFFFFFFFEE")
    assert (tmp_path / "c").read_bytes() == atecc_template.compress(certificate, "9F9F")
    failed = subprocess.run([*run, "make", "sample.pem", "--signer-id", "0000", "-o", "t"], cwd=tmp_path, capture_output=True, text=True)
    assert failed.returncode == 1 and failed.stderr.startswith("latchkey template: sample.pem: the sample does not contain")


P256, P384, RSA = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("command", ["make", "compress"])
@pytest.mark.parametrize(
    ("key", "signer", "reason"),
    [
        (P384, P256, "its key is not one on P-256"),
        (RSA, P256, "its key is not one on P-256"),
        (P256, P384, "not signed by ECDSA with a key on P-256"),
        (P256, RSA, "not signed by ECDSA with a key on P-256"),
    ],
)
def test_the_tool_refuses_a_certificate_that_the_format_cannot_carry(tmp_path, monkeypatch, capsys, command, key, signer, reason):
    builder = x509.CertificateBuilder(name("a"), name("b"), key.public_key(), 1, ISSUED, FOREVER)
    (tmp_path / "sample.pem").write_bytes(builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["template", command, "sample.pem", "-o", "out"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("latchkey template: sample.pem: ") and reason in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("option", "value"), [("--signer-id", "1A"), ("--signer-id", "1A2B3C"), ("--signer-id", "XYZW"), ("--serial-source", "10")]
)
def test_the_tool_takes_digits_of_the_right_number_alone(capsys, option, value):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["template", "compress", "sample.pem", option, value, "-o", "out"])
    assert f"{option}: '{value}' (hexadecimal digits wanted: " in capsys.readouterr().err


def _linked(folder: Path) -> Path:
    """The folder, from which `-m tools.…` finds the project's tools."""
    (folder / "tools").symlink_to(ROOT / "tools")
    return folder


@pytest.mark.parametrize(
    ("issued", "expires", "packed"),
    [
        (datetime(2026, 11, 22, 12), FOREVER, "d5d98000"),
        (datetime(2018, 11, 8, 19), datetime(2046, 11, 8, 19), "95a27c00"),
        (datetime(2024, 2, 29, 23), datetime(2034, 3, 1, 23), None),
        (datetime(2040, 6, 1, 0), datetime(2080, 6, 1, 0), "43040850"),
        (datetime(2026, 1, 1, 0, 30), FOREVER, None),
        (datetime(2026, 1, 1), datetime(2154, 1, 1), None),
    ],
)
def test_dates_are_packed_as_microchip_does(issued, expires, packed):
    if packed is None:
        with pytest.raises(ValueError):
            atecc_template.dates(issued, expires)
    else:
        assert atecc_template.dates(issued, expires).hex() == packed
