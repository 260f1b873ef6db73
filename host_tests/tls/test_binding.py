"""Channel bindings (RFC 5929) and the exporter (RFC 5705), as our own server and OpenSSL see them."""

import hashlib
import re

import pytest

from host_tests.peers import keys
from host_tests.peers.drive import Client
from host_tests.peers.scripted import Script
from host_tests.targets import Target
from host_tests.tls.fault_cases.case import CA, EC, ROOT
from tools.laboratory.peers.real import OpenSSL

pytestmark = pytest.mark.targets("unix", "serial")

KEPT = {"exporter": True, "keep_peer_cert": True}
SUITES = ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"]


@pytest.fixture(scope="module")
def client(target: Target) -> Client:
    return Client(target)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("context", [None, b"", b"a context"], ids=["no context", "an empty context", "a context"])
def test_both_sides_have_the_same(context: bytes | None, suite: str, client: Client) -> None:
    options = {"settings": KEPT, "bind": ("EXPORTER-test", 70, context), "ciphers": [suite], "write": 10, "read": 10}
    outcome, session = client.meet(Script(EC), ROOT, **options)
    unique, end_point, material = outcome.bound
    assert bytes.fromhex(str(unique)) == dict(session.messages)["finished"]
    assert end_point == hashlib.sha256(EC.der).hexdigest()
    seed = b"".join(session.randoms) + (b"" if context is None else len(context).to_bytes(2) + context)
    schedule = session.schedule
    assert material == keys.prf(schedule.suite.hash_name, schedule.master, b"EXPORTER-test", seed, 70).hex()


def test_without_extended_master_secret_there_is_neither_tls_unique_nor_an_exporter(client: Client) -> None:
    options = {"settings": KEPT, "bind": ("EXPORTER-test", 32, None), "write": 10, "read": 10}
    outcome, _ = client.meet(Script(EC, extended_master_secret=False), ROOT, **options)
    assert outcome.bound == [None, hashlib.sha256(EC.der).hexdigest(), None]


def test_what_was_not_to_be_kept_is_not_there(client: Client) -> None:
    outcome, session = client.meet(Script(EC), ROOT, bind=("EXPORTER-test", 32, None), write=10, read=10)
    assert outcome.bound == [dict(session.messages)["finished"].hex(), None, None]


@pytest.mark.parametrize("hash_name", ["sha256", "sha384", "sha512"])
def test_the_end_point_s_hash_is_its_signature_s(hash_name: str, client: Client) -> None:
    ca = {"sha256": CA, "sha384": ROOT.authority("ca-384", kind="p384", path_length=0), "sha512": CA}[hash_name]
    leaf = ca.leaf("server", dns=["localhost"])
    used = leaf.certificate.signature_hash_algorithm
    assert used is not None
    outcome, _ = client.meet(Script(leaf), ROOT, settings=KEPT, bind=("EXPORTER-test", 32, None), write=10, read=10)
    assert outcome.bound[1] == hashlib.new(used.name, leaf.der).hexdigest()


def test_openssl_exports_the_same(client: Client) -> None:
    with OpenSSL(EC, options=["-keymatexport", "EXPORTER-latchkey", "-keymatexportlen", "32"]) as peer:
        outcome = client.connect(peer.port, ROOT, settings=KEPT, bind=("EXPORTER-latchkey", 32, None))
        said = re.search(r"Keying material: ([0-9A-F]{64})", peer.wait_for("Keying material: "))
    assert outcome.name is None, outcome
    assert said is not None
    assert said[1].lower() == outcome.bound[2]


def test_labels_of_the_prf_s_own_and_lengths_that_are_none_are_refused(target: Target) -> None:
    told = target.exec("""
from latchkey.binding import keying_material, channel_binding
class C:
    exporter = ("sha256", bytearray(48), bytes(64))
for label, length, context in (("key expansion", 32, None), ("master secret", 32, None), ("", 32, None), ("x", 0, None), ("x", 1025, None),
                               (b"client finished", 32, None), ("x", 32, bytes(65536))):
    try:
        keying_material(C, label, length, context)
        print("taken", label)
    except ValueError:
        pass
try:
    channel_binding(C, "tls-exporter")
except ValueError:
    print(len(keying_material(C, "x", 1024, b"")))
""")
    assert told == "1024\n"


def test_the_exporter_s_master_secret_is_wiped_on_close(target: Target) -> None:
    told = target.exec("""
from latchkey.tls.connection import Connection
c = Connection(bytearray(1024), bytearray(1024), None)
secret = bytearray(b"s" * 48)
c.exporter = "sha256", secret, bytes(64)
c.forget()
print(any(secret), c.exporter)
""")
    assert told == "False None\n"
