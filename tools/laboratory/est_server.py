"""An EST server (RFC 7030): cacerts and simpleenroll, with HTTP authentication (basic, digest) or a client's certificate.

    with EstServer(credential, authority.Authority(certificate, key), user=("line1", "secret")) as server:
        ...                                # server.url, server.requests

There is none in the registries that can be installed here. `answers` puts something else in the place of what an operation answers:
(status, headers, body).
"""

import base64
import hashlib
import re
import ssl
import tempfile
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from tools.laboratory.pki import Credential
from tools.latchkey_tools.authority import Authority

Answer = tuple[int, dict[str, str], bytes]
_REALM, _NONCE = "plant", "6f1c2d"
_YEARS = 10


def certificates(*found: x509.Certificate) -> bytes:
    """As sections 4.1.3 and 4.2.3 have them."""
    return base64.encodebytes(pkcs7.serialize_certificates(list(found), Encoding.DER))


class _Quiet(ThreadingHTTPServer):
    """A client that leaves is no news."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class EstServer:
    """`credential`: its own for TLS; `clients`: whose certificates a client must have; `user`: name and password, by `scheme`."""

    def __init__(
        self,
        credential: Credential,
        authority: Authority,
        *,
        label: str = "",
        clients: Credential | None = None,
        user: tuple[str, str] | None = None,
        scheme: str = "Basic",
        answers: dict[str, Answer] | None = None,
    ) -> None:
        self.authority, self.user, self.scheme, self.answers = authority, user, scheme, answers or {}
        self.base = "/.well-known/est" + (f"/{label}" if label else "")
        self.requests: list[bytes] = []
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        files = credential.write(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.chain, files.key)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=clients.pem.decode())
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._reply(b"")

            def do_POST(self) -> None:
                self._reply(self.rfile.read(int(self.headers["Content-Length"])))

            def _reply(self, body: bytes) -> None:
                told = (self.headers.get("Authorization", ""), self.headers.get("Content-Type", ""))
                status, headers, text = served.answer(self.command, self.path, told, body)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(text))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_address[1]}" + (self.base if label else "")

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._stack.close()

    def answer(self, method: str, path: str, told: tuple[str, str], body: bytes) -> Answer:
        operation = path.removeprefix(self.base + "/")
        given, kind = told
        if operation in self.answers:
            return self.answers[operation]
        mime = {"Content-Type": "application/pkcs7-mime", "Content-Transfer-Encoding": "base64"}
        if (method, operation) == ("GET", "cacerts"):  # for anyone (section 4.1.1)
            return 200, mime, certificates(self.authority.certificate)
        if (method, operation) != ("POST", "simpleenroll"):
            return 404, {}, b"no such operation"
        if self.user and not self._knows(given):
            return 401, {"WWW-Authenticate": f'{self.scheme} realm="{_REALM}", qop="auth", nonce="{_NONCE}"'}, b""
        request = x509.load_der_x509_csr(base64.b64decode(body))
        if kind != "application/pkcs10" or not request.is_signature_valid:
            return 400, {}, b"a PKCS#10 request is wanted"
        self.requests.append(request.public_bytes(Encoding.DER))
        return 200, {**mime, "Content-Type": "application/pkcs7-mime; smime-type=certs-only"}, self.issued(request)

    def issued(self, request: x509.CertificateSigningRequest) -> bytes:
        return certificates(self.authority.issued(request, _YEARS)[0])

    def _knows(self, given: str) -> bool:
        assert self.user
        name, password = self.user
        if self.scheme == "Basic":
            return given == "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
        said = dict(re.findall(r'(\w+)="?([^",]*)"?', given.removeprefix("Digest ")))  # RFC 7616 section 3.4.1
        if not {"uri", "nc", "cnonce", "response", "username"} <= set(said) or said["username"] != name:
            return False
        first, second = (_md5(text) for text in (f"{name}:{_REALM}:{password}", f"POST:{said['uri']}"))
        return said["response"] == _md5(f"{first}:{_NONCE}:{said['nc']}:{said['cnonce']}:auth:{second}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
