"""Servers of this machine's own Python, over OpenSSL, for what libraries speak beside MQTT: HTTPS with an upgrade to WebSocket, and SMTP
that begins in clear."""

import base64
import contextlib
import hashlib
import socket
import ssl
import tempfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

from host_tests.peers.reluctant import listening
from tools.laboratory.pki import Credential


def context_of(credential: Credential, client_ca: Credential | None = None) -> ssl.SSLContext:
    """A server's; with `client_ca` it requires a certificate of a client's below that."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.TemporaryDirectory() as folder:
        files = credential.write(Path(folder))
        context.load_cert_chain(files.chain, files.key)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=client_ca.pem.decode())
    return context


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    files: ClassVar[dict[str, bytes]] = {}
    cuts: ClassVar[dict[str, list[int]]] = {}

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, data: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        if self.headers["Upgrade"] == "websocket":
            self.echo_frames()
        elif self.path == "/moved":
            self.answer(b"", 302, Location=f"https://{self.headers['Host']}:{self.connection.getsockname()[1]}/hello")
        elif self.path == "/silent":
            self.rfile.read()
        elif self.path in self.files and self.headers["Range"]:
            self.answer_from(int(self.headers["Range"].removeprefix("bytes=").partition("-")[0]))
        elif self.path in self.files:
            self.answer(self.files[self.path])
        else:
            self.answer(b"hello")

    def answer_from(self, start: int) -> None:
        """A file from a byte on (RFC 9110 section 14), cut where and as often as `cuts` says."""
        data = self.files[self.path]
        self.send_response(206)
        self.send_header("Content-Length", str(len(data) - start))
        self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        cuts = self.cuts.get(self.path, [])
        self.wfile.write(data[start : cuts.pop(0) if cuts else None])
        self.close_connection = True

    def do_POST(self) -> None:
        digest = hashlib.sha256()
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline(), 16):
                digest.update(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
        else:
            left = int(self.headers["Content-Length"])
            while piece := self.rfile.read(min(left, 65536)):
                digest.update(piece)
                left -= len(piece)
        self.answer(digest.hexdigest().encode())

    def echo_frames(self) -> None:
        key = self.headers["Sec-WebSocket-Key"].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key).digest()).decode()
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)):
            self.send_header(name, value)
        self.end_headers()
        while head := self.rfile.read(4):
            mask = self.rfile.read(4)
            size = int.from_bytes(head[2:4])
            data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(self.rfile.read(size)))
            self.wfile.write(bytes((head[0], 126)) + head[2:4] + data)
        self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that refuses is what some tests are about


@contextlib.contextmanager
def https(credential: Credential, files: dict[str, bytes] | None = None, cuts: dict[str, list[int]] | None = None) -> Iterator[int]:
    """The port of a server with these files, by path; what is posted it answers with its SHA-256. `cuts`: see answer_from."""
    handler = type("Files", (Handler,), {"files": files or {}, "cuts": cuts or {}})
    server = Server(("127.0.0.1", 0), handler)
    server.socket = context_of(credential).wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def smtp(credential: Credential, mails: list[bytes]) -> Iterator[int]:
    """The port of a mail server that takes nothing before STARTTLS."""
    context = context_of(credential)

    def serve(sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            file = sock.makefile("rwb", buffering=0)
            file.write(b"220 mail.example ESMTP\r\n")
            safe = False
            while line := file.readline():
                word = line.split()[0].upper()
                if word == b"EHLO":
                    file.write(b"250-mail.example\r\n250 STARTTLS\r\n")
                elif word == b"STARTTLS":
                    file.write(b"220 go on\r\n")
                    sock = context.wrap_socket(sock, server_side=True)
                    file, safe = sock.makefile("rwb", buffering=0), True
                elif not safe:
                    file.write(b"530 STARTTLS first\r\n")
                elif word == b"DATA":
                    file.write(b"354 go on\r\n")
                    while (line := file.readline()) != b".\r\n":
                        mails.append(line)
                    file.write(b"250 taken\r\n")
                else:
                    file.write(b"250 fine\r\n")
            sock.close()

    with listening(serve) as port:
        yield port
