"""DER, as far as the tools take it apart and put it together."""


def parts(der: bytes) -> list[tuple[int, bytes, bytes]]:
    """The values that stand in `der` one after the other, as (tag, contents, whole); one whose length says too much is cut."""
    found = []
    at = 0
    while at < len(der):
        start, tag, length = at, der[at], der[at + 1]
        at += 2
        if length & 0x80:
            n = length & 0x7F
            length = int.from_bytes(der[at : at + n])
            at += n
        found.append((tag, der[at : at + length], der[start : at + length]))
        at += length
    return found


def tlv(tag: int, contents: bytes) -> bytes:
    """One DER value."""
    n = len(contents)
    if n < 0x80:
        return bytes((tag, n)) + contents
    size = (n.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + n.to_bytes(size) + contents
