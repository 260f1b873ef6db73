"""The certificate extensions that are known here (RFC 5280 section 4.2.1, RFC 7633), all but those with names (certificate.py).

A critical extension that is not known is refused (RFC 5280 section 4.2). So are, when critical, certificate policies, policy
mappings, policy constraints and inhibitAnyPolicy: policies are not processed, and no path that needs them is accepted.
"""

from latchkey.errors import Fault

_TOO_LONG = const(514)
_EMPTY = const(531)
_PATH_LENGTH_WITHOUT_CA = const(533)
_KEY_USAGE_EMPTY = const(534)
_KEY_IDENTIFIER_CRITICAL = const(535)

_BASIC = const(0x04)  # Certificate.flags
_BASIC_CRITICAL = const(0x08)
_CA = const(0x10)
_MUST_STAPLE = const(0x200)
_EKU = const(0x400)
_SERVER_AUTH = const(0x800)
_ANY_USAGE = const(0x1000)
_OCSP_SIGNING = const(0x2000)
_AKI = const(0x4000)
_AKI_ISSUER = const(0x8000)

_SUBJECT_KEY_IDENTIFIER = const(14)  # under id-ce, 2.5.29
_KEY_USAGE = const(15)
_BASIC_CONSTRAINTS = const(19)
_AUTHORITY_KEY_IDENTIFIER = const(35)
_EXTENDED_KEY_USAGE = const(37)
_TLS_FEATURE = const(256)

_MOST_IDENTIFIER = const(64)  # octets


def number_of(oid):
    """Which extension; 0 for one that is not known here."""
    if len(oid) == 3 and oid[:2] == b"\x55\x1d" and oid[2] in b"\x0e\x0f\x11\x13\x1e\x23\x25":
        return oid[2]
    return _TLS_FEATURE if oid == b"\x2b\x06\x01\x05\x05\x07\x01\x18" else 0


def read(cert, number, critical, r):
    """Read the value of a known extension into `cert`."""
    if number == _BASIC_CONSTRAINTS:
        _basic_constraints(cert, critical, r)
    elif number == _KEY_USAGE:
        cert.key_usage = r.named_bits()
        if not cert.key_usage:
            raise Fault(_KEY_USAGE_EMPTY)
    elif number == _EXTENDED_KEY_USAGE:
        _extended_key_usage(cert, r)
    elif number == _TLS_FEATURE:
        _tls_feature(cert, r)
    elif critical:
        raise Fault(_KEY_IDENTIFIER_CRITICAL)
    elif number == _SUBJECT_KEY_IDENTIFIER:
        cert.key_identifier = _identifier(r, 0x04)
    else:
        _authority_key_identifier(cert, r)


def _basic_constraints(cert, critical, r):
    outer = r.open(0x30)
    cert.flags |= _BASIC | (_BASIC_CRITICAL if critical else 0) | (_CA if r.optional_true() else 0)
    if r.tag() >= 0:
        cert.path_length = r.number()
        if not cert.flags & _CA:
            raise Fault(_PATH_LENGTH_WITHOUT_CA)
    r.close(outer)


def _extended_key_usage(cert, r):
    outer = r.open(0x30)
    flags = 0
    while r.tag() >= 0:
        oid = r.oid()
        flags |= _EKU
        if oid == b"\x55\x1d\x25\x00":
            flags |= _ANY_USAGE
        elif oid[:-1] == b"\x2b\x06\x01\x05\x05\x07\x03":  # id-kp
            flags |= {1: _SERVER_AUTH, 9: _OCSP_SIGNING}.get(oid[-1], 0)
    if not flags:
        raise Fault(_EMPTY)
    cert.flags |= flags
    r.close(outer)


def _tls_feature(cert, r):
    outer = r.open(0x30)
    if r.tag() < 0:
        raise Fault(_EMPTY)
    while r.tag() >= 0:
        if r.number() == 5:  # status_request
            cert.flags |= _MUST_STAPLE
    r.close(outer)


def _identifier(r, tag):
    value = r.read(tag)
    if len(value) > _MOST_IDENTIFIER:
        raise Fault(_TOO_LONG)
    return value


def _authority_key_identifier(cert, r):
    outer = r.open(0x30)
    cert.flags |= _AKI
    if r.tag() == 0x80:
        cert.authority_key_identifier = _identifier(r, 0x80)
    for tag in (0xA1, 0x82):
        if r.tag() == tag:
            r.skip()
            cert.flags |= _AKI_ISSUER
    r.close(outer)
