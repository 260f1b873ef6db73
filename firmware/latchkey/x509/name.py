"""The name a server must have (RFC 6125, RFC 9525 section 6).

A host is a DNS name in ASCII (A-labels) or the text of an IPv4 or IPv6 address. A DNS name is matched to dNSNames only, an address to
iPAddresses only, and the subject's common name to nothing. Wildcards are a whole leftmost label, stand for exactly one label, and
need at least two labels after them. DNS names are compared without regard to the case of ASCII letters.
"""

from latchkey.errors import Fault

_HOST_SYNTAX = const(541)

_LETTERS = b"etaoinsrhldcumfpgwybvkxjqz.-0123456789"  # of names, the frequent first
_LETTERS_PRIVATE = b"etaoinsrhldcumfpgwybvkxjqz.-0123456789_"


def address(text):
    """The octets of an IPv4 or IPv6 address, None if `text` (str) is not one."""
    if ":" in text:
        from latchkey.x509.ipv6 import parse

        return parse(text, address)
    parts = text.split(".")
    if len(parts) != 4:
        return None
    octets = bytearray(4)
    for i, part in enumerate(parts):
        if not is_decimal_octet(part):
            return None
        octets[i] = int(part)
    return bytes(octets)


def is_decimal_octet(text):
    """0 to 255 without leading zeros (which some read as octal)."""
    return text.isdigit() and int(text) < 256 and (text[0] != "0" or text == "0")


def is_dns_name(name, underscore=False):
    """Whether `name` (bytes, lower case) is in the preferred syntax (RFC 1034 section 3.5, RFC 1123 section 2.1), no dot at its end.

    With `underscore` that character is a letter.
    """
    if len(name) > 253 or name.strip(_LETTERS_PRIVATE if underscore else _LETTERS):  # which takes off all that is good
        return False
    name = b"." + name + b"."
    if b".." in name or b".-" in name or b"-." in name:
        return False
    return len(name) < 66 or all(len(label) < 64 for label in name.split(b"."))


class Reference:
    """A host to look for. Anything but a DNS name or an address is a Fault."""

    def __init__(self, host):
        self.dns = self._parent = None
        self.ip = address(host)
        if self.ip is None:
            name = host.encode().lower()
            if name.endswith(b"."):  # as it is in server_name, too (RFC 6066 section 3)
                name = name[:-1]
            if not is_dns_name(name, True) or name.split(b".")[-1].isdigit():
                raise Fault(_HOST_SYNTAX, host)
            self.dns = name
            dot = name.find(b".")
            self._parent = name[dot:] if dot < name.rfind(b".") else None  # with its dot; None: no wildcard

    def matches_dns(self, name):
        """Whether a well-formed dNSName (bytes, lower case, maybe `*.` before it) is this host's."""
        return name == self.dns or (name[:1] == b"*" and name[1:] == self._parent)

    def matches_ip(self, octets):
        """Whether an iPAddress is this host's."""
        return octets == self.ip
