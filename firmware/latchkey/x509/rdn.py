"""Distinguished names (RFC 5280 section 4.1.2.4): structure and string types are checked; comparison is of the DER, byte for byte.

RFC 5280 section 7.1 would compare some strings without case and inner spaces; the baseline requirements (section 7.1.4.1) demand that
an issuer name is the issuing CA's subject byte for byte, and that is what chaining and name constraints use here.
"""

from latchkey.errors import Fault

_STRING = const(510)
_SET_ORDER = const(512)

_UTF8 = const(12)
_NUMERIC = const(18)
_PRINTABLE = const(19)
_IA5 = const(22)
_VISIBLE = const(26)
_UNIVERSAL = const(28)
_BMP = const(30)


def check_string(tag, value):
    """Refuse a string (contents octets under a universal tag) with characters that its type has not; other types are not judged."""
    if tag == _UTF8:
        try:
            value.decode()
            return
        except UnicodeError:
            bad = True
    elif tag == _PRINTABLE:  # strip takes off all that is good
        bad = value.strip(b"etaoinsrhldcumfpgwybvkxjqz ETAOINSRHLDCUMFPGWYBVKXJQZ0123456789'()+,-./:=?")
    elif tag == _IA5:
        bad = value and max(value) > 127
    elif tag == _NUMERIC:
        bad = value.strip(b" 0123456789")
    elif tag == _VISIBLE:
        bad = value and not 32 <= min(value) <= max(value) <= 126
    elif tag in (_BMP, _UNIVERSAL):
        bad = len(value) % (2 if tag == _BMP else 4)
    else:
        bad = 0x2C <= tag <= 0x3E and tag not in (0x30, 0x31)  # in pieces: BER
    if bad:
        raise Fault(_STRING)


def is_plain(value):
    """Whether a string's octets (UTF-8) may stand in a sentence: letters that can be seen and leave what is around them where it is."""
    if not value or 32 <= min(value) <= max(value) <= 126:
        return True
    from latchkey.x509.letters import are_plain

    return are_plain(value)


def read_rdn(r, found):
    """Read one RelativeDistinguishedName. `found(number, tag, value)` gets its attributes of X.520 (id-at number)."""
    outer = r.open(0x31)
    previous = b""
    while True:
        start = r.pos
        inner = r.open(0x30)
        oid = r.oid()
        tag = r.tag()
        value = r.read(tag)
        r.close(inner)
        check_string(tag, value)
        if found is not None and len(oid) == 3 and oid[:2] == b"\x55\x04":
            found(oid[2], tag, value)
        if previous or r.pos < r.end:  # more than one attribute: a SET OF is sorted (X.690 section 11.6)
            attribute = bytes(memoryview(r.buf)[start : r.pos])
            if attribute <= previous:
                raise Fault(_SET_ORDER)
            previous = attribute
        if r.pos == r.end:
            break
    r.close(outer)
