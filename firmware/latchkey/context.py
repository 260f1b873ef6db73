"""SSLContext: policy, trust, identity and buffers, in the shape of MicroPython's `ssl`, with safe defaults.

A client context verifies the server's chain and name unless the caller sets `verify_mode = CERT_NONE` in code. The buffers are
allocated here, once, and never grow; a context carries one connection at a time (`connections=n` for more), and a new
`wrap_socket` takes over the buffers of the oldest.
"""

import time

from latchkey.crypto.util import thread, wipe
from latchkey.errors import Fault, error_of, settle, text
from latchkey.tls.record import OVERHEAD
from latchkey.transport import LIMIT

PROTOCOL_TLS_CLIENT = const(0)
PROTOCOL_TLS_SERVER = const(1)  # this and the next two are names that `ssl` has: see as_ssl.py
PROTOCOL_DTLS_CLIENT = const(2)
PROTOCOL_DTLS_SERVER = const(3)
CERT_NONE = const(0)
CERT_OPTIONAL = const(1)
CERT_REQUIRED = const(2)

RELEASED = const(1795305600)  # 2026-11-22: no clock is believed that says less
_FULL_RECORD = const(16384)
_LEAST = const(512)  # of a buffer's plaintext: the smallest max_fragment_length (RFC 6066 section 4)
_LEAST_SEND = const(1024)  # it holds the server's longest messages, too
_HEADER = const(5)

_OTHER_THREAD = const(314)


def system_time():
    """Seconds since 1970 by the port's clock (some count from 2000), whatever it is worth."""
    now = int(time.time())
    return now if time.gmtime(0)[0] == 1970 else now + 946684800


class SSLContext:
    """Makes TLS connections: `SSLContext(PROTOCOL_TLS_CLIENT).wrap_socket(sock, server_hostname=name)`.

    `receive_buffer`: bytes of plaintext a received record may have; below 16384 the server is asked to send smaller ones.
    `send_buffer`: bytes of plaintext in a sent record; a flight that fits leaves in one write.
    `connections`: how many may be open at once.

    Attributes, to be set before `wrap_socket`. Another name is an AttributeError, a value that makes no sense a ValueError there:
    `verify_mode`: CERT_REQUIRED (default) or CERT_NONE, which makes every report say UNVERIFIED. CERT_OPTIONAL verifies, too.
    `check_hostname`: False verifies the chain for no name, and every report says NAME UNVERIFIED. CERT_NONE turns it off, True sets
    CERT_REQUIRED.
    `timeout`: what `settimeout` is to be given on each connection; None (default) waits as the transport waits.
    `handshake_timeout`: seconds for the whole handshake, None for no limit. The default of 30 is looked at between reads and writes; one
    that was set holds on a blocking transport, too, which then is put in non-blocking mode for good.
    `progress`: called with the handshake's stage at each slice of work and at least every 100 ms while blocked: feed a watchdog there. It
    may close the connection or make another one, not use it. The transport is put in non-blocking mode.
    `suppress_ragged_eofs`: take a stream that ends without close_notify for a whole one; the report and the trace say TRUNCATED.
    `trace`: called `(direction, message, bytes, note)` for each message; see `trace.Timeline`.
    `now`: a function that returns seconds since 1970, or None when the time is not known; by default the port's clock.
    `floor`: a time (seconds since 1970) that has certainly passed; a clock that says less is not believed.
    `pins`: SHA-256 digests (32 bytes each) of SubjectPublicKeyInfo, one of which must stand in the server's path; not with CERT_NONE.
    `random`: a source of randomness (default: `entropy.default()`).
    `key_agreement`, `verifier`: software by default; a chip's where the caller asks for it.
    `require_extended_master_secret`, `require_secure_renegotiation`: refuse a server without RFC 7627, RFC 5746.
    `psk_identity`, `psk_key`: a key that the server has, too, and what it is called there: text or bytes, and at least 16 random bytes. See
    also `set_psk_client_callback`. The server then proves itself by that key; by a certificate only where anchors or pins were given.
    `identify_to_unverified`: send the device's certificate, where it is asked for, to a server that CERT_NONE left UNVERIFIED, too.
    `keep_peer_cert`: keep the leaf's DER for `getpeercert(True)`.
    `exporter`: keep the master secret until the connection is closed, for `export_keying_material`.
    `frugal`: give back the heap of modules as soon as their part of a handshake is done, and load them again for the next one.
    `profile`: the rules for chains, `x509.policy.WEB_PKI` (default) or `x509.policy.RFC5280`, which private PKIs may need.
    `most_rsa_bits`: a longer RSA key, or a signature by one, is not read (default 8192); certificates take less heap where that is less.
    `most_name_octets`: bytes of names that are kept of a server's chain in case a CA constrains them (default 3072); its constraints may
    have four times as many.
    `judge_anchor_dates`: refuse an anchor whose certificate has expired; by default its dates do not count: devices outlive many a root.
    `sessions`: remember the sessions of the last four hosts in memory, and resume them (default: unless `frugal`); False asks no server
    for one. A `stores.SessionStore` keeps the last one through a deep sleep, too.
    `ocsp`: ask for a stapled OCSP response, and refuse a server without a good one (a must-staple certificate needs this set); not with
    CERT_NONE.
    """

    verify_mode = CERT_REQUIRED
    timeout: Any = None
    handshake_timeout: Any = LIMIT
    suppress_ragged_eofs = False
    progress: Any = None
    trace: Any = None
    now: Any = None
    floor = RELEASED
    pins = ()
    random: Any = None
    key_agreement: Any = None
    verifier: Any = None
    identity: Any = None
    psk_identity: Any = None
    psk_key: Any = None
    require_extended_master_secret = False
    require_secure_renegotiation = False
    identify_to_unverified = False
    keep_peer_cert = False
    exporter = False
    ocsp = False
    profile = 0
    most_rsa_bits = 8192
    most_name_octets = 3072
    judge_anchor_dates = False
    sessions: Any = None
    frugal = False
    _identities = ()  # those beside `identity`, with keys of other kinds
    _names = True  # what was last said of check_hostname
    _thread: Any = None  # whose the connections are
    _trust: Any = None
    _protocols = b""  # what set_alpn_protocols() made: names, each with its length in front
    _suites = b""  # rows of tls/cipher_suites.py: what set_ciphers() made
    _rows = b""  # and those that are offered where there is no pre-shared key
    _psk: Any = None  # what set_psk_client_callback() was given
    _buffers: Any = None
    _remembered = ()  # sessions of the last hosts, the latest last
    __setattr__ = settle

    def __init__(self, protocol=PROTOCOL_TLS_CLIENT, *, receive_buffer=_FULL_RECORD, send_buffer=2048, connections=1):
        if protocol != PROTOCOL_TLS_CLIENT:
            raise ValueError("latchkey is a TLS client: PROTOCOL_TLS_CLIENT")
        sizes = (receive_buffer, _LEAST), (send_buffer, _LEAST_SEND), (connections, 1)
        if not all(isinstance(size, int) and least <= size <= _FULL_RECORD for size, least in sizes):
            raise ValueError("receive_buffer is 512 to 16384 bytes, send_buffer 1024 to 16384, connections 1 or more")
        self.now = system_time
        self._buffers = []  # of each connection [receive, send, who has them], the longest in use first
        for _ in range(connections):
            self._buffers.append([bytearray(receive_buffer + OVERHEAD), bytearray(send_buffer + OVERHEAD + _HEADER), None])

    @property
    def check_hostname(self):
        return self._names if self.verify_mode != CERT_NONE else False

    @check_hostname.setter
    def check_hostname(self, flag):
        self._names = flag  # None, say, is no False: wrap_socket() refuses it
        if flag:
            self.verify_mode = CERT_REQUIRED

    def load_verify_locations(self, cafile=None, cadata=None):
        """Add trust anchors: the path of a file, or bytes or text; PEM (any number) or DER (one). A file may be a compact one.

        Certificates themselves are `cadata`, or stand in the first place, as MicroPython's `tls` has them.

        A compact file (`latchkey trust`) is not loaded but searched at each handshake; PEM is read one certificate at a time. A file that
        can't be read is its OSError, with its name.
        """
        from latchkey.loading import anchors

        self.mine(False)
        anchors(self, cafile, cadata)

    def load_cert_chain(self, certfile, keyfile=None):
        """The device's identity: its certificate chain, leaf first, and the leaf's private key.

        `certfile`: a path, bytes (PEM or DER) or text (PEM), or an object with `chain()` and `chain_length` (a chip's). `keyfile`: the
        same (PKCS#8, SEC 1 or PKCS#1, not encrypted; P-256, P-384, RSA of 2048 to 4096 bits), or a key object such as
        `chip.private_key(slot)`; None if the PEM has both. A key that is not the leaf's is refused. A file that can't be read is its
        OSError, with its name. Another call with a key of the same kind takes the first one's place; one of another kind stands beside
        it, and the server gets what fits its request best.
        """
        from latchkey.loading import identity

        self.mine(False)
        identity(self, certfile, keyfile)

    def release(self):
        """Give back the heap of all modules that only a handshake needs, after one; the next one loads them again."""
        from latchkey.release import handshake

        self.mine(False)
        handshake()

    def get_ciphers(self):
        """The names of the cipher suites that are offered, in order of preference."""
        return text("ciphers").names(self._offered())

    def set_ciphers(self, ciphers):
        """Offer these, in this order: names in a list, or in text between colons; IANA's, OpenSSL's or mbedTLS's."""
        from latchkey.tls.others import chosen

        self.mine(False)
        self._suites = chosen(self, ciphers)
        self._rows = b""

    def _offered(self):
        """The rows of the cipher suites that are offered."""
        keyed = self._keyed()
        rows = b"" if keyed else self._rows
        if not rows:
            from latchkey.tls.cipher_suites import offered

            rows = offered(self)
            if not keyed:
                self._rows = rows
        return rows

    def set_psk_client_callback(self, callback):
        """Offer pre-shared keys, and ask `callback(hint)` for `(identity, key)` as a server wants one. `hint`: its text or None, for which
        nobody vouches. An empty key ends the connection; None for a callback ends the offer."""
        self.mine(False)
        if callback is not None and not callable(callback):
            raise TypeError("callback is a function of the hint, or None")
        self._psk = callback

    def _resumes(self):
        """Whether a server is asked for a session."""
        return not self.frugal if self.sessions is None else self.sessions

    def _keyed(self):
        """Whether pre-shared keys are offered."""
        return self.psk_key is not None or self._psk is not None

    def set_alpn_protocols(self, protocols):
        """Offer these application protocols (RFC 7301), the most wished for first: a list of names such as ["mqtt"]."""
        self.mine(False)
        self._protocols = text("arguments").protocols(protocols)

    def wrap_socket(
        self,
        sock,
        server_side=False,
        do_handshake_on_connect=True,
        server_hostname=None,
        suppress_ragged_eofs: "bool | None" = None,
        session=None,
    ):
        """A TLS connection over `sock`, any stream with `readinto` and `write`. Takes over the buffers of the oldest connection.

        It waits as `sock` does, in its mode and with its timeout, unless `timeout`, `handshake_timeout` or `progress` was set here or
        `settimeout` or `setblocking` is called on what it returns. The handshake goes on to its end on a non-blocking `sock`, too.
        `suppress_ragged_eofs`: the context's, if None. `session`: a connection's, to be resumed; else what is remembered of the host. It is
        offered only if this context would verify as the one it came from did, and a server that declines it gets a full handshake.
        """
        self.mine()
        if server_side:
            raise ValueError("latchkey is a TLS client")
        suppress = self.suppress_ragged_eofs if suppress_ragged_eofs is None else suppress_ragged_eofs
        tls = self._wrapped(sock, server_hostname, suppress, session, do_handshake_on_connect)
        if do_handshake_on_connect:
            tls.do_handshake(True)
        return tls

    def _wrapped(self, *arguments):
        """The connection before its handshake; what this frame has bound of the modules that a handshake drops goes with it."""
        from latchkey.wrapping import wrap

        return wrap(self, *arguments)

    def wipe_of(self, tls):
        """Wipe the buffers of a connection, dead or alive, that still has them. It allocates nothing."""
        for buffers in self._buffers:
            if buffers[2] is tls:
                wipe(buffers[0])
                wipe(buffers[1])

    def mine(self, claim=True):
        """Refuse another thread than the one that made the first connection: nothing here, nor in the pool of randomness, has a lock."""
        try:
            caller = thread()
        except MemoryError:  # a large number: nobody is kept from closing for it
            return
        owner = self._thread
        if owner is None:
            if claim:
                self._thread = caller
        elif owner != caller:
            raise error_of(Fault(_OTHER_THREAD))

    def _idle(self):
        """`(buf, start, end)` of a receive buffer that no connection has."""
        for receive, _, owner in self._buffers:
            if owner is None or (owner.dead and not owner.held()):
                return receive, 0, len(receive)
        return b"", 0, 0

    def prepare(self):
        """What a handshake needs and the caller did not set: randomness, key agreement. Faults without randomness."""
        if self.random is None:
            from latchkey import entropy

            self.random = entropy.default()
        for identity in (self.identity,) + self._identities:  # which may be another context's, that has not been used yet
            lender = getattr(identity, "context", None)
            if lender is not None and lender.random is None:
                lender.prepare()
        if self.key_agreement is None:
            from latchkey.tls.key_agreement import Ephemeral

            self.key_agreement = Ephemeral()


TLSContext = SSLContext
