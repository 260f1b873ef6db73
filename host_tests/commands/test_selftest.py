"""`latchkey selftest` and `latchkey bench`: known answers and timings of a board over its REPL, kept and laid beside other boards.

OpenSSL (inside `cryptography`) judges the known answers.
"""

import csv
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from host_tests.commands.desk import Desk
from tools.build import interpreter, mpy
from tools.laboratory import pki
from tools.laboratory.peers.real import OpenSSL
from tools.laboratory.unix_board import UnixBoard
from tools.latchkey_tools import cli, records, vectors

pytestmark = pytest.mark.targets("unix")
CURVES: dict[object, ec.EllipticCurve] = {"p256": ec.SECP256R1(), 23: ec.SECP256R1(), "p384": ec.SECP384R1(), 24: ec.SECP384R1()}
HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), 0x0401: hashes.SHA256(), 0x0403: hashes.SHA256(), 0x0503: hashes.SHA384()}
AEADS = {"AES": AESGCM, "ChaCha20": ChaCha20Poly1305}


# The answers


class OpenSSLs:
    """What device/selftest.py does, by OpenSSL."""

    def digest(self, name: str, data: bytes) -> bytes:
        h = hashes.Hash(HASHES[name])
        h.update(data)
        return h.finalize()

    def hmac(self, name: str, key: bytes, data: bytes) -> bytes:
        mac = hmac.HMAC(key, HASHES[name])
        mac.update(data)
        return mac.finalize()

    def drbg(self, seed: bytes, length: int) -> bytes:
        """SP 800-90A 10.1.2, in so many words."""
        key, value = bytes(32), b"\1" * 32

        def update(data: bytes) -> None:
            nonlocal key, value
            for turn in (b"\0", b"\1") if data else (b"\0",):
                key = self.hmac("sha256", key, value + turn + data)
                value = self.hmac("sha256", key, value)

        update(seed)
        made = b""
        for _ in range(2):
            made = b""
            while len(made) < length:
                value = self.hmac("sha256", key, value)
                made += value
            update(b"")
        return made[:length]

    def seal(self, kind: str, key: bytes, nonce: bytes, aad: bytes, text: bytes) -> bytes:
        return AEADS[kind](key).encrypt(nonce, text, aad)

    def unseal(self, kind: str, key: bytes, nonce: bytes, aad: bytes, sealed: bytes) -> bytes:
        try:
            return AEADS[kind](key).decrypt(nonce, sealed, aad)
        except InvalidTag:
            return b""

    def public(self, curve: str, scalar: bytes) -> bytes:
        return self._private(curve, scalar).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def shared(self, curve: str, scalar: bytes, point: bytes) -> bytes:
        if curve == "x25519":
            return x25519.X25519PrivateKey.from_private_bytes(scalar).exchange(x25519.X25519PublicKey.from_public_bytes(point))
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[curve], point)
        return self._private(curve, scalar).exchange(ec.ECDH(), theirs)

    def sign(self, group: int, scalar: bytes, digest: bytes) -> bytes:
        algorithm = ec.ECDSA(utils.Prehashed(hashes.SHA256()), deterministic_signing=True)
        return self._private(group, scalar).sign(digest, algorithm)

    def verify(self, scheme: int, kind: int, key: bytes, exponent: int, digest: bytes, signature: bytes) -> bytes:
        prehashed = utils.Prehashed(HASHES[scheme])
        try:
            if kind == 0:
                public = rsa.RSAPublicNumbers(exponent, int.from_bytes(key)).public_key()
                public.verify(signature, digest, padding.PKCS1v15(), prehashed)
            else:
                ec.EllipticCurvePublicKey.from_encoded_point(CURVES[kind], key).verify(signature, digest, ec.ECDSA(prehashed))
        except InvalidSignature:
            return b"\0"
        return b"\1"

    @staticmethod
    def _private(curve: object, scalar: bytes) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(scalar), CURVES[curve])


@pytest.mark.parametrize("vector", vectors.VECTORS, ids=lambda vector: vector.name)
def test_each_known_answer_is_openssls(vector: vectors.Vector) -> None:
    function, _, rest = vector.call.partition(", ")
    given = [bytes.fromhex(one[0]) if isinstance(one, list) else one for one in eval(f"[{rest}]")]
    assert getattr(OpenSSLs(), function)(*given).hex() == vector.answer


# A board


@pytest.fixture
def client(desk: Desk) -> Desk:
    desk.new_chip(setup="tls_client")
    return desk


def test_a_board_computes_every_known_answer_and_its_chip_works(client: Desk) -> None:
    before = client.config
    told = client.told("selftest", "--save", "board.json")
    results = told["results"]
    assert set(results) == {v.name for v in vectors.VECTORS} | {
        "randomness",
        "chip: random",
        "chip: key in slot 0 signs",
        "chip: verifies",
        "chip: refuses a wrong signature",
    }
    assert set(results.values()) == {"ok"}, results
    assert told["chip"] == {"model": "ATECC508A"} and told["board"]["kernels"]["P-256"] and told["sources"][0]["drawn"] > 0
    assert json.loads(Path("board.json").read_text())["results"] == results
    assert client.config == before
    status, out, _ = client.run("selftest", "--key-slot", 2)
    assert status == 0 and re.search(r"^chip: key in slot 2 signs +refused: .*slot 2", out, re.MULTILINE)


WRONG = """
from latchkey.crypto import p256 as _m
_shared = _m.shared
def _wrong(scalar, point):
    secret = yield from _shared(scalar, point)
    return bytes(reversed(secret))
_m.shared = _wrong
"""


def test_a_wrong_answer_is_named_and_ends_with_1(client: Desk) -> None:
    client.exec(WRONG)
    try:
        status, out, err = client.run("selftest")
    finally:
        client.exec("_m.shared = _shared")
    assert (status, err) == (1, "WRONG on this board: P-256 key agreement\n")
    assert re.search(r"^P-256 key agreement +WRONG ANSWER$", out, re.MULTILINE)


STUCK = """
from latchkey import entropy
from latchkey.entropy.pool import Pool
class Stuck:
    name, trusted, min_entropy, conditioned = "stuck", True, 8, False
    def ready(self): return True
    def why_not(self): return ""
    def fill(self, buf):
        for i in range(len(buf)): buf[i] = 7
_default = entropy.default
_stuck = Pool([Stuck()])
entropy.default = lambda: _stuck
"""


def test_a_source_that_is_stuck_is_a_failure_with_the_health_tests_sentence(client: Desk) -> None:
    client.exec(STUCK)
    try:
        status, out, err = client.run("selftest")
    finally:
        client.exec("entropy.default = _default")
    assert status == 1 and "randomness" in err and re.search(r"^randomness +FAILED: .*stuck", out, re.MULTILINE)


def test_a_chip_that_was_named_and_is_absent_ends_it_and_one_that_nobody_named_does_not(
    client: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    client.controls.do_fault(kind="missing", times=100000)
    status, _, err = client.run("selftest")
    assert status == 1 and "no ATECC508A or 608 found" in err and err.count("\n") == 1
    assert cli.main(["selftest", "--port", client.board.port, "--resume", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["chip"] is None


# Times, on a board that has its own clock, and not all parts


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a board without X25519 and P-384."""
    whole, home = mpy.package(interpreter.find().arch) / "latchkey", tmp_path_factory.mktemp("board")
    shutil.copytree(whole, home / "lib" / "latchkey", ignore=shutil.ignore_patterns("x25519.mpy", "p384.mpy"))
    with UnixBoard([home / "lib"], home) as board:
        yield board.port


@pytest.fixture
def run(port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """A command on that board, which succeeds: what it says."""
    monkeypatch.chdir(tmp_path)

    def run(*line: str) -> str:
        capsys.readouterr()
        where = [] if "--from" in line else ["--port", port, "--resume"]
        assert cli.main([*line, *where]) == 0
        return capsys.readouterr().out

    return run


def test_a_part_that_is_not_installed_is_no_failure(run: Callable[..., str]) -> None:
    out = run("selftest")
    assert re.search(r"^X25519 +not installed$", out, re.MULTILINE) and re.search(r"^P-384 verification +not installed$", out, re.MULTILINE)
    assert re.search(r"^P-256 verification +ok$", out, re.MULTILINE)


def test_times_are_taken_kept_and_laid_beside_another_boards(run: Callable[..., str]) -> None:
    results = json.loads(run("bench", "--times", "1", "--label", "desk", "--save", "desk.json", "--csv", "boards.csv", "--json"))["results"]
    assert [name for name, value in results.items() if value is None] == ["P-384 key agreement", "P-384 verification", "X25519"]
    assert all(value > 0 for value in results.values() if value is not None)
    other = json.loads(Path("desk.json").read_text())
    other["label"], other["results"]["SHA-256, a KB"] = "slow", None
    other["results"]["P-256 signature"] *= 2
    Path("slow.json").write_text(json.dumps(other))
    lines = run("bench", "--from", "desk.json", "slow.json").splitlines()
    assert next(line for line in lines if line.startswith(" ") and "desk" in line and "slow" in line)
    assert next(line for line in lines if line.startswith("P-256 signature")).endswith("(x2.00)")
    assert next(line for line in lines if line.startswith("SHA-256, a KB")).endswith(" -")
    records.load(Path("slow.json"), "bench").append(Path("boards.csv"))
    rows = list(csv.DictReader(Path("boards.csv").read_text().splitlines()))
    assert [row["label"] for row in rows] == ["desk", "slow"] and rows[1]["X25519"] == "" and float(rows[0]["SHA-256, a KB"]) > 0


def test_a_handshake_is_timed_full_and_resumed(run: Callable[..., str]) -> None:
    Path("root.pem").write_bytes(pki.demo()[0].pem)
    with OpenSSL(pki.demo()[1], resumption=True, options=["-rev"]) as peer:
        line = [f"127.0.0.1:{peer.port}", "--name", "localhost", "--ca", "root.pem", "--times", "1", "--json"]
        results = json.loads(run("bench", *line))["results"]
    assert results["a resumed handshake"] > 0 and 0 < results["a handshake, the board's own"] <= results["a handshake"]


def test_the_times_of_a_chip_are_beside_them(client: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "timed", lambda: iter([]))  # this desk's time is simulated
    results = client.told("bench", "--times", 1)["results"]
    assert set(results) == {"chip: a signature", "chip: 32 random bytes"}
    assert results["chip: a signature"] > 40, "the chip takes 42 ms or more"


@pytest.mark.parametrize(
    ("text", "says"),
    [("{}", "no record of a board's"), ("[", "no record of a board's"), (None, "No such file")],
)
def test_what_is_no_record_is_said_in_a_line(text: str | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.json"
    if text is not None:
        path.write_text(text)
    for command in ("selftest", "bench"):
        assert cli.main([command, "--from", str(path)]) == 1
        err = capsys.readouterr().err
        assert says in err and err.count("\n") == 1


def test_records_of_two_kinds_and_tables_of_other_columns_are_not_mixed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    board = {
        "machine": "m",
        "micropython": "v",
        "latchkey": "1",
        "hz": 0,
        "heap_free": 1,
        "kernels": dict.fromkeys(("P-256", "RSA", "AES", "GHASH"), ""),
    }
    record = records.Record("bench", "a", board=board, results={"x": 1.5})
    record.save(tmp_path / "a.json")
    assert cli.main(["selftest", "--from", str(tmp_path / "a.json")]) == 1
    assert "a record of `latchkey bench`" in capsys.readouterr().err
    (tmp_path / "t.csv").write_text("other,columns\n")
    with pytest.raises(Exception, match="other columns"):
        record.append(tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "other,columns\n"


def test_a_handshake_that_fails_ends_it_in_a_line(
    port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "timed", lambda: iter([]))
    (tmp_path / "root.pem").write_bytes(pki.demo()[0].pem)
    assert cli.main(["bench", "127.0.0.1:1", "--port", port, "--resume", "--ca", str(tmp_path / "root.pem")]) == 1
    err = capsys.readouterr().err
    assert err.startswith("latchkey bench: the handshake with 127.0.0.1:1 failed: ") and err.count("\n") == 1
