"""load_cert_chain: the forms a chain and a key come in, and what is refused."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tools.laboratory import pki
from tools.laboratory.micropython_process import micropython_process

LOAD = """
import sys, json, latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
def item(text):
    return bytes.fromhex(text[4:]) if text[:4] == "hex:" else text or None
try:
    context.load_cert_chain(*[item(line) for line in sys.stdin.read().split("\\n")])
    i = context.identity
    print(json.dumps({"count": len(list(i.chain())), "length": i.chain_length, "point": i.public_key[1].hex(), "name": i.name}))
except latchkey.TLSError as e:
    print(json.dumps({"cause": e.cause, "text": str(e)}))
"""


def load(certificate: object, key: object) -> dict:
    arguments = ["hex:" + a.hex() if isinstance(a, bytes) else str(a or "") for a in (certificate, key)]
    done = micropython_process(LOAD, input="\n".join(arguments))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def device() -> pki.Credential:
    return pki.demo()[2]


def forms(device: pki.Credential, folder) -> dict[str, tuple[object, object]]:
    files = device.write(folder)
    both = device.chain_pem + b"some text between\n" + device.key_pem
    older = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + pki.sec1_of(device.key)
    return {
        "paths of PEM files": (files.chain, files.key),
        "PEM bytes": (device.chain_pem, device.key_pem),
        "DER bytes": (device.der, device.key_der),
        "SEC 1 with its parameters": (device.chain_pem, older),
        "chain and key in one PEM": (both, None),
        "PEM with CRLF": (device.chain_pem.replace(b"\n", b"\r\n"), device.key_pem.replace(b"\n", b"\r\n")),
    }


def test_takes_every_usual_form(device: pki.Credential, tmp_path) -> None:
    point = device.key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    for form, (certificate, key) in forms(device, tmp_path).items():
        told = load(certificate, key)
        count = 1 if form == "DER bytes" else 2
        assert told == {
            "count": count,
            "length": sum(len(der) + 3 for der in device.chain[:count]),
            "point": point.hex(),
            "name": "software",
        }, form


def test_leaves_what_the_caller_gave_as_it_was_and_wipes_what_it_read(device: pki.Credential, tmp_path) -> None:
    files = device.write(tmp_path)
    (tmp_path / "key.der").write_bytes(device.key_der)
    code = f"""
import builtins, latchkey
read = []
class Recorder:
    def __init__(self, file): self.file = file
    def __enter__(self): return self
    def __exit__(self, *_): self.file.close()
    def read(self):
        read.append(self.file.read())
        return read[-1]
opened = builtins.open
builtins.open = lambda *a: Recorder(opened(*a))
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
for key in {(device.key_der, device.key_pem)!r}:
    before = bytes(bytearray(key))
    context.load_cert_chain({device.chain_pem!r}, key)
    print(key == before)
    context.load_cert_chain({device.chain_pem!r}, bytearray(key))
for path in {(str(files.key), str(tmp_path / "key.der"))!r}:
    context.load_cert_chain({device.chain_pem!r}, path)
    print(not any(read.pop()))
"""
    done = micropython_process(code)
    assert done.stdout.split() == ["True"] * 4, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("what", "cause", "says"),
    [
        ("another key", 310, "does not belong"),
        ("an RSA key", 311, "P-256"),
        ("a P-384 key", 311, "P-256"),
        ("an encrypted key", 311, "decrypt"),
        ("no key at all", 311, "no private key"),
        ("a key cut short", 311, "P-256"),
        ("a key of zero", 311, "out of range"),
        ("no certificate", 312, "certificate"),
        ("PEM without an end", 312, "certificate"),
    ],
)
def test_refuses(what: str, cause: int, says: str, device: pki.Credential) -> None:
    password = serialization.BestAvailableEncryption(b"secret")
    encrypted = device.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, password)
    assert isinstance(device.key, ec.EllipticCurvePrivateKey)
    scalar = device.key.private_numbers().private_value.to_bytes(32)
    given = {
        "another key": (device.chain_pem, pki.pem_of(pki.key("p256", "another"))),
        "an RSA key": (device.chain_pem, pki.pem_of(pki.key("rsa2048", "another"))),
        "a P-384 key": (device.chain_pem, pki.pem_of(pki.key("p384", "another"))),
        "an encrypted key": (device.chain_pem, encrypted),
        "no key at all": (device.chain_pem, b"hello"),
        "a key cut short": (device.chain_pem, device.key_der[:-90]),
        "a key of zero": (device.chain_pem, device.key_der.replace(scalar, bytes(32))),
        "no certificate": (b"hello", device.key_pem),
        "PEM without an end": (device.chain_pem[:200], device.key_pem),
    }[what]
    told = load(*given)
    assert told["cause"] == cause and says in told["text"], told


def test_a_torn_certificate_of_the_chain_is_told_by_its_number(device: pki.Credential) -> None:
    torn = pki.pem("CERTIFICATE", device.chain[1][:-1])
    told = load(device.chain_pem[: device.chain_pem.index(b"-----END") + 26] + torn, device.key_pem)
    assert told["text"].startswith("certificate 1 ends in the middle"), told


def test_names_of_a_device_are_not_judged_as_a_servers() -> None:
    """An underscore is common in them, and it is for the server to judge."""
    device = pki.root().leaf("sensor", dns=["sensor_01.plant.example"])
    assert load(device.chain_pem, device.key_pem)["count"] == 1
