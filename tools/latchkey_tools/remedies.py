"""What to try, for `latchkey explain`: by cause where there is more to say than its sentence does, else by its package.

The sentence stands in firmware/latchkey/errors_text/, and says what is wrong; this says what a person may do next.
"""

_TIMELINE = "`context.trace = latchkey.Timeline()` before wrap_socket, then print it: how far the handshake came"
_OPENSSL = "`openssl s_client -connect HOST:PORT -tls1_2 -showcerts` on a computer: what the server does there, and its chain"
_TEXT = "`openssl x509 -in FILE -noout -text` shows the certificate; `openssl asn1parse -in FILE` its encoding"
_WIRES = "try the bus at 100 kHz, shorter wires, pull-ups of 2 to 10 kOhm, a supply of 3.3 V that stands 16 mA"
_CLOCK = "`ntptime.settime()` after the network is up; then `import time; time.gmtime()` on the REPL"

# Package -> what may be tried whatever the cause is.
PACKAGES = {
    "connection": ("wrap a new socket; a context survives its connections' errors",),
    "tls": (_TIMELINE, _OPENSSL),
    "x509": (_OPENSSL, _TEXT),
    "crypto": (_TIMELINE, "`latchkey.doctor.report()` on the REPL: which kernels passed their tests"),
    "entropy": ("`latchkey.entropy.report()` on the REPL: the sources, and what is wrong with each", "`latchkey entropy --port PORT`"),
    "secure_element": ("`chip.report()` on the REPL: locks, keys, and what each slot may do",),
}

_CHAIN = ("the server's operator has to put it right: a certificate issued anew, or the intermediate that is missing", _OPENSSL, _TEXT)
_ROOT = ("load the root that this chain ends in: the issuer of the last certificate that the server sends", _OPENSSL)
_NAME = ("connect by a name that is in the certificate's subjectAltName (`server_hostname=`), or have it issued anew with yours", _OPENSSL)
_STAPLE = ("without `context.ocsp = True` none is asked for; a must-staple certificate needs it, and a server that staples", _OPENSSL)
_VERSION = ("the server needs TLS 1.2: ask its operator to enable it with an ECDHE suite and AES-128-GCM", _OPENSSL)
_LINE = ("a transport that loses or changes bytes (a UART without flow control), or a box between: try another way there", _TIMELINE)
_STRANGE = ("nothing on the board: what the server sent breaks a rule of TLS; update it, or look for a box between", _TIMELINE, _OPENSSL)
_KEY_FILE = ("`openssl pkey -in KEY -pubout` and `openssl x509 -in CERT -pubkey -noout` have to print the same key",)
_BUS = (_WIRES, "`i2c.scan()` lists what answers: 0x60 a 508A or 608, 0x35 Trust&GO, 0x36 TrustFLEX")
_TEMPLATE = ("make the template anew from a certificate of the same issuer: `latchkey template make SAMPLE -o device.lkc`",)

# Name of a cause -> what to try. (TRUNCATED is a connection's and a certificate's.)
CAUSES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("EXPIRED", "NOT_YET_VALID", "NO_CLOCK", "EXPIRED_BEFORE_FLOOR", "OCSP_NO_CLOCK", "OCSP_STALE"), (_CLOCK, _OPENSSL)),
    **dict.fromkeys(("UNKNOWN_ISSUER", "SELF_SIGNED", "SIGNATURE", "ANCHOR_ALONE", "KEY_IDENTIFIER_MISMATCH", "NO_TRUST"), _ROOT),
    **dict.fromkeys(("HOST_MISMATCH", "NO_NAMES", "HOST_MISSING", "HOST_SYNTAX", "NO_SERVER_HOSTNAME"), _NAME),
    **dict.fromkeys(("TRUST_FORMAT", "TRUST_EMPTY", "TRUST_OLD"), ("`latchkey trust make BUNDLE.pem anchors.lk`, and copy it anew",)),
    "NO_ANCHORS": ("copy the server's root certificate to the board, `context.load_verify_locations(cafile=...)`",),
    "NO_ROOT": _ROOT,
    "NOT_PINNED": ("the server has a new key, or is not the server: compare with the pin as firmware/manual/trust.md computes it",),
    **dict.fromkeys(("OCSP_MISSING", "OCSP_REVOKED", "OCSP_UNKNOWN", "OCSP_NOT_SUCCESSFUL", "OCSP_SIGNATURE"), _STAPLE),
    **dict.fromkeys(("VERSION_NOT_SUPPORTED", "ALERT_RECEIVED", "CLOSED_IN_HANDSHAKE"), (_VERSION[0], _TIMELINE, _OPENSSL)),
    "UNKNOWN_RECORD_TYPE": ("the port of TLS: 443 for HTTPS, 8883 for MQTT; a service with STARTTLS does not begin with TLS",),
    "BUFFER_TOO_SMALL": ("`SSLContext(receive_buffer=16384)`, the default, takes every record",),
    "HANDSHAKE_TIMEOUT": ("`context.handshake_timeout = 60`; `latchkey.doctor.report()` says whether slow kernels run", _TIMELINE),
    "TAKEN_OVER": ("close a connection before the next one, or `SSLContext(connections=2)`",),
    "OTHER_THREAD": ("use latchkey in one thread; `latchkey.entropy.default().close()` in the old one hands it over",),
    **dict.fromkeys(("TRUNCATED",), ("the link broke, or the server ends without close_notify: `suppress_ragged_eofs=True` takes that",)),
    **dict.fromkeys(("BAD_TAG", "BAD_FINISHED", "NOT_PROTECTED", "BAD_KEY_EXCHANGE_SIGNATURE"), _LINE),
    **dict.fromkeys(("KEY_NOT_THE_LEAFS", "OWN_SIGNATURE_WRONG", "KEY_NOT_UNDERSTOOD"), _KEY_FILE),
    "SIGNATURE_FAULTY": ("a supply that is steady, a lower clock; if it comes again the board is not to be trusted with a key",),
    "KEY_WORN_OUT": ("connect anew: a long-lived connection does so after 2^24 records",),
    "NO_TRUSTED_SOURCE": (
        "on an ESP32 switch the radio on first: network.WLAN(network.STA_IF).active(True)",
        "where the board has no generator of its own, an ATECC in `latchkey_board.entropy_sources()` (boards/README.md)",
    ),
    **dict.fromkeys(("REPETITION", "PROPORTION", "DEAD_PATTERN"), ("`latchkey entropy --port PORT` shows what the source gives",)),
    **dict.fromkeys(("NO_CHIP", "CHIP_NOT_ANSWERING", "CHIP_COMMUNICATION", "CHIP_WATCHDOG"), _BUS),
    **dict.fromkeys(("BAD_TEMPLATE", "BAD_COMPRESSED_CERTIFICATE"), _TEMPLATE),
    "CHIP_RANDOM_UNLOCKED": ("a new chip has to be configured and locked first: boards/README.md, Provisioning",),
}
CAUSES.update(
    dict.fromkeys(
        ("UNEXPECTED_MESSAGE", "DECODE_ERROR", "RECORD_OVERFLOW", "BAD_RECORD_VERSION", "BAD_ALERT_LEVEL", "BAD_CHANGE_CIPHER_SPEC"),
        _STRANGE,
    )
)

# Where a package's rules stand, for causes whose sentence names no section.
RULES = {
    "connection": ("firmware/manual/limits.md",),
    "tls": ("RFC 5246 section 7.4",),
    "x509": ("RFC 5280 section 6.1",),
    "crypto": ("RFC 8422 section 5",),
    "entropy": ("NIST SP 800-90B section 4", "firmware/manual/trust.md, Randomness"),
    "secure_element": ("boards/README.md, A chip",),
}

# Where an alert is defined, if not in RFC 5246.
ALERT_RULES = {
    52: "RFC 9146 section 9",
    86: "RFC 7507 section 4",
    109: "RFC 8446 section 6.2",
    111: "RFC 6066 section 9",
    112: "RFC 6066 section 9",
    113: "RFC 6066 section 9",
    114: "RFC 6066 section 9",
    115: "RFC 4279 section 6",
    116: "RFC 8446 section 6.2",
    120: "RFC 7301 section 3.2",
}
OTHER_ALERTS = "RFC 5246 section 7.2.2"
REGISTRY = "https://www.iana.org/assignments/tls-parameters"

# Situation of a received alert (errors_text/refusals.py) -> when that is.
SITUATIONS = {
    "hello": "in answer to our ClientHello",
    "nameless": "in answer to a ClientHello without a server name",
    "flight": "amidst the server's own messages",
    "none": "after it asked for a certificate and got none",
    "sent": "after our certificate was sent",
    "unasked": "later in the handshake, no certificate asked for",
    "data": "after the handshake",
}


def of_cause(name: str, package: str) -> tuple[str, ...]:
    """What to try. A certificate that breaks a rule is its issuer's and its server's to put right."""
    if (package == "x509" and name not in CAUSES) or (package, name) == ("x509", "TRUNCATED"):
        return _CHAIN
    return CAUSES.get(name) or PACKAGES[package]
