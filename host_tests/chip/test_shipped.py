"""Chips that came with a certificate, used without any template: Trust&GO, TrustFLEX, Arduino's boards, NervesKey, of public slot data."""

import hashlib
import json
import time
from datetime import datetime
from pathlib import Path

import pytest
from cryptoauthlib import tng_atcacert_root_public_key
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID

from host_tests.commands import desk as desks
from tools.laboratory import pki, trust_and_go
from tools.laboratory.peers.real import OpenSSL
from tools.laboratory.simulated_chip import ChipBench, bench
from tools.latchkey_tools import atecc_template, cli

pytestmark = pytest.mark.targets("unix")
ROOT = trust_and_go.point(trust_and_go.ROOT)
EUI48 = "0004A3123456"
# Layout's number in slot 10 -> the sample of Microchip's library.
LAYOUTS = {
    2: ("g_tngtls_cert_template_2_device", 505),
    3: trust_and_go.DEVICE,
    4: ("g_tflxtls_cert_template_4_device", 500),
}


@pytest.fixture(scope="module")
def module_bench(target):
    with bench(target) as made:
        made.exec("from latchkey.secure_element import shipped")
        yield made


@pytest.fixture
def chip(module_bench) -> ChipBench:
    module_bench.reset(kind="atecc608a", setup="trust_and_go")
    return module_bench


def key_of(controls) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(controls.do_private_key(0), 16), ec.SECP256R1())


def identity(memory, controls, layout: int = 3) -> trust_and_go.Identity:
    """What Microchip puts into such a chip."""
    made = trust_and_go.Identity(key_of(controls), memory.serial_number, EUI48, "1A2B")
    texts = {trust_and_go.CHIP_SERIAL: memory.serial_number.hex().upper(), trust_and_go.EUI48: EUI48, trust_and_go.SIGNER_ID: "1A2B"}
    made.device = trust_and_go.issued(
        trust_and_go.sample(LAYOUTS[layout]), made.key, made.signer_key, (datetime(2026, 11, 22, 5), 28), texts
    )
    made.store(memory)
    memory.slots[10][:] = made.compressed(made.device, layout)
    return made


def chain(chip: ChipBench, root: bytes = ROOT) -> list[bytes]:
    return chip.run(f"list(shipped.chain(chip, {root!r}).chain())")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_microchips_chains_are_made_whole_without_a_template(chip, layout: int) -> None:
    made = identity(chip.chip.memory, chip.controls, layout)
    assert chain(chip) == [made.device, made.signer]
    assert chip.run(f"shipped.chain(chip, {ROOT!r}).chain_length") == len(made.device) + len(made.signer) + 6


def test_the_root_is_microchips_by_default(chip) -> None:
    theirs = bytearray(64)
    assert tng_atcacert_root_public_key(theirs) == 0
    assert chip.run("shipped._ROOT") == bytes(theirs)
    identity(chip.chip.memory, chip.controls)
    _, cause, detail = chip.run("outcome(lambda: shipped.chain(chip))")
    assert cause == "BAD_COMPRESSED_CERTIFICATE" and "slot 12" in detail, "a signer that somebody else signed is refused"


@pytest.mark.parametrize("slot", [5, 10, 11, 12])
def test_a_chip_in_which_something_else_stands_is_refused(chip, slot: int) -> None:
    identity(chip.chip.memory, chip.controls)
    chip.controls.do_poke("slot", 5, f"{chip.chip.memory.slots[slot][5] ^ 1:02x}", slot=slot)
    assert chip.run(f"outcome(lambda: shipped.chain(chip, {ROOT!r}))")[1] == "BAD_COMPRESSED_CERTIFICATE"


def test_a_chip_without_a_certificate_is_refused(chip) -> None:
    chip.chip.memory.slots[10][:] = bytes(len(chip.chip.memory.slots[10]))
    _, cause, detail = chip.run("outcome(lambda: shipped.chain(chip))")
    assert cause == "BAD_COMPRESSED_CERTIFICATE" and "no certificate of a layout that is known here" in detail


# Arduino


def arduino(key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, serial: int, years: int, identified: bool) -> bytes:
    """A certificate as Arduino's cloud issues it."""
    text = _ASN1Type.PrintableString
    oid = x509.NameOID
    rows = [
        (oid.COUNTRY_NAME, "US"),
        (oid.ORGANIZATION_NAME, "Arduino LLC US"),
        (oid.ORGANIZATIONAL_UNIT_NAME, "IT"),
        (oid.COMMON_NAME, "Arduino"),
    ]
    issuer = x509.Name([x509.NameAttribute(kind, value, text) for kind, value in rows])
    subject = x509.Name([x509.NameAttribute(oid.COMMON_NAME, "8ed1e1b7-11b9-4a8e-9f0e-2f3a4b5c6d7e", text)])
    begin = datetime(2024, 2, 3, 4)
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), serial, begin, begin.replace(year=2024 + years))
    if identified:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    return builder.sign(by, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("years", [1, 31])
@pytest.mark.parametrize("serial", [0x7F << 120 | 1, 0x80 << 120 | 1, 0x1234])
def test_arduinos_certificate_is_made_whole_without_a_template(chip, serial: int, years: int) -> None:
    by = ec.generate_private_key(ec.SECP256R1())
    der = arduino(key_of(chip.controls), by, serial, years, True)
    keep(chip.chip.memory, der, serial, hashlib.sha1(b"\x04" + trust_and_go.point(by)).digest())
    assert chain(chip) == [der]


def keep(memory, der: bytes, serial: int, identifier: bytes) -> None:
    """What Arduino's library puts into a chip."""
    compressed = atecc_template.compress(x509.load_der_x509_certificate(der))
    memory.slots[10][:72] = compressed[:67] + bytes(5)
    memory.slots[11][:36] = serial.to_bytes(16) + identifier
    memory.slots[12][:37] = b"8ed1e1b7-11b9-4a8e-9f0e-2f3a4b5c6d7e\0"


# NervesKey


def nerves_key(memory, controls, *, expires: int, whole: bool, serial: str = "AER245UNQOY4T3Q") -> list[bytes]:
    """What NervesKey's library puts into a chip, by its published tables: device and signer. `whole`: key identifiers are hashes of the
    whole SubjectPublicKeyInfo, as with the library of certificates that it had at first."""
    signer = ec.generate_private_key(ec.SECP256R1())
    begin = datetime(2026, 3, 4, 5)

    def identifier(key: ec.EllipticCurvePublicKey) -> bytes:
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha1(spki if whole else spki[-65:]).digest()

    def issued(name: str, key: ec.EllipticCurvePrivateKey, end: datetime, source: bytes, kinds: list) -> tuple[bytes, bytes]:
        dates = atecc_template.dates(begin, end)[:3]
        digest = bytearray(hashlib.sha256(source + dates).digest()[:16])
        digest[0] = digest[0] & 0x3F | 0x40
        subject, issuer = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in (name, "Signer"))
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), int.from_bytes(digest), begin, end)
        for extension, critical in kinds:
            builder = builder.add_extension(extension, critical=critical)
        made = builder.sign(signer, hashes.SHA256())
        compressed = bytearray(atecc_template.compress(made, serial_source=0xB if name == serial else 0xA, template_id=name != serial))
        compressed[70:72] = bytes([compressed[70] & 0xF0, 0])  # version 0
        return made.public_bytes(Encoding.DER), bytes(compressed)

    def usage(*which: str) -> x509.KeyUsage:
        names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
        return x509.KeyUsage(**{name: name in which for name in (*names, "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")})

    ours, theirs = identifier(signer.public_key()), ExtendedKeyUsageOID
    device, ten = issued(
        serial,
        key_of(controls),
        begin.replace(year=expires),
        memory.serial_number,
        [
            (x509.BasicConstraints(False, None), False),
            (usage("digital_signature", "key_encipherment"), True),
            (x509.ExtendedKeyUsage([theirs.CLIENT_AUTH]), False),
            (x509.AuthorityKeyIdentifier(ours, None, None), False),
        ],
    )
    root, twelve = issued(
        "Signer",
        signer,
        begin.replace(year=2027),
        trust_and_go.point(signer),
        [
            (x509.BasicConstraints(True, 0), True),
            (usage("digital_signature", "key_cert_sign", "crl_sign"), True),
            (x509.ExtendedKeyUsage([theirs.SERVER_AUTH, theirs.CLIENT_AUTH]), False),
            (x509.SubjectKeyIdentifier(ours), False),
            (x509.AuthorityKeyIdentifier(ours, None, None), False),
        ],
    )
    flags = len(serial) > 16
    memory.otp[:] = (b"Nrvs" + bytes([0, flags]) + b"NervesKey\0" + serial.encode()).ljust(64, b"\0")
    memory.slots[10][:72], memory.slots[11][:72], memory.slots[12][:72] = ten, trust_and_go.point(signer) + bytes(8), twelve
    return [device, root]


@pytest.mark.parametrize("serial", ["AER245UNQOY4T3Q", "a-serial-number-of-32-characters"])
@pytest.mark.parametrize(("whole", "expires"), [(True, 2057), (False, 2049)])
def test_nerveskeys_chain_is_made_whole_without_a_template(chip, whole: bool, expires: int, serial: str) -> None:
    made = nerves_key(chip.chip.memory, chip.controls, expires=expires, whole=whole, serial=serial)
    assert chain(chip) == made


def test_a_nerveskey_is_used_at_0x58_too(chip) -> None:
    """The address that its first ones were given."""
    made = nerves_key(chip.chip.memory, chip.controls, expires=2057, whole=True)
    chip.chip.memory.config[16], chip.chip.memory.config[85] = 0x58 << 1, 0x58 << 1
    chip.controls.do_power_cycle()
    chip.exec("there = ATECC(i2c, address=0x58)")
    assert chip.run("list(shipped.chain(there).chain())") == made


def test_a_nerveskeys_signer_of_another_make_is_left_out_and_a_device_of_another_make_refused(chip) -> None:
    device, _ = nerves_key(chip.chip.memory, chip.controls, expires=2057, whole=True)
    chip.controls.do_poke("slot", 3, f"{chip.chip.memory.slots[12][3] ^ 1:02x}", slot=12)
    assert chain(chip) == [device]
    chip.controls.do_poke("slot", 3, f"{chip.chip.memory.slots[10][3] ^ 1:02x}", slot=10)
    assert chip.run("outcome(lambda: shipped.chain(chip))")[1] == "BAD_COMPRESSED_CERTIFICATE"


# To a server


def microchips_root() -> pki.Credential:
    """A root of the tests' with the name of Microchip's."""
    oid = x509.NameOID
    rows = [(oid.ORGANIZATION_NAME, "Microchip Technology Inc"), (oid.COMMON_NAME, "Crypto Authentication Root CA 002")]
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in rows])
    key = trust_and_go.ROOT
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, datetime(2018, 11, 8), datetime(2058, 11, 8))
    made = builder.add_extension(x509.BasicConstraints(True, None), critical=True).sign(key, hashes.SHA256())
    return pki.Credential("microchip", "p256", key, made.public_bytes(Encoding.DER), None)


def test_a_trust_and_go_chip_connects_by_mutual_tls_without_any_provisioning(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    root, server, _ = pki.demo()
    Path("root.pem").write_bytes(root.pem)
    with desks.made(tmp_path, int(time.time())) as desk, OpenSSL(server, microchips_root(), options=["-rev"]) as peer:
        desk.new_chip(kind="atecc608a", setup="trust_and_go")
        made = identity(desk.simulation.chip.memory, desk.controls)
        desk.exec(
            "import latchkey\nfrom latchkey.secure_element import shipped\n"
            "context = latchkey.SSLContext()\ncontext.load_verify_locations('root.pem')\n"
            f"context.load_cert_chain(shipped.chain(chip, {ROOT!r}), chip.private_key(0))"
        )
        line = [f"127.0.0.1:{peer.port}", "--name", "localhost", "--port", desk.board.port, "--resume", "--chip", "chip"]
        assert cli.main(["inspect", *line, "--context", "context", "--json"]) == 0
        assert f"eui48_{EUI48}".encode() in made.device
    facts = json.loads(capsys.readouterr().out)
    assert facts["report"]["client_certificate"] is True and facts["totals"]["chip"] > 0
