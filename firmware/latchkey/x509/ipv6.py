"""IPv6 addresses in text (RFC 4291 section 2.2), loaded where a host has a colon."""


def parse(text, ipv4):
    """The 16 octets, or None if `text` is not an address. Zones (`%eth0`) and brackets are not part of one.

    `ipv4(text)`: the octets of an IPv4 address, which may stand at the end, or None.
    """
    left, gap, right = text.partition("::")
    head = _groups(left, None if gap else ipv4)
    tail = _groups(right, ipv4)
    if head is None or tail is None:
        return None
    missing = 16 - len(head) - len(tail)
    if (missing < 2) if gap else missing:
        return None
    return head + bytes(missing) + tail


def _groups(text, ipv4):
    """Octets of groups between colons; with `ipv4`, an IPv4 address may end them."""
    octets = b""
    if not text:
        return octets
    parts = text.split(":")
    for i, part in enumerate(parts):
        if ipv4 and i == len(parts) - 1 and "." in part:
            part = ipv4(part)
            if part is None:
                return None
            octets += part
            continue
        if not 0 < len(part) < 5:
            return None
        for letter in part:
            if letter not in "0123456789abcdefABCDEF":
                return None
        octets += int(part, 16).to_bytes(2, "big")
    return octets
