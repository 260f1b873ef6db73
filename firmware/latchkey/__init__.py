"""latchkey: a TLS 1.2 client for MicroPython, rooted in hardware randomness and hardware keys.

Names are fetched on first use; importing the package does nothing. Used like `ssl`:

    import latchkey
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile="root.pem")
    tls = context.wrap_socket(sock, server_hostname="example.org")
"""

import sys

__version__ = "0.1.0"

_HOMES = {
    "context": (
        "SSLContext",
        "TLSContext",
        "PROTOCOL_TLS_CLIENT",
        "PROTOCOL_TLS_SERVER",
        "PROTOCOL_DTLS_CLIENT",
        "PROTOCOL_DTLS_SERVER",
        "CERT_NONE",
        "CERT_OPTIONAL",
        "CERT_REQUIRED",
    ),
    "connecting": ("connect",),
    "errors": ("TLSError",),
    "installing": ("install", "uninstall"),
    "loading": ("create_default_context",),
    "stream": ("SSLSocket",),
    "trace": ("Timeline",),
}

# What `from latchkey import *` brings: the firmware's own `ssl` does that, over whatever is `tls`.
# pyright: reportUnsupportedDunderAll=false
__all__ = (
    "CERT_NONE",
    "CERT_OPTIONAL",
    "CERT_REQUIRED",
    "PROTOCOL_DTLS_CLIENT",
    "PROTOCOL_DTLS_SERVER",
    "PROTOCOL_TLS_CLIENT",
    "PROTOCOL_TLS_SERVER",
    "SSLContext",
    "SSLSocket",
    "TLSContext",
    "TLSError",
    "create_default_context",
    "wrap_socket",
)


def __getattr__(name) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(__import__("latchkey." + module, None, None, (name,)), name)
    try:
        __import__("latchkey." + name)  # a module, as in `latchkey.entropy.report()` or `from latchkey import trace`
    except ImportError:
        raise AttributeError(name)
    return sys.modules["latchkey." + name]


def wrap_socket(
    sock, server_side=False, key=None, cert=None, cert_reqs=2, cadata=None, server_hostname=None, do_handshake=True, context=None
):
    """One connection with a context of its own, as MicroPython's `ssl.wrap_socket`; the server is verified unless `cert_reqs` is 0.

    `context`: one that is used for nothing else, in the place of a new one.
    """
    if context is None:
        context = __getattr__("SSLContext")()
        context.suppress_ragged_eofs = True  # as callers of `ssl` expect
    context.verify_mode = cert_reqs
    if cadata is not None:
        context.load_verify_locations(cadata=cadata)
    if cert is not None or key is not None:
        context.load_cert_chain(cert, key)
    return context.wrap_socket(sock, server_side, do_handshake, server_hostname)
