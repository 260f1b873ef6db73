"""Certificate: names, dates, paths, usages, and the form of the message. What else a certificate can have wrong is tested with x509."""

from cryptography import x509

from host_tests.peers import codec
from host_tests.peers.scripted import Message, Record, Script
from tools.laboratory import pki

from .case import CA, EC, ROOT, RSA, Case, always, appended, flip

_OID = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")
_RIGHT = {"dns": ["localhost"]}


def leaf(label: str, issuer: pki.Credential = CA, **options) -> Script:
    return Script(issuer.leaf(label, **{**_RIGHT, **options}))


def _certificate(name: str, script: Script, cause: str | None = None, alert: int | None = None, **rest) -> Case:
    return Case(name, script, cause, alert, "certificate" if cause else None, **rest)


def sends(edit) -> Script:
    return Script(EC, mutate={"certificate": edit})


def _staples(name: str, *statuses: bytes, cause: str, alert: int, stage: str = "certificate_status", **rest) -> Case:
    """Agrees to status_request and sends these as CertificateStatus."""
    items = [Message("certificate_status", status) for status in statuses]
    script = Script(EC, extensions=lambda usual: [*usual, (codec.STATUS_REQUEST, b"")], after={"certificate": items})
    return Case(name, script, cause, alert, stage, options={"settings": {"ocsp": True}}, openssl=False, **rest)


def _out_of_order(name: str, script: Script) -> Case:
    """Another message than may follow Certificate: refused as that, whatever there is to say of the path and of a staple left out."""
    options = {"settings": {"ocsp": True}}
    return Case(name, script, "UNEXPECTED_MESSAGE", 10, "server_key_exchange", options=options)


def _bulky(size: int) -> Script:
    return leaf("server", extra=[(x509.UnrecognizedExtension(_OID, bytes(size)), False)])


_BULKY = _bulky(20_000)
_OTHER = pki.root("other-root")
_EXTRA = _OTHER.authority("other-intermediate")

CASES = (
    # Names
    _certificate("has a certificate for another name", leaf("server", dns=["elsewhere.example"]), "HOST_MISMATCH", 42),
    _certificate(
        "has a certificate whose common name alone fits", leaf("server", dns=(), common_name="localhost"), "NO_NAMES", 42, openssl=False
    ),
    _certificate("has a certificate for its address alone", leaf("server", dns=(), ip=["127.0.0.1"]), "HOST_MISMATCH", 42),
    _certificate("is asked for by its address and has it", leaf("server", ip=["127.0.0.1"]), options={"name": "127.0.0.1"}, openssl=False),
    _certificate(
        "is asked for by its address and has another",
        leaf("server", ip=["127.0.0.2"]),
        "HOST_MISMATCH",
        42,
        options={"name": "127.0.0.1"},
        openssl=False,
    ),
    _certificate("has a wildcard for the name", leaf("server", dns=["*.iot.example"]), options={"name": "a.iot.example"}, openssl=False),
    _certificate(
        "has a wildcard for one label where there are two",
        leaf("server", dns=["*.iot.example"]),
        "HOST_MISMATCH",
        42,
        options={"name": "a.b.iot.example"},
    ),
    _certificate("has the name among others", leaf("server", dns=["a.example", "b.example", "localhost"])),
    # Dates
    _certificate("has a certificate that expired", leaf("server", valid=pki.EXPIRED), "EXPIRED", 45),
    _certificate("has a certificate that is not yet valid", leaf("server", valid=pki.NOT_YET_VALID), "NOT_YET_VALID", 45),
    _certificate("has an intermediate that expired", leaf("server", ROOT.authority("intermediate", valid=pki.EXPIRED)), "EXPIRED", 45),
    # Trust
    _certificate("has a certificate of another root", leaf("server", _EXTRA), "UNKNOWN_ISSUER", 48),
    _certificate(
        "sends its own root, which nobody trusts",
        Script(_EXTRA.leaf("server", **_RIGHT), chain=[c.der for c in _EXTRA.leaf("server", **_RIGHT).path]),
        "SELF_SIGNED",
        48,
    ),
    _certificate("has signed its certificate itself", Script(pki.self_signed("alone", **_RIGHT)), "SELF_SIGNED", 48),
    _certificate("leaves its intermediate out", Script(EC, chain=EC.chain[:1]), "UNKNOWN_ISSUER", 48),
    _certificate("has a leaf with a wrong signature", Script(EC, chain=[flip(-1)(EC.der), CA.der]), "SIGNATURE", 42),
    _certificate("has an intermediate with a wrong signature", Script(EC, chain=[EC.der, flip(-1)(CA.der)]), "SIGNATURE", 42),
    _certificate(
        "has a leaf of a root with our root's name",
        leaf("server", pki.root("other-root", common_name="root")),
        "SIGNATURE",
        42,
        openssl=False,
    ),
    _certificate("sends the chain with other certificates in between", Script(EC, chain=[EC.der, _EXTRA.der, _OTHER.der, CA.der])),
    _certificate("sends the chain in the wrong order", Script(EC, chain=[EC.der, ROOT.der, CA.der])),
    _certificate("sends its intermediate twice", Script(EC, chain=[EC.der, CA.der, CA.der])),
    _certificate("sends thirteen certificates", Script(EC, chain=[EC.der, *[CA.der] * 12]), "TOO_MANY_CERTIFICATES", 42, openssl=False),
    # Sizes: certificates pass by in a stream, whatever the buffer
    _certificate("has a certificate of 20,000 bytes", _BULKY),
    _certificate("has a certificate of 20,000 bytes for a buffer of 512", _BULKY, options={"buffers": (512, 1024)}),
    _certificate("sends its flight in one record to a buffer of 512", Script(RSA, coalesce=True), options={"buffers": (512, 1024)}),
    _certificate("has a certificate of more than 65,536 bytes", _bulky(65_536), "CERTIFICATE_TOO_LONG", 42, openssl=False),
    # CertificateStatus (RFC 6066 section 8); what the response says is tested with x509
    _staples("agrees to staple and staples nothing", cause="OCSP_MISSING", alert=113, stage="certificate"),
    _staples("staples a response of an unknown type", b"\2\0\0\1\0", cause="DECODE_ERROR", alert=50),
    _staples("staples a response that is longer than its message", b"\1\0\0\2\0", cause="DECODE_ERROR", alert=50),
    _staples("staples a response that is shorter than its message", b"\1\0\0\1\0\0", cause="DECODE_ERROR", alert=50),
    _staples("staples an empty response", b"\1\0\0\0", cause="DECODE_ERROR", alert=50),
    _staples("staples half a header", b"\1\0", cause="DECODE_ERROR", alert=50),
    _staples("staples noise", b"\1\0\0\5noise", cause="OCSP_MALFORMED", alert=113),
    Case("staples nothing", Script(EC), "OCSP_MISSING", 113, "certificate", options={"settings": {"ocsp": True}}, openssl=False),
    _out_of_order(
        "was asked for a staple and sends ServerHelloDone after Certificate",
        Script(EC, first_flight=("server_hello", "certificate", "server_hello_done")),
    ),
    _out_of_order(
        "was asked for a staple and sends CertificateRequest after Certificate",
        Script(EC, client_ca=ROOT, first_flight=("server_hello", "certificate", "certificate_request", "server_key_exchange")),
    ),
    _out_of_order(
        "was asked for a staple and sends Certificate twice", Script(EC, first_flight=("server_hello", "certificate", "certificate"))
    ),
    _out_of_order("staples without having agreed to", Script(EC, after={"certificate": [Message("certificate_status", b"\1\0\0\1\0")]})),
    _out_of_order("was asked for a staple and sends an early ChangeCipherSpec", Script(EC, after={"certificate": [Record(20, b"\1")]})),
    _out_of_order(
        "has an expired certificate and leaves ServerKeyExchange out",
        Script(CA.leaf("expired-server", **_RIGHT, valid=pki.EXPIRED), first_flight=("server_hello", "certificate", "server_hello_done")),
    ),
    # Usages
    _certificate("has a certificate for clients", leaf("server", usage="client"), "LEAF_EXTENDED_KEY_USAGE", 42),
    _certificate("has a key that may only decipher", leaf("server", key_usage=["key_encipherment"]), "KEY_MAY_NOT_SIGN", 43),
    _certificate("has a key that may only agree on keys", leaf("server", key_usage=["key_agreement"]), "KEY_MAY_NOT_SIGN", 43),
    _certificate("has a leaf of a leaf", leaf("server", CA.leaf("middle", **_RIGHT)), "NOT_A_CA", 42),
    _certificate("has an intermediate below one that allows none", leaf("server", CA.authority("too-deep")), "PATH_LENGTH", 42),
    _certificate(
        "has an intermediate that may not sign certificates",
        leaf("server", ROOT.authority("intermediate", key_usage=["digital_signature"])),
        "CA_KEY_USAGE",
        42,
    ),
    _certificate(
        "has a critical extension that nobody knows",
        leaf("server", extra=[(x509.UnrecognizedExtension(_OID, b"\5\0"), True)]),
        "EXTENSION_CRITICAL",
        43,
    ),
    _certificate("has an extension that nobody knows", leaf("server", extra=[(x509.UnrecognizedExtension(_OID, b"\5\0"), False)])),
    _certificate("has a CA's certificate for itself", Script(ROOT.authority("ca-as-server", **_RIGHT)), "LEAF_IS_CA", 42, openssl=False),
    _certificate("has an RSA key where the suite wants ECDSA", Script(EC, chain=RSA.chain), "KEY_DOES_NOT_FIT_SUITE", 43),
    _certificate("has an ECDSA key where the suite wants RSA", Script(RSA, chain=EC.chain), "KEY_DOES_NOT_FIT_SUITE", 43),
    # The message
    _certificate("sends no certificate", Script(EC, chain=[]), "NO_SERVER_CERTIFICATE", 50),
    _certificate("sends an empty Certificate message", sends(always(b"")), "DECODE_ERROR", 50),
    _certificate("sends an empty certificate", Script(EC, chain=[b""]), "DECODE_ERROR", 50),
    _certificate("sends an empty certificate behind its own", Script(EC, chain=[EC.der, b"", CA.der]), "DECODE_ERROR", 50),
    _certificate("sends a certificate that ends early", Script(EC, chain=[EC.der[:-1], CA.der]), "TRUNCATED", 42),
    _certificate("sends a byte behind a certificate", Script(EC, chain=[EC.der + b"\0", CA.der]), "TRAILING", 42),
    _certificate("sends a byte behind the list of certificates", sends(appended(b"\0")), "DECODE_ERROR", 50),
    _certificate("sends a list that is longer than its message", sends(lambda body: b"\0\xff\xff" + body[3:]), "DECODE_ERROR", 50),
    _certificate(
        "sends a certificate that is longer than its list", sends(lambda body: body[:3] + b"\0\xff\xff" + body[6:]), "DECODE_ERROR", 50
    ),
    _certificate("sends no Certificate", Script(EC, first_flight=("server_hello", "server_key_exchange")), "UNEXPECTED_MESSAGE", 10),
    Case(
        "sends Certificate twice",
        Script(EC, first_flight=("server_hello", "certificate", "certificate")),
        "UNEXPECTED_MESSAGE",
        10,
        "server_key_exchange",
    ),
    Case(
        "sends a CertificateStatus that was not asked for",
        Script(EC, after={"certificate": [Message("certificate_status", b"\1\0\0\1\0")]}),
        "UNEXPECTED_MESSAGE",
        10,
        "server_key_exchange",
    ),
)
