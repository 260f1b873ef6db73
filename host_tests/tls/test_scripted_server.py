"""The scripted server proven against clients that others wrote: OpenSSL (peers/openssl.py, and s_client) and tlslite-ng."""

import socket
import subprocess
from pathlib import Path

import pytest
from OpenSSL import SSL

from host_tests.peers import codec, keys
from host_tests.peers.listening import listen
from host_tests.peers.openssl import Client, context_for
from host_tests.peers.scripted import Alert, Data, Fin, Message, Record, Reset, Script, Session
from tools.laboratory import pki
from tools.laboratory.peers.real import program

ROOT = pki.root()
CA = ROOT.authority("intermediate")
SERVER = CA.leaf("server", dns=["localhost"])
DEVICES = {kind: CA.leaf(f"device-{kind}", kind=kind, usage="client") for kind in ("p256", "rsa2048")}


def server(kind: str) -> pki.Credential:
    return CA.leaf(f"server-{kind}", kind=kind, dns=["localhost"])


@pytest.fixture
def context() -> SSL.Context:
    return context_for(ROOT)


def give_identity(context: SSL.Context, kind: str, folder: Path) -> None:
    files = DEVICES[kind].write(folder)
    context.use_certificate_chain_file(str(files.chain))
    context.use_privatekey_file(str(files.key))


def complete(context: SSL.Context, script: Script, size: int = 100) -> Session:
    """A handshake, an echo of `size` bytes, close_notify both ways; nothing of it may break a rule."""
    client = Client(context, script)
    client.run(client.tls.do_handshake)
    data = bytes(range(256)) * (size // 256 + 1)
    assert client.echo(data[:size]) == data[:size]
    client.close()
    client.session.feed(b"")
    assert client.session.violations == []
    assert client.session.established
    assert client.session.closed
    assert client.session.over
    return client.session


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa2048", "rsa3072", "pss2048"])
def test_openssl_completes_with_each_kind_of_key(context, kind):
    complete(context, Script(server(kind)))


@pytest.mark.parametrize("scheme", [0x0403, 0x0503, 0x0603])
def test_openssl_verifies_each_scheme_of_ecdsa(context, scheme):
    complete(context, Script(SERVER, scheme=scheme))


@pytest.mark.parametrize("scheme", [0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806])
def test_openssl_verifies_each_scheme_of_rsa(context, scheme):
    complete(context, Script(server("rsa2048"), scheme=scheme))


@pytest.mark.parametrize("group", [keys.SECP256R1, keys.SECP384R1, keys.X25519])
def test_openssl_agrees_on_each_group(context, group):
    assert group in complete(context, Script(SERVER, group=group)).hello.groups


@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
def test_openssl_shows_its_certificate(context, tmp_path, kind):
    give_identity(context, kind, tmp_path)
    session = complete(context, Script(SERVER, client_ca=ROOT))
    assert session.client_chain == DEVICES[kind].chain
    assert session.client_proven


def test_openssl_without_a_certificate_sends_an_empty_one(context):
    session = complete(context, Script(SERVER, client_ca=ROOT))
    assert session.client_chain == []
    assert not session.client_proven


def test_a_client_without_a_certificate_is_refused_where_one_is_needed(context):
    client = Client(context, Script(SERVER, client_ca=ROOT, need_client_certificate=True))
    with pytest.raises(SSL.Error, match="handshake failure"):
        client.run(client.tls.do_handshake)


def test_a_client_of_another_root_is_a_violation(context, tmp_path):
    give_identity(context, "p256", tmp_path)
    client = Client(context, Script(SERVER, client_ca=pki.root("other-root")))
    with pytest.raises(SSL.Error):
        client.run(client.tls.do_handshake)
    assert "does not follow from the next" in client.session.violations[0]


def test_openssl_completes_without_extended_master_secret(context):
    complete(context, Script(SERVER, extended_master_secret=False))


def test_openssl_completes_without_renegotiation_info_where_it_is_told_to(context):
    context.set_options(SSL.OP_LEGACY_SERVER_CONNECT)
    complete(context, Script(SERVER, renegotiation_info=False))


@pytest.mark.parametrize("coalesce", [False, True])
@pytest.mark.parametrize("fragment", [1, 3, 5, 64, 1000])
def test_openssl_completes_however_messages_are_cut(context, fragment, coalesce):
    complete(context, Script(SERVER, fragment=fragment, coalesce=coalesce))


def test_openssl_completes_with_a_flight_in_one_record(context):
    complete(context, Script(SERVER, coalesce=True))


def test_data_of_many_records_are_echoed(context):
    complete(context, Script(SERVER), size=100_000)


def test_a_hello_request_in_the_handshake_is_not_hashed(context):
    ask = [Message("hello_request", hashed=False)]
    complete(context, Script(SERVER, before={"certificate": ask, "server_hello_done": ask}))


def test_warnings_and_empty_records_are_passed_over(context):
    complete(context, Script(SERVER, before={"certificate": [Alert(1, 90)]}, after={"finished": [Data(b"")] * 5}))


def test_each_flight_is_one_piece_of_output(context):
    client = Client(context, Script(SERVER))
    client.run(client.tls.do_handshake)
    assert len(client.session.reads) == 2


def test_a_segment_has_the_size_that_was_asked_for(context):
    session = Session(Script(SERVER, segment=7))
    client = Client(context, Script(SERVER))
    with pytest.raises(SSL.WantReadError):
        client.tls.do_handshake()
    session.feed(client.outgoing())
    assert {len(piece) for piece in session.output[:-1] if isinstance(piece, bytes)} == {7}


def raises_on(context: SSL.Context, script: Script) -> Session:
    client = Client(context, script)
    with pytest.raises(SSL.Error):
        client.run(client.tls.do_handshake)
        client.echo(b"ping")
    return client.session


def flip(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


@pytest.mark.parametrize(
    ("fault", "alert"),
    [
        pytest.param({"mutate": {"server_hello": lambda body: b"\x03\x02" + body[2:]}}, 70, id="another version"),
        pytest.param({"mutate": {"server_key_exchange": flip}}, 51, id="a wrong signature"),
        pytest.param({"mutate": {"server_hello_done": lambda body: b"x"}}, 47, id="a body in ServerHelloDone"),
        pytest.param({"mutate": {"finished": flip}}, 51, id="a wrong Finished"),
        pytest.param({"parameters": flip}, 47, id="a point off the curve, signed"),
        pytest.param(
            {"sign": lambda content: keys.sign(pki.key("p256", "stranger"), 0x0403, content)},
            51,
            id="another signer",
        ),
        pytest.param({"first_flight": ("server_hello", "certificate", "server_hello_done")}, 10, id="a message left out"),
        pytest.param({"first_flight": ("server_hello", "server_hello")}, 10, id="a message twice"),
        pytest.param({"before": {"certificate": [Record(codec.CHANGE_CIPHER_SPEC, b"\1")]}}, 10, id="an early ChangeCipherSpec"),
        pytest.param({"before": {"finished": [Data(b"early")]}}, 10, id="data before Finished"),
        pytest.param({"straddle": 3}, 10, id="Finished on both sides of ChangeCipherSpec"),
        pytest.param({"records": lambda r: [flip(r.raw) if r.protected else r.raw]}, 20, id="a wrong tag"),
        pytest.param(
            {"records": lambda r: [r.raw, r.raw] if r.protected and r.kind == 23 else [r.raw], "data": [Data(b"x")]}, 20, id="a replay"
        ),
        pytest.param({"extensions": lambda e: [*e, (codec.ALPN, b"\0\3\2h2")]}, 110, id="an unsolicited extension"),
        pytest.param({"extensions": lambda e: [*e, e[0]]}, 47, id="an extension twice"),
    ],
)
def test_openssl_refuses(context, fault, alert):
    session = raises_on(context, Script(SERVER, **fault))
    assert session.alert == alert
    assert session.violations == []


# Over sockets


def connected(context: SSL.Context, port: int) -> SSL.Connection:
    """To a server of this machine; the handshake comes with the first use."""
    tls = SSL.Connection(context, socket.create_connection(("127.0.0.1", port)))
    tls.set_connect_state()
    return tls


def test_a_socket_is_served_and_the_client_s_end_is_seen(context):
    with listen(Script(SERVER)) as peer:
        tls = connected(context, peer.port)
        tls.sendall(b"over a socket")
        assert tls.recv(100) == b"over a socket"
        while not tls.shutdown():
            pass
        tls.close()
        session = peer.session()
    assert session.violations == []
    assert session.closed


@pytest.mark.parametrize(("end", "error"), [(Fin(), "Unexpected EOF"), (Reset(), "ECONNRESET")])
def test_a_stream_is_cut_as_asked(context, end, error):
    with listen(Script(SERVER, before={"server_key_exchange": [end]})) as peer:
        tls = connected(context, peer.port)
        with pytest.raises(SSL.SysCallError, match=error):
            tls.do_handshake()
        tls.close()


@pytest.mark.parametrize("identity", [None, "p256", "rsa2048"])
@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
def test_s_client_completes(tmp_path, kind, identity):
    (tmp_path / "root.pem").write_bytes(ROOT.pem)
    options = ["-CAfile", str(tmp_path / "root.pem"), "-verify_return_error", "-servername", "localhost"]
    if identity:
        files = DEVICES[identity].write(tmp_path)
        above = CA.write(tmp_path)
        options += ["-cert", str(files.chain), "-cert_chain", str(above.chain), "-key", str(files.key)]
    with listen(Script(server(kind), client_ca=ROOT if identity else None, data=[Data(b"welcome\n"), Alert(1, 0), Fin()])) as peer:
        command = [
            program("openssl", "openssl"),
            "s_client",
            "-connect",
            f"127.0.0.1:{peer.port}",
            "-tls1_2",
            "-maxfraglen",
            "512",
            *options,
        ]
        done = subprocess.run(command, input=b"", capture_output=True, timeout=120)
        session = peer.session()
    assert b"Verify return code: 0 (ok)" in done.stdout
    assert session.violations == []
    assert codec.MAX_FRAGMENT_LENGTH in session.hello.extensions
    assert session.client_proven == (identity is not None)


def test_s_client_keeps_to_max_fragment_length(tmp_path):
    (tmp_path / "root.pem").write_bytes(ROOT.pem)
    with listen(Script(SERVER, record_limit="max_fragment_length")) as peer:
        command = [
            program("openssl", "openssl"),
            "s_client",
            "-connect",
            f"127.0.0.1:{peer.port}",
            "-tls1_2",
            "-maxfraglen",
            "512",
            "-quiet",
        ]
        command += ["-CAfile", str(tmp_path / "root.pem")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            process.stdin.write(b"x" * 1500)
            process.stdin.flush()
            assert process.stdout.read(1500) == b"x" * 1500
            process.kill()
        session = peer.session()
    assert session.violations == []
    assert 0 < max(len(r.payload) for r in session.records) <= 512


@pytest.mark.parametrize("identity", [None, "p256", "rsa2048"])
@pytest.mark.parametrize("kind", ["p256", "rsa2048", "pss2048"])
def test_tlslite_completes(kind, identity):
    from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey

    chain = private = None
    if identity:
        chain = X509CertChain()
        chain.parsePemList(DEVICES[identity].chain_pem.decode())
        private = parsePEMKey(DEVICES[identity].key_pem.decode(), private=True)
    settings = HandshakeSettings()
    for limit in ("minVersion", "maxVersion"):
        setattr(settings, limit, (3, 3))
    with listen(Script(server(kind), client_ca=ROOT if identity else None, record_limit="record_size_limit")) as peer:
        sock = socket.create_connection(("127.0.0.1", peer.port))
        connection = TLSConnection(sock)
        connection.handshakeClientCert(chain, private, settings=settings, serverName="localhost")
        connection.sendall(b"from tlslite")
        assert connection.recv(100) == b"from tlslite"
        connection.close()
        sock.close()
        session = peer.session()
    assert session.violations == []
    assert session.client_proven == (identity is not None)
