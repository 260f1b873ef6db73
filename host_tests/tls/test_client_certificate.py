"""Whether the client's certificate is sent (rule 25): where type and scheme fit, whatever authorities are named; not to a server that was
not verified, unless the caller says so. And what the trace says of it.
"""

from dataclasses import dataclass, replace

import pytest

from host_tests.peers import codec
from host_tests.peers.drive import Client
from host_tests.peers.scripted import Script
from host_tests.targets import Target
from tools.laboratory import pki

ROOT = pki.root()
CA = ROOT.authority("intermediate", path_length=0)
SERVER = CA.leaf("server", dns=["localhost"])
LEAF_ALONE = replace(CA.leaf("device", usage="client"), issuer=None)  # as far as a device that has no more knows
ROOT_NAME = ROOT.certificate.subject.public_bytes()
CA_NAME = CA.certificate.subject.public_bytes()
STRANGERS = [pki.name(f"stranger {i}").public_bytes() for i in range(3)]

UNKNOWN = "none of the authorities that the server names is its issuer"


@dataclass(frozen=True)
class Request:
    """What the server asks for, and what is to come of it. `settings`: of the context. `verified`: the client has the root."""

    name: str
    types: tuple[int, ...] = (64,)
    schemes: tuple[int, ...] = (0x0403,)
    authorities: tuple[bytes, ...] = ()
    settings: tuple[tuple[str, object], ...] = ()
    verified: bool = True
    loaded: bool = True
    sent: bool = True
    note: str = "our chain"


REQUESTS = (
    Request("names no authority"),
    Request("names the issuer", authorities=(*STRANGERS, CA_NAME)),
    Request("names the root alone, where the leaf stands alone", authorities=(ROOT_NAME,), note=f"our chain: {UNKNOWN}"),
    Request("names strangers alone", authorities=tuple(STRANGERS), note=f"our chain: {UNKNOWN}"),
    Request("names itself by another encoding", authorities=(b"0\0",), note=f"our chain: {UNKNOWN}"),
    Request("takes many types and schemes", types=(1, 2, 64), schemes=(0x0804, 0x0503, 0x0403)),
    Request("takes values of GREASE, too", types=(0x0A, 64, 0xCA), schemes=(0x0A0A, 0x0403, 0xFAFA)),
    Request(
        "takes RSA keys alone",
        types=(1,),
        schemes=(0x0401, 0x0403),
        sent=False,
        note="empty: the server takes no certificate with a key of this type",
    ),
    Request(
        "takes RSA signatures alone",
        schemes=(0x0401, 0x0804),
        sent=False,
        note="empty: the server takes no signature by a scheme of our key",
    ),
    Request("asks who has none", loaded=False, sent=False, note="empty: none is loaded (context.load_cert_chain)"),
    Request(
        "asks who has none and names strangers",
        authorities=tuple(STRANGERS),
        loaded=False,
        sent=False,
        note="empty: none is loaded (context.load_cert_chain)",
    ),
    Request(
        "is not verified",
        verified=False,
        sent=False,
        note="empty: the server is UNVERIFIED, and context.identify_to_unverified is not set",
    ),
    Request(
        "is not verified, and names the issuer", authorities=(CA_NAME,), verified=False, sent=False, note="empty: the server is UNVERIFIED"
    ),
    Request("is not verified, and the caller wants it so", settings=(("identify_to_unverified", True),), verified=False),
    Request(
        "is not verified, as the caller wants it, and names strangers",
        authorities=tuple(STRANGERS),
        settings=(("identify_to_unverified", True),),
        verified=False,
        note=f"our chain: {UNKNOWN}",
    ),
    Request("is verified by its chain for no name", settings=(("check_hostname", False),)),
)


@pytest.fixture(scope="module")
def client(target: Target) -> Client:
    return Client(target)


@pytest.mark.targets("unix", "serial")
@pytest.mark.parametrize("request_", [pytest.param(r, id=r.name) for r in REQUESTS])
def test_the_certificate_is_sent_or_the_trace_says_why_not_to_a_server_that(request_: Request, client: Client) -> None:
    r = request_
    body = codec.certificate_request(r.types, r.schemes, list(r.authorities))
    script = Script(SERVER, client_ca=CA, mutate={"certificate_request": lambda _: body})
    device = LEAF_ALONE if r.loaded else None
    options = {"settings": dict(r.settings), "trace": True, "write": 10, "read": 10}
    outcome, session = client.meet(script, ROOT if r.verified else None, device, **options)
    assert outcome.name is None, outcome
    assert session.violations == []
    assert session.client_proven == r.sent
    assert (session.client_chain == [LEAF_ALONE.der]) == r.sent
    (told,) = [note for direction, message, note in outcome.trace if (direction, message) == (">", "Certificate")]
    assert told.startswith(r.note), told
    assert (UNKNOWN in told) == (UNKNOWN in r.note)
    assert outcome.report["client_certificate"] is r.sent


# Several identities


OTHER_CA = pki.root("another-root").authority("another-intermediate", path_length=0)
KINDS = {
    "p256": replace(CA.leaf("device", usage="client"), issuer=None),
    "rsa2048": replace(OTHER_CA.leaf("device-rsa", kind="rsa2048", usage="client"), issuer=None),
    "p384": replace(CA.leaf("device-p384", kind="p384", usage="client"), issuer=None),
}
OTHER_NAME = OTHER_CA.certificate.subject.public_bytes()


@pytest.mark.targets("unix", "serial")
@pytest.mark.parametrize("suite", ["AES_128_GCM_SHA256", "AES_256_GCM_SHA384"])
@pytest.mark.parametrize(
    ("types", "schemes", "authorities", "sent"),
    [
        ((64, 1), (0x0403, 0x0401, 0x0503), (), "p256"),
        ((1,), (0x0403, 0x0401, 0x0503), (), "rsa2048"),
        ((64, 1), (0x0804,), (), "rsa2048"),
        ((64, 1), (0x0503, 0x0401), (), "rsa2048"),
        ((64,), (0x0503, 0x0401), (), "p384"),
        ((64, 1), (0x0403, 0x0401, 0x0503), (OTHER_NAME,), "rsa2048"),
        ((64, 1), (0x0403, 0x0401, 0x0503), (OTHER_NAME, CA_NAME), "p256"),
        ((64, 1), (0x0503, 0x0401), (CA_NAME,), "p384"),
        ((64,), (0x0403, 0x0503), (OTHER_NAME,), "p256"),
        ((64,), (0x0603,), (), None),
    ],
)
def test_of_several_identities_the_one_that_fits_best_is_sent(
    types: tuple[int, ...], schemes: tuple[int, ...], authorities: tuple[bytes, ...], sent: str | None, suite: str, client: Client
) -> None:
    body = codec.certificate_request(types, schemes, list(authorities))
    script = Script(SERVER, client_ca=OTHER_CA if sent == "rsa2048" else CA, mutate={"certificate_request": lambda _: body})
    more = [KINDS["rsa2048"], KINDS["p384"]]
    ciphers = ["TLS_ECDHE_ECDSA_WITH_" + suite]
    outcome, session = client.meet(script, ROOT, KINDS["p256"], more=more, ciphers=ciphers, write=10, read=10)
    assert outcome.name is None, outcome
    assert session.violations == []
    assert session.client_chain == ([KINDS[sent].der] if sent else [])
    assert session.client_proven is bool(sent)


def test_an_authority_that_is_named_a_thousand_times_is_kept_once(client: Client) -> None:
    code = """
from hashlib import sha256
from latchkey.tls.client_auth import ClientAuthentication
from latchkey.tls.wire import Reader
class Identity:
    issuers = (sha256(b"name").digest(),)
class Framing:
    def take(self, n):
        yield from ()
        return Reader(b"\\0\\4", 0, 2)
    def chunk(self, left):
        yield from ()
        return 0, left
class Handshake:
    note = verify = hash = c = reader = settings = None
    buf = b"name"
    identity = Identity()
    _identities = (Identity(),)
    f = Framing()
h = Handshake()
h.c = h.reader = h.settings = h
asked = ClientAuthentication(h)
for _ in range(1000):
    for _ in asked.authority():
        pass
print(len(asked.named))
"""
    assert client.target.exec(code).split() == ["2"]
