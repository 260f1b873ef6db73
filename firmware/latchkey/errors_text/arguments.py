"""What is said of what a caller gives: a name that a class does not have, values that an SSLContext can do nothing with, paths that are
none.
"""

from micropython import const

_FLAG = const(0)
_CALL = const(1)
_MANY = const(2)
_POSITIVE = const(3)
_WAIT = const(4)
_BITS = const(5)

# What each attribute of an SSLContext may be: numbers to choose from, one of the rules above, or the method that an object must have; and in
# words, which end in None where that may stand, too.
TEXT = {
    "verify_mode": ((2, 1, 0), "CERT_REQUIRED, CERT_OPTIONAL or CERT_NONE"),
    "check_hostname": (_FLAG, "True or False"),
    "timeout": (_WAIT, "a number of seconds, 0 not to block, or None"),
    "handshake_timeout": (_POSITIVE, "a number of seconds above 0, or None"),
    "suppress_ragged_eofs": (_FLAG, "True or False"),
    "progress": (_CALL, "a function of the stage, or None"),
    "trace": (_CALL, "a function like trace.Timeline(), or None"),
    "now": (_CALL, "a function that returns seconds since 1970"),
    "floor": (_POSITIVE, "a number of seconds since 1970, or None"),
    "pins": (_MANY, "a list of SHA-256 digests, 32 bytes each"),
    "random": ("fill", "a source of randomness, or None"),
    "key_agreement": ("agree", "a key agreement, or None"),
    "verifier": ("verify", "a verifier, or None"),
    "identity": ("sign", "what load_cert_chain() makes, or None"),
    "require_extended_master_secret": (_FLAG, "True or False"),
    "require_secure_renegotiation": (_FLAG, "True or False"),
    "identify_to_unverified": (_FLAG, "True or False"),
    "keep_peer_cert": (_FLAG, "True or False"),
    "ocsp": (_FLAG, "True or False"),
    "profile": ((0, 1), "0 (x509.policy.WEB_PKI) or 1 (x509.policy.RFC5280)"),
    "most_rsa_bits": (_BITS, "2048 to 8192"),
    "most_name_octets": (_POSITIVE, "a number of bytes above 0"),
    "judge_anchor_dates": (_FLAG, "True or False"),
    "frugal": (_FLAG, "True or False"),
}

# What is called differently elsewhere, or given in a call here.
_HABITS = {
    "cert_reqs": "verify_mode",
    "cafile": "load_verify_locations()",
    "cadata": "load_verify_locations()",
    "ca_certs": "load_verify_locations()",
    "certfile": "load_cert_chain()",
    "keyfile": "load_cert_chain()",
    "cert": "load_cert_chain()",
    "key": "load_cert_chain()",
    "server_hostname": "wrap_socket()",
}


def no_attribute(kind, name):
    """The sentence for setting `name` on an object of the class `kind`."""
    there = [other for other in dir(kind) if other[0] != "_" and len(other) > 3]  # private names of the bundle are shorter
    if name in there:
        return "{}.{} is a method: call it".format(kind.__name__, name)
    nearest = max([(_likeness(name, other), other) for other in there])[1]
    if callable(getattr(kind, nearest)):
        nearest += "()"
    return "{} has no attribute '{}': the nearest is '{}'".format(kind.__name__, name, _HABITS.get(name, nearest))


def _likeness(a, b):
    """0 to 1: twice the length of the longest common subsequence of two names, out of both lengths."""
    row = [0] * (len(b) + 1)
    for letter in a:
        diagonal = 0
        for i in range(len(b)):
            above = row[i + 1]
            row[i + 1] = diagonal + 1 if letter == b[i] else max(above, row[i])
            diagonal = above
    return 2 * row[-1] / (len(a) + len(b))


def complaint(context, server_hostname):
    """What is wrong with a context's attributes, alone or together, or with a name; "" for nothing."""
    for name in context.__dict__:
        if not hasattr(type(context), name):  # on a firmware that asks no `__setattr__` (MICROPY_PY_DELATTR_SETATTR: the smallest ones)
            return no_attribute(type(context), name)
    for name, (rule, words) in TEXT.items():
        value = getattr(context, name)
        if not (value is None and words.endswith("or None")) and not _fits(rule, value):
            shown = repr(value) if isinstance(value, (bool, int, float, str)) or value is None else type(value).__name__
            return "context.{} is {}, and has to be {}".format(name, shown, words)
    if not (server_hostname is None or isinstance(server_hostname, (str, bytes, bytearray))):
        return "server_hostname is {}, and has to be text".format(type(server_hostname).__name__)
    if context.verify_mode == 0:
        if context.pins:
            return "with CERT_NONE pins are not looked at: leave CERT_REQUIRED, pins alone need no anchors"
        if context.ocsp:
            return "with CERT_NONE an OCSP response is not looked at: leave CERT_REQUIRED, or leave context.ocsp False"
    return ""


def _fits(rule, value):
    if isinstance(rule, str):
        return hasattr(value, rule)
    if rule == _CALL:
        return callable(value)
    kind = type(value)
    if rule == _MANY:
        return kind in (list, tuple, set)
    if rule == _FLAG:
        return kind in (bool, int) and value in (0, 1)
    if rule in (_POSITIVE, _WAIT):
        return kind in (int, float) and (value > 0 or (value == 0 and rule == _WAIT))
    return kind is int and (2048 <= value <= 8192 if rule == _BITS else value in rule)


def protocols(names):
    """Names for ALPN, each with its length in front; a ValueError says what is wrong with them."""
    made = b""
    good = isinstance(names, (list, tuple))
    for name in names if good else ():
        name = name.encode() if isinstance(name, str) else b""
        good = good and 0 < len(name) < 256
        made += bytes((len(name) & 255,)) + name
    if not good or len(made) > 1000:
        raise ValueError("protocols are names in a list, of 1 to 255 bytes each and 1000 together")
    return made


def no_certificates(cafile, cadata):
    """What is wrong with what load_verify_locations() was given; "" for nothing that shows before it is read."""
    if cafile is None and cadata is None:
        return "cafile or cadata"
    if cafile is not None and not _is_path(cafile):
        return "cafile is the path of a file: give certificates themselves as cadata="
    good = cadata is None or ("-----" in cadata if isinstance(cadata, str) else isinstance(cadata, (bytes, bytearray, memoryview)))
    return "" if good else "cadata is certificates, PEM or DER: give the path of a file as cafile="


def no_path(name, value):
    """What is wrong with a `certfile` or `keyfile` that is no bytes; "" for nothing that shows before it is read."""
    good = _is_path(value)
    return "" if good else "{} is the path of a file (str), or PEM or DER in bytes: text.encode() makes them of text".format(name)


def _is_path(value):
    return isinstance(value, str) and "\n" not in value and "-----" not in value


def unreadable(name, path):
    """The sentence beside the errno of a file that can't be opened or read."""
    import os

    return "{} '{}'{} can't be read".format(name, path, "" if path[:1] == "/" else " in " + os.getcwd())
