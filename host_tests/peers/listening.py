"""The scripted server on a socket: a thread that runs a Session for each connection to a free port of 127.0.0.1.

with listen(Script(server)) as peer:
    ... connect to peer.port ...
    session = peer.session()        # the next connection's, once it is over
"""

import queue
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self

from .scripted import Fin, Pause, Reset, Script, Session

_PATIENCE = 120.0  # seconds of silence after which a connection is given up: a client may have much to compute on a busy machine


class Listening:
    def __init__(self, script: Script):
        self.script = script
        self._sessions: queue.Queue[Session] = queue.Queue()
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def session(self) -> Session:
        """The next connection that was made, when it is over."""
        return self._sessions.get(timeout=2 * _PATIENCE)

    def _serve(self) -> None:
        while True:
            try:
                sock = self._listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._connection, args=(sock,), daemon=True).start()

    def _connection(self, sock: socket.socket) -> None:
        session = Session(self.script)
        sock.settimeout(_PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with sock:
                while _act(sock, session) and not session.eof:
                    session.feed(_receive(sock))
        except OSError as e:
            session.violations.append(f"the server's socket: {e!r}")
        finally:
            self._sessions.put(session)


def _receive(sock: socket.socket) -> bytes:
    try:
        return sock.recv(1 << 20)
    except ConnectionResetError:  # a client that closes with bytes unread
        return b""


def _act(sock: socket.socket, session: Session) -> bool:
    """Send what the session has to send; False after a reset."""
    actions, session.output = session.output, []
    for action in actions:
        try:
            if isinstance(action, Pause):
                time.sleep(action.seconds)
            elif isinstance(action, Fin):
                sock.shutdown(socket.SHUT_WR)
            elif isinstance(action, Reset):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            else:
                sock.sendall(action)
        except (BrokenPipeError, ConnectionResetError, OSError):
            return not isinstance(action, Reset)  # the client is gone; what it sent before may still be there to read
    return True


def listen(script: Script) -> Listening:
    return Listening(script)
