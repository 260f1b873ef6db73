"""Ways to the bridge: TCP, a pseudo-terminal, a serial line."""

import contextlib
import os
import select
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
        with contextlib.suppress(OSError):  # the other side is gone
            Session(self.bus, self.controls, self.lock).serve(stream)

    def listen(self, host: str = "127.0.0.1", port: int = 0) -> tuple[str, int]:
        """Accept TCP links in the background; where."""
        listener = socket.create_server((host, port))
        address = listener.getsockname()[:2]
        self._begin(self._accept, listener, end=partial(_hang_up, listener))
        return address

    def _begin(self, work: Callable[..., None], *arguments: object, end: Callable[[], None]) -> None:
        """Run `work` in the background until `end` makes it return. It closes its descriptors itself: a number that is closed under a
        blocked call may be another's by the time the call goes on."""
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        thread.start()

        def close() -> None:
            end()
            thread.join()

        self._closers.append(close)

    def _accept(self, listener: socket.socket) -> None:
        with listener, contextlib.suppress(OSError):  # hung up
            while True:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._begin(self._serve_socket, connection, end=partial(_hang_up, connection))

    def _serve_socket(self, connection: socket.socket) -> None:
        with connection:
            self.serve(SocketStream(connection))

    def pseudo_terminal(self) -> str:
        """Serve a pseudo-terminal in the background; the path for the other side."""
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        path = os.ttyname(theirs)
        stopped, stop = os.pipe()
        self._begin(self._serve_terminal, ours, theirs, stopped, end=partial(os.close, stop))
        return path

    def _serve_terminal(self, ours: int, theirs: int, stopped: int) -> None:
        try:
            self.serve(TerminalStream(ours, stopped))
        finally:
            for descriptor in (ours, theirs, stopped):
                os.close(descriptor)


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed already, or the other side has left
        connection.shutdown(socket.SHUT_RDWR)


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


class TerminalStream(DescriptorStream):
    """Our side of a pseudo-terminal; it ends when the other end of the pipe `stopped` is closed."""

    def __init__(self, descriptor: int, stopped: int) -> None:
        super().__init__(descriptor)
        self.stopped = stopped
        os.set_blocking(descriptor, False)

    def read(self, length: int, /) -> bytes:
        ready, _, _ = select.select([self.descriptor, self.stopped], [], [])
        return b"" if self.stopped in ready else super().read(length)

    def write(self, data: bytes, /) -> None:
        while data and self.stopped not in select.select([self.stopped], [self.descriptor], [])[0]:
            data = data[os.write(self.descriptor, data) :]
