"""What is said of what a caller gives: a name that a class does not have, values that an SSLContext can do nothing with, paths that are
none. Whoever takes them judges them; this is loaded where something is wrong.
"""

# What each attribute of an SSLContext may be; `wrapping.py` has the rules.
TEXT = {
    "verify_mode": "CERT_REQUIRED, CERT_OPTIONAL or CERT_NONE",
    "check_hostname": "True or False",
    "timeout": "a number of seconds, 0 not to block, or None",
    "handshake_timeout": "a number of seconds above 0, or None",
    "suppress_ragged_eofs": "True or False",
    "progress": "a function of the stage, or None",
    "trace": "a function like trace.Timeline(), or None",
    "now": "a function that returns seconds since 1970",
    "floor": "a number of seconds since 1970, or None",
    "pins": "a list of SHA-256 digests, 32 bytes each",
    "random": "a source of randomness, or None",
    "key_agreement": "a key agreement, or None",
    "verifier": "a verifier, or None",
    "identity": "what load_cert_chain() makes, or None",
    "psk_identity": "text or bytes, at most 1024",
    "psk_key": "16 to 1024 random bytes, or None",
    "require_extended_master_secret": "True or False",
    "require_secure_renegotiation": "True or False",
    "identify_to_unverified": "True or False",
    "keep_peer_cert": "True or False",
    "exporter": "True or False",
    "ocsp": "True or False",
    "profile": "0 (x509.policy.WEB_PKI) or 1 (x509.policy.RFC5280)",
    "most_rsa_bits": "2048 to 8192",
    "most_name_octets": "a number of bytes above 0",
    "judge_anchor_dates": "True or False",
    "sessions": "True, False, a latchkey.stores.SessionStore, or None: unless frugal",
    "frugal": "True or False",
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
    "verify_callback": "pins",
    "ecdsa_sign_callback": "load_cert_chain()",
}


CLIENT_ALONE = "latchkey is a TLS client, and this firmware has no `tls` of its own for servers and for DTLS"

INSTALL = "install() verifies: unverified=[...] lists the names of servers for which a caller's CERT_NONE is honoured"


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


def no_value(name, value):
    """The sentence for an attribute of an SSLContext with a value that it can do nothing with."""
    return "context.{} is {}, and has to be {}".format(name, _shown(value), TEXT[name])


# What the arguments of calls may be, where whoever calls may have them from elsewhere.
_ARGUMENTS = {
    "sock": "a stream with readinto and write",
    "server_hostname": "text",
    "session": "what tls.session gave",
    "suppress_ragged_eofs": "True, False, or None: the context's",
    "do_handshake_on_connect": "True or False",
    "seconds": "a number from 0, or None to wait without end",
    "binary_form": "True: the certificate is had in DER only",
    "cb_type": "'tls-unique' or 'tls-server-end-point'",
    "place": "memory or files: something with read(slot), write(slot, data), size and rest",
    "clockless": "True or False",
    "buf": "a bytearray, or a memoryview of one",
    "path": "text",
    "size": "a number of bytes",
    "rest": "a number of seconds",
}


def no_argument(name, value):
    """The sentence for an argument of a call that can be nothing of what it may be."""
    return "{} is {}, and has to be {}".format(name, _shown(value), _ARGUMENTS[name])


def _shown(value):
    return repr(value) if isinstance(value, (bool, int, float, str)) or value is None else type(value).__name__


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


def ignored(name):
    """The sentence for what CERT_NONE would not look at."""
    if name == "pins":
        return "with CERT_NONE pins are not looked at: leave CERT_REQUIRED, pins alone need no anchors"
    return "with CERT_NONE an OCSP response is not looked at: leave CERT_REQUIRED, or leave context.ocsp False"


TWO_KEYS = "set context.psk_identity and psk_key, or a callback by set_psk_client_callback(), not both"
NO_SUITE = "none of the cipher suites can be offered: PSK needs a pre-shared key; the others, beside one, anchors or pins and CERT_REQUIRED"


def no_key(key):
    """The sentence for what is given as a pre-shared key; nothing of it is shown."""
    if isinstance(key, str):
        what = "text, as a password is"
    elif isinstance(key, (bytes, bytearray, memoryview)):
        what = "{} bytes long".format(len(key))
    else:
        what = "no bytes, but " + type(key).__name__
    return (
        "the pre-shared key is {}, and has to be 16 to 1024 random bytes, as os.urandom(16) makes them once for device and server: one handshake"
        " that was overheard is enough to try passwords until one fits (RFC 4279 section 7.2)".format(what)
    )


def no_certificates(cafile, cadata, is_path):
    """The sentence for what load_verify_locations() was given."""
    if cafile is None and cadata is None:
        return "cafile or cadata"
    if cafile is not None and not is_path(cafile):
        return "cafile is the path of a file, or certificates themselves, PEM or DER"
    return "cadata is certificates, PEM or DER: give the path of a file as cafile="


def no_path(name):
    """The sentence for a `certfile` or `keyfile` that is nothing of what it may be."""
    return "{} is the path of a file, PEM or DER in bytes, or PEM in text".format(name)


# Which certificate of a chain something follows, as a TRUSTED CERTIFICATE of OpenSSL's has it.
TRUSTED = "{} (where it is TRUSTED, openssl x509 -in FILE -out plain.pem makes it plain)"


def unreadable(name, path):
    """The sentence beside the errno of a file that can't be opened or read."""
    import os

    return "{} '{}'{} can't be read".format(name, path, "" if path[:1] == "/" else " in " + os.getcwd())
