"""The hosts that a certificate is for, for the sentence that says it is for another than the one that was wanted."""

from latchkey.errors import Fault
from latchkey.x509.der import Reader
from latchkey.x509.name import is_dns_name

_MOST_SHOWN = const(200)  # characters
_MORE = "more"


def of(cert):
    """The dNSNames and iPAddresses that were kept of a leaf, as text; a peer's octets are shown where they are names and nothing else."""
    shown, left_out = [], cert.cut & 0x84
    r = Reader(cert.general_names or b"")
    try:
        while r.tag() >= 0:
            tag = r.tag()
            name = _text(tag, r.read(tag))
            if name and sum([len(one) + 2 for one in shown]) + len(name) < _MOST_SHOWN:
                shown.append(name)
            elif name:
                left_out = True
    except Fault:
        left_out = True
    if left_out:
        shown.append(_MORE)
    return " and ".join([part for part in (", ".join(shown[:-1]), "".join(shown[-1:])) if part]) or "no host"


def _text(tag, octets):
    """A name or an address; None for one that is malformed, or no host's."""
    if tag == 0x82:
        name = octets.lower()
        return name.decode() if is_dns_name(name[2:] if name[:2] == b"*." else name, True) else None
    if tag == 0x87 and len(octets) == 4:
        return ".".join([str(octet) for octet in octets])
    if tag == 0x87 and len(octets) == 16:
        return ":".join(["%x" % (octets[i] << 8 | octets[i + 1]) for i in range(0, 16, 2)])
    return None
