"""A download by asyncio or by a socket, with ours or MicroPython's own tls: `download.py latchkey|tls polls|garbage PORT ROOT.der BYTES`.

Prints how often asyncio polled, or how many bytes of heap a read of a KB leaves behind.
"""

import asyncio
import gc
import socket
import sys

GET = b"GET /data HTTP/1.0\r\n\r\n"
PIECE = 4096


def context(kind, root):
    if kind == "latchkey":
        import latchkey

        made = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    else:
        import tls

        made = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
        made.verify_mode = tls.CERT_REQUIRED  # pyright: ignore[reportAttributeAccessIssue]: the stubs lack it
    made.load_verify_locations(None, root) if kind == "latchkey" else made.load_verify_locations(root)
    return made


async def polls(made, port, size):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=made, server_hostname="localhost")
    writer.write(GET)
    await writer.drain()
    queue = asyncio.core._io_queue  # pyright: ignore[reportAttributeAccessIssue]: it is there
    asked = 0
    real = queue.queue_read

    def counted(stream):
        nonlocal asked
        asked += 1
        return real(stream)

    queue.queue_read = counted
    got = 0
    while got < size:
        got += len(await reader.read(PIECE))
    queue.queue_read = real
    return asked


def garbage(made, port, size):
    sock = socket.socket()
    sock.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
    tls = made.wrap_socket(sock, server_hostname="localhost")
    tls.write(GET)
    buf = bytearray(1024)
    tls.readinto(buf)
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    count = size // 1024 // 4
    for _ in range(count):
        tls.readinto(buf)
    left = gc.mem_alloc() - before
    gc.enable()
    return left // count


def main(kind, what, port, root, size):
    with open(root, "rb") as file:
        made = context(kind, file.read())
    print(asyncio.run(polls(made, port, size)) if what == "polls" else garbage(made, port, size))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
