"""What can go wrong, in numbers: causes, the alert each one sends, and the exception a user sees.

Code below `stream.py` raises `Fault(cause, detail)`. A cause is a small int, one range per package; this file alone maps it to the
alert that goes to the peer (RFC 5246 section 7.2.2, RFC 8446 section 6.2 where 5246 names none). The drive loop in `stream.py` makes
the `TLSError` and sends the alert, in one place; outside any connection whoever waits for a job makes it by `error_of`. The sentences
are in `errors_text/`, loaded when an error is made and dropped after it; without the module or the memory for it the error still
carries its number.
"""

import sys

_NO_ALERT = const(255)

# One byte per cause, in the order of the numbers; 255 where nothing is sent (the peer is gone, or the fault is ours alone).
_ALERTS = (
    (300, "connection", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
    (
        330,
        "tls",
        b"\x32\x0a\x16\x16\x0a\x46\x2f\x0a\x0a\x0a\x0a\x0a"
        b"\x0a\x0a\x32\x46\x2f\x2f\x6e\x2f\x28\x28\x28\x2f"
        b"\x2f\x50\x2b\x2b\x2f\x2f\x2f\x2f\x33\x33\x32\x00"
        b"\x2f\x28\x2f\x28\x2b\x2f",
    ),
    (
        500,
        "x509",
        b"\x2a\x2a\x2a\x2a\x2a\x2a\x2a\x2a\x2a\x2a\x2a\x2a"
        b"\x2a\x2a\x2b\x2a\x2a\x2a\x2a\x2a\x2a\x2b\x2b\x2b"
        b"\x2b\x2a\x2a\x2a\x2a\x2a\x2b\x2a\x2a\x2a\x2a\x2a"
        b"\x2a\x2a\x2a\x2a\xff\xff\x2a\x2a\x2a\x2a\x2a\x2a"
        b"\x2a\x2a\x2d\x2d\xff\x2d\x2a\x2a\x2a\x2a\x2a\x2a"
        b"\x2a\x2a\x2a\x2a\x30\x30\x2a\x2a\x2e\xff\x2a\x2a"
        b"\x2b\x2a\x2a\x2b\x71\x71\x71\x71\x71\x71\x2c\x71"
        b"\x71\x71\x71\x71\x71\xff\xff\xff\x30\x2b",
    ),
    (600, "crypto", b"\x2f\x2a\x14\x2f\x50"),
    (700, "entropy", b"\x50\x50\x50\x50\x50\x50\x50\x50\x50"),
    (
        800,
        "secure_element",
        b"\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50\x50",
    ),
)


class Fault(Exception):
    """Something a peer, a chip, a file or a source did. `detail` (int, str or None) completes the sentence."""

    def __init__(self, cause, detail=None):
        super().__init__(cause, detail)
        self.cause = cause
        self.detail = detail

    def __repr__(self):  # what the REPL shows
        return "Fault %d: %s" % (self.cause, self)

    def __str__(self):
        return describe(self.cause, self.detail)[1]


class TLSError(OSError):
    """The one exception of this library beside the transport's own; `args` are (negative cause, sentence).

    `cause` is the positive number (errors_text/ has its name), `alert` the TLS alert that was sent or received or None, `stage`
    the message of the handshake at which it happened ("server_hello", ...) or "data". No cause equals an errno.
    """

    detail = None  # what completes its sentence, where it happened outside any connection

    def __init__(self, cause, sentence, alert=None, stage=None):
        super().__init__(-cause, sentence)
        self.cause = cause
        self.alert = alert
        self.stage = stage

    def __str__(self):
        return self.args[1]


def error_of(fault):
    """A Fault outside any connection, as the exception the caller knows."""
    error = TLSError(fault.cause, str(fault))
    error.detail = fault.detail
    return error


def alert_for(cause):
    """The alert description that `cause` sends, or None."""
    for first, _, alerts in _ALERTS:
        if 0 <= cause - first < len(alerts):
            alert = alerts[cause - first]
            return None if alert == _NO_ALERT else alert
    return None


def describe(cause, detail=None):
    """`(NAME, sentence)` of a cause; ("", "cause N") where the text or the memory for it is missing."""
    package = "connection"
    for first, name, _ in _ALERTS:
        if cause >= first:
            package = name
    try:
        name, sentence = text(package).TEXT[cause]
        return name, sentence.format(detail)
    except (ImportError, MemoryError, KeyError, AttributeError):
        return "", "cause {}".format(cause)


def settle(self, name, value):
    """`__setattr__` of classes whose users may misspell something: what the class does not name is no attribute of its objects. Not of
    the pool and of trust stores, which are told nothing by attributes: naming theirs takes memory that the smallest heap lacks."""
    if callable(getattr(type(self), name, callable)):  # a method, or nothing: a misspelt pin would be taken in silence
        raise AttributeError(text("arguments").no_attribute(type(self), name))
    object.__setattr__(self, name, value)


def text(name):
    """A module of errors_text/, which is not kept."""
    module = once("latchkey.errors_text", name)
    _forget("latchkey", "errors_text")
    return module


def once(package, name):
    """A module of a package for one use: it is not kept, and whoever wants it again loads it again."""
    path = package + "." + name
    sys.modules.pop(path, None)  # left half loaded by an interrupt, or by whatever a scheduled function of the user's came between
    module = __import__(path, None, None, (name,))
    _forget(package, name)
    return module


def _forget(package, name):
    sys.modules.pop(package + "." + name, None)
    try:
        delattr(sys.modules[package], name)
    except (AttributeError, KeyError):
        pass
