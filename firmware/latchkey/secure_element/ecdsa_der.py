"""ECDSA signatures between the chip's R || S and the DER of TLS and X.509 (P-256)."""

_ORDER = b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51"


def encode(raw):
    """SEQUENCE { INTEGER R, INTEGER S } of 64 bytes."""
    body = _integer(raw[:32]) + _integer(raw[32:64])
    return b"\x30" + bytes((len(body),)) + body


def decode(der):
    """R || S, or None unless `der` is strict DER with both numbers in [1, n - 1]."""
    if len(der) < 8 or der[0] != 0x30 or der[1] != len(der) - 2:
        return None
    r, at = _number(der, 2)
    if r is None:
        return None
    s, at = _number(der, at)
    return r + s if s is not None and at == len(der) else None


def _integer(value):
    value = value.lstrip(b"\x00") or b"\x00"
    if value[0] & 0x80:
        value = b"\x00" + value
    return b"\x02" + bytes((len(value),)) + value


def _number(der, at):
    if at + 3 > len(der) or der[at] != 2:
        return None, at
    end = at + 2 + der[at + 1]
    value = bytes(der[at + 2 : end])
    if end > len(der) or not value or value[0] & 0x80:
        return None, end
    if value[0] == 0:
        value = value[1:]
        if not value or not value[0] & 0x80:  # zero, or not minimal
            return None, end
    if len(value) > 32:
        return None, end
    value = b"\x00" * (32 - len(value)) + value
    return (value if value < _ORDER else None), end
