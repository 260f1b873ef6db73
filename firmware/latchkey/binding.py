"""What ties something else to a connection: channel bindings (RFC 5929), keying material (RFC 5705). Loaded when it is asked for.

Without extended master secret two connections may share a master secret (the triple handshake), so there is neither `tls-unique` nor an
exporter then (RFC 7627 section 5.4).
"""

from latchkey.crypto import hashes
from latchkey.errors import Fault, text

_RESERVED = (b"client finished", b"server finished", b"master secret", b"extended master secret", b"key expansion")


def channel_binding(c, kind):
    """The bytes of a channel binding of a Connection (None: of one whose handshake is not over), or None where there is none."""
    if kind not in ("tls-unique", "tls-server-end-point"):
        raise ValueError(text("arguments").no_argument("cb_type", kind))
    if c is None:
        return None
    if kind == "tls-unique":
        return c.unique
    der = c.peer_ok and c.peer_ok.leaf_der
    return _end_point(der) if der else None


def _end_point(der):
    """The certificate's hash, by the hash of its signature (RFC 5929 section 4.1); None where that is not SHA-2."""
    from latchkey.crypto.verify import hash_name
    from latchkey.x509.der import Reader
    from latchkey.x509.keys import scheme_of

    r = Reader(der)
    r.open(0x30)
    r.skip()
    start = r.pos
    r.skip()
    try:
        h = hashes.new(hash_name(scheme_of(bytes(der[start : r.pos]))))
    except Fault:
        return None
    h.update(der)
    return h.digest()


def keying_material(c, label, length, context):
    """`length` bytes of a Connection's exporter (RFC 5705 section 4; None: as above), or None where there is none."""
    label = label.encode() if isinstance(label, str) else label
    good = isinstance(label, bytes) and label and label not in _RESERVED and isinstance(length, int) and 0 < length <= 1024
    if not good or not (context is None or (isinstance(context, (bytes, bytearray)) and len(context) <= 0xFFFF)):
        raise ValueError("a label of your own in text or bytes, 1 to 1024 bytes, a context of up to 65535 bytes or None")
    if c is None or c.exporter is None:
        return None
    from latchkey.tls.cipher_suites import prf

    name, master, seed = c.exporter
    if context is not None:
        seed += bytes((len(context) >> 8, len(context) & 255)) + context
    return bytes(prf(name, master, label, seed, length))
