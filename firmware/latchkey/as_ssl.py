"""What `tls` and `ssl` are once `install()` was called (installing.py): MicroPython's interface, for callers that know of no latchkey.

A context verifies whatever its caller says: by the anchors that the caller loaded into it, else by those of `install()`. Few callers load
any, and many, `requests` among them, set CERT_NONE. That, and `check_hostname = False`, is honoured for the servers whose names `install()`
was given for it, and said on the REPL each time.

Servers and DTLS are the firmware's own: `SSLContext` makes one of its contexts of any protocol but PROTOCOL_TLS_CLIENT, and what else its
`tls` has is found here, too. The names are variables of this module, since MicroPython up to 1.24 gives `from tls import *` nothing else.
"""

import latchkey
from latchkey import context
from latchkey.errors import Fault, error_of, text

CERT_NONE = 0
CERT_OPTIONAL = 1
CERT_REQUIRED = 2
PROTOCOL_TLS_CLIENT = 0
PROTOCOL_TLS_SERVER = 1
PROTOCOL_DTLS_CLIENT = 2
PROTOCOL_DTLS_SERVER = 3

_NO_ROOT = const(316)

# What `install()` was given, and what it found.
anchors: Any = None  # a TrustStore
buffers: Any = {}  # arguments of each context
settings: Any = {}  # attributes of each context
unverified: Any = ()  # names of servers
before: Any = {}  # "tls", "ssl": what stood for these in sys.modules; empty where nothing is installed
firmware: Any = None  # the firmware's own `tls`,
patched: Any = None  # its `ssl`, which has some names of ours,
replaced: Any = {}  # and what these stood for


def __getattr__(name) -> Any:
    if hasattr(firmware, name):
        return getattr(firmware, name)
    raise AttributeError(name)


def own(name):
    """What the firmware's own `ssl`, else its `tls`, has under this name; a ValueError where there is none."""
    if name in replaced:
        return replaced[name]
    if hasattr(firmware, name):
        return getattr(firmware, name)
    raise ValueError(text("arguments").CLIENT_ALONE)


class Context(context.SSLContext):
    """`ssl.SSLContext`."""

    _shares = True  # install()'s anchors

    def __new__(cls, protocol=PROTOCOL_TLS_CLIENT):
        if protocol == PROTOCOL_TLS_CLIENT:
            return object.__new__(cls)
        if cls is SSLContext and firmware is not None:
            return firmware.SSLContext(protocol)
        return own("SSLContext")(protocol)

    def __init__(self, protocol=PROTOCOL_TLS_CLIENT):
        super().__init__(protocol, **buffers)
        self._trust = anchors
        self.keep_peer_cert = True  # for who calls getpeercert(True)
        self.suppress_ragged_eofs = True  # as callers of `ssl` expect
        for name in settings:
            setattr(self, name, settings[name])

    def load_verify_locations(self, cafile=None, cadata=None):
        """Anchors of this context's own, in the place of `install()`'s."""
        shared = self._trust
        if self._shares:
            self._trust = None  # what is added to them would be everybody's
        try:
            super().load_verify_locations(cafile, cadata)
            self._shares = False
        finally:
            if self._shares:
                self._trust = shared

    def _wrapped(self, sock, server_hostname, *arguments):
        said = self.verify_mode, self._names
        if not self.check_hostname:  # nor with CERT_NONE
            if server_hostname in unverified:
                print("latchkey: the connection to {} is UNVERIFIED, as install() was told".format(server_hostname))
            else:
                self.check_hostname = True
        try:
            if self.verify_mode != CERT_NONE and self._trust is None and not self.pins and not self._keyed():
                raise error_of(Fault(_NO_ROOT))
            return super()._wrapped(sock, server_hostname, *arguments)
        finally:
            self.verify_mode, self._names = said


class SSLContext(Context):
    """`tls.SSLContext`. The firmware's takes bytes where that of its `ssl`, which has it inside, takes files, too."""


def wrap_socket(sock, server_side=False, key=None, cert=None, cert_reqs=CERT_NONE, cadata=None, server_hostname=None, do_handshake=True):
    """`ssl.wrap_socket`."""
    if server_side:
        return own("wrap_socket")(sock, True, key, cert, cert_reqs, cadata, server_hostname, do_handshake)
    return latchkey.wrap_socket(sock, False, key, cert, cert_reqs, cadata, server_hostname, do_handshake, SSLContext())


def create_default_context(cafile=None, cadata=None):
    """`ssl.create_default_context`, as CPython has it."""
    made = SSLContext()
    if cafile is not None or cadata is not None or made._trust is None:
        from latchkey.loading import equip

        equip(made, cafile, cadata)
    return made
