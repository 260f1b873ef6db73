"""Java's JSSE in the table of peers: a small program (JsseServer.java), compiled once, that sends back what comes."""

import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from tools.build.places import BUILD
from tools.laboratory.peers.real import program
from tools.laboratory.peers.wish import Served, Wish, said

_SOURCE = Path(__file__).parent / "JsseServer.java"
_CLASSES = BUILD / "peers" / "java"
_PACKAGE = "default-jdk-headless"
_SEALED = BestAvailableEncryption(b"latchkey")


class JssePeer(Served):
    name = "Java JSSE"
    packages = (_PACKAGE,)
    chooses_group = False

    @classmethod
    def version(cls) -> str:
        compiled = _CLASSES / "JsseServer.class"
        if not compiled.exists() or compiled.stat().st_mtime < _SOURCE.stat().st_mtime:
            subprocess.run([program("javac", _PACKAGE), "-d", _CLASSES, _SOURCE], check=True)
        return said(program("java", _PACKAGE), "--version").split()[1]

    @classmethod
    def lacks(cls, wish: Wish) -> str:
        if wish.suite.name not in said(program("java", _PACKAGE), "-cp", str(_CLASSES), "JsseServer", "suites").split():
            return "no PSK" if wish.suite.psk else "no such suite"
        return ""

    def command(self) -> list[str]:
        assert self.credential
        certificates = [x509.load_der_x509_certificate(der) for der in self.credential.chain]
        store = pkcs12.serialize_key_and_certificates(b"server", self.credential.key, certificates[0], certificates[1:], _SEALED)
        (self.folder / "server.p12").write_bytes(store)
        tickets = "true" if self.wish.resumption == "ticket" else "false"
        properties = [f"-Djdk.tls.server.enableSessionTicketExtension={tickets}"]
        ca = ["client-ca.pem"] if self.client_ca else []
        quick = ["-XX:TieredStopAtLevel=1", "-Xshare:auto"]
        return [
            program("java", _PACKAGE),
            *quick,
            *properties,
            "-cp",
            str(_CLASSES),
            "JsseServer",
            str(self.port),
            self.wish.suite.name,
            "server.p12",
            *ca,
        ]
