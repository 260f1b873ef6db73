"""OpenSSL as a client, in memory, and as a judge of chains: the other opinion on what the scripted server and tools/laboratory/pki.py do.

It is the OpenSSL inside `cryptography`, which pyproject.toml pins, and not the machine's: releases differ in what they refuse, and no
verdict of a test is to depend on which of them is installed.
"""

import contextlib
import ipaddress
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from cryptography.hazmat.bindings.openssl.binding import Binding
from OpenSSL import SSL, crypto

from tools.laboratory.pki import Credential

from .scripted import Fin, Reset, Script, Session

_T = TypeVar("_T")
_SERVER = 2  # X509_PURPOSE_SSL_SERVER


def is_address(name: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(ipaddress.ip_address(name))
    return False


def demand(store: crypto.X509Store, root: bytes, name: str | None) -> None:
    """Make the certificate `root` the anchor; a leaf has to be `name`, a host's or an address, if that is given."""
    store.add_cert(loaded(root))
    lib, ffi = Binding.lib, Binding.ffi  # pyOpenSSL has no name for this
    wanted = ffi.gc(lib.X509_VERIFY_PARAM_new(), lib.X509_VERIFY_PARAM_free)
    if name is not None and is_address(name):
        address = ipaddress.ip_address(name).packed
        assert lib.X509_VERIFY_PARAM_set1_ip(wanted, address, len(address))
    elif name is not None:
        assert lib.X509_VERIFY_PARAM_set1_host(wanted, name.encode(), 0)
    assert lib.X509_STORE_set1_param(store._store, wanted)


def verdict(leaf: Credential, trusted: Credential, *, name: str | None = None, server: bool = False, strict: bool = True) -> str:
    """What it says of the chain that a server would send; `server`: the leaf is to be one's, `strict`: by RFC 5280 to the letter."""
    store = crypto.X509Store()
    demand(store, trusted.der, name)
    if strict:
        store.set_flags(crypto.X509StoreFlags.X509_STRICT)
    if server:
        assert Binding.lib.X509_STORE_set_purpose(store._store, _SERVER)
    return judged(store, leaf.chain)


def partial_verdict(chain: Sequence[bytes], anchor: bytes, name: str, at: int) -> str:
    """What it says of a server's chain, in DER, at a Unix time, where any certificate may be the anchor (`verify -partial_chain`)."""
    store = crypto.X509Store()
    demand(store, anchor, name)
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    store.set_time(datetime.fromtimestamp(at, UTC))
    assert Binding.lib.X509_STORE_set_purpose(store._store, _SERVER)
    return judged(store, chain)


def judged(store: crypto.X509Store, chain: Sequence[bytes]) -> str:
    first, *others = map(loaded, chain)
    try:
        crypto.X509StoreContext(store, first, others).verify_certificate()
    except crypto.X509StoreContextError as error:
        return str(error)
    return "OK"


def loaded(der: bytes) -> crypto.X509:
    return crypto.load_certificate(crypto.FILETYPE_ASN1, der)


def context_for(root: Credential, name: str = "localhost") -> SSL.Context:
    """A client of TLS 1.2 that trusts `root` and wants the server to be `name`."""
    made = SSL.Context(SSL.TLS_CLIENT_METHOD)
    made.set_max_proto_version(SSL.TLS1_2_VERSION)
    made.set_verify(SSL.VERIFY_PEER)
    store = made.get_cert_store()
    assert store is not None
    demand(store, root.der, name)
    return made


class Client:
    """OpenSSL's client and a session, joined in memory."""

    def __init__(self, context: SSL.Context, script: Script, name: str = "localhost"):
        self.session = Session(script)
        self.ended = False  # the session's side of the stream
        self.tls = SSL.Connection(context, None)
        self.tls.set_connect_state()
        if not is_address(name):
            self.tls.set_tlsext_host_name(name.encode())

    def outgoing(self) -> bytes:
        """What it has to send."""
        sent = b""
        with contextlib.suppress(SSL.WantReadError):
            while True:
                sent += self.tls.bio_read(65536)
        return sent

    def exchange(self) -> None:
        """Carry what there is both ways."""
        sent = self.outgoing()
        if sent:
            self.session.feed(sent)
        answer = self.answer()
        if answer:
            self.tls.bio_write(answer)
        if self.ended:
            self.tls.bio_shutdown()
        elif not sent and not answer:
            raise AssertionError(f"stuck: {self.session.violations} {self.session.alerts}")

    def answer(self) -> bytes:
        """What the session sends before it ends the stream."""
        came = b""
        for action in self.session.output:
            self.ended = self.ended or isinstance(action, Fin | Reset)
            if isinstance(action, bytes) and not self.ended:
                came += action
        self.session.output.clear()
        return came

    def run(self, step: Callable[[], _T]) -> _T:
        """Repeat `step` until it no longer wants to read; what OpenSSL raises is passed on once its alert was delivered."""
        while True:
            try:
                result = step()
            except SSL.WantReadError:
                self.exchange()
            except SSL.Error:
                self.session.feed(self.outgoing())
                raise
            else:
                if sent := self.outgoing():
                    self.session.feed(sent)
                return result

    def read(self) -> bytes:
        """What comes next, b"" after close_notify."""
        try:
            return self.run(lambda: self.tls.read(65536))
        except SSL.ZeroReturnError:
            return b""

    def echo(self, data: bytes) -> bytes:
        self.tls.sendall(data)
        self.exchange()
        back = b""
        while len(back) < len(data):
            back += self.read()
        return back

    def close(self) -> None:
        """close_notify, and theirs."""
        while not self.run(self.tls.shutdown):
            self.exchange()
