"""Ways to the bridge: TCP, a pseudo-terminal, a serial line."""

import contextlib
import os
import socket
import threading
import tty
from collections.abc import Callable
from functools import partial

from .bridge import Session, Stream
from .bus import Bus
from .controls import Controls


class Server:
    """A bus that can be reached. A context manager: `close` ends every link.

    with Server(bus, controls) as server:
        host, port = server.listen()
        path = server.pseudo_terminal()
    """

    def __init__(self, bus: Bus, controls: Controls) -> None:
        self.bus = bus
        self.controls = controls
        self.lock = threading.Lock()
        self._closers: list[Callable[[], None]] = []

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        while self._closers:
            self._closers.pop()()

    def serve(self, stream: Stream) -> None:
        """Serve one stream to its end, here and now."""
        with contextlib.suppress(OSError):  # closed under it
            Session(self.bus, self.controls, self.lock).serve(stream)

    def listen(self, host: str = "127.0.0.1", port: int = 0) -> tuple[str, int]:
        """Accept TCP links in the background; where."""
        listener = socket.create_server((host, port))
        self._closers.append(listener.close)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener.getsockname()[:2]

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._closers.append(connection.close)
            threading.Thread(target=self._serve_socket, args=(connection,), daemon=True).start()

    def _serve_socket(self, connection: socket.socket) -> None:
        with connection:
            self.serve(SocketStream(connection))

    def pseudo_terminal(self) -> str:
        """Serve a pseudo-terminal in the background; the path for the other side."""
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        self._closers += [partial(os.close, ours), partial(os.close, theirs)]
        threading.Thread(target=self.serve, args=(DescriptorStream(ours),), daemon=True).start()
        return os.ttyname(theirs)


class SocketStream:
    def __init__(self, connection: socket.socket) -> None:
        self.read = connection.recv
        self.write = connection.sendall


class DescriptorStream:
    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def read(self, length: int, /) -> bytes:
        return os.read(self.descriptor, length)

    def write(self, data: bytes, /) -> None:
        while data:
            data = data[os.write(self.descriptor, data) :]
