"""Real servers, as context managers: OpenSSL, GnuTLS, nginx, mosquitto, tlslite-ng.

    with OpenSSL(server, client_ca=root, options=["-rev"]) as peer:
        ... connect to 127.0.0.1, peer.port ...
        print(peer.log())

Each takes its certificate as a `pki.Credential`, listens on a free port of 127.0.0.1 before `with` returns, gathers what the server says
for error messages, and is stopped at the end whatever happened. All speak TLS 1.2 alone. `client_ca` makes a server require a
client certificate below that root. A server that is not installed raises Missing, which names the Debian package.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.build.plain import Missing
from tools.laboratory.pki import Credential, pem

_PATIENCE = 30.0  # seconds for a server to listen, or to say something


def program(name: str, package: str) -> str:
    """The path of a program, or Missing."""
    found = shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/local/sbin:/usr/sbin:/sbin")  # servers lie in sbin
    if found is None:
        raise Missing(f"{name} is missing: apt-get install {package}")
    return found


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A server in a process of its own: `command()` says how it is started, in `folder`, to listen on `port`."""

    def __init__(self, credential: Credential | None, client_ca: Credential | None = None):
        self.credential = credential
        self.client_ca = client_ca
        self.port = 0
        self.folder = Path()
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="latchkey-peer-"))
        try:
            if self.credential:
                self.files = self.credential.write(self.folder)
            if self.client_ca:
                (self.folder / "client-ca.pem").write_bytes(self.client_ca.pem)
            while not self._start():
                pass
        except BaseException:
            self._stop()
            raise
        return self

    def _start(self) -> bool:
        """Start the process and wait until it listens; False if another had taken the port meanwhile."""
        self.port = self.choose_port()
        with (self.folder / "log").open("wb") as log:
            # Standard input is a pipe that stays open: s_server and gnutls-serv end with theirs.
            process = subprocess.Popen(self.command(), stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)
        self._process = process
        end = time.monotonic() + _PATIENCE
        while process.poll() is None and time.monotonic() < end:
            if self.listening():
                return True
            time.sleep(0.005)
        if "in use" in self.log():
            return False
        raise RuntimeError(f"{' '.join(self.command())}\ndoes not listen; it said:\n{self.log()}")

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if value is not None:
            value.add_note(f"{type(self).__name__} said:\n{self.log()}")
        self._stop()

    def choose_port(self) -> int:
        return free_port()

    def log(self) -> str:
        """What the server has said."""
        try:
            return (self.folder / "log").read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def wait_for(self, text: str) -> str:
        """Wait until the server has said `text`; returns all it said."""
        end = time.monotonic() + _PATIENCE
        while text not in self.log():
            if time.monotonic() > end:
                raise TimeoutError(f"{type(self).__name__} never said {text!r}; it said:\n{self.log()}")
            time.sleep(0.01)
        return self.log()

    def say(self, data: bytes) -> None:
        """Write to the server's standard input."""
        assert self._process and self._process.stdin
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def listening(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except ConnectionRefusedError:
            return False
        return True

    def _stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            if self._process.stdin:
                self._process.stdin.close()
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)


class OpenSSL(Server):
    """`openssl s_server`. Without more options it writes what comes to its log and sends what `say` is given.

    `cipher`: OpenSSL's names. `groups`: for -groups. `signatures`: for -sigalgs. `resumption`: session identifiers and tickets are
    on; they are off otherwise. `psk`: a key, for any identity, and `hint`. `options`: further ones, such as "-www" (a page of status) or
    "-rev" (each line back, reversed).
    """

    def __init__(
        self,
        credential: Credential | None,
        client_ca: Credential | None = None,
        *,
        cipher: str | None = None,
        groups: str | None = None,
        signatures: str | None = None,
        resumption: bool = False,
        psk: bytes = b"",
        hint: str = "",
        version: str = "-tls1_2",
        options: Sequence[str] = (),
    ):
        super().__init__(credential, client_ca)
        self.options = [version, *options]
        extra = [("-psk", psk.hex()), ("-psk_hint", hint)]
        for option, value in (("-cipher", cipher), ("-groups", groups), ("-sigalgs", signatures), *extra):
            if value:
                self.options += [option, value]
        if not resumption:
            self.options += ["-no_cache", "-no_ticket"]
        if client_ca:
            self.options += ["-Verify", "8", "-verify_return_error", "-CAfile", "client-ca.pem"]

    def choose_port(self) -> int:
        return 0  # the system chooses, s_server says

    def command(self) -> list[str]:
        if self.credential is None:
            files = ["-nocert"]
        else:
            files = ["-cert", str(self.files.chain), "-key", str(self.files.key)]
            files += ["-chainCAfile", str(self.files.chain)]  # else a root of -CAfile's would be added to the chain that is sent
            if rest := self.credential.chain[1:]:  # -cert takes the first certificate alone
                (self.folder / "rest.pem").write_bytes(b"".join(pem("CERTIFICATE", der) for der in rest))
                files += ["-cert_chain", "rest.pem"]
        return [program("openssl", "openssl"), "s_server", "-accept", "127.0.0.1:0", "-naccept", "1000000", *files, *self.options]

    def listening(self) -> bool:
        """s_server says "ACCEPT 127.0.0.1:PORT": connecting to find out would use up a connection."""
        for line in self.log().splitlines():
            if line.startswith("ACCEPT 127.0.0.1:"):
                self.port = int(line.rpartition(":")[2])
                return True
        return False


class GnuTLS(Server):
    """`gnutls-serv --echo`: what comes goes back, line by line. `priority`: GnuTLS's own string. `psk`: the keys of identities.
    `tickets`: it gives some, and session identifiers otherwise."""

    def __init__(
        self,
        credential: Credential | None,
        client_ca: Credential | None = None,
        *,
        priority: str = "NORMAL",
        psk: Mapping[str, bytes] | None = None,
        tickets: bool = False,
        options: Sequence[str] = (),
    ):
        super().__init__(credential, client_ca)
        self.priority = priority + ":-VERS-ALL:+VERS-TLS1.2"
        self.psk = psk
        self.options = options if tickets else ["--noticket", *options]

    def command(self) -> list[str]:
        command = [program("gnutls-serv", "gnutls-bin"), "--echo", "--port", str(self.port), "--priority", self.priority]
        if self.credential:
            command += ["--x509certfile", str(self.files.chain), "--x509keyfile", str(self.files.key)]
        if self.psk:
            (self.folder / "keys.psk").write_text("".join(f"{name}:{key.hex()}\n" for name, key in self.psk.items()))
            command += ["--pskpasswd", "keys.psk"]
        command += self.options
        if self.client_ca:
            return [*command, "--require-client-cert", "--verify-client-cert", "--x509cafile", "client-ca.pem"]
        return [*command, "--disable-client-cert"]


class Nginx(Server):
    """nginx. GET / answers "hello NAME", the subject of the client's certificate; /pattern has 102,400 bytes, 0 to 255 over and over.

    `directives`: of its configuration, further ones.
    """

    directives = "ssl_session_tickets off;"

    def command(self) -> list[str]:
        (self.folder / "pattern").write_bytes(bytes(range(256)) * 400)
        verify = "ssl_verify_client on; ssl_verify_depth 8; ssl_client_certificate client-ca.pem;" if self.client_ca else ""
        paths = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(f"""
            daemon off; master_process off; pid {self.folder}/pid; error_log stderr info;
            events {{}}
            http {{
                access_log off; {paths}
                server {{
                    listen 127.0.0.1:{self.port} ssl;
                    ssl_certificate {self.files.chain}; ssl_certificate_key {self.files.key};
                    ssl_protocols TLSv1.2; {self.directives} {verify}
                    default_type text/plain;
                    root {self.folder};
                    location = / {{ return 200 "hello $ssl_client_s_dn\\n"; }}
                    location = /pattern {{ }}
                }}
            }}""")
        # -e: without it nginx opens its compiled-in log first, which needs root.
        return [program("nginx", "nginx-light"), "-p", str(self.folder), "-e", "stderr", "-c", "nginx.conf"]


class Mosquitto(Server):
    """mosquitto, an MQTT broker. With `client_ca` the client's certificate is its user name. `lines`: further ones of its configuration."""

    lines: Sequence[str] = ()

    def command(self) -> list[str]:
        client = (
            "require_certificate true\nuse_identity_as_username true\ncafile client-ca.pem" if self.client_ca else "allow_anonymous true"
        )
        files = f"certfile {self.files.chain}\nkeyfile {self.files.key}\n" if self.credential else ""
        more = "".join(f"{line}\n" for line in self.lines)
        (self.folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\n{files}tls_version tlsv1.2\n{more}{client}\nlog_dest stderr\nlog_type all\nuser {_user()}\n"
        )
        return [program("mosquitto", "mosquitto"), "-c", "mosquitto.conf"]


def _user() -> str:
    import getpass

    return getpass.getuser()


class Tlslite:
    """tlslite-ng in a thread: echoes what comes. `request`: ask for a client certificate (none is required).

    `cache`: of sessions, by ID. `settings`: attributes of HandshakeSettings. `problems` gathers the exceptions of its connections.
    """

    def __init__(self, credential: Credential, *, request: bool = False, cache: object = None, **settings: object):
        self.credential = credential
        self.request = request
        self.cache = cache
        self.settings = settings
        self.problems: list[BaseException] = []
        self.sessions: list[object] = []
        self._listener = socket.socket()
        self.port = 0

    def __enter__(self) -> Self:
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if value is not None:
            value.add_note(f"tlslite-ng said: {self.problems}")
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(_PATIENCE)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                sock = self._listener.accept()[0]
            except OSError:
                return
            sock.settimeout(_PATIENCE)
            try:
                self._connection(sock)
            except Exception as problem:
                self.problems.append(problem)
            finally:
                sock.close()

    def _connection(self, sock: socket.socket) -> None:
        from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey

        chain = X509CertChain()
        chain.parsePemList(self.credential.chain_pem.decode())
        settings = HandshakeSettings()
        for name, value in {"minVersion": (3, 3), "maxVersion": (3, 3), **self.settings}.items():
            setattr(settings, name, value)
        connection = TLSConnection(sock)
        private = parsePEMKey(self.credential.key_pem.decode(), private=True)
        connection.handshakeServer(certChain=chain, privateKey=private, reqCert=self.request, sessionCache=self.cache, settings=settings)
        self.sessions.append(connection.session)
        while data := connection.recv(16384):
            connection.sendall(data)
        connection.close()
