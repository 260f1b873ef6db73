"""The client's handshake, in wire order (RFC 5246 section 7.3, RFC 8422 section 2, RFC 7627, RFC 5746).

    ClientHello                  -------->
                                                  ServerHello
                                                  Certificate
                                           CertificateStatus*
                                            ServerKeyExchange
                                          CertificateRequest*
                                 <--------    ServerHelloDone
    Certificate*
    ClientKeyExchange
    CertificateVerify*
    [ChangeCipherSpec]
    Finished                     -------->
                                           [ChangeCipherSpec]
                                 <--------           Finished

`Handshake.exchange()` is that, as one generator, driven by `run()`; it yields the requests of `record.py` and milliseconds to wait, and
returns when the three tokens of the connection are set. One function per message, named for it, in four modules of which each is loaded
when its turn comes: `hello`, `server_auth`, `client_auth`, `finish`. Everything the peer sent is verified before it is used; secrets are
wiped where they are used up, and all of them in the end whatever happened.
"""

from latchkey.crypto.util import Room, lend, wipe
from latchkey.errors import Fault, TLSError
from latchkey.tls.framing import Framing
from latchkey.tls.record import Protection

_CERTIFICATE_REQUEST = const(13)
_SERVER_HELLO_DONE = const(14)

_EPHEMERAL = const(1)  # key exchange
_PSK = const(2)
_AES_128_GCM = const(0)  # record protections
_AES_256_GCM = const(2)

_UNEXPECTED_MESSAGE = const(331)


class Handshake:
    """One handshake on a Connection. `settings` is the SSLContext; `chain` is x509's for this server, or what makes it where the server
    may do without certificates."""

    # What few have takes no room in the others.
    client: Any = None  # what answers a CertificateRequest, until it has
    share: "tuple" = ()  # its group and point for an ephemeral key exchange, until we agreed
    hint: "bytes" = b""  # the server's, to which pre-shared key it wants
    proven: "tuple" = ()  # (peer_ok, key_exchange_ok) that the server's Finished proves, if nothing did before
    offered: Any = None  # the suite of the session that is offered
    session_id: "bytes" = b""  # what we offer, then what the server gave to be kept
    ticketing = False  # whether the server is to send a NewSessionTicket
    ticket: "tuple" = ()  # and what came to be kept, with its lifetime
    limit = 0  # of records, agreed by max_fragment_length

    def __init__(self, connection, settings, chain):
        self.c = connection
        self.settings = settings
        self.chain: Any = chain
        self.rows: "bytes" = b""  # of the suites that are offered
        self.f = Framing(connection)
        self.hello: "Any" = ()  # ours, and the types of its extensions, until it is known what it is hashed with
        self.hash = ""  # of the PRF and the transcript
        self.randoms: "tuple" = ()  # client's, server's
        self.leaf_key: "tuple" = ()  # the server's, once its path was validated, until it has vouched for its share
        self.short = False  # whether the heap is, so that not all of a handshake may fit
        self.stapling = False  # whether the server agreed to status_request
        self.pre_master = self.master = b""
        self.protection: "tuple" = ()  # what `cipher` gave
        self.pair: "tuple" = ()  # the protections of both directions, until each is in force
        self.room = Room(self.f.spare)  # what its next step may work in

    def run(self):
        """The handshake, with what lies idle of the connection's buffers lent to its computations: see crypto/util.py."""
        job = self.exchange()
        try:
            while True:
                lend(self.room)
                request = next(job)
                lend(None)
                yield request
        except StopIteration:
            pass
        except TLSError as error:  # of what the caller gave and is not waited for, a chip's `fill`: no transport is touched in here
            raise Fault(error.cause, error.detail)
        finally:
            lend(None)
            job.close()

    def exchange(self):
        """The messages, in order: three parts, and between them what the server asks of us and how we answer."""
        f = self.f
        try:
            yield from self.hellos()
            if self.c.resumed:
                from latchkey.tls.resumption import resume

                yield from resume(self)
                return
            self.over("hello")
            if not self.settings.frugal:
                self.protection = self.cipher(True)
            kind = yield from self.server_authentication()
            self.over("server_auth")
            self.over("signatures")
            import latchkey.tls.finish

            self.c.stage = "server_hello_done"
            if kind is None:
                kind, _ = yield from f.header()
            if kind == _CERTIFICATE_REQUEST:
                import latchkey.tls.client_auth

                self.client = latchkey.tls.client_auth.ClientAuthentication(self)
                yield from self.client.recv_certificate_request()
                kind, _ = yield from f.header()
            yield from self.expect(_SERVER_HELLO_DONE, "server_hello_done", kind)
            f.done()
            self.note("<", "ServerHelloDone", 4)
            if self.client:
                yield from self.client.send_certificate()
            yield from self.finish()
        finally:
            self.wipe()

    def wipe(self):
        """Forget the secrets, but for what the connection has taken; may be repeated, should an interrupt have cut it short."""
        wipe(self.pre_master)
        wipe(self.master)
        for protection in self.pair:
            if protection is not self.c.writer.protection and protection is not self.c.reader.protection:
                protection.wipe()

    # A part has its functions from their module when it begins, and so keeps them to its end, whatever another handshake drops meanwhile.

    def hellos(self):
        from latchkey.tls import hello

        yield from hello.send_client_hello(self)
        yield from hello.recv_server_hello(self)

    def server_authentication(self):
        """Returns the type of the next message, if its header was read. The server's share for an ephemeral key exchange is known then:
        proven to be its own by a signature, or, with a pre-shared key, yet to be proven by its Finished."""
        if self.c.suite[2] & _PSK:
            from latchkey.tls.psk import recv_server_key_exchange

            return (yield from recv_server_key_exchange(self))
        if callable(self.chain):
            self.chain = self.chain()
        from latchkey.tls import server_auth

        size, count = yield from server_auth.recv_certificate(self)
        kind = yield from server_auth.recv_certificate_status(self)
        self.over("certificate")
        yield from server_auth.validate_chain(self, size, count)
        self.over("path")
        if not self.c.suite[2] & _EPHEMERAL:
            return kind
        yield from server_auth.recv_server_key_exchange(self)

    def finish(self):
        """The rest of our second flight, and the server's last."""
        from latchkey.tls import finish as part

        f = self.f
        yield from part.send_client_key_exchange(self)
        session_hash = f.digest()
        if self.client and self.client.scheme:
            yield from self.client.send_certificate_verify(session_hash)
        self.client = None  # and with it goes the module that it is of
        yield from part.make_keys(self, session_hash)
        yield from f.send_change_cipher_spec(self.pair[0])
        yield from part.send_finished(self)
        if self.ticketing:
            from latchkey.tls.resumption import recv_new_session_ticket

            yield from recv_new_session_ticket(self)
        self.c.stage = "change_cipher_spec"
        yield from f.change_cipher_spec()
        self.c.reader.protection = self.pair[1]
        yield from part.recv_finished(self)
        if self.ticket or self.session_id:
            try:
                from latchkey.tls.resumption import keep

                keep(self)
            except MemoryError:  # a heap that has no room for a session does without
                pass

    def over(self, part):
        """Give back the heap of what a part needed alone, where that was asked for; of the first ones' wherever the heap is short."""
        if self.settings.frugal or (self.short and part in ("hello", "certificate")):
            from latchkey.release import after

            after(part)

    def cipher(self, kernels=False):
        """`(kind of Protection, AEAD)` of the suite, loaded; with its `kernels` where nothing is dropped before they are wanted: theirs are
        the largest pieces, 3 KB of machine code, and a heap has none such left once certificates were read in it.
        """
        kind = self.c.suite[3]
        if kind != _AES_128_GCM and kind != _AES_256_GCM:
            from latchkey.tls.others import cipher

            return cipher(self, kernels)
        from latchkey.crypto import aes, gcm

        if kernels:
            aes.kernel()
            gcm.kernel()
        return Protection, gcm.AESGCM

    def verify(self, scheme, key, digest, signature):
        """A job: whether it is the key's signature, by the caller's verifier, else in software."""
        verifier = self.settings.verifier
        if verifier is None:
            from latchkey.crypto import verify as verifier
        return verifier.verify(scheme, key, digest, signature)

    def note(self, direction, name, size, text=""):
        if self.c.trace:
            self.c.trace(direction, name, size, text)

    def expect(self, wanted, name, kind=None):
        """The header of the next message, unless it was read (`kind`), which must be of type `wanted`; returns the body's length."""
        self.c.stage = name
        if kind is None:
            kind, _ = yield from self.f.header()
        if kind != wanted:
            raise Fault(_UNEXPECTED_MESSAGE, kind)
        return self.f.left
