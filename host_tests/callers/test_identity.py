"""load_cert_chain: the forms a chain and a key come in, and what is refused."""

import hashlib
import json
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from host_tests.x509 import maker as make
from tools.laboratory import pki
from tools.laboratory.micropython_process import micropython_process
from tools.laboratory.peers.real import program

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
        "UTF-16": (device.chain_pem.decode().encode("utf-16"), device.key_pem.decode().encode("utf-16")),
        "UTF-16, chain and key in one": (both.decode().encode("utf-16"), None),
        "UTF-16 without a byte order mark": (device.chain_pem.decode().encode("utf-16-be"), older.decode().encode("utf-16-be")),
        "an older label": (device.chain_pem.replace(b" CERTIFICATE", b" X509 CERTIFICATE"), device.key_pem),
        "OpenSSL's label": (device.chain_pem.replace(b" CERTIFICATE", b" TRUSTED CERTIFICATE"), device.key_pem),
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
    (tmp_path / "wide.pem").write_bytes(device.key_pem.decode().encode("utf-16"))
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
for path in {(str(files.key), str(tmp_path / "key.der"), str(tmp_path / "wide.pem"))!r}:
    context.load_cert_chain({device.chain_pem!r}, path)
    print(not any(read.pop()))
"""
    done = micropython_process(code)
    assert done.stdout.split() == ["True"] * 5, done.stdout + done.stderr


@pytest.mark.package_only
def test_wipes_the_narrow_copy_of_a_key_in_utf_16(device: pki.Credential) -> None:
    """Whether it is a key or ends in the middle."""
    torn = pki.pem("PRIVATE KEY", device.key_der[:-90])
    code = f"""
import latchkey
from latchkey.x509 import pem
made = []
narrow = pem._narrow
def recorded(text):
    made.append(narrow(text))
    return made[-1]
pem._narrow = recorded
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
for key in {tuple(pem.decode().encode("utf-16") for pem in (device.key_pem, torn))!r}:
    try:
        context.load_cert_chain({device.der!r}, key)
    except latchkey.TLSError as e:
        print(e.cause)
    print(len(made), any(made.pop()))
"""
    done = micropython_process(code)
    assert done.stdout.split() == ["1", "False", "311", "1", "False"], done.stdout + done.stderr


ED25519 = ed25519.Ed25519PrivateKey.generate().private_bytes(
    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


def pkcs1(changed: int | None = None) -> bytes:
    """An RSAPrivateKey in DER, one of whose numbers, n e d p q dp dq qinv, has 2 more."""
    private = pki.key("rsa2048", "another")
    assert isinstance(private, rsa.RSAPrivateKey)
    n = private.private_numbers()
    values = [0, n.public_numbers.n, n.public_numbers.e, n.d, n.p, n.q, n.dmp1, n.dmq1, n.iqmp]
    return make.seq(*(make.integer(value + 2 * (i - 1 == changed)) for i, value in enumerate(values)))


@pytest.mark.parametrize("kind", ["p384", "rsa2048", "rsa3072", "rsa4096"])
def test_takes_keys_of_each_kind_in_every_usual_form(kind: str, tmp_path) -> None:
    other = pki.root().leaf(f"device-{kind}", kind=kind, usage="client")
    files = other.write(tmp_path)
    older = other.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    older_der = other.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    assert (b"BEGIN RSA PRIVATE KEY" if kind[0] == "r" else b"BEGIN EC PRIVATE KEY") in older
    for certificate, key in (
        (files.chain, files.key),
        (other.chain_pem, other.key_der),
        (other.chain_pem, older),
        (other.chain_pem, older_der),
        (other.chain_pem + older, None),
    ):
        told = load(certificate, key)
        assert told.get("name") == "software", told
        assert told["count"] == len(other.chain)


@pytest.mark.package_only
def test_keys_of_several_kinds_stand_beside_each_other_and_one_of_the_same_kind_replaces(tmp_path) -> None:
    kinds = ("p256", "rsa2048", "p384")
    made = {name: pki.root().leaf(name, kind=name.partition("-")[0], usage="client") for name in (*kinds, "p256-new", "rsa2048-new")}
    loads = "".join(f"context.load_cert_chain({c.chain_pem!r}, {c.key_pem!r})\n" for c in made.values())
    (tmp_path / "loads.py").write_text(
        "import latchkey\ncontext = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)\n"
        + loads
        + """
print([next(i.chain()).hex() for i in (context.identity,) + context._identities])
"""
    )
    done = micropython_process((tmp_path / "loads.py").read_text())
    assert done.stdout.strip() == str([made[name].der.hex() for name in ("p256-new", "p384", "rsa2048-new")]), done.stderr


@pytest.mark.parametrize(
    ("what", "cause", "says"),
    [
        ("another key", 310, "does not belong"),
        ("an RSA key", 310, "does not belong"),
        ("a P-384 key", 310, "does not belong"),
        ("an RSA key of 1024 bits", 311, "2048 to 4096 bits is expected, this one has 1024"),
        ("an RSA key with a wrong exponent", 311, "do not belong together"),
        ("an RSA key with a wrong factor", 311, "do not belong together"),
        ("an RSA key without its coefficient", 311, "RSA key in PKCS#8, SEC 1 or PKCS#1 is expected"),
        ("an Ed25519 key", 311, "P-256, P-384 or RSA"),
        ("a P-521 key", 311, "P-256, P-384 or RSA"),
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
        "an RSA key of 1024 bits": (device.chain_pem, pki.pem_of(rsa.generate_private_key(65537, 1024))),
        "an RSA key with a wrong exponent": (device.chain_pem, pkcs1(5)),
        "an RSA key with a wrong factor": (device.chain_pem, pkcs1(4)),
        "an RSA key without its coefficient": (device.chain_pem, pkcs1()[:-3]),
        "an Ed25519 key": (device.chain_pem, pki.pem("PRIVATE KEY", ED25519)),
        "a P-521 key": (device.chain_pem, pki.pem_of(ec.generate_private_key(ec.SECP521R1()))),
        "an encrypted key": (device.chain_pem, encrypted),
        "no key at all": (device.chain_pem, b"hello"),
        "a key cut short": (device.chain_pem, device.key_der[:-90]),
        "a key of zero": (device.chain_pem, device.key_der.replace(scalar, bytes(32))),
        "no certificate": (b"hello", device.key_pem),
        "PEM without an end": (device.chain_pem[:200], device.key_pem),
    }[what]
    told = load(*given)
    assert told["cause"] == cause and says in told["text"], told


def encrypted_forms(device: pki.Credential) -> dict[str, tuple[bytes, list[str]]]:
    """The device's key as tools encrypt it, or keep it otherwise, and the command that makes it readable, but for where its output goes."""
    encoding, form = serialization.Encoding, serialization.PrivateFormat
    password = serialization.BestAvailableEncryption(b"secret")
    sec1 = pki.sec1_of(device.key)

    def openssl(*arguments: str, data: bytes = sec1) -> bytes:
        command = [program("openssl", "openssl"), *arguments, "-passout", "pass:secret"]
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout

    of_der = ["openssl", "pkcs8", "-inform", "DER", "-in", "KEY"]
    of_ssh = ["ssh-keygen", "-p", "-N", "''", "-m", "PKCS8", "-f", "KEY"]
    return {
        "PKCS#8 in PEM": (device.key.private_bytes(encoding.PEM, form.PKCS8, password), ["openssl", "pkcs8", "-in", "KEY"]),
        "PKCS#8 in DER": (device.key.private_bytes(encoding.DER, form.PKCS8, password), of_der),
        "PKCS#8 by PBE-SHA1-3DES": (openssl("pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-outform", "DER"), of_der),
        "SEC 1 in PEM": (openssl("ec", "-aes256"), ["openssl", "pkey", "-in", "KEY"]),
        "PKCS#12": (
            pkcs12.serialize_key_and_certificates(b"device", device.key, device.certificate, None, password),
            ["openssl", "pkcs12", "-in", "KEY", "-nodes"],
        ),
        "OpenSSH's": (device.key.private_bytes(encoding.PEM, form.OpenSSH, serialization.NoEncryption()), of_ssh),
    }


FORMS = ("PKCS#8 in PEM", "PKCS#8 in DER", "PKCS#8 by PBE-SHA1-3DES", "SEC 1 in PEM", "PKCS#12", "OpenSSH's")


@pytest.mark.parametrize("form", FORMS)
def test_says_how_to_decrypt_a_key_in_whatever_form(form: str, device: pki.Credential, tmp_path) -> None:
    data, command = encrypted_forms(device)[form]
    (tmp_path / "key").write_bytes(data)
    given = [(device.chain_pem, data), (device.chain_pem, tmp_path / "key")]
    if data[:1] == b"-":
        wide = data.decode().encode("utf-16")
        given += [(device.chain_pem, wide), (device.chain_pem.decode().encode("utf-16") + wide[2:], None)]
        given += [(device.chain_pem, data.replace(b"\n", b"\r\n")), (device.chain_pem + data, None)]
    for certificate, key in given:
        told = load(certificate, key)
        assert told["cause"] == 311 and " ".join(command) in told["text"], told


@pytest.mark.parametrize("form", [form for form in FORMS if "OpenSSH" not in form])
def test_the_command_that_it_says_makes_the_key_readable(form: str, device: pki.Credential, tmp_path) -> None:
    data, command = encrypted_forms(device)[form]
    (tmp_path / "KEY").write_bytes(data)
    subprocess.run(
        [program("openssl", "openssl"), *command[1:], "-passin", "pass:secret", "-out", "key.pem"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert load(device.chain_pem, tmp_path / "key.pem")["name"] == "software"


def test_a_torn_certificate_of_the_chain_is_told_by_its_number(device: pki.Credential) -> None:
    torn = pki.pem("CERTIFICATE", device.chain[1][:-1])
    told = load(device.chain_pem[: device.chain_pem.index(b"-----END") + 26] + torn, device.key_pem)
    assert told["text"].startswith("certificate 1 ends in the middle"), told


DATES = make.seq(make.NOT_BEFORE, make.tlv(0x18, b"20491231235959Z"))
UNKNOWN = make.extension("1.2.3", b"x", True)
ODD = {  # the leaf's options, the CA's, the CA's key
    "GeneralizedTime before 2050": ({"validity": DATES}, {"validity": DATES}, None),
    "a CA with an Ed25519 key": ({}, {}, make.ed25519_key("device CA")),
    "a CA with a P-521 key": ({"hash_name": "sha512"}, {"hash_name": "sha512"}, make.ec_key("device CA", "p521")),
    "signatures with SHA-1": ({"hash_name": "sha1"}, {"hash_name": "sha1"}, None),
    "serial numbers of 0": ({"serial": make.integer(0)}, {"serial": make.integer(0)}, None),
    "negative serial numbers": ({"serial": make.tlv(2, b"\x80")}, {"serial": make.tlv(2, b"\x80")}, None),
    "serial numbers of 30 octets": ({"serial": make.integer(2**239)}, {"serial": make.integer(2**239)}, None),
    "critical extensions that are not known": ({"changes": {"x": UNKNOWN}}, {"changes": {"x": UNKNOWN}}, None),
    "version 1": ({"version": b"", "extension_list": ()}, {"version": b"", "extension_list": ()}, None),
    "unique identifiers": ({"before_extensions": make.tlv(0x82, b"\0\1")}, {"before_extensions": make.tlv(0x82, b"\0\1")}, None),
    "an empty issuer": ({"issuer_name": make.seq()}, {}, None),
    "malformed extensions": ({"changes": {"usage": make.extension("15", b"")}}, {"changes": {"nc": make.extension("30", b"\xff")}}, None),
    "other algorithms inside and outside": ({"outer_algorithm": make.ECDSA["sha512"]}, {"outer_algorithm": make.ED25519}, None),
    "a CA's certificate of 6 KB": ({}, {"changes": {"x": make.extension("1.2.3", bytes(6000))}}, None),
}


@pytest.mark.parametrize("what", ODD)
def test_a_chain_of_ours_is_the_servers_to_judge(what: str) -> None:
    """RFC 5246 section 7.4.6: the server may answer a certificate that it does not like with an alert."""
    leaf, authority, key = ODD[what]
    root = make.authority("device root", **({"key": key, "serial": make.integer(1)} if key else {}))
    ca = make.authority("device CA", root, **{**authority, **({"key": key} if key else {})})
    device = make.leaf(ca, **leaf)
    scalar = device.key.private
    assert isinstance(scalar, ec.EllipticCurvePrivateKey)
    told = load(device.pem + ca.pem + root.pem, pki.pem_of(scalar))
    assert told.get("count") == 3, told


def test_issuers_of_a_chain_are_known_by_their_names(device: pki.Credential) -> None:
    names = [certificate.issuer.public_bytes() for certificate in (c.certificate for c in device.path if c.issuer)]
    code = f"""
import latchkey
context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
context.load_cert_chain({device.chain_pem!r}, {device.key_pem!r})
print(context.identity.issuers == {tuple(hashlib.sha256(name).digest() for name in names)!r})
"""
    assert micropython_process(code).stdout.strip() == "True"


def test_a_certificate_of_ours_that_something_follows_is_refused(device: pki.Credential) -> None:
    for der in (device.der + b"\0", device.der[:-1], b"\x30\x03\x02\x01\x01"):
        assert load(pki.pem("CERTIFICATE", der), device.key_pem)["cause"] in (500, 501, 502)


def test_says_how_a_certificate_of_openssls_own_kind_becomes_a_plain_one(device: pki.Credential, tmp_path) -> None:
    data = pki.pem("TRUSTED CERTIFICATE", device.der + make.seq(make.seq(make.oid(make.SERVER_AUTH))))
    (tmp_path / "trusted.pem").write_bytes(data)
    for given in (data, tmp_path / "trusted.pem"):
        told = load(given, device.key_pem)
        assert told["cause"] == 501 and "openssl x509 -in FILE -out plain.pem" in told["text"], told


def test_names_of_a_device_are_not_judged_as_a_servers() -> None:
    """An underscore is common in them, and it is for the server to judge."""
    device = pki.root().leaf("sensor", dns=["sensor_01.plant.example"])
    assert load(device.chain_pem, device.key_pem)["count"] == 1
