"""Stand-ins for libraries that no registry has in a form that installs: a few lines each of our own, which make the same documented calls
of `ssl`, sockets and asyncio as the library they are named for, in its order. They know of no latchkey.
"""
# pyright: reportCallIssue=false, reportAttributeAccessIssue=false

import asyncio
import errno
import select
import socket
import struct
import time


def text(s):
    return struct.pack("!H", len(s)) + s


class LikeUmqttSimple:
    """umqtt.simple: `ssl=True` with `ssl_params`, or a context."""

    def __init__(self, client_id, server, port, keepalive=0, ssl=None, ssl_params={}):  # noqa: B006  (as it is called there)
        self.client_id, self.server, self.port, self.keepalive = client_id, server, port, keepalive
        self.ssl, self.ssl_params = ssl, ssl_params
        self.sock = None
        self.cb = None
        self.pid = 0

    def set_callback(self, function):
        self.cb = function

    def connect(self, clean_session=True):
        self.sock = socket.socket()
        self.sock.connect(socket.getaddrinfo(self.server, self.port)[0][-1])
        if self.ssl is True:
            import ssl

            self.sock = ssl.wrap_socket(self.sock, **self.ssl_params)
        elif self.ssl:
            self.sock = self.ssl.wrap_socket(self.sock, server_hostname=self.server)
        head = bytearray(b"\x10\0\0\0\0\0")
        head[1] = 12 + len(self.client_id)
        self.sock.write(head, 2)  # a buffer that is longer than what is written
        self.sock.write(b"\0\4MQTT\4" + bytes((clean_session << 1, self.keepalive >> 8, self.keepalive & 255)))
        self.sock.write(text(self.client_id))
        answer = self.sock.read(4)
        assert answer[0] == 0x20 and answer[3] == 0, answer
        return answer[2] & 1

    def disconnect(self):
        self.sock.write(b"\xe0\0")
        self.sock.close()

    def publish(self, topic, message, qos=0):
        head = bytearray(b"\x30\0\0\0")
        head[0] |= qos << 1
        head[1] = 2 + len(topic) + 2 * qos + len(message)
        self.sock.write(head, 2)
        self.sock.write(text(topic))
        if qos:
            self.pid += 1
            struct.pack_into("!H", head, 0, self.pid)
            self.sock.write(head, 2)
        self.sock.write(message)
        while qos:
            if self.wait_msg() == 0x40:
                assert self.sock.read(1) == b"\2"
                if self.sock.read(2) == struct.pack("!H", self.pid):
                    return

    def subscribe(self, topic):
        self.pid += 1
        self.sock.write(b"\x82" + bytes((5 + len(topic),)) + struct.pack("!H", self.pid))
        self.sock.write(text(topic))
        self.sock.write(b"\0")
        while self.wait_msg() != 0x90:
            pass
        assert self.sock.read(4)[3] == 0

    def wait_msg(self):
        first = self.sock.read(1)
        self.sock.setblocking(True)
        if first is None:
            return None
        if first == b"":
            raise OSError(-1)
        if first[0] & 0xF0 != 0x30:
            return first[0]
        size = self.sock.read(1)[0]
        topic = self.sock.read(struct.unpack("!H", self.sock.read(2))[0])
        self.cb(topic, self.sock.read(size - 2 - len(topic)))
        return first[0]

    def check_msg(self):
        self.sock.setblocking(False)
        return self.wait_msg()


class LikeUmqttRobust(LikeUmqttSimple):
    """umqtt.robust: what fails is tried again on a new connection."""

    DELAY = 0.1

    def reconnect(self):
        while True:
            try:
                return self.connect(False)
            except OSError:
                time.sleep(self.DELAY)

    def publish(self, topic, message, qos=0):
        while True:
            try:
                return super().publish(topic, message, qos)
            except OSError:
                self.reconnect()


class LikeUmqttSimple2:
    """umqtt.simple2: modes are set on the raw socket, the wrapped one is polled, lengths are looked at."""

    def __init__(self, client_id, server, port, ssl_params, socket_timeout=5):
        self.raw = socket.socket()
        self.raw.setblocking(False)
        try:
            self.raw.connect(socket.getaddrinfo(server, port)[0][-1])
        except OSError as e:
            if e.errno != errno.EINPROGRESS:
                raise
        self.timeout = socket_timeout
        self.writable = select.poll()
        self.writable.register(self.raw, select.POLLOUT)
        self._ready(self.writable)
        import ssl

        self.raw.setblocking(True)
        self.sock = ssl.wrap_socket(self.raw, **ssl_params)
        self.raw.setblocking(False)
        self.readable = select.poll()
        self.readable.register(self.sock, select.POLLIN)
        self.write(b"\x10" + bytes((12 + len(client_id),)) + b"\0\4MQTT\4\2\0\0" + text(client_id))
        assert self.read(4) == b"\x20\2\0\0"

    def _ready(self, poll):
        if not poll.poll(int(self.timeout * 1000)):
            raise OSError(errno.ETIMEDOUT)

    def read(self, n):
        data = b""
        while len(data) < n:
            self._ready(self.readable)
            got = self.sock.read(1)
            if got == b"":
                raise OSError(errno.ECONNRESET)
            data += got or b""
        return data

    def write(self, data):
        self._ready(self.writable)
        assert self.sock.write(data, -1) == len(data)

    def ping(self):
        self.write(b"\xc0\0")
        return self.read(2) == b"\xd0\0"


BUSY = (errno.EINPROGRESS, errno.ETIMEDOUT, errno.EAGAIN)


class LikeMqttAs:
    """mqtt_as: the raw socket is non-blocking before it is wrapped, and asked over and over in a task."""

    def __init__(self, server, port, ssl_params):
        self.address = socket.getaddrinfo(server, port)[0][-1]
        self.ssl_params = ssl_params

    async def connect(self, client_id):
        self.sock = socket.socket()
        self.sock.setblocking(False)
        try:
            self.sock.connect(self.address)
        except OSError as e:
            if e.args[0] not in BUSY:
                raise
        await asyncio.sleep_ms(0)
        import ssl

        self.sock = ssl.wrap_socket(self.sock, **self.ssl_params)
        await self.write(b"\x10" + bytes((12 + len(client_id),)) + b"\0\4MQTT\4\2\0\0" + text(client_id))
        assert await self.read(4) == b"\x20\2\0\0"

    async def read(self, n):
        buffer = memoryview(bytearray(n))
        size = 0
        while size < n:
            got = None
            try:
                got = self.sock.readinto(buffer[size:], n - size)
            except OSError as e:
                if e.args[0] not in BUSY:
                    raise
            if got == 0:
                raise OSError(-1)
            size += got or 0
            await asyncio.sleep_ms(0)
        return bytes(buffer)

    async def write(self, data):
        data = memoryview(data)
        while len(data):
            n = None
            try:
                n = self.sock.write(data)
            except OSError as e:
                if e.args[0] not in BUSY:
                    raise
            data = data[n or 0 :]
            await asyncio.sleep_ms(0)


async def like_aiohttp(host, port, path, ssl=True, body=b""):
    """aiohttp's ClientSession: `ssl` is True or a context, the request is one `awrite`, the answer is read by its length."""
    reader, writer = await asyncio.open_connection(host, port, ssl=ssl)
    method = "POST" if body else "GET"
    await writer.awrite(b"%s %s HTTP/1.0\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s" % (method, path, host, len(body), body))
    assert b" 200 " in await reader.readline()
    length = -1
    while True:
        line = await reader.readline()
        if line in (b"", b"\r\n"):
            break
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    data = await reader.read(length)
    await reader.aclose()
    return data


class LikeWebSocketClient:
    """aiohttp's ws_connect, and others of the kind: an upgrade over asyncio's streams, masked frames, short reads."""

    async def connect(self, host, port, ssl=True):
        self.reader, self.writer = await asyncio.open_connection(host, port, ssl=ssl)
        await self.writer.awrite(
            b"GET /ws HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: "
            b"dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n" % host
        )
        assert (await self.reader.readline()).startswith(b"HTTP/1.1 101 ")
        while (await self.reader.readline())[:-2]:
            pass

    async def send(self, data):
        mask = b"\1\2\3\4"
        head = struct.pack("!BBH", 0x81, 0x80 | 126, len(data))
        self.writer.write(head + mask + bytes([b ^ mask[i % 4] for i, b in enumerate(data)]))
        await self.writer.drain()

    async def receive(self):
        head = await self.reader.read(2)
        length = head[1] & 127
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.read(2))
        return await self.reader.readexactly(length)


def like_umail(host, port, sender, recipient, body):
    """uMail and its kin: SMTP that begins in clear, then STARTTLS and `ssl.wrap_socket` over the same socket."""
    import ssl

    sock = socket.socket()
    sock.connect(socket.getaddrinfo(host, port)[0][-1])

    def command(line=None):
        if line:
            sock.write(line + b"\r\n")
        while True:
            answer = sock.readline()
            if answer[3:4] != b"-":
                assert answer[:1] in b"23", answer
                return answer

    command()
    command(b"EHLO board")
    command(b"STARTTLS")
    sock = ssl.wrap_socket(sock, server_hostname=host)
    command(b"EHLO board")
    command(b"MAIL FROM: <%s>" % sender)
    command(b"RCPT TO: <%s>" % recipient)
    command(b"DATA")
    command(body + b"\r\n.")
    command(b"QUIT")
    sock.close()
