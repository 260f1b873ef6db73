"""`latchkey provision`: a chip's way from blank to provisioned over a board's REPL, cut at every step and continued; and what it refuses.

OpenSSL (inside `cryptography`) judges requests, certificates and signatures.
"""

import importlib
import json
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import crypto

from host_tests.commands.desk import Desk
from host_tests.tls.test_interop_servers import connect_packet, running
from tools.laboratory import pki
from tools.laboratory.peers.real import Mosquitto
from tools.latchkey_tools import authority, cli, products
from tools.latchkey_tools.board import Board
from tools.latchkey_tools.output import Wrong

pytestmark = pytest.mark.targets("unix")
SERIAL = "01230A0B0C0D0E0FEE"
LOCKED, OPEN = b"\0", b"\x55"


def point(desk: Desk, slot: int = 0) -> str:
    """Of the key that the chip holds, behind its back."""
    try:
        public = ec.derive_private_key(int(desk.controls.do_private_key(slot), 16), ec.SECP256R1()).public_key()
    except ValueError:  # as it came from the factory
        return ""
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()


def certificates(slot: int = 0) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(Path(f"provisioned/{SERIAL}-{slot}.pem").read_bytes())


def is_provisioned(desk: Desk, ca: Path, slot: int = 0, certificate_slot: int = 10) -> None:
    """All of it: locks, key, certificate out of the chip, a client's chain."""
    record = json.loads(Path(f"provisioned/{SERIAL}-{slot}.json").read_text())
    assert desk.config[86:88] == b"\0\0" and record["locked"] == {"config": True, "data": True}
    leaf, issuer = certificates(slot)
    assert record["public_key"] == point(desk, slot) == authority.point_of(leaf.public_key()).hex()
    assert issuer.public_bytes(Encoding.PEM) == (ca / "ca.crt").read_bytes()
    store = crypto.X509Store()
    store.add_cert(crypto.X509.from_cryptography(issuer))
    crypto.X509StoreContext(store, crypto.X509.from_cryptography(leaf)).verify_certificate()
    assert ExtendedKeyUsageOID.CLIENT_AUTH in leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    template = Path(f"provisioned/{SERIAL}-{slot}.lkc").read_bytes()
    desk.exec(f"with open('t.lkc', 'wb') as file: file.write({template!r})")
    (made,) = desk.exec(f"print(chip.certificate(open('t.lkc', 'rb').read(), {certificate_slot}, {slot}, 11).hex())")
    assert bytes.fromhex(made) == leaf.public_bytes(Encoding.DER)


# The way


def test_a_dry_run_shows_it_all_in_words_and_changes_nothing(desk: Desk) -> None:
    before = desk.config
    status, out, err = desk.run("provision")
    assert (status, err, desk.config) == (0, "", before) and not Path("provisioned").exists()
    assert "20-21, 96-97" in out and "83 20 -> 81 20" in out
    assert "slot 0: P-256 private key, signs digests given to it, public key readable, can be made anew" in out
    assert "LOCK it by its CRC: for good" in out and "LOCK the data zone: for good" in out and "nothing was written" in out
    told = desk.told("provision")
    covered: set[int] = set()
    for row in told["table"]:
        for part in row["bytes"].split(", "):
            first, _, last = part.partition("-")
            covered |= set(range(int(first), int(last or first) + 1))
    assert covered == set(range(128)), "each of the 128 bytes has its row"
    wanted = bytes.fromhex(told["wanted"])
    assert wanted[:20] == before[:20] and wanted[52:96] == before[52:96], "the chip's own bytes stay"


def test_a_blank_chip_is_provisioned_with_a_ca_of_ones_own(desk: Desk, ca: Path) -> None:
    told = desk.told("provision", "--commit", "--ca", ca)
    assert told["serial"] == SERIAL and told["template"]
    is_provisioned(desk, ca)
    request = x509.load_pem_x509_csr(Path(f"provisioned/{SERIAL}-0.csr").read_bytes())
    assert request.is_signature_valid and request.subject.rfc4514_string() == f"CN={SERIAL}"
    wanted = products.Product().configured(desk.config)
    assert wanted == desk.config, "what the dry run showed is what the chip has"


def test_what_is_provisioned_is_found_so_and_nothing_is_made_anew(desk: Desk, ca: Path) -> None:
    desk.told("provision", "--commit", "--ca", ca)
    key, files = point(desk), {path: path.read_bytes() for path in Path("provisioned").iterdir()}
    desk.power_cut()
    assert desk.told("provision", "--commit", "--ca", ca)["public_key"] == key == point(desk)
    assert {path: path.read_bytes() for path in Path("provisioned").iterdir()} == files


def cut_after(monkeypatch: pytest.MonkeyPatch, calls: int) -> None:
    """Ctrl-C, or the cable, once so many calls have run on the board: what the last one answered is lost."""
    real, left = Board.call, [calls]

    def call(self: Board, code: str, take) -> None:
        real(self, code, take if left[0] != 1 else lambda line: None)
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    monkeypatch.setattr(Board, "call", call)


def test_cut_by_the_cable_after_any_call_it_goes_on(desk: Desk, ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One life of a chip: each run gets a call further than the one before, and is cut."""
    kept, cuts, status = "", 0, -1
    for calls in range(1, 100):
        with monkeypatch.context() as patch:
            cut_after(patch, calls)
            status, _, err = desk.run("provision", "--commit", "--ca", ca)
        assert kept in ("", point(desk)), "a key that was there was made anew"
        kept = point(desk)
        if status == 0:
            break
        assert (status, err) == (cli.INTERRUPTED, "\nlatchkey provision: interrupted\n")
        cuts += 1
    assert cuts > 8 and status == 0
    is_provisioned(desk, ca)


CUT = """
class Cut:
    def __init__(self, i2c, left):
        self.i2c, self.left = i2c, left
    def __getattr__(self, name):
        return getattr(self.i2c, name)
    def readfrom_into(self, *args):
        return self.i2c.readfrom_into(*args)
    def writeto(self, address, data, *args):
        data = bytes(data)
        if self.left == 0:
            raise OSError(19)
        done = self.i2c.writeto(address, data, *args)
        if data[:1] == b"\\x03" and (data[2] in (0x12, 0x17) or data[2:4] == b"\\x40\\x04"):
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt
        return done
chip = ATECC(Cut(i2c, {left}))
"""


def test_cut_off_from_power_after_any_command_that_changes_the_chip_it_goes_on(desk: Desk, ca: Path) -> None:
    """Board and chip, in the middle of a step: each Write, Lock and GenKey of a whole provisioning."""
    changes = 0
    for left in range(1, 100):
        desk.new_chip(setup="blank")
        shutil.rmtree("provisioned", ignore_errors=True)
        desk.exec(CUT.format(left=left))
        status, _, err = desk.run("provision", "--commit", "--ca", ca)
        kept = point(desk)
        if status == 0:
            break
        changes += 1
        assert status == 1 and err.startswith("latchkey provision: on the board: KeyboardInterrupt"), err
        desk.power_cut()
        assert desk.run("provision", "--commit", "--ca", ca)[0] == 0
        assert kept in ("", point(desk)), f"the key was made anew, after change {left}"
        assert desk.config[86:88] == b"\0\0"
    assert changes > 20
    is_provisioned(desk, ca)


@pytest.mark.parametrize("command", ["Write", "Lock", "GenKey", "Sign"])
def test_a_supply_that_fails_the_chip_alone_is_outlived(desk: Desk, ca: Path, command: str) -> None:
    desk.controls.do_fault(kind="brown_out", command=command, when="during")
    assert desk.told("provision", "--commit", "--ca", ca)["locked"] == {"config": True, "data": True}
    is_provisioned(desk, ca)


CONNECT = """
import socket, latchkey
from latchkey.secure_element.certificates import CertificateChain
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
context.now = lambda: {now}  # the chip's time is simulated
context.load_verify_locations(cadata={root!r})
with open("t.lkc", "rb") as file:
    template = file.read()
context.load_cert_chain(CertificateChain(chip.certificate(template, {certificate_slot}, {slot}, 11)), chip.private_key({slot}))
sock = socket.socket()
sock.connect(socket.getaddrinfo("127.0.0.1", {port})[0][-1])
tls = context.wrap_socket(sock, server_hostname="localhost")
tls.write({packet!r})
print(tls.read(4).hex(), tls.report()["client_certificate"])
tls.close()
"""


def authority_of(folder: Path) -> pki.Credential:
    """The CA as servers take one."""
    key = load_pem_private_key((folder / "ca.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    certificate = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
    return pki.Credential("ca", "P-256", key, certificate.public_bytes(Encoding.DER), None)


def test_with_what_was_stored_a_board_speaks_to_mosquitto_by_either_key(desk: Desk, ca: Path) -> None:
    server = pki.root().leaf("server", dns=["localhost"])
    with running(Mosquitto(server, authority_of(ca))) as peer:
        for slot, certificate_slot in ((0, 10), (1, 12)):
            where = ["--key-slot", slot, "--certificate-slot", certificate_slot]
            desk.told("provision", "--commit", "--ca", ca, *where)
            is_provisioned(desk, ca, slot, certificate_slot)
            values = {"root": pki.root().pem, "port": peer.port, "now": int(time.time()), "packet": connect_packet(b"pump")}
            assert desk.exec(CONNECT.format(slot=slot, certificate_slot=certificate_slot, **values)) == ["20020000 True"]


# A CA elsewhere


def signed_elsewhere(request: x509.CertificateSigningRequest, key: ec.EllipticCurvePrivateKey, begin: datetime) -> bytes:
    """As another CA does it: random serial number, odd dates."""
    issuer = x509.Name.from_rfc4514_string("CN=Another CA")
    serial = x509.random_serial_number()
    builder = x509.CertificateBuilder(issuer, request.subject, request.public_key(), serial, begin, begin.replace(year=begin.year + 2))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture
def requested(desk: Desk) -> x509.CertificateSigningRequest:
    """A chip that waits for its certificate."""
    status, out, _ = desk.run("provision", "--commit")
    assert status == 3 and "go on with --certificate FILE" in out
    assert desk.config[86:88] == OPEN + LOCKED, "the data zone stays open until the certificate is there"
    return x509.load_pem_x509_csr(Path(f"provisioned/{SERIAL}-0.csr").read_bytes())


HOUR = datetime(2026, 3, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["compressed", "der"])
def test_a_certificate_from_elsewhere_is_stored_and_the_key_stays(desk: Desk, requested, kind: str) -> None:
    key = point(desk)
    begin = HOUR if kind == "compressed" else HOUR + timedelta(minutes=7)
    Path("given.pem").write_bytes(signed_elsewhere(requested, ec.generate_private_key(ec.SECP256R1()), begin))
    Path("product.toml").write_text(f'certificate = "{kind}"\n')
    told = desk.told("provision", "product.toml", "--commit", "--certificate", "given.pem")
    assert told["public_key"] == key == point(desk) and bool(told["template"]) == (kind == "compressed")
    if kind == "der":
        (made,) = desk.exec("print(chip.stored_certificate(8).hex())")
        assert bytes.fromhex(made) == certificates()[0].public_bytes(Encoding.DER)


def test_one_that_can_not_be_compressed_is_refused_before_the_lock(desk: Desk, requested) -> None:
    odd = HOUR + timedelta(minutes=7)
    Path("given.pem").write_bytes(signed_elsewhere(requested, ec.generate_private_key(ec.SECP256R1()), odd))
    status, _, err = desk.run("provision", "--commit", "--certificate", "given.pem")
    assert status == 1 and 'issue at a full hour; certificate = "der" stores it whole' in err
    assert desk.config[86:87] == OPEN


def test_a_certificate_for_another_key_is_refused_before_the_lock(desk: Desk, requested) -> None:
    other = x509.CertificateSigningRequestBuilder(requested.subject).sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    Path("given.pem").write_bytes(signed_elsewhere(other, ec.generate_private_key(ec.SECP256R1()), HOUR))
    status, _, err = desk.run("provision", "--commit", "--certificate", "given.pem")
    assert status == 1 and "for another key than the chip's" in err and desk.config[86:87] == OPEN


# Keys


def test_a_certified_key_is_made_anew_where_that_is_asked_for_alone(desk: Desk, ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.told("provision", "--commit", "--ca", ca)
    first = point(desk)
    with monkeypatch.context() as patch:  # cut as soon as it is there: the chip, load, begin, the old point three times, generate
        cut_after(patch, 7)
        assert desk.run("provision", "--commit", "--ca", ca, "--new-key")[0] == cli.INTERRUPTED
    second = point(desk)
    assert second != first
    desk.told("provision", "--commit", "--ca", ca, "--new-key")
    assert point(desk) == second, "what was made before it was cut short stays"
    is_provisioned(desk, ca)


# Refusals


def product(text: str) -> str:
    Path("product.toml").write_text(text)
    return "product.toml"


NO_SIGNER = products._SLOTS.replace("8120", "8420")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("address = 0x07", "would end the chip: 0E is the I2C address 0x07"),
        ("address = 0x78", "would end the chip: F0 is the I2C address 0x78"),
        ("address = 200", "address: 0xc8 is none"),
        (f'slots = "{NO_SIGNER}"', "would end the chip: no slot has a P-256 private key"),
        ("key_slot = 3", "slot 3 gets no key that signs: it is not configured as a private key"),
        ("key_slot = 2", "slot 2 gets no key that signs: SlotConfig ReadKey bit 0 is 0"),
        ("certificate_slot = 14", "slot 14 is for the certificate, and could not be read"),
        ("certificate_slot = 3", "certificate_slot: 3 is none"),
        ('slots = "81"', "32 bytes each, not 1 and 32"),
        ('slots = "zz"', "hexadecimal digits"),
        ('keys = "' + products._KEYS.replace("3300", "3100") + '"', "public key could never be read"),
        ("slot = 1", "slot: a product has name, subject"),
        ("years = 1000", "years: 0 (without an end) to 127"),
        ('years = "2"', "years: int is expected"),
        ('certificate = "pem"', '"compressed" or "der"'),
        ('subject = "CN={mac}"', "another place than {serial} and {name}"),
        ("key_slot", "product.toml: "),
    ],
)
def test_a_product_that_would_end_a_chip_or_makes_no_sense_is_refused(desk: Desk, text: str, says: str) -> None:
    before = desk.config
    status, out, err = desk.run("provision", product(text), "--commit")
    assert (status, out) == (1, "") and says in err and err.count("\n") == 1
    assert desk.config == before


def test_a_chip_with_locked_slots_is_refused(desk: Desk) -> None:
    desk.controls.do_poke("config", 88, "feff")
    assert "SlotLocked" in desk.run("provision", "--commit")[2] and desk.config[87:88] == OPEN


def test_a_chip_that_is_locked_to_something_else_is_refused_with_what_differs(desk: Desk) -> None:
    desk.new_chip(setup="tls_client", lock_data=False)
    desk.controls.do_poke("config", 20 + 2 * 8, "8f80")
    before = desk.config
    status, _, err = desk.run("provision", "--commit")
    assert status == 1 and desk.config == before
    assert "locked to another configuration, for good: slot 5 is" in err
    assert "slot 8 is 8F 80, 3C 00 (data, never readable" in err and "not 0F 00, 3C 00 (data, readable" in err


# Chips that a vendor's library has locked


def vendors(desk: Desk, layout: str) -> None:
    """A chip as such a library leaves one: locked, with a key in slot 0."""
    slots, keys = (products.LAYOUTS[layout][which] for which in ("slots", "keys"))
    desk.new_chip(setup="configured", slots=slots, keys=keys)


@pytest.mark.parametrize("layout", products.LAYOUTS)
def test_a_chip_that_a_vendors_library_locked_gets_a_certificate_for_its_key(desk: Desk, ca: Path, layout: str) -> None:
    vendors(desk, layout)
    key, before = point(desk), desk.config
    told = desk.told("provision", layout, "--commit", "--ca", ca)
    assert told["public_key"] == key == point(desk) and desk.config == before
    template = Path(told["template"]).read_bytes()
    desk.exec(f"with open('t.lkc', 'wb') as file: file.write({template!r})")
    line = f"chip.certificate(open('t.lkc', 'rb').read(), {told['certificate_slot']}, 0, {told['issuer_slot']})"
    (made,) = desk.exec(f"print({line}.hex())")
    assert bytes.fromhex(made) == certificates()[0].public_bytes(Encoding.DER)
    assert desk.told("provision", layout, "--commit", "--ca", ca) == told


@pytest.mark.parametrize("layout", products.LAYOUTS)
def test_a_blank_chip_can_be_given_a_vendors_layout(desk: Desk, ca: Path, layout: str) -> None:
    desk.told("provision", layout, "--commit", "--ca", ca)
    assert desk.config[20:52].hex() == products.LAYOUTS[layout]["slots"].replace(" ", "") and desk.config[86:88] == LOCKED * 2


def test_what_a_locked_chip_does_otherwise_in_slots_that_are_not_used_is_its_own(desk: Desk, ca: Path) -> None:
    vendors(desk, "sparkfun")
    desk.controls.do_poke("config", 20 + 2 * 4, "0f0f")
    assert desk.told("provision", "sparkfun", "--commit", "--ca", ca)["certificate_slot"] == 10


def test_a_nerveskeys_own_certificate_is_not_overwritten(desk: Desk, ca: Path) -> None:
    vendors(desk, "nerveskey")
    Path("own.toml").write_text('layout = "nerveskey"\ncertificate_slot = 10\n')
    status, _, err = desk.run("provision", "own.toml", "--commit", "--ca", ca)
    assert status == 1 and "slot 10 takes no certificate any more" in err and err.count("\n") == 1


def test_a_layout_that_is_none_is_said_with_those_that_are(desk: Desk) -> None:
    assert "there are sparkfun, arduino, nerveskey" in desk.run("provision", product('layout = "acme"'))[2]


def test_a_trust_and_go_chip_is_left_alone(desk: Desk) -> None:
    desk.new_chip(kind="atecc608a", setup="trust_and_go")
    assert "locked to another configuration" in desk.run("provision", "--commit")[2]


def test_a_chip_that_is_absent_or_cut_off_is_said_in_a_line(desk: Desk) -> None:
    desk.controls.do_fault(kind="missing", times=100000)
    status, _, err = desk.run("provision")
    assert status == 1 and "no ATECC508A or 608 found" in err and err.endswith("(latchkey explain 800)\n") and err.count("\n") == 1


def test_a_board_that_names_no_chip_is_told_how(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["provision", "--port", desk.board.port, "--resume"]) == 1
    assert "the board has no latchkey_board.py" in capsys.readouterr().err


def test_one_board_is_for_one_at_a_time(desk: Desk) -> None:
    module = importlib.import_module("tools.latchkey_tools.board")
    with module.connected(type("Options", (), {"port": desk.board.port, "resume": True})):
        status, _, err = desk.run("provision")
    assert status == 1 and "another program has it" in err


def test_a_ca_that_expired_or_has_another_key_issues_nothing(desk: Desk, ca: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert cli.main(["ca", "init", str(other)]) == 0
    assert cli.main(["ca", "init", str(other)]) == 1, "a CA is made once"
    assert (other / "ca.key").stat().st_mode & 0o777 == 0o600
    shutil.copy(ca / "ca.crt", other / "ca.crt")
    assert "is not the key of" in desk.run("provision", "--commit", "--ca", other)[2]
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string("CN=Old")
    old = x509.CertificateBuilder(name, name, key.public_key(), 1, datetime(2000, 1, 1), datetime(2001, 1, 1)).sign(key, hashes.SHA256())
    (other / "ca.crt").write_bytes(old.public_bytes(Encoding.PEM))
    (other / "ca.key").write_bytes(authority._private_pem(key))
    assert "expired on 2001-01-01" in desk.run("provision", "--commit", "--ca", other)[2]
    assert desk.config[86:88] == OPEN + LOCKED, "the key waits for a certificate"


def test_a_full_disk_ends_in_a_line_and_the_next_run_goes_on(desk: Desk, ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", full)
        status, _, err = desk.run("provision", "--commit", "--ca", ca)
    assert status == 1 and "No space left on device" in err and err.count("\n") == 1
    key = point(desk)
    desk.told("provision", "--commit", "--ca", ca)
    assert key == point(desk)
    is_provisioned(desk, ca)


def test_wires_that_put_another_key_in_the_place_of_the_chips_are_found_out(desk: Desk) -> None:
    pem = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    with pytest.raises(Wrong, match="not signed by the chip's key"):
        authority.checked_request(pem.public_bytes(Encoding.PEM).decode(), b"\x04" + bytes(64))
