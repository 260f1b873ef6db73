"""A TLS 1.2 server that sends each line back reversed, to any number of clients at once."""

import contextlib
import socket
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

from host_tests.peers.reluctant import listening
from tools.laboratory.pki import Credential


@contextlib.contextmanager
def reversing(credential: Credential) -> Iterator[int]:
    """The port it listens on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.TemporaryDirectory() as folder:
        files = credential.write(Path(folder))
        context.load_cert_chain(files.chain, files.key)

    def serve(sock: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(sock, server_side=True) as tls, tls.makefile("rwb") as file:
            for line in file:
                file.write(line[:-1][::-1] + b"\n")
                file.flush()

    with listening(serve) as port:
        yield port
