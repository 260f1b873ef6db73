"""A TLS 1.2 server that does what the client asks for, line by line, where a server is slow, or ends without a word:

cut N MS      N bytes in one record, whose second half leaves MS milliseconds after the first
say N         N bytes in records of at most 16 KB
end N         N bytes, then the end of the stream without close_notify; `end N M` breaks off after M bytes of a further record
deaf MS       reads nothing for so long, then counts the bytes of the next line and sends "COUNT\\n"
anything else comes back reversed
"""

import contextlib
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tools.laboratory.pki import Credential


class Conversation:
    """One client, over memory, so that records can be cut anywhere."""

    def __init__(self, context: ssl.SSLContext, sock: socket.socket) -> None:
        self.sock = sock
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.left = b""

    def wait_for(self, call, *arguments):
        while True:
            try:
                return call(*arguments)
            except ssl.SSLWantReadError:
                self.flush()
                data = self.sock.recv(65536)
                if not data:
                    raise OSError("the client has gone") from None
                self.incoming.write(data)
            finally:
                self.flush()

    def flush(self) -> None:
        self.sock.sendall(self.outgoing.read())

    def line(self) -> bytes:
        while b"\n" not in self.left:
            data = self.wait_for(self.tls.read, 16384)
            if not data:
                raise OSError("close_notify")
            self.left += data
        line, self.left = self.left.split(b"\n", 1)
        return line

    def sealed(self, n: int) -> bytes:
        self.tls.write(pattern(n))
        return self.outgoing.read()

    def run(self) -> None:
        self.wait_for(self.tls.do_handshake)
        while True:
            line = self.line()
            word, *numbers = line.split(b" ")
            given = [int(number) for number in numbers if number.isdigit()]
            if word == b"cut":
                record = self.sealed(given[0])
                self.sock.sendall(record[: len(record) // 2])
                time.sleep(given[1] / 1000)
                self.sock.sendall(record[len(record) // 2 :])
            elif word == b"say":
                self.sock.sendall(self.sealed(given[0]))
            elif word == b"end":
                self.sock.sendall(self.sealed(given[0]) if given[0] else b"")
                self.sock.sendall(self.sealed(100)[: given[1]] if given[1:] else b"")
                return
            elif word == b"deaf":
                time.sleep(given[0] / 1000)
                self.tls.write(b"%d\n" % len(self.line()))
                self.flush()
            else:
                self.tls.write(line[::-1] + b"\n")
                self.flush()


def pattern(n: int) -> bytes:
    return bytes(97 + i % 26 for i in range(n))


@contextlib.contextmanager
def reluctant(credential: Credential) -> Iterator[int]:
    """The port it listens on, for any number of clients at once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE-ECDSA-AES128-CCM")
    with tempfile.TemporaryDirectory() as folder:
        files = credential.write(Path(folder))
        context.load_cert_chain(files.chain, files.key)

    def serve(sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            Conversation(context, sock).run()

    with listening(serve) as port:
        yield port


@contextlib.contextmanager
def listening(serve) -> Iterator[int]:
    """The port of `serve(sock)`, which runs in a thread for each client."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)  # a deaf server's buffer is soon full
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def accept() -> None:
            with contextlib.suppress(OSError):  # it was shut down
                while True:
                    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:  # before it is closed: a blocked accept() that goes on would take what comes for the next owner of its number
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
