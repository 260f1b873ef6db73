"""What stands behind a proxy in the table of peers: a server in a thread that sends back what comes, in clear. And the proxy."""

import socketserver
import threading
from types import TracebackType
from typing import Self

from tools.laboratory.peers.wish import Served, Wish


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Echo:
    """A context manager; `port` of 127.0.0.1."""

    def __enter__(self) -> "Echo":
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Echo)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Fronting(Served):
    """A server that ends TLS before an Echo."""

    def __init__(self, wish: Wish):
        super().__init__(wish)
        self._echo = Echo()

    def __enter__(self) -> Self:
        self._echo.__enter__()
        return super().__enter__()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        super().__exit__(kind, value, trace)
        self._echo.__exit__()
