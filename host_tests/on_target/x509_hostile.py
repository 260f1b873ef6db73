"""Hostile certificates and chains: bounded time and memory, a clear Fault. What is large is made on the target, piece by piece."""

import gc
import sys

from latchkey.crypto.job import run
from latchkey.errors import Fault
from latchkey.x509.chain import Chain
from latchkey.x509.policy import Policy
from latchkey.x509.trust import TrustStore

CERTIFICATE_TOO_LONG = 513
TOO_LONG = 514
TOO_MANY_CERTIFICATES = 515
KEY_RSA_EXPONENT = 525
EXTENSION_CRITICAL = 530
TOO_MANY_EXTENSIONS = 532
DNS_NAME_SYNTAX = 537
HOST_MISMATCH = 539
SIGNATURE = 566
TOO_COMPLEX = 567

_ECDSA = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
_DATES = b"\x30\x1e\x17\x0d260101000000Z\x17\x0d270101000000Z"
_RSA = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
_POINT = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
_BASE = (  # of P-256: a leaf's key is a point of its curve
    b"\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96"
    b"\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5"
)
_KEY = b"\x30\x59" + _POINT + b"\x03\x42\x00\x04" + _BASE
_CA = b"\x30\x0f\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x05\x30\x03\x01\x01\xff"
_NOW = 1780272000


class _Yes:
    """Every signature verifies."""

    calls = 0

    def verify(self, scheme, key, digest, signature):
        yield 0
        self.calls += 1
        return True


class _No(_Yes):
    def verify(self, scheme, key, digest, signature):
        yield 0
        self.calls += 1
        return False


def _head(tag, n):
    """A header for n octets of content, which need not be made yet."""
    if n < 0x80:
        return bytes((tag, n))
    octets = n.to_bytes(3, "big").lstrip(b"\0")
    return bytes((tag, 0x80 | len(octets))) + octets


def _tlv(tag, *contents):
    contents = b"".join(contents)
    return _head(tag, len(contents)) + contents


def _name(text):
    return _tlv(0x30, _tlv(0x31, _tlv(0x30, b"\x06\x03\x55\x04\x03", _tlv(0x0C, text))))


def _spki(number):
    return b"\x30\x59" + _POINT + b"\x03\x42\x00\x04" + number.to_bytes(64, "big")


def _certificate(subject, issuer, extensions, spki=_KEY, serial=1, signature=b""):
    """A whole one, with some signature."""
    fields = (
        b"\xa0\x03\x02\x01\x02",
        bytes((2, 2, 1, serial)),
        _ECDSA,
        _name(issuer),
        _DATES,
        _name(subject),
        spki,
        _tlv(0xA3, _tlv(0x30, extensions)),
    )
    return _tlv(0x30, _tlv(0x30, *fields), _ECDSA, _tlv(3, b"\x00", signature or subject[:1] * 8))


def _extension(oid, value, critical=b""):
    return _tlv(0x30, _tlv(6, oid), critical, _tlv(4, value))


_NAMES = b"\x55\x1d\x11"
_SAN = _extension(b"\x55\x1d\x11", _tlv(0x30, b"\x82\x04host"))


def _chain(**changes):
    policy = Policy()
    policy.host = "host"
    policy.now = _NOW
    policy.profile = 1
    policy.verifier = _Yes()
    policy.trust = TrustStore()
    policy.trust.add_anchor(_name(b"root"), _spki(999))
    for name, value in changes.items():
        setattr(policy, name, value)
    return Chain(policy), policy


def _feed(chain, der):
    chain.begin(len(der))
    chain.feed(der, 0, len(der))
    chain.end()


def _cause(function, *args):
    try:
        function(*args)
    except Fault as fault:
        return fault.cause
    return None


def _stream(chain, before, piece, count, after):
    """Feed a certificate of `before`, `count` times `piece`, `after`, without ever having it whole; returns the peak heap."""
    peak = 0
    try:
        chain.begin(len(before) + len(piece) * count + len(after))
        chain.feed(before, 0, len(before))
        for i in range(count):
            chain.feed(piece, 0, len(piece))
            if i % 64 == 0:
                gc.collect()
                peak = max(peak, gc.mem_alloc())
        chain.feed(after, 0, len(after))
        chain.end()
    except Fault as fault:
        return peak, fault.cause
    return peak, None


def _large(oid, tags, size):
    """What stands before and after `size` octets, which are the contents of these tags, the value of the last extension of a leaf."""
    value, n = b"", size
    for tag in reversed((4,) + tags):
        value = _head(tag, n) + value
        n = len(value) + size
    value = _tlv(6, oid) + value
    value = (b"" if oid == _NAMES else _SAN) + _head(0x30, len(value) + size) + value
    for tag in (0x30, 0xA3):
        value = _head(tag, len(value) + size) + value
    tbs = b"\xa0\x03\x02\x01\x02\x02\x01\x01" + _ECDSA + _name(b"root") + _DATES + _name(b"host") + _KEY + value
    tbs = _head(0x30, len(tbs) + size) + tbs
    after = _ECDSA + b"\x03\x09\x00signatur"
    return _head(0x30, len(tbs) + size + len(after)) + tbs, after


def a_certificate_of_64_kb_is_read_in_a_small_window():
    piece = bytes(1000)
    before, after = _large(b"\x2a\x03\x04", (), 64000)
    chain, _ = _chain()
    _stream(chain, before, piece, 64, after)  # once to load the modules
    chain, _ = _chain()
    gc.collect()
    start = gc.mem_alloc()
    peak, cause = _stream(chain, before, piece, 64, after)
    assert cause is None
    assert run(chain.validate()).kind == "CHAIN"
    assert peak - start < 12000, peak - start


def rejects_a_longer_certificate_before_its_first_octet():
    chain, _ = _chain()
    assert _cause(chain.begin, 65537) == CERTIFICATE_TOO_LONG
    assert _cause(chain.begin, 1 << 24) == CERTIFICATE_TOO_LONG


def reads_2000_names_and_finds_the_one_that_is_last():
    piece = b"".join([b"\x82\x0dn%03d.examples" % i for i in range(50)])
    tail = b"\x82\x04host"
    before, after = _large(_NAMES, (0x30,), len(piece) * 40 + len(tail))
    start = peak = 0
    for _ in range(2):  # what is loaded at the first time is not counted
        chain, _ = _chain()
        gc.collect()
        start = gc.mem_alloc()
        peak, cause = _stream(chain, before, piece, 40, tail + after)
        assert cause is None, cause
        assert run(chain.validate()).name == "host"
    assert peak - start < 12000, peak - start


def rejects_2000_names_without_the_host():
    piece = b"".join([b"\x82\x0dn%03d.examples" % i for i in range(50)])
    before, after = _large(_NAMES, (0x30,), len(piece) * 40)
    chain, _ = _chain()
    _, cause = _stream(chain, before, piece, 40, after)
    assert cause is None
    assert _cause(run, chain.validate()) == HOST_MISMATCH


def rejects_a_name_longer_than_a_name_may_be():
    chain, _ = _chain()
    before, after = _large(_NAMES, (0x30,), 5004)
    assert _stream(chain, before, b"\x82\x82\x13\x88" + b"a" * 5000, 1, after)[1] == DNS_NAME_SYNTAX


def passes_over_a_directory_name_longer_than_the_window():
    chain, _ = _chain()
    piece = b"\xa4\x82\x13\x88" + b"a" * 5000
    start, after = _large(_NAMES, (0x30,), len(piece) + 6)
    assert _stream(chain, start, piece + b"\x82\x04host", 1, after)[1] is None
    assert chain.leaf.cut


def deep_nesting_costs_nothing():
    nested = b""
    for _ in range(300):
        nested = _tlv(0x30, nested)
    der = _certificate(b"host", b"root", _SAN + _extension(b"\x2a\x03", nested))
    chain, _ = _chain()
    _feed(chain, der)
    assert run(chain.validate()).kind == "CHAIN"
    chain, _ = _chain()
    assert (
        _cause(_feed, chain, _certificate(b"host", b"root", _SAN + _extension(b"\x2a\x03", nested, b"\x01\x01\xff"))) == EXTENSION_CRITICAL
    )


def deep_nesting_where_a_name_should_be_is_refused():
    nested = b""
    for _ in range(200):
        nested = _tlv(0x30, nested)
    chain, _ = _chain()
    assert _cause(_feed, chain, _certificate(b"host", b"root", _extension(b"\x55\x1d\x11", nested))) is not None


def rejects_hundreds_of_extensions():
    many = b"".join([_extension(b"\x2a" + bytes((i,)), b"") for i in range(100)])
    chain, _ = _chain()
    assert _cause(_feed, chain, _certificate(b"host", b"root", many)) == TOO_MANY_EXTENSIONS


def rejects_exponents_of_1_and_of_2048_bits_without_arithmetic():
    modulus = b"\x02\x82\x01\x01\x00" + b"\xc3" * 256
    for exponent in (b"\x02\x01\x01", b"\x02\x82\x01\x00\x7f" + b"\xff" * 255):
        key = _tlv(0x30, modulus, exponent)
        spki = _tlv(0x30, _RSA, _tlv(3, b"\x00", key))
        chain, _ = _chain()
        assert _cause(_feed, chain, _certificate(b"host", b"root", _SAN, spki)) == KEY_RSA_EXPONENT


def rejects_an_integer_of_60_kb():
    chain, _ = _chain()
    before = _head(0x30, 60013) + _head(0x30, 60009) + b"\xa0\x03\x02\x01\x02" + _head(0x02, 60000)
    _, cause = _stream(chain, before, bytes(1000), 60, b"")
    assert cause == TOO_LONG


def rejects_a_flood_of_certificates():
    chain, policy = _chain()
    der = _certificate(b"host", b"root", _SAN)
    for _ in range(policy.most_certificates):
        _feed(chain, der)
    assert _cause(chain.begin, len(der)) == TOO_MANY_CERTIFICATES


def _kept_of_each(bits):
    """Heap that each of a server's certificates holds, all as large as they may be with RSA keys of so many bits at most."""
    size = bits // 8
    long = _extension(b"\x55\x1d\x1e", _tlv(0x30, _tlv(0xA0, _tlv(0x30, _tlv(0x86, b"u" * size)))))
    long += _extension(b"\x55\x1d\x0e", _tlv(4, bytes(64))) + _extension(b"\x55\x1d\x23", _tlv(0x30, _tlv(0x80, bytes(64))))
    chain, policy = _chain(most_rsa_bits=bits)
    _feed(chain, _certificate(b"host", b"ca", _SAN))
    start = 0
    for i in range(policy.most_certificates - 1):
        key = _tlv(0x30, _tlv(2, b"\x00", b"\xc3" * (size - 1), bytes((2 * i + 1,))), b"\x02\x01\x03")
        ca = _certificate(b"c" * 64, b"d" * 64, _CA + long, _tlv(0x30, _RSA, _tlv(3, b"\x00", key)), i + 1, bytes(size + 80))
        _feed(chain, ca)
        key = ca = None
        gc.collect()
        start = start or gc.mem_alloc()  # with the modules
    assert len(chain._others) == policy.most_certificates - 1
    return (gc.mem_alloc() - start) // (policy.most_certificates - 2)


def certificates_as_large_as_they_may_be_are_kept_in_4_kb_each():
    each = _kept_of_each(8192)
    assert each < (4300 if sys.maxsize >> 31 == 0 else 5000), each


def certificates_are_kept_in_3_kb_each_where_rsa_keys_have_4096_bits():
    each = _kept_of_each(4096)
    assert each < (2800 if sys.maxsize >> 31 == 0 else 3500), each


def _explosion(verifier):
    """A leaf and eleven CAs, all of one name, each with a key of its own: everyone might have signed everyone."""
    chain, policy = _chain(verifier=verifier, trust=TrustStore())
    policy.trust.add_anchor(_name(b"another"), _spki(999))
    _feed(chain, _certificate(b"host", b"ca", _SAN))
    for i in range(11):
        _feed(chain, _certificate(b"ca", b"ca", _CA, _spki(i + 1), i + 2))
    slices = 0
    job = chain.validate()
    try:
        for _ in job:
            slices += 1
    except Fault as fault:
        return fault.cause, slices
    return None, slices


def bounds_the_signatures_of_a_chain_built_to_explode():
    verifier = _Yes()
    cause, slices = _explosion(verifier)
    assert cause == TOO_COMPLEX
    assert verifier.calls <= 32 and slices < 600, (verifier.calls, slices)


def bounds_the_signatures_that_do_not_verify():
    verifier = _No()
    cause, _ = _explosion(verifier)
    assert cause == SIGNATURE, cause  # the leaf's, under each of the eleven
    assert verifier.calls == 11


def bounds_the_comparisons_of_names_and_constraints():
    from latchkey.x509 import constraints

    class Cert:
        index = 0
        subject, issuer = b"a", b"b"
        subject_der = b""
        cut = 0
        flags = 0x20
        general_names = b"\x82\x01a" * 300

    subtrees = b"\x30\x03\x82\x01a" * 20
    der = _tlv(0x30, _tlv(0xA0, subtrees))
    assert _cause(run, constraints.judge([Cert()], der)) == TOO_COMPLEX


def tells_a_fault_of_the_verifier_as_it_is():
    """A chip that is gone is no one's bad signature."""

    class Gone:
        def verify(self, scheme, key, digest, signature):
            yield 0
            raise Fault(810, "Verify")

    chain, _ = _chain(verifier=Gone())
    _feed(chain, _certificate(b"host", b"root", _SAN))
    try:
        run(chain.validate())
    except Fault as fault:
        assert (fault.cause, fault.detail) == (810, "Verify")
    else:
        raise AssertionError
