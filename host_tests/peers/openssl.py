"""OpenSSL as a client, through Python's ssl and in memory: the other opinion on what the scripted server does."""

import ssl
from collections.abc import Callable
from typing import TypeVar

from tools.pki import Credential

from .scripted import Fin, Reset, Script, Session

_T = TypeVar("_T")


def context_for(root: Credential) -> ssl.SSLContext:
    """A client of TLS 1.2 that trusts `root`."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.load_verify_locations(cadata=root.pem.decode())
    return made


class Client:
    """OpenSSL's client and a session, joined in memory."""

    def __init__(self, context: ssl.SSLContext, script: Script, name: str = "localhost"):
        self.session = Session(script)
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)

    def exchange(self) -> None:
        """Carry what there is both ways."""
        fed = bool(self.outgoing.pending)
        if fed:
            self.session.feed(self.outgoing.read())
        ended = any(isinstance(action, Fin | Reset) for action in self.session.output)
        answer = self.session.take_output()
        self.incoming.write(answer)
        if ended:
            self.incoming.write_eof()
        elif not fed and not answer:
            raise AssertionError(f"stuck: {self.session.violations} {self.session.alerts}")

    def run(self, step: Callable[[], _T]) -> _T:
        """Repeat `step` until it no longer wants to read; what OpenSSL raises is passed on once its alert was delivered."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self.exchange()
            except ssl.SSLError:
                self.session.feed(self.outgoing.read())
                raise
            else:
                if self.outgoing.pending:
                    self.session.feed(self.outgoing.read())
                return result

    def echo(self, data: bytes) -> bytes:
        self.tls.write(data)
        self.exchange()
        back = b""
        while len(back) < len(data):
            back += self.run(lambda: self.tls.read(65536))
        return back
