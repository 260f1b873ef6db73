"""Enrollment over Secure Transport (RFC 7030), the client's part that a chip's key needs: the CA's certificates (section 4.1), and a
certificate for a request (4.2).

The server is verified always: by the certificates that --est-ca names, else by the system's roots. Who we are we say by HTTP (basic or
digest, section 3.2.3), by a client's certificate (3.3.2), or by both. Redirects are not followed: 3.2.1 wants a person asked.
"""

import base64
import binascii
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from .output import Wrong, secret

PASSWORD = "LATCHKEY_EST_PASSWORD"
_TIMEOUT = 60  # seconds
_MOST = 1 << 18  # bytes of an answer
_PATH = "/.well-known/est"


class Pending(Exception):
    """The server takes its time (202): a person there has to agree. The message says how long to wait."""


@dataclass
class Enrollment:
    """A server's. `url`: https://HOST[:PORT][/.well-known/est/LABEL]; `identity`: files of a certificate and its key."""

    url: str
    roots: Path | None = None
    identity: tuple[Path, Path] | None = None
    user: str = ""

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.url)
        if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise Wrong(f"{self.url}: an EST server is https://HOST[:PORT], with /.well-known/est/LABEL behind it where it has labels")
        path = parts.path.rstrip("/")
        if path and not path.startswith(_PATH):
            raise Wrong(f"{self.url}: the path of an EST server begins with {_PATH} (RFC 7030 section 3.2.2)")
        self._base = f"https://{parts.netloc}{path or _PATH}"

    def issue(self, request: x509.CertificateSigningRequest) -> list[x509.Certificate]:
        """The certificate for a request, its issuer's behind it."""
        body = base64.encodebytes(request.public_bytes(Encoding.DER))
        issued = self._certificates("simpleenroll", body)
        own = [one for one in issued if one.public_key() == request.public_key()]
        if len(own) != 1:
            raise Wrong(f"{self._base}: its answer has {len(own)} certificates for the chip's key, not one")
        for issuer in [*issued, *self._certificates("cacerts")]:
            if issuer.subject == own[0].issuer and _is_issued_by(own[0], issuer):
                return [own[0], issuer]
        raise Wrong(f"{self._base}: what it issued bears the signature of none of its own CA certificates (cacerts)")

    def _certificates(self, operation: str, body: bytes | None = None) -> list[x509.Certificate]:
        """What an operation answers: PKCS#7 with certificates alone, in base64 (sections 4.1.3, 4.2.3)."""
        answer = self._ask(operation, body)
        try:
            return pkcs7.load_der_pkcs7_certificates(base64.b64decode(b"".join(answer.split()), validate=True))
        except (ValueError, binascii.Error):
            raise Wrong(f"{self._base}/{operation}: its answer is no certificate in PKCS#7 (RFC 7030 section 4.2.3)") from None

    def _ask(self, operation: str, body: bytes | None) -> bytes:
        headers = {"Content-Type": "application/pkcs10", "Content-Transfer-Encoding": "base64"} if body else {}
        asked = urllib.request.Request(f"{self._base}/{operation}", data=body, headers=headers)
        try:
            with self._opener().open(asked, timeout=_TIMEOUT) as answer:
                if answer.status == 202:
                    raise Pending(_waiting(answer.headers.get("Retry-After", "")))
                return bytes(answer.read(_MOST))
        except urllib.error.HTTPError as error:
            with error:
                raise Wrong(f"{self._base}/{operation}: {self._refusal(error)}") from None
        except urllib.error.URLError as error:
            raise Wrong(f"{self._base}: {_unreached(error.reason)}") from None
        except (HTTPException, OSError) as error:
            raise Wrong(f"{self._base}: {_unreached(error)}") from None

    def _opener(self) -> urllib.request.OpenerDirector:
        try:
            context = ssl.create_default_context(cafile=self.roots)
        except ssl.SSLError:
            raise Wrong(f"{self.roots}: no certificate in PEM") from None
        if self.identity:
            try:
                context.load_cert_chain(*self.identity, password=lambda: secret(PASSWORD, "password of the EST client's key"))
            except ssl.SSLError:
                raise Wrong(f"{self.identity[1]} is not the key of {self.identity[0]}, or wants another password") from None
        handlers: list[Any] = [urllib.request.HTTPSHandler(context=context), _NoRedirect()]
        if self.user:
            known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            known.add_password(None, self._base, self.user, secret(PASSWORD, f"password of {self.user} at the EST server"))
            handlers += [urllib.request.HTTPDigestAuthHandler(known), urllib.request.HTTPBasicAuthHandler(known)]
        return urllib.request.build_opener(*handlers)

    def _refusal(self, error: urllib.error.HTTPError) -> str:
        if error.code == 401:
            return "it does not know us: --est-user with the password in LATCHKEY_EST_PASSWORD, or --est-certificate and --est-key"
        if error.code in (301, 302, 303, 307, 308):
            return f"it sends us to {error.headers.get('Location', 'elsewhere')}: name that if it is meant"
        if error.code == 404:
            return "it has no EST there: is there a label behind /.well-known/est?"
        said = error.read(200).decode(errors="replace").split("\n")[0].strip()
        return f"it refuses: {error.code} {error.reason}" + (f": {said}" if said and said.isprintable() else "")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: HTTPMessage, newurl: str) -> None:
        return None


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _waiting(after: str) -> str:
    return f"in {after} s" if after.isdigit() else f"after {after}" if after else "later"


def _unreached(reason: object) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its own certificate is not to be trusted ({reason.verify_message}): --est-ca FILE names its root"
    if isinstance(reason, ssl.SSLError):
        return f"no TLS with it: {reason.reason or reason}"
    return str(reason)
