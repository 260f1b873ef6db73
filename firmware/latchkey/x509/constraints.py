"""Name constraints (RFC 5280 sections 4.2.1.10 and 6.1.3 (b), (c)), loaded where a CA on the path has them.

Each CA's constraints, and the anchor's, are applied to every certificate below it, but to a self-issued one only where it is the
leaf. Compared are:
- dNSName: a base allows itself and all names below it; with a leading dot, names below it alone; an empty one is every name. A
  wildcard is permitted if all it stands for is, excluded if anything is.
- iPAddress: address and mask; a mask is a prefix.
- directoryName: a base permits the names that begin with it, byte for byte. It excludes those that begin with the same strings, of whatever
  type, ASCII letters' case and inner spaces aside (RFC 5280 section 7.1), or with such as can not be compared here.
- rfc822Name: a mailbox, a host, or with a leading dot the hosts of a domain; the subject's emailAddress counts where there are
  no alternative names.
A constraint on another form of name is refused where a name of that form stands below it. So is a name that was not kept, where a
constraint is on its form, and a name that is malformed.
"""

from latchkey.errors import Fault
from latchkey.x509.der import Reader
from latchkey.x509.name import is_dns_name
from latchkey.x509.rdn import read_rdn

_TOO_COMPLEX = const(567)
_CONSTRAINTS_MALFORMED = const(571)
_CONSTRAINTS_UNSUPPORTED = const(572)
_NAME_NOT_PERMITTED = const(573)
_NAME_EXCLUDED = const(574)
_NAMES_NOT_KEPT = const(575)

_SAN = const(0x20)  # Certificate.flags

_RFC822 = const(1)  # tags of GeneralName
_DNS = const(2)
_DIRECTORY = const(4)
_IP = const(7)

_MOST_COMPARISONS = const(4096)
_EMAIL_ADDRESS = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"
_FORMS = b"\x82\x87\xa4\x81\x86\xa0\x88\xa3\xa5"  # of general names
_ASCII_TYPES = b"\x0c\x12\x13\x16\x1a"  # strings whose octets are ASCII, where all are below 80


def judge(path, top):
    """A job: Fault unless the names on `path` (leaf first) satisfy the constraints on it, and `top`, those above it, or None."""
    comparisons = 0
    for i in range(len(path), 0, -1):
        der = top if i == len(path) else path[i].constraints
        if der is None:
            continue
        try:
            subtrees = _subtrees(Reader(der))
        except Fault:
            raise Fault(_CONSTRAINTS_MALFORMED, "anchor" if i == len(path) else path[i].index)
        for cert in path[:i]:
            if cert.index and cert.subject == cert.issuer:
                continue
            names = _names(cert, subtrees)
            comparisons += len(names) * len(subtrees)
            if comparisons > _MOST_COMPARISONS:
                raise Fault(_TOO_COMPLEX)
            for tag, value in names:
                yield 0
                _judge_name(tag, value, subtrees, cert.index)


def _subtrees(r):
    """Both lists as one: `(excluded, tag, base)`."""
    found = []
    outer = r.open(0x30)
    for tag in (0xA0, 0xA1):
        if r.tag() == tag:
            inner = r.open(tag)
            if r.tag() < 0:
                raise Fault(_CONSTRAINTS_MALFORMED)
            while r.tag() >= 0:
                subtree = r.open(0x30)
                kind = r.tag()
                base = _general_name(r)
                r.close(subtree)  # minimum is always 0 and maximum absent
                _check_base(kind & 15, base)
                found.append((tag == 0xA1, kind & 15, base))
            r.close(inner)
    r.close(outer)
    if not found:
        raise Fault(_CONSTRAINTS_MALFORMED)
    return found


def _general_name(r):
    """Contents of the next general name; of a directoryName the contents of its Name."""
    tag = r.tag()
    if tag < 0 or tag not in _FORMS:
        raise Fault(_CONSTRAINTS_MALFORMED)
    if tag != 0xA4:
        value = r.read(tag)
        return value.lower() if tag == 0x82 else value
    outer = r.open(tag)
    value = r.read(0x30)
    r.close(outer)
    return value


def _check_base(tag, base):
    """A base must be one that can be compared."""
    good = True
    if tag == _DNS:
        good = not base or is_dns_name(base[1:] if base[:1] == b"." else base, True)
    elif tag == _IP:
        half = len(base) // 2
        inverted = int.from_bytes(base[half:], "big") ^ ((1 << 8 * half) - 1)
        good = len(base) in (8, 32) and inverted & (inverted + 1) == 0
    elif tag == _RFC822:
        host = base[base.rfind(b"@") + 1 :]
        good = not base or (base[:1] != b"@" and is_dns_name((host[1:] if base[:1] == b"." else host).lower(), True))
    elif tag == _DIRECTORY:
        r = Reader(base)
        while r.tag() >= 0:
            read_rdn(r, None)
    if not good:
        raise Fault(_CONSTRAINTS_MALFORMED)


def _names(cert, subtrees):
    """The names of `cert` that the subtrees may be about: `(tag, value)`."""
    tags = 0
    for _, tag, _ in subtrees:
        tags |= 1 << tag
    if cert.cut & tags or (tags & 1 << _RFC822 and not cert.flags & _SAN and cert.cut & 1 << _DIRECTORY):
        raise Fault(_NAMES_NOT_KEPT, cert.index)
    names = []
    if cert.subject_der:
        names.append((_DIRECTORY, cert.subject_der))
        if tags & 1 << _RFC822 and not cert.flags & _SAN:
            _email_addresses(Reader(cert.subject_der), names)
    if cert.general_names:
        r = Reader(cert.general_names)
        while r.tag() >= 0:
            tag = r.tag() & 15
            value = _general_name(r)
            if tags & 1 << tag:
                names.append((tag, value))
    return names


def _email_addresses(r, names):
    while r.tag() >= 0:
        for oid, _, value in _attributes(r):
            if oid == _EMAIL_ADDRESS:
                names.append((_RFC822, value))


def _attributes(r):
    """Of the next RelativeDistinguishedName: `(type, tag of the value, value)`."""
    found = []
    outer = r.open(0x31)
    while r.tag() >= 0:
        inner = r.open(0x30)
        oid = r.oid()
        tag = r.tag()
        found.append((oid, tag, r.read(tag)))
        r.close(inner)
    r.close(outer)
    return found


def _judge_name(tag, name, subtrees, index):
    constrained = permitted = False
    for excluded, kind, base in subtrees:
        if kind != tag:
            continue
        if tag not in (_RFC822, _DNS, _DIRECTORY, _IP):
            raise Fault(_CONSTRAINTS_UNSUPPORTED, index)
        if excluded:
            if _within(tag, name, base, True):
                raise Fault(_NAME_EXCLUDED, index)
        else:
            constrained = True
            permitted = permitted or _within(tag, name, base, False)
    if constrained and not permitted:
        raise Fault(_NAME_NOT_PERMITTED, index)


def _within(tag, name, base, excluded):
    """Whether `name` is in the subtree of `base`. Malformed names are in every excluded subtree and in no permitted one."""
    if tag == _DIRECTORY:
        return _may_begin(Reader(name), Reader(base)) if excluded else name[: len(base)] == base
    if tag == _IP:
        return _ip_within(name, base)
    if tag == _DNS:
        wild = name[:2] == b"*."
        if not is_dns_name(name[2:] if wild else name, True):
            return excluded
        if wild and excluded and base[base.find(b".") :] == name[1:]:
            return True  # the wildcard stands for the base, too
        return not base or name == base or name.endswith(base if base[:1] == b"." else b"." + base)
    at = name.rfind(b"@")
    host = name[at + 1 :].lower()
    if at < 1 or not is_dns_name(host, True):
        return excluded
    if b"@" in base:
        return name[:at] + b"@" + host == base[: base.rfind(b"@") + 1] + base[base.rfind(b"@") + 1 :].lower()
    base = base.lower()
    return not base or (host.endswith(base) if base[:1] == b"." else host == base)


def _ip_within(address, base):
    half = len(base) // 2
    if len(address) != half:
        return False
    return not any((address[i] ^ base[i]) & base[half + i] for i in range(half))


def _may_begin(name, base):
    """Whether a Name may begin with the RDNs of `base`."""
    while base.tag() >= 0:
        if name.tag() < 0:
            return False
        wanted, attributes = _attributes(base), _attributes(name)
        if len(wanted) != len(attributes):
            return False
        for one in wanted:
            if not any(_may_equal(one, other) for other in attributes):
                return False
    return True


def _may_equal(one, other):
    """Whether two attributes may be equal: they are, or can not be compared."""
    if one[0] != other[0]:
        return False
    a, b = _compared(one), _compared(other)
    return a is None or b is None or a == b


def _compared(attribute):
    """A value for comparison, without case and needless spaces; None for one that is not ASCII."""
    _, tag, value = attribute
    if tag not in _ASCII_TYPES or (value and max(value) > 127):
        return None
    return b" ".join(value.lower().split())
