"""A TLS 1.2 server that sends each line back reversed, to any number of clients at once."""

import contextlib
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from tools.laboratory.pki import Credential


def _reverse(context: ssl.SSLContext, sock: socket.socket) -> None:
    with contextlib.suppress(OSError), context.wrap_socket(sock, server_side=True) as tls, tls.makefile("rwb") as file:
        for line in file:
            file.write(line[:-1][::-1] + b"\n")
            file.flush()


@contextlib.contextmanager
def reversing(credential: Credential) -> Iterator[int]:
    """The port it listens on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.TemporaryDirectory() as folder:
        files = credential.write(Path(folder))
        context.load_cert_chain(files.chain, files.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):  # it was shut down
                while True:
                    threading.Thread(target=_reverse, args=(context, listener.accept()[0]), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:  # before it is closed: a blocked accept() that goes on would take what comes for the next owner of its number
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
